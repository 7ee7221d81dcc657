"""How the audit log's acts, fields and values are called in Chinese."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from faq import draft_listing
from handlers.admin.frame.access import PAGES, menu_of
from handlers.admin.frame.names import ROLE_NAMES, SOURCE_NAMES, actor_names, letter_name
from miniprogram_api import desk_words, ledger_words, windows
from miniprogram_api.audit import Line
from miniprogram_api.reasons import Reason
from miniprogram_api.texts.sentences import sentence

# Every tag that the code writes; a test walks the code so that none is missing.
TAGS = {
    "admin:announcement:saved": "保存公告",
    "admin:announcement:withdrawn": "撤下公告",
    "admin:audit:exported": "导出审计日志",
    "admin:source:switched_off": "关闭来源",
    "admin:source:switched_on": "恢复来源",
    "admin:staff:created": "新增工作人员",
    "admin:staff:deactivated": "停用工作人员",
    "admin:staff:identity": "登记或删除工作人员的身份证号码",
    "admin:staff:readmitted": "重新启用工作人员",
    "admin:staff:reset": "重置工作人员的登录",
    "admin:staff:unlocked": "解除工作人员的登录锁定",
    "admin:staff:roles": "修改工作人员的角色或窗口",
    "admin:window:added": "新增服务窗口",
    "admin:window:changed": "修改服务窗口",
    "api:account:activated": "激活账号",
    "api:account:cancelled": "本人注销账号",
    "api:account:frozen": "冻结账号",
    "api:account:registered": "注册账号",
    "api:account:verified": "升为四级实名",
    "api:attempt:refused": "查看他人的工单，被拒绝",
    "api:authorization:disabled": "关闭“是否办理工商登记注册”",
    "api:authorization:enabled": "开启“是否办理工商登记注册”",
    "api:binding:ended": "解除微信绑定",
    "api:binding:made": "绑定微信",
    "api:binding:replaced": "换绑微信",
    "api:consent:withdrawn": "撤回同意",
    "api:identity_dates:changed": "修改证件有效期",
    "api:password:changed": "修改密码",
    "api:password:reset": "重置密码",
    "api:phone:changed": "更换手机号",
    "api:session:opened": "用户登录",
    "command:account:cancelled": "用命令注销账号",
    "command:account:shown": "用命令查看账号",
    "command:account:unlocked": "用命令解锁账号",
    "command:account_import:finished": "导入账号完成",
    "command:account_import:started": "开始导入账号",
    "command:dead_letter:dropped": "不再发送未送达的消息",
    "command:dead_letter:sent_again": "重新发送未送达的消息",
    "command:keys:rotated": "更换密钥",
    "command:number_range:removed": "号段移出列表",
    "command:number_range:set": "设置号段",
    "command:staff:created": "建立首位系统管理员",
    "command:staff:reset": "用命令重置工作人员的登录",
    "command:staff:unlocked": "用命令解除工作人员的登录锁定",
    "faq:draft:arranged": "调整常见问题的顺序",
    "faq:draft:imported": "导入常见问题",
    "faq:draft:moved": "移动一条常见问题",
    "faq:image:added": "添加图片",
    "faq:inbox:applied": "没答好的问题：归入条目",
    "faq:inbox:dismissed": "没答好的问题：不处理",
    "faq:inbox:not_ours": "没答好的问题：不归我们办理",
    "faq:inbox:reopened": "没答好的问题：放回待处理",
    "faq:question_set:archived": "归档问题集",
    "faq:question_set:changed": "修改问题集",
    "faq:question_set:created": "新建问题集",
    "faq:question_set:restored": "重新使用问题集",
    "faq:release:overridden": "检查有问题变差，仍要发布",
    "faq:release:published": "发布常见问题",
    "faq:release:rolled_back": "退回较早的发布",
    "faq:submission:approved": "审核通过",
    "faq:submission:outdated": "送审的内容已失效",
    "faq:submission:published": "发布送审的内容",
    "faq:submission:rejected": "审核退回修改",
    "faq:submission:replaced": "送审的内容被新的一份取代",
    "faq:submission:submitted": "提交审核",
    "faq:submission:withdrawn": "撤回送审",
    "job:account:erased": "删除已注销账号的个人信息",
    "job:ticket:erased": "删除到期工单里的个人信息",
    "registrar:attempt:refused": "登记系统的查询被拒绝",
    "registrar:key:changed": "修改登记系统",
    "registrar:key:issued": "接入登记系统",
    "registrar:key:revoked": "停用登记系统",
    "staff:attempt:refused": "无权的操作，被拒绝",
    "staff:ledger:exported": "导出台账",
    "staff:ledger:revealed": "查看台账里的个人信息",
    "staff:ledger:searched": "在台账里查找一个人",
    "staff:ledger:verified": "校验台账",
    "staff:password:changed": "工作人员修改密码",
    "staff:person:opened": "查看人员信息",
    "staff:seal:exported": "下载台账封存文件",
    "staff:session:all_ended": "工作人员退出全部登录",
    "staff:session:opened": "工作人员登录",
    "staff:sign_in:failed": "工作人员登录失败",
    "staff:sign_in:locked": "多次登录失败，暂停登录",
    "staff:ticket:opened": "查看工单",
    "staff:totp:confirmed": "启用动态口令",
}

FIELDS = {
    "act": "操作",
    "already_active": "原已激活",
    "already_imported": "原已导入",
    "announcement": "公告编号",
    "before": "移到此条之前",
    "by": "核验方式",
    "cancelled": "原已注销",
    "challenge": "刷脸编号",
    "changed": "修改",
    "check": "检查编号",
    "cipher": "加密算法",
    "daily_quota": "每日限额",
    "data_key": "数据密钥",
    "entries": "条目数",
    "entry": "条目",
    "file_sha256": "文件校验值",
    "filters": "筛选条件",
    "form": "文件格式",
    "image": "图片",
    "imported": "已导入",
    "index_key": "索引密钥",
    "key": "编号",
    "known": "已登记",
    "letter": "消息",
    "line": "台账编号",
    "lines": "条数",
    "lost": "变差的问题数",
    "member": "工作人员",
    "messages": "问题数",
    "mode": "刷脸方式",
    "networks": "允许的地址",
    "new": "新建",
    "notice": "给用户的说明",
    "phone_verified_by": "手机号核验方式",
    "place": "新的位置",
    "prefix": "号段",
    "problems": "有问题的行数",
    "put_aside": "搁置",
    "reason": "理由",
    "release": "发布编号",
    "removed": "删除数",
    "request_id": "网证流水号",
    "restored": "恢复",
    "restores": "退回到发布编号",
    "retired": "下架",
    "roles": "角色",
    "rows": "行数",
    "seal": "封存",
    "set": "问题集编号",
    "source": "来源",
    "submission": "送审编号",
    "supported_from": "开通日期",
    "ticket": "工单",
    "unmasked": "含完整个人信息",
    "until": "有效期至",
    "verification": "校验编号",
    "webhook_url": "推送地址",
    "why": "原因",
    "window": "窗口",
    "without_username": "没有用户名",
    "written": "写入数",
    # The filters of an export.
    "tag": "事项",
    "actor": "操作人",
    "account_id": "账号",
    "first_day": "从",
    "last_day": "到",
}

# Where a field means something else than elsewhere.
_FIELDS_OF_TAG = {
    ("admin:staff:roles", "before"): "原来的角色",
    ("admin:staff:roles", "after"): "现在的角色",
    ("api:consent:withdrawn", "key"): "撤回的同意",
    ("staff:attempt:refused", "reason"): "原因",
}

_VALUES = {
    "by": desk_words.VERIFIED_BY,
    "phone_verified_by": desk_words.PHONE_VERIFIED_BY,
    "source": SOURCE_NAMES,
    "mode": {"wechat": "微信刷脸", "photo": "拍照比对"},
    "form": {"csv": "CSV", "xlsx": "XLSX"},
    "key": {"face": "人脸信息", "identity": "身份证件信息"},
    "why": {
        "key": "没有这个系统的钥匙",
        "signature": "签名不对",
        "time": "时间相差太多",
        "address": "不在允许的地址里",
        "nonce": "重复的请求",
        "unknown": "没有这个用户名",
        "inactive": "账号已停用",
        "password": "密码不对",
        "totp": "动态口令不对",
    },
}
_METHODS = {"GET": "打开", "HEAD": "打开"}
_ENTRIES = ("entry", "before")


@dataclass(frozen=True, slots=True)
class Read:
    """A line in words; ``details`` are pairs of label and text."""

    line: Line
    what: str
    who: str
    details: tuple[tuple[str, str], ...]


def what(tag: str) -> str:
    """How an act is called; the tag itself where there is no word."""
    return TAGS.get(tag, tag)


def read(lines: list[Line]) -> list[Read]:
    """These lines in words; what they name is looked up once for all of them."""
    contents = [_content(line) for line in lines]
    known = _Known.of(lines, contents)
    return [
        Read(
            line,
            what(line.tag),
            known.actors[line.actor],
            tuple(known.details(line.tag, content)),
        )
        for line, content in zip(lines, contents, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """The names of the people, entries and windows that some lines tell of."""

    actors: dict[str, str]
    titles: dict[str, str]
    windows: dict[int, str]

    @classmethod
    def of(cls, lines: Iterable[Line], contents: list[dict[str, Any]]) -> "_Known":
        """Look up what these lines name."""
        members = {f"staff:{c['member']}" for c in contents if "member" in c}
        # Whom an export was about.
        for content in contents:
            asked = content.get("filters", {}).get("actor", [])
            members |= {asked} if isinstance(asked, str) else set(asked)
        slugs = {str(c[name]) for c in contents for name in _ENTRIES if c.get(name)}
        named = any("window" in content for content in contents)
        return cls(
            actor_names({line.actor for line in lines} | members),
            draft_listing.titles_of(slugs) if slugs else {},
            {window.id: window.name for window in windows.everything()} if named else {},
        )

    def details(self, tag: str, content: dict[str, Any]) -> Iterable[tuple[str, str]]:
        """Label and text of everything that a line says."""
        # What was before stands before what is now.
        for name, value in sorted(content.items(), key=lambda pair: pair[0] != "before"):
            label = _FIELDS_OF_TAG.get((tag, name)) or FIELDS.get(name, name)
            yield label, self._text(tag, name, value)

    def _text(self, tag: str, name: str, value: Any) -> str:
        if isinstance(value, bool) or value is None:
            return ledger_words.TRUTH[value]
        if isinstance(value, dict):
            parts = (
                f"{FIELDS.get(key, key)} {self._text(tag, key, one)}" for key, one in value.items()
            )
            return "，".join(parts) or "无"
        if isinstance(value, list):
            return "、".join(self._text(tag, name, one) for one in value) or "无"
        text = str(value)
        if name == "roles" or (tag == "admin:staff:roles" and name in ("before", "after")):
            return "、".join(ROLE_NAMES.get(role, role) for role in text.split(",") if role) or "无"
        if name == "member":
            return self.actors.get(f"staff:{text}", text)
        if name == "window" and isinstance(value, int):
            return self.windows.get(value, text)
        if name == "actor":
            return self.actors.get(text, text)
        if name == "tag":
            return what(text)
        if tag == "staff:attempt:refused":
            return _refused(name, text)
        if name == "letter":
            return letter_name(text)
        if name in _ENTRIES:
            return self.titles.get(text, text)
        return _VALUES.get(name, {}).get(text, text)


def _refused(name: str, text: str) -> str:
    """What somebody tried that is not his to do, and why it was refused."""
    if name == "reason" and text in Reason.__members__:
        return sentence(Reason[text], {})
    method, _, endpoint = text.partition(" ")
    if not endpoint:
        return ledger_words.ACTIONS.get(text, text)
    found = PAGES.get(endpoint)
    menu = None if found is None else menu_of(found)
    return f"{_METHODS.get(method, '提交')} {endpoint if menu is None else menu.title}"


def _content(line: Line) -> dict[str, Any]:
    content = json.loads(line.details)
    return content if isinstance(content, dict) else {"": content}
