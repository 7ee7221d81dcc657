"""The one question that would decide, and what people reply to it.

A conversation remembers the question's id alone; `understand` reads the reply of the next turn.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """What can be tapped in the place of typing, and the entry that it leads to."""

    label: str
    slug: str


@dataclass(frozen=True, slots=True)
class QuestionBack:
    """A question to the asker; `id` is what `understand` takes together with his reply."""

    id: str
    text: str
    replies: tuple[Reply, ...]


# Whoever writes more than this asks something of his own.
LONGEST_REPLY = 24

_PREFIX, _STEP, _SIGN_IN, _OLD_PHONE = "phone_prefix", "failed_step", "sign_in_says", "old_phone"

_DIGITS = str.maketrans("零〇一二三四五六七八九幺两", "0012345678912")
_SILENT = re.compile(r"[\s,，.。!！?？~～;；:：、…“”\"'()（）\-]+")
_NUMBER = re.compile(r"1[3-9]\d+")
_YES = re.compile(
    r"(嗯+|恩+|哦+|噢+)?"
    r"(是|对|没错|正是|确实|就是|还?有|可以|还?能|会|行|还?在用|yes|yep|y|ok|shi|dui)"
    r"(的|啊|呀|呢|滴|哒|了|哦|嗯|是|对|用|收|收到|收得到|接收|还在用|在用)*"
)
_MURMUR = re.compile(r"嗯+|恩+|en+")
_UNSURE = re.compile(r"(我)?(不|没|也不)(太)?(知道|清楚|懂|会|明白|记得|确定)|忘")
_NO = re.compile(r"(不|否|没|非|无|冇|別|no|nope|n$|bu|mei)")


def phone_prefix(prefixes: Iterable[str]) -> QuestionBack:
    """Whether the phone is of a number range that is not supported; at least one prefix."""
    given = tuple(prefixes)
    return QuestionBack(
        f"{_PREFIX}:{','.join(given)}",
        f"请问手机号是{'、'.join(given)}开头吗？",
        (Reply("是", "segment_199"), Reply("不是", "sms_not_received")),
    )


FAILED_STEP = QuestionBack(
    _STEP,
    "请问是提交身份信息时没通过，还是刷脸时没通过？",
    (Reply("提交身份信息时", "verify_data_missing"), Reply("刷脸时", "face_check_errors")),
)
SIGN_IN_SAYS = QuestionBack(
    _SIGN_IN,
    "请问登录时提示的是“用户不存在”“密码错误”，还是“需要激活”？",
    (
        Reply("用户不存在", "user_not_found"),
        Reply("密码错误", "password_still_wrong"),
        Reply("需要激活", "activation_flow"),
    ),
)


def old_phone(tail: str) -> QuestionBack:
    """Whether somebody who activates still has the phone on record; `tail`: its last digits."""
    return QuestionBack(
        _OLD_PHONE,
        f"请问登记的手机号（尾号{tail}）您现在还能收短信吗？",
        (Reply("能", "sms_not_received"), Reply("不能", "activation_wrong_phone")),
    )


def in_digits(text: str) -> str:
    """`text` in which 一九九, 幺九九 and １９９ read 199."""
    return unicodedata.normalize("NFKC", text).translate(_DIGITS)


def understand(question_id: str, reply: str) -> str | None:
    """The slug of the entry that a reply decides on, or None when it is no reply to the question.

    `question_id`: of the `QuestionBack` that was asked.
    """
    name, _, parameter = question_id.partition(":")
    read = _READERS.get(name)
    text = _plain(reply)
    if read is None or not 0 < len(text) <= LONGEST_REPLY or _UNSURE.match(text):
        return None
    return read(text, parameter)


def is_answered(asked: QuestionBack, text: str) -> bool:
    """Whether a text, of any length, says already what the question asks for."""
    name, _, parameter = asked.id.partition(":")
    plain = _plain(text)
    if name == _PREFIX:
        return _NUMBER.search(in_digits(plain)) is not None
    return name != _OLD_PHONE and _READERS[name](plain, parameter) is not None


def _plain(reply: str) -> str:
    return _SILENT.sub("", unicodedata.normalize("NFKC", reply).lower())


def _read_prefix(text: str, prefixes: str) -> str | None:
    if _NO.match(text) and not _says_yes(text):
        return "sms_not_received"
    number = _NUMBER.search(in_digits(text))
    if number is not None:
        listed = number[0].startswith(tuple(prefixes.split(",")))
        return "segment_199" if listed else "sms_not_received"
    return "segment_199" if _says_yes(text) else None


def _read_step(text: str, _: str) -> str | None:
    for words, slug in (
        ("脸|人像|摄像头|扫描|眨眼|網證|网证|shualian|renlian", "face_check_errors"),
        ("长期|長期", "long_term_id"),
        ("[·•]|的点|个点|符号|少数民族|维族", "name_symbol"),
        ("两张|旧证|旧身份证|换证", "two_ids_old_dates"),
        (
            "填|提交|注册|註冊|信息|要素|姓名|证号|日期|有效期|身份证|前者|第一",
            "verify_data_missing",
        ),
        ("后者|第二", "face_check_errors"),
    ):
        if re.search(words, text):
            return slug
    return None


def _read_sign_in(text: str, _: str) -> str | None:
    for words, slug in (
        ("不存在|没注册|第一", "user_not_found"),
        ("密码|密碼|锁定|mima|第二", "password_still_wrong"),
        ("激活|啟用|jihuo|第三", "activation_flow"),
    ):
        if re.search(words, text):
            return slug
    return None


def _read_old_phone(text: str, _: str) -> str | None:
    gone = re.search("停机|注销|换了|换号|丢了|用不了|别人|中介|空号|过户|收不到", text)
    if gone or _NO.match(text):
        return "activation_wrong_phone"
    return "sms_not_received" if _says_yes(text) else None


def _says_yes(text: str) -> bool:
    return bool(_YES.fullmatch(text) or _MURMUR.fullmatch(text))


_READERS: dict[str, Callable[[str, str], str | None]] = {
    _PREFIX: _read_prefix,
    _STEP: _read_step,
    _SIGN_IN: _read_sign_in,
    _OLD_PHONE: _read_old_phone,
}
