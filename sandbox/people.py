"""The people of the sandbox, and the answers of the identity sources about them.

Only ID numbers whose sequence code (digits 15 to 17) is 990 to 999 exist. They match, unless the
name contains one of ``MARKERS``.
"""

import re
import unicodedata
from datetime import date
from typing import NamedTuple

# Positions 15 to 17 of the number, for example 110101 19900307 990 X.
_SANDBOX_NUMBER = re.compile(r"\d{14}99\d[\dX]", re.ASCII)
_NUMBER = re.compile(r"\d{17}[\dX]", re.ASCII)
_DAY = re.compile(r"\d{8}", re.ASCII)

# GB 11643-1999.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"

NAME_DOT = "\u00b7"
# Typed instead of U+00B7. A source compares characters, so these do not match.
_LOOK_ALIKE_DOTS = frozenset(
    "\u2022\u30fb\uff65\u2027\u22c5\u2219\uff0e\u2e31\u2024\u02d9\u25cf.\u318d\u0387"
)
_LONGEST_NAME = 50

LONG_TERM = "00000000"

# Results of CheckIdNameDate of Tencent Cloud FaceID (2018-03-01), from its documentation.
IDENTITY_RESULTS = {
    "0": "查询成功",
    "-1": "不一致",
    "-2": "非法身份证号（长度、校验位等不正确）",
    "-3": "非法姓名（长度、格式等不正确）",
    "-4": "非法有效期（长度、格式等不正确）",
    "-5": "身份信息无效",
    "-6": "证件库服务异常",
    "-7": "证件库中无此身份证记录",
    "-8": "认证次数超过当日限制，请次日重试",
}


class Marker(NamedTuple):
    """The answers of the sources to a name that contains ``word``.

    ``identity`` is a result of CheckIdNameDate, ``face`` one of ImageRecognitionV2,
    ``verify_ret`` one of WeChat's queryVerifyInfo.
    """

    word: str
    identity: str
    face: str
    verify_ret: int


PASSED = Marker("", "0", "Success", 10000)
NOT_KNOWN = Marker("", "-7", "FailedOperation.IdNoExistSystem", 10026)
_OTHER_DOT = Marker("", "-1", "FailedOperation.IdNameMisMatch", 10003)

# verify_ret as WeChat documents it: 10003 the number does not match, 10004 the faces differ, 10009
# no photo to compare with (documented for the older interface only), 10015 system failure, 10026
# the person's data is not in the authoritative source, 10042 too many requests.
MARKERS = (
    Marker("不符", "-1", "FailedOperation.IdNameMisMatch", 10003),
    Marker("无效", "-5", "FailedOperation.IdNoExistSystem", 10026),
    Marker("源忙", "-6", "FailedOperation.CompareLibServiceUnavailable", 10015),
    Marker("无记录", "-7", "FailedOperation.IdNoExistSystem", 10026),
    Marker("限次", "-8", "FailedOperation.IdentityAuthLimitExceeded", 10042),
    Marker("不像", "0", "FailedOperation.CompareLowSimilarity", 10004),
    Marker("无照", "0", "FailedOperation.IdPhotoNoExist", 10009),
    Marker("脸忙", "0", "FailedOperation.IdPhotoSystemNoanswer", 10015),
    Marker("旧证", "0", "FailedOperation.IdNoExistSystem", 10026),
)

FACE_RESULTS = {
    "Success": "成功",
    "FailedOperation.CompareLibServiceUnavailable": "比对库源维护中，暂时不可用",
    "FailedOperation.CompareLowSimilarity": "比对相似度未达到通过标准",
    "FailedOperation.IdFormatError": "输入的身份证号有误",
    "FailedOperation.IdNameMisMatch": "姓名和身份证号不一致，请核实后重试",
    "FailedOperation.IdNoExistSystem": "库中无此号，请到户籍所在地进行核实",
    "FailedOperation.IdPhotoNoExist": "库中无此号照片，请到户籍所在地进行核实",
    "FailedOperation.IdPhotoSystemNoanswer": "客户库自建库或认证中心返照失败，请稍后再试",
    "FailedOperation.IdentityAuthLimitExceeded": "姓名/身份证号认证次数超过当日限制，请次日重试",
    "FailedOperation.NameFormatError": "输入的姓名有误",
}


def look_up(name: str, id_number: str) -> Marker:
    """Return the answers of the sources; both arguments are well formed."""
    if not _SANDBOX_NUMBER.fullmatch(id_number):
        return NOT_KNOWN
    if not _LOOK_ALIKE_DOTS.isdisjoint(name):
        return _OTHER_DOT
    return next((marker for marker in MARKERS if marker.word in name), PASSED)


def is_id_number(text: str) -> bool:
    """Return whether this is an 18-digit number with a valid birth date and check character."""
    if not _NUMBER.fullmatch(text) or parse_day(text[6:14]) is None:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False))
    return text[17] == _CHECK_CHARACTERS[total % 11]


def is_name(text: str) -> bool:
    """Return whether a source accepts this name: letters of any script, dots, inner spaces."""
    if not 1 <= len(text) <= _LONGEST_NAME or text != text.strip():
        return False
    return any(_is_letter(c) for c in text) and all(_is_name_character(c) for c in text)


def is_term(begin: str, end: str) -> bool:
    """Return whether YYYYMMDD dates can be a card's validity; ``end`` 00000000 means 长期."""
    first, last = parse_day(begin), parse_day(end)
    if first is None:
        return False
    return end == LONG_TERM or (last is not None and last > first)


def parse_day(text: str) -> date | None:
    """Parse YYYYMMDD; None when there is no such day."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def check_four_elements(name: str, id_number: str, begin: str, end: str) -> str:
    """Return the result of CheckIdNameDate, a key of ``IDENTITY_RESULTS``.

    Only the form of the validity is checked.
    """
    if not is_id_number(id_number):
        return "-2"
    if not is_name(name):
        return "-3"
    if not is_term(begin, end):
        return "-4"
    return look_up(name, id_number).identity


def compare_face(name: str, id_number: str) -> str:
    """Return the result of ImageRecognitionV2, a key of ``FACE_RESULTS``."""
    if not is_id_number(id_number):
        return "FailedOperation.IdFormatError"
    if not is_name(name):
        return "FailedOperation.NameFormatError"
    return look_up(name, id_number).face


def verify_face(name: str, id_number: str) -> int:
    """Return the verify_ret of WeChat's face check, 10000 for passed."""
    if not is_id_number(id_number) or not is_name(name):
        return _OTHER_DOT.verify_ret
    return look_up(name, id_number).verify_ret


def _is_letter(character: str) -> bool:
    # Older Python versions classify the newest Han extensions, in planes 2 and 3, as Cn.
    if 0x20000 <= ord(character) <= 0x3FFFD or character == "\u3007":
        return True
    return unicodedata.category(character)[0] == "L"


def _is_name_character(character: str) -> bool:
    return _is_letter(character) or character in " '-’" + NAME_DOT or character in _LOOK_ALIKE_DOTS
