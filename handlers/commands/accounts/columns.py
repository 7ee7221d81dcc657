"""The Chinese and English column names of account files."""

import re
from functools import lru_cache

REQUIRED = ("id_number", "name", "phone")
SEPARATORS = ",;\t|"

_NAMES = {
    "id_number": (
        "身份证号 身份证号码 身份证 公民身份号码 公民身份证号码 证件号 证件号码",
        "id number, id no, id card, id card no, id card number, identity number, cert no",
    ),
    "name": (
        "姓名 名字 真实姓名 用户姓名 证件姓名",
        "name, real name, full name",
    ),
    "phone": (
        "手机号 手机号码 手机 移动电话 联系电话 电话 电话号码",
        "phone, phone number, mobile, mobile phone, mobile no, mobile number, cell phone, "
        "tel, telephone",
    ),
    "username": (
        "登录账号 登录帐号 登陆账号 登录名 登录用户名 用户名 账号 帐号",
        "username, login name, login, login id, account, account name",
    ),
    "valid_from": (
        "起始日期 有效期起 有效期起始 有效期开始 有效期限起 有效期起始日期 身份证起始日期",
        "valid from, validity begin, validity start, start date, begin date, issue date",
        "开始日期 签发日期 证件起始日期",
    ),
    "valid_until": (
        "结束日期 截止日期 终止日期 到期日期 有效期止 有效期至 有效期截止 有效期结束 有效期限止",
        "有效期截止日期 身份证结束日期 身份证截止日期 证件结束日期",
        "valid until, valid to, validity end, end date, expiry date, expire date, expiration date",
    ),
}
# "身份证号（必填）" is the same as "身份证号", "ID_Number" the same as "id number".
_MARKS = re.compile(r"\(.*?\)|（.*?）|[\s_\-.:：*\"'\u200b\ufeff]+")


class HeaderRefused(Exception):
    """The header is invalid; the text is one sentence."""


@lru_cache(1_000)
def field_of(name: str) -> str | None:
    """Return the field of a column name, or None."""
    return _FIELDS.get(_plain(name))


def require_columns(fields: tuple[str | None, ...]) -> None:
    """Raise HeaderRefused when a field has two columns or a required one has none.

    The message does not quote the line: where the header is missing it is personal data.
    """
    if not any(fields):
        raise HeaderRefused(
            "The first line must name the columns, such as 身份证号,姓名,手机号 or "
            "id_number,name,phone; none of them is there."
        )
    twice = sorted({field for field in fields if field and fields.count(field) > 1})
    if twice:
        raise HeaderRefused(f"Several columns mean the same: {', '.join(twice)}.")
    missing = [field for field in REQUIRED if field not in fields]
    if missing:
        raise HeaderRefused(f"The first line lacks columns: {', '.join(missing)}.")


def _plain(name: str) -> str:
    return _MARKS.sub("", name).lower()


_FIELDS = {
    _plain(name): field
    for field, lists in _NAMES.items()
    for names in lists
    for name in (names.split(", ") if names.isascii() else names.split())
}
