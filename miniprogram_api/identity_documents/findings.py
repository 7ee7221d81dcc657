"""Every way in which identity data can be wrong, with its code and the sentence for the user.

The codes are stable: clients show a finding at its field and confirm a warning by its code. All of
them stand in one table, ``Kind``, so that documentation and tests can walk it.
"""

import dataclasses
from enum import Enum, StrEnum
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class Severity(StrEnum):
    """What a finding means for the person."""

    REFUSAL = "refusal"
    """It cannot go on like this."""
    WARNING = "warning"
    """It is probably a mistake; the person looks again and may confirm it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful in one field.

    ``suggestion`` is a whole value that would fit in the field, or None. ``case`` is the number of
    the problem case that explains it, or None. The texts may hold personal data, so they stay out
    of ``repr()`` and thereby out of logs.
    """

    field: str
    code: str
    message: str = dataclasses.field(repr=False)
    suggestion: str | None = dataclasses.field(default=None, repr=False)
    case: int | None = None

    @property
    def kind(self) -> "Kind":
        """The entry of the table that this finding is an instance of."""
        return Kind[self.code.upper()]

    @property
    def leads_to_window(self) -> bool:
        """Whether the online source does not know such a document, so that a window helps."""
        return self.kind.leads_to_window


class Checked(NamedTuple, Generic[Value]):
    """The outcome for one part: its normalised value, or None when it is refused."""

    value: Value | None
    refusals: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()


_REFUSAL, _WARNING = Severity.REFUSAL, Severity.WARNING


