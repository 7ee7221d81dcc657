"""Define every problem of identity data, with its code and sentence.

Codes are stable: clients show a finding at its field and confirm a warning by its code.
"""

import dataclasses
from enum import Enum, StrEnum
from typing import Generic, NamedTuple, TypeVar

from miniprogram_api.texts import template

Value = TypeVar("Value")


class Severity(StrEnum):
    """Distinguish refusals from warnings, which the person may confirm."""

    REFUSAL = "refusal"
    WARNING = "warning"


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """Describe one problem of one field.

    ``suggestion`` is a whole value for the field; ``case`` is the problem case that explains it.
    The texts may contain personal data and are excluded from ``repr()``, hence from logs.
    """

    field: str
    code: str
    message: str = dataclasses.field(repr=False)
    suggestion: str | None = dataclasses.field(default=None, repr=False)
    case: int | None = None

    @property
    def kind(self) -> "Kind":
        """Return the kind of this finding."""
        return Kind[self.code.upper()]

    @property
    def leads_to_window(self) -> bool:
        """Return whether the source lacks such documents, so that an office must help."""
        return self.kind.leads_to_window


class Checked(NamedTuple, Generic[Value]):
    """Return one normalised value, or None if it is refused."""

    value: Value | None
    refusals: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()


_REFUSAL, _WARNING = Severity.REFUSAL, Severity.WARNING


class Kind(Enum):
    """Define a finding: field, severity, case and whether an office must help.

    Case 4 concerns the four elements, 13 the dot in a name, 14 长期. Refusals precede warnings in
    each field.
    """

    def __new__(cls, *_row: object) -> "Kind":
        """Assign a number to each member, so that equal rows do not become aliases."""
        member = object.__new__(cls)
        member._value_ = len(cls.__members__) + 1
        return member

    NAME_MISSING = "name", _REFUSAL
    NAME_TOO_LONG = "name", _REFUSAL
    NAME_DIGIT = "name", _REFUSAL
    NAME_CHARACTER = "name", _REFUSAL
    NAME_PRIVATE_CHARACTER = "name", _REFUSAL
    NAME_MIXED_SCRIPTS = "name", _REFUSAL
    NAME_DOT_AT_EDGE = "name", _REFUSAL, 13
    NAME_SINGLE_CHARACTER = "name", _WARNING
    NAME_UNUSUAL_WORD = "name", _WARNING
    NAME_SPACE = "name", _WARNING, 13
    NAME_REPAIRED = "name", _WARNING

    ID_NUMBER_MISSING = "id_number", _REFUSAL
    ID_NUMBER_LETTER = "id_number", _REFUSAL
    ID_NUMBER_CHARACTER = "id_number", _REFUSAL
    ID_NUMBER_LENGTH = "id_number", _REFUSAL
    ID_NUMBER_OLD = "id_number", _REFUSAL
    ID_NUMBER_PROVINCE = "id_number", _REFUSAL
    ID_NUMBER_PERMIT_ADDRESS = "id_number", _REFUSAL
    ID_NUMBER_BIRTH_DATE = "id_number", _REFUSAL
    ID_NUMBER_BIRTH_IN_FUTURE = "id_number", _REFUSAL
    ID_NUMBER_TOO_OLD = "id_number", _REFUSAL
    ID_NUMBER_CHECK_CHARACTER = "id_number", _REFUSAL
    ID_NUMBER_FOREIGN_CARD = "id_number", _REFUSAL, 4, True
    ID_NUMBER_TRAVEL_DOCUMENT = "id_number", _REFUSAL, 4, True
    ID_NUMBER_UNDER_14 = "id_number", _REFUSAL, 4, True
    ID_NUMBER_FOREIGN_RESIDENT = "id_number", _WARNING, 4, True
    ID_NUMBER_DISPUTED = "id_number", _WARNING, None

    VALID_FROM_MISSING = "valid_from", _REFUSAL
    VALID_FROM_FORMAT = "valid_from", _REFUSAL
    VALID_FROM_LONG_TERM = "valid_from", _REFUSAL, 14
    VALID_FROM_IMPOSSIBLE = "valid_from", _REFUSAL
    VALID_FROM_IN_FUTURE = "valid_from", _REFUSAL
    VALID_FROM_TOO_EARLY = "valid_from", _REFUSAL
    VALID_FROM_BEFORE_BIRTH = "valid_from", _REFUSAL
    VALID_FROM_PERMIT_TERM = "valid_from", _REFUSAL

    VALID_UNTIL_MISSING = "valid_until", _REFUSAL
    VALID_UNTIL_FORMAT = "valid_until", _REFUSAL
    VALID_UNTIL_IMPOSSIBLE = "valid_until", _REFUSAL
    VALID_UNTIL_NOT_AFTER_START = "valid_until", _REFUSAL
    VALID_UNTIL_EXPIRED = "valid_until", _REFUSAL
    VALID_UNTIL_TEMPORARY_CARD = "valid_until", _REFUSAL, 4, True
    VALID_UNTIL_PERMIT_LONG_TERM = "valid_until", _REFUSAL, 14
    VALID_UNTIL_PERMIT_TERM = "valid_until", _REFUSAL
    VALID_UNTIL_PERMIT_OVER = "valid_until", _REFUSAL
    VALID_UNTIL_TERM_MISMATCH = "valid_until", _WARNING
    VALID_UNTIL_DAY_OFF = "valid_until", _WARNING
    VALID_UNTIL_LONG_TERM_LIKELY = "valid_until", _WARNING, 14
    VALID_UNTIL_LONG_TERM_UNLIKELY = "valid_until", _WARNING, 14
    VALID_UNTIL_READ_AS_LONG_TERM = "valid_until", _WARNING, 14

    PHONE_MISSING = "phone", _REFUSAL, None
    PHONE_NOT_MOBILE = "phone", _REFUSAL, None
    PHONE_FOREIGN = "phone", _REFUSAL, None
    PHONE_INTERNET_OF_THINGS = "phone", _REFUSAL, None
    PHONE_UNASSIGNED = "phone", _REFUSAL, None
    PHONE_RANGE_UNSUPPORTED = "phone", _WARNING, 2

    def __init__(
        self,
        field_name: str,
        severity: Severity,
        case: int | None = 4,
        leads_to_window: bool = False,
    ) -> None:
        self.field_name = field_name
        self.severity = severity
        self.case = case
        self.leads_to_window = leads_to_window
        self.code = self.name.lower()
        self.sentence = template(f"findings.{self.code}")

    def finding(
        self, *, suggestion: str | None = None, case: int | None = None, **values: object
    ) -> Finding:
        """Return a finding; ``values`` fill its sentence, ``case`` overrides its case."""
        return Finding(
            field=self.field_name,
            code=self.code,
            message=self.sentence.format(**values),
            suggestion=suggestion,
            case=self.case if case is None else case,
        )
