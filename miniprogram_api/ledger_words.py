"""How the ledger's acts, fields and values are called in Chinese."""

import re

from miniprogram_api import desk_words

ACTIONS = {
    "person_opened": "查看人员信息",
    "person_registered": "窗口代办注册",
    "manual_verification": "经人工核验通过",
    "verification_confirmed": "人工核验复核通过",
    "verification_revoked": "撤销人工核验",
    "ticket_filed": "报送省局信息中心",
    "ticket_claimed": "领取工单",
    "ticket_released": "退回工单",
    "ticket_opened": "查看工单",
    "ticket_resolved": "办结工单",
    "ticket_rejected": "驳回工单",
    "approval_requested": "提请批准",
    "approval_refused": "不予批准",
    "approval_withdrawn": "撤回提请",
    "phone_verified": "人工核实手机号",
    "phone_corrected": "更正登记手机号",
    "identity_cleared": "身份复核通过",
    "account_cancelled": "注销账号并开放重新注册",
    "dates_corrected": "更正证件有效期",
    "account_frozen": "冻结账号",
    "account_unfrozen": "解除冻结",
    "card_seen": "核对身份证原件",
    "erased": "依法删除个人信息",
}

# What stands in ``before``, ``after`` and beside them.
FIELDS = {
    "name": "姓名",
    "phone": "手机号",
    "phone_verified_by": "手机号核验方式",
    "phone_of_relative": "手机号属于他人",
    "level": "实名等级",
    "status": "账号状态",
    "verified_by": "核验方式",
    "valid_from": "证件有效期起",
    "valid_until": "证件有效期止",
    "act": "拟办事项",
    "place": "地点",
    "guardian": "监护人",
    "relation": "关系",
    "id_number": "身份证号码",
    "requested_by": "提请人",
    "source_said": "核验系统答复",
    "consent_signed": "已签署同意书",
}

ACTS = {
    "correct_phone": "更正手机号",
    "clear_identity": "身份复核通过",
    "cancel_account": "注销账号",
    "unfreeze": "解除冻结",
}

_VALUES = {
    "status": {"active": "正常", **desk_words.ACCOUNT_STATUSES},
    "verified_by": desk_words.VERIFIED_BY,
    "phone_verified_by": desk_words.PHONE_VERIFIED_BY,
    "act": ACTS,
    "source_said": desk_words.CHECKS,
}
TRUTH = {True: "是", False: "否", None: "无"}


def field(name: str) -> str:
    """How a field is called; its own name where there is no word."""
    return FIELDS.get(name, name)


def value(name: str, content: object) -> str:
    """A field's value in words."""
    if isinstance(content, bool) or content is None:
        return TRUTH[content]
    if isinstance(content, dict):
        return "；".join(f"{field(part)}：{value(part, one)}" for part, one in content.items())
    if isinstance(content, list):
        return "、".join(value(name, one) for one in content)
    text = str(content)
    return _VALUES.get(name, {}).get(text, text)


# What ``ledger_check`` finds, as it says it → in Chinese.
_FAULTS = (
    (r"is missing", "缺失"),
    (r"and those up to (\d+) are missing", r"至第\1号缺失"),
    (r"does not follow the line before it", "与上一号接不上，上一号或本号被改动过"),
    (r"was changed", "的内容被改动过"),
    (r"lost its personal part", "的个人信息被整条删掉了"),
    (r"was erased in part", "的个人信息被删去了一部分"),
    (r"is erased, and no line says so", "的个人信息被清空，但没有依法删除的记录"),
    (r"has a personal part that cannot be decrypted", "的个人信息无法解密"),
    (r"has another personal part than it had", "的个人信息与原来的不一致"),
    (r"cannot be found by its person", "的查人索引被改动过"),
    (r"has a personal part but no line", "只剩个人信息，台账记录不见了"),
    (r"is not what was sealed for (.+)", r"与\1的封存不一致"),
    (r"is missing: it was sealed for (.+)", r"缺失，它在\1封存过"),
    (r"has a seal for (.+) that its key did not make", r"在\1的封存不是本系统的密钥签的"),
)


def fault(what: str) -> str:
    """What is wrong with a line, to be read after its number."""
    for pattern, words in _FAULTS:
        found = re.fullmatch(pattern, what)
        if found is not None:
            return found.expand(words)
    return what