class Kind(Enum):
    """A kind of finding: field, severity, sentence (``{}`` is filled in), case, way to a window.

    Case 4 is explained by the four elements, 13 by the dot in a name, 14 by 长期. Refusals come
    before warnings in each field.
    """

    NAME_MISSING = ("name", _REFUSAL, "请填写姓名，与证件上的一致。")
    NAME_TOO_LONG = ("name", _REFUSAL, "姓名最多50个字，请对照证件删去多余的内容。")
    NAME_DIGIT = ("name", _REFUSAL, "姓名第{position}个字是数字，请按证件上的姓名改好。")
    NAME_CHARACTER = (
        "name",
        _REFUSAL,
        "姓名第{position}个字用不了，姓名里不能有符号和表情，请按证件改好。",
    )
    NAME_PRIVATE_CHARACTER = (
        "name",
        _REFUSAL,
        "姓名第{position}个字的编码无法识别，请换个输入法重打，仍不行请到窗口办理。",
    )
    NAME_MIXED_SCRIPTS = (
        "name",
        _REFUSAL,
        "姓名里汉字和字母混在一起，请只填证件上的一种写法。",
    )
    NAME_DOT_AT_EDGE = ("name", _REFUSAL, "姓名的开头和结尾不能是点，请删去多余的点。", 13)
    NAME_SINGLE_CHARACTER = ("name", _WARNING, "姓名只有一个字，请对照证件看看有没有漏字。")
    NAME_UNUSUAL_WORD = (
        "name",
        _WARNING,
        "姓名里有“{word}”，请确认填的是本人姓名，不是单位或称呼。",
    )
    NAME_SPACE = (
        "name",
        _WARNING,
        "姓名中间的空格已去掉；证件上若有“·”请填上，没有请确认。",
        13,
    )
    NAME_REPAIRED = (
        "name",
        _WARNING,
        "姓名里的生僻字已换成标准编码，请看看与证件上是否一样。",
    )

    ID_NUMBER_MISSING = ("id_number", _REFUSAL, "请填写身份证号码。")
    ID_NUMBER_LETTER = (
        "id_number",
        _REFUSAL,
        "身份证号码第{position}位是字母{letter}，这里应是数字，请改好。",
    )
    ID_NUMBER_CHARACTER = (
        "id_number",
        _REFUSAL,
        "身份证号码第{position}位请改好：前17位只能是数字，末位可以是X。",
    )
    ID_NUMBER_LENGTH = (
        "id_number",
        _REFUSAL,
        "身份证号码应为18位，您填了{length}位，请对照证件核对。",
    )
    ID_NUMBER_OLD = (
        "id_number",
        _REFUSAL,
        "15位号码属于一代证，2013年起已停用，请填现在证件上的18位号码。",
    )
    ID_NUMBER_PROVINCE = (
        "id_number",
        _REFUSAL,
        "身份证号码开头两位不是任何省份的代码，请对照证件核对。",
    )
    ID_NUMBER_PERMIT_ADDRESS = (
        "id_number",
        _REFUSAL,
        "居住证号码的前六位应是810000、820000或830000，请对照证件核对。",
    )
    ID_NUMBER_BIRTH_DATE = (
        "id_number",
        _REFUSAL,
        "身份证号码第7到14位的出生日期并不存在，请对照证件核对。",
    )
    ID_NUMBER_BIRTH_IN_FUTURE = (
        "id_number",
        _REFUSAL,
        "身份证号码里的出生日期还没到，请对照证件核对第7到14位。",
    )
    ID_NUMBER_TOO_OLD = (
        "id_number",
        _REFUSAL,
        "按身份证号码推算已超过130岁，请对照证件核对第7到14位。",
    )
    ID_NUMBER_CHECK_CHARACTER = (
        "id_number",
        _REFUSAL,
        "身份证号码与末位校验码不符，多半有一位填错，请对照证件逐位核对。",
    )
    ID_NUMBER_FOREIGN_CARD = (
        "id_number",
        _REFUSAL,
        "15位的永久居留身份证暂不能在线核验，请带证件原件到窗口办理。",
        4,
        True,
    )
    ID_NUMBER_TRAVEL_DOCUMENT = (
        "id_number",
        _REFUSAL,
        "通行证、护照不能在线核验，请带原件到窗口；有居住证的可填居住证号码。",
        4,
        True,
    )
    ID_NUMBER_UNDER_14 = (
        "id_number",
        _REFUSAL,
        "未满14周岁的，请由监护人陪同，带双方证件原件到窗口办理。",
        4,
        True,
    )
    ID_NUMBER_FOREIGN_RESIDENT = (
        "id_number",
        _WARNING,
        "永久居留身份证在线可能查不到，可确认后再试，不通过请带原件到窗口。",
        4,
        True,
    )

    VALID_FROM_MISSING = ("valid_from", _REFUSAL, "请填写证件有效期限的起始日期。")
    VALID_FROM_FORMAT = (
        "valid_from",
        _REFUSAL,
        "起始日期没能识别，请按2014-03-27这样填写年月日。",
    )
    VALID_FROM_LONG_TERM = (
        "valid_from",
        _REFUSAL,
        "起始日期请填证件上的开始那天；“长期”请填在截止日期。",
        14,
    )
    VALID_FROM_IMPOSSIBLE = (
        "valid_from",
        _REFUSAL,
        "日历上没有这个起始日期，请对照证件核对月和日。",
    )
    VALID_FROM_IN_FUTURE = ("valid_from", _REFUSAL, "起始日期还没到，请对照证件核对。")
    VALID_FROM_TOO_EARLY = (
        "valid_from",
        _REFUSAL,
        "起始日期早于2004年3月29日，那时还没有二代证，请填现在证件的日期。",
    )
    VALID_FROM_BEFORE_BIRTH = (
        "valid_from",
        _REFUSAL,
        "起始日期早于身份证号码里的出生日期，请对照证件核对。",
    )

    VALID_UNTIL_MISSING = (
        "valid_until",
        _REFUSAL,
        "请填写证件有效期限的截止日期；长期有效请填“长期”。",
    )
    VALID_UNTIL_FORMAT = (
        "valid_until",
        _REFUSAL,
        "截止日期没能识别，请按2034-03-27这样填写；长期有效请填“长期”。",
    )
    VALID_UNTIL_IMPOSSIBLE = (
        "valid_until",
        _REFUSAL,
        "日历上没有这个截止日期，请对照证件核对月和日。",
    )
    VALID_UNTIL_NOT_AFTER_START = (
        "valid_until",
        _REFUSAL,
        "截止日期要晚于起始日期，请看看两个日期是不是填反了。",
    )
    VALID_UNTIL_EXPIRED = (
        "valid_until",
        _REFUSAL,
        "这张证件已过期：已换新证请填新证的日期，没换请先换证。",
    )
    VALID_UNTIL_TEMPORARY_CARD = (
        "valid_until",
        _REFUSAL,
        "有效期3个月的临时身份证不能在线核验，请带原件到窗口；填错了请改好。",
        4,
        True,
    )
    VALID_UNTIL_PERMIT_LONG_TERM = (
        "valid_until",
        _REFUSAL,
        "居住证的有效期是5年，没有“长期”，请填证件上的截止日期。",
        14,
    )
    VALID_UNTIL_PERMIT_TERM = (
        "valid_until",
        _REFUSAL,
        "居住证的有效期是5年，截止日期应为{expected}，请对照证件改好。",
    )
    VALID_UNTIL_TERM_MISMATCH = (
        "valid_until",
        _WARNING,
        "按签发时的年龄，截止日期多为{expected}，请对照证件确认。",
    )
    VALID_UNTIL_DAY_OFF = (
        "valid_until",
        _WARNING,
        "截止日期像是差了一天，多为{expected}，请对照证件确认。",
    )
    VALID_UNTIL_LONG_TERM_LIKELY = (
        "valid_until",
        _WARNING,
        "签发时已满46周岁的，证件多为“长期”，请对照证件确认。",
        14,
    )
    VALID_UNTIL_LONG_TERM_UNLIKELY = (
        "valid_until",
        _WARNING,
        "按签发时的年龄，证件多半不是“长期”而是{expected}，请对照证件确认。",
        14,
    )
    VALID_UNTIL_READ_AS_LONG_TERM = (
        "valid_until",
        _WARNING,
        "截止日期已按“长期”处理，请对照证件确认。",
        14,
    )

    PHONE_MISSING = ("phone", _REFUSAL, "请填写手机号码。", None)
    PHONE_NOT_MOBILE = (
        "phone",
        _REFUSAL,
        "这不是手机号码，请填写11位、以1开头的手机号码。",
        None,
    )
    PHONE_FOREIGN = (
        "phone",
        _REFUSAL,
        "暂只支持中国内地的手机号码，请填写11位的内地手机号码。",
        None,
    )
    PHONE_INTERNET_OF_THINGS = (
        "phone",
        _REFUSAL,
        "这是物联网卡的号码，不能用来注册，请换一个11位的手机号码。",
        None,
    )
    PHONE_UNASSIGNED = (
        "phone",
        _REFUSAL,
        "没有{segment}开头的手机号码，请核对号码的前三位。",
        None,
    )

    def __init__(
        self,
        field_name: str,
        severity: Severity,
        sentence: str,
        case: int | None = 4,
        leads_to_window: bool = False,
    ) -> None:
        self.field_name = field_name
        self.severity = severity
        self.sentence = sentence
        self.case = case
        self.leads_to_window = leads_to_window
        self.code = self.name.lower()

    def finding(
        self, *, suggestion: str | None = None, case: int | None = None, **values: object
    ) -> Finding:
        """A finding of this kind; ``values`` fill its sentence, ``case`` replaces its case."""
        return Finding(
            field=self.field_name,
            code=self.code,
            message=self.sentence.format(**values),
            suggestion=suggestion,
            case=self.case if case is None else case,
        )
