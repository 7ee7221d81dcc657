"""The clarifying question of a diagnosis and the reading of its reply."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from faq.content.talk import QuestionBack
from faq.diagnosis.states import placeholders
from faq.language.text import simplify
from faq.language.wording import POLITE, Remark, chosen_option, compact
from miniprogram_api import clock
from miniprogram_api.phones import ranges
from miniprogram_api.texts import words

# A longer text is a new question.
LONGEST_REPLY = 24

_PREFIX, _STEP, _SIGN_IN, _OLD_PHONE = "phone_prefix", "failed_step", "sign_in_says", "old_phone"

_DIGITS = str.maketrans("零〇一二三四五六七八九幺两", "0012345678912")
_SILENT = re.compile(r"[\s,，.。!！?？~～;；:：、…“”\"'()（）\-]+")
_NUMBER = re.compile(r"1[3-9]\d+")
_UNSURE = re.compile(
    "(我)?(也)?(真)?[不没唔勿弗](太|大)?(知道|清楚|懂|会|明白|记得|确定|晓得|知)"
    "|(我)?(都|也)?忘|[记说搞]不[清得]"
)

_UNKNOWN = Remark(
    "不知道 不清楚 不晓得 不记得 不确定 不太知道 不太清楚 不太确定 不太记得 不大清楚 不大晓得 忘了"
    " 忘记 忘记了 记不清 记不得 说不清 说不上来 搞不清"
    " 没注意 没留意 没看清 唔知 唔知道 唔清楚 唔记得"
    " 勿晓得 弗晓得 勿清爽 勿知道 buzhidao buqingchu",
    "我 也 都 真 是 不是 是不是 哪 哪个 哪一个 哪步 哪一步 哪种 什么 啥 多少 号 号段 开头 手机号"
    f" 我的 它 这个 那个 当时 显示 说 提示 出 能不能 收 还 {POLITE}",
)

# Words allowed around a reply; words that ask (吗, 怎么办) make it a question.
_SOUNDS = "啊 呀 呢 吧 哦 噢 的 地 得 嘛 哈 哒 滴 啦 嗯 恩"
_PHONE = "我 我的 这 那 个 这个 那个 它 手机 手机号 号 号码 电话 号段 开头 头 段 现在 目前 当时"


def in_digits(text: str) -> str:
    """Convert Chinese and full-width digits: 一九九, 幺九九 and １９９ become 199."""
    return unicodedata.normalize("NFKC", text).translate(_DIGITS)


def understand(question_id: str, reply: str) -> str | None:
    """Return the slug of the entry that a reply selects; None if it is not a reply."""
    name, _, parameter = question_id.partition(":")
    read = _READERS.get(name)
    text = _plain(reply)
    if name == _PREFIX and not parameter:
        closed = (r for r in ranges.list_ranges() if r.is_unsupported_on(clock.today()))
        parameter = ",".join(r.prefix for r in closed)
    if read is None or not 0 < len(text) <= LONGEST_REPLY or _UNSURE.match(text):
        return None
    return read(text, parameter)


def is_unknown(reply: str) -> bool:
    """Return whether a reply only says that the asker does not know: 不晓得, 记不清了."""
    return _UNKNOWN.matches(compact(reply))


def is_answered(asked: QuestionBack, text: str) -> bool:
    """Return whether a text of any length already answers a question.

    A phone answers the question for its range; else a word of a reply does.
    """
    if placeholders(asked.text) == [words("states.placeholders")["segment"]]:
        return _NUMBER.search(in_digits(_plain(text))) is not None
    words_of_replies = (compact(word) for reply in asked.replies for word in reply.says)
    plain = compact(text)
    return any(word in plain for word in words_of_replies if word)


def _plain(reply: str) -> str:
    # Pauses first: a full stop would be read as the dot of a name.
    return simplify(_SILENT.sub("", unicodedata.normalize("NFKC", reply)))


_IS_SO = Remark(
    "是 是的 对 对的 没错 正是 确实 就是 yes yep y shi dui 系",
    f"真 真的 也 都 用 谢谢 了 好像 应该 可能 大概 估计 {_PHONE} {_SOUNDS}",
)
# With thanks it is only an acknowledgement.
_MURMUR = Remark("嗯 恩 en", _SOUNDS)
_IS_NOT_SO = Remark(
    "不 不是 并不是 都不是 否 没 没有 无 非 冇 唔系 no nope n bu bushi mei meiyou",
    f"也 好像 应该 可能 大概 估计 {_PHONE} {_SOUNDS}",
)
_IS_NUMBER = Remark("1", f"是 对 没错 就是 不是 用 了 尾号 yes no {_PHONE} {_SOUNDS}")
_DENIED = re.compile(rf"(?:不是|不用|没用|非){_NUMBER.pattern}")


def _read_prefix(text: str, prefixes: str) -> str | None:
    digits = _DENIED.sub("不是", in_digits(text))
    number = _NUMBER.search(digits)
    if number is not None and _IS_NUMBER.matches(_NUMBER.sub("1", digits)):
        listed = number[0].startswith(tuple(prefixes.split(",")))
        return "segment_199" if listed else "sms_not_received"
    if _IS_SO.matches(text) or _MURMUR.matches(text):
        return "segment_199"
    return "sms_not_received" if _IS_NOT_SO.matches(digits) else None


_AROUND = (
    "我 是 就 就是 一直 总是 应该 好像 大概 它 他 上面"
    " 在 到 了 时 时候 的时候 那会儿 那会 那阵 那阵子"
    " 那时 辰光 那 那个 这 这个 那里 这里 那一步 这一步 步 一步 环节"
    " 阶段 页面 界面 里 上 中 中间 后 以后 之后 点 点了 出"
    " 出现 说 提示 显示 报 报错 弹 弹出 弹出来 让 叫 要 错 错误 不对 不正确 那种 这种 情况 问题"
    f" {_SOUNDS}"
)


def _choice(
    labels: Sequence[tuple[str, str]], told: Sequence[tuple[str, str]], around: str
) -> Callable[[str, str], str | None]:
    """Return a reader of replies; `told`: slug and words, by precedence; `around`: other words."""
    every = " ".join(words for _, words in told)
    remarks = [(slug, Remark(words, f"{every} {around} {_AROUND}")) for slug, words in told]

    def read(text: str, _: str) -> str | None:
        index = chosen_option(text, [label for label, _ in labels])
        if index is not None and index >= 0:
            return labels[index][1]
        return next((slug for slug, remark in remarks if remark.matches(text)), None)

    return read


_read_step = _choice(
    (("提交身份信息时", "verify_data_missing"), ("刷脸时", "face_check_errors")),
    (
        (
            "face_check_errors",
            "刷脸 扫脸 人脸 脸 脸部 人像 摄像头 扫描 眨眼 张嘴 摇头 网证 自拍 人脸识别 shualian"
            " renlian",
        ),
        ("long_term_id", "长期"),
        ("name_symbol", "· 的点 个点 符号 少数民族 维族"),
        ("two_ids_old_dates", "两张 旧证 旧身份证 换证"),
        (
            "verify_data_missing",
            "填 填写 填表 填资料 资料 材料 提交 注册 信息 身份信息 要素 四要素 姓名 名字 证号"
            " 身份证号 身份证 日期 有效期",
        ),
    ),
    "完 卡 卡在 卡住 停在 有 没过 没通过 未通过 不通过 通不过 过不去 过不了 失败 出错",
)
_read_sign_in = _choice(
    (
        ("用户不存在", "user_not_found"),
        ("密码错误", "password_still_wrong"),
        ("需要激活", "activation_flow"),
    ),
    (
        ("user_not_found", "不存在 没注册 未注册"),
        ("password_still_wrong", "密码 锁 锁定 已锁定 mima mimacuowu"),
        ("activation_flow", "激活 未激活 没激活 启用 jihuo"),
    ),
    "用户 账号 账户 需要",
)
_GETS = Remark(
    "是 是的 对 对的 没错 有 还有 能 还能 可以 还可以 会 行 能用 可以用 在用 还在用 收得到 yes"
    " y shi dui neng",
    f"收 收到 接收 短信 都 也 还 一直 正常 肯定 当然 {_PHONE} {_SOUNDS}",
)
_GETS_NOT = Remark(
    "不 不能 不能用 不可以 不行 不是 否 没 没有 没了 没用了 不用了 无 非 冇 停机 停用 注销"
    " 销号 销了 换 换了 换号 丢 丢了 用不了 收不到 收不了 别人 中介 空号 过户 打不通 no nope n bu"
    " buneng meiyou",
    "早 早就 已经 已 都 就 也 再 以前 老 旧 登记 的时候 是 在 在用 收 收到 短信 给 被 掉 弄 我用 了"
    f" {_PHONE} {_SOUNDS}",
)


def _read_old_phone(text: str, _: str) -> str | None:
    if _GETS.matches(text) or _MURMUR.matches(text):
        return "sms_not_received"
    return "activation_wrong_phone" if _GETS_NOT.matches(text) else None


_READERS: dict[str, Callable[[str, str], str | None]] = {
    _PREFIX: _read_prefix,
    _STEP: _read_step,
    _SIGN_IN: _read_sign_in,
    _OLD_PHONE: _read_old_phone,
}
