"""The body of a matter, for registration systems and windows."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from handlers.api.endpoint import Body
from handlers.api.fields import Filled, NoControls, RawText
from miniprogram_api.matters import forms
from miniprogram_api.matters.forms import Form

_Short = Annotated[
    str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True), NoControls
]
Number = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=forms.LONGEST_NUMBER, strip_whitespace=True, pattern=r"\S"
    ),
    NoControls,
]
"""The maker's own number of a matter."""
Value = Annotated[
    str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True), NoControls
]


class DocumentBody(Body):
    """An identity document."""

    type: Literal[
        "id_card",
        "residence_permit",
        "foreign_permanent_card",
        "hong_kong_macau_permit",
        "taiwan_permit",
        "passport",
    ]
    number: Filled

    def as_rule(self) -> forms.Document:
        """Return the form of the rule."""
        return forms.Document(self.type, self.number)


class FirmBody(Body):
    """The firm for which a person confirms."""

    name: Filled
    code: RawText | None = None


class NamedGuardianBody(Body):
    """The guardian of a minor."""

    name: Filled
    document: DocumentBody


class NamedPersonBody(Body):
    """A person in one post; a person with several posts is listed once for each."""

    name: Filled
    document: DocumentBody
    role: Filled = Field(description="The post, at most 32 characters.")
    on_behalf_of: FirmBody | None = None
    guardian: NamedGuardianBody | None = None
    phone: RawText | None = Field(None, description="For an invitation; proves nothing.")

    def as_rule(self) -> forms.Named:
        """Return the form of the rule."""
        firm, guardian = self.on_behalf_of, self.guardian
        return forms.Named(
            self.name,
            self.document.as_rule(),
            self.role,
            None if firm is None else forms.Firm(firm.name, firm.code),
            None
            if guardian is None
            else forms.Guardian(guardian.name, guardian.document.as_rule()),
            self.phone,
        )


class SubjectBody(Body):
    """The firm that the matter is about."""

    name: Filled
    type: _Short
    code: RawText | None = None


class DetailBody(Body):
    """One thing that all persons must agree to."""

    label: _Short
    value: Value


class MatterBody(Body):
    """A matter with its persons."""

    kind: Literal["establishment", "change", "filing", "deregistration"]
    item_code: _Short | None = None
    subject: SubjectBody
    district: Annotated[str, StringConstraints(max_length=32), NoControls] | None = None
    details: Annotated[list[DetailBody], Field(max_length=forms.MOST_DETAILS)]
    persons: Annotated[list[NamedPersonBody], Field(min_length=1, max_length=forms.MOST_PERSONS)]
    office: int | None = Field(
        None, ge=1, le=10**15, description="The receiving window, by its id in GET /windows."
    )

    def as_rule(self) -> Form:
        """Return the form of the rule."""
        subject = self.subject
        return Form(
            self.kind,
            forms.Subject(subject.name, subject.type, subject.code),
            tuple(forms.Detail(detail.label, detail.value) for detail in self.details),
            tuple(person.as_rule() for person in self.persons),
            self.item_code,
            self.district or None,
            self.office,
        )


class NumberedMatterBody(MatterBody):
    """A new matter with its maker's own number, which makes the call repeatable."""

    number: Number


class VersionBody(MatterBody):
    """The next version of a matter."""

    version: int = Field(ge=1, le=10**9, description="The version that the caller knows.")
