"""The form of a matter, from a registration system or a window, and its checks."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from miniprogram_api import clock
from miniprogram_api.identity import other_documents
from miniprogram_api.identity.documents import id_numbers, names
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.texts import invalid
from models.desks.windows import ServiceWindow
from models.storage import canonical

MOST_DETAILS, MOST_PERSONS = 30, 200
LONGEST_NUMBER, LONGEST_ROLE = 100, 32
KINDS = ("establishment", "change", "filing", "deregistration")
DOCUMENTS = {
    "id_card": id_numbers.Document.RESIDENT_CARD,
    "residence_permit": id_numbers.Document.RESIDENCE_PERMIT,
    "foreign_permanent_card": id_numbers.Document.FOREIGN_CARD,
    "hong_kong_macau_permit": None,
    "taiwan_permit": None,
    "passport": None,
}
"""Type of a document → that of its number with 18 characters, if it has one."""

_ID_NUMBER = re.compile("(?=([0-9]{17}[0-9X]))")


@dataclass(frozen=True, slots=True)
class Document:
    """An identity document."""

    type: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Firm:
    """The firm for which a person confirms."""

    name: str = field(repr=False)
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Guardian:
    """The guardian of a minor."""

    name: str = field(repr=False)
    document: Document


@dataclass(frozen=True, slots=True)
class Named:
    """A person in one post."""

    name: str = field(repr=False)
    document: Document
    role: str
    on_behalf_of: Firm | None = None
    guardian: Guardian | None = None
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Subject:
    """The firm that the matter is about; a new one has no code."""

    name: str = field(repr=False)
    type: str
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that all persons must agree to."""

    label: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """A matter as its maker writes it."""

    kind: str
    subject: Subject
    details: Sequence[Detail]
    persons: Sequence[Named]
    item_code: str | None = None
    district: str | None = None
    office: int | None = None
    """The receiving window, by its number in GET /windows."""


def checked(form: Form) -> Form:
    """Return the form with canonical numbers and names.

    Raises Refused INVALID_INPUT with every wrong field: ``details.0.value`` (personal),
    ``persons.0.document.number`` (wrong_form, other_document), ``persons.0.phone`` (wrong_form),
    ``persons.0.role`` (required, too_long), ``persons.0`` (twice), ``office`` (not_allowed).
    """
    refused = RefusedFields()
    for position, detail in enumerate(form.details):
        for name, value in (("label", detail.label), ("value", detail.value)):
            if _has_id_number(value):
                refused.refuse(
                    invalid("matters.details.personal", field=f"details.{position}.{name}")
                )
    persons = [
        refused.attempt(partial(_person, person, f"persons.{position}"))
        for position, person in enumerate(form.persons)
    ]
    seen: set[Any] = set()
    for position, person in enumerate(persons):
        if person is not None and (key := key_of(person)) in seen:
            refused.refuse(invalid("matters.persons.twice", field=f"persons.{position}"))
        elif person is not None:
            seen.add(key)
    if form.office is not None and not _is_window(form.office):
        refused.refuse(invalid("matters.office.not_allowed"))
    refused.raise_if_any()
    return Form(
        form.kind,
        form.subject,
        form.details,
        [person for person in persons if person is not None],
        form.item_code,
        form.district,
        form.office,
    )


def key_of(person: Named) -> tuple[object, ...]:
    """Return what makes a line: the person, the post, for whom and with which guardian."""
    return (person.name, person.document, person.role, person.on_behalf_of, person.guardian)


def as_json(form: Form) -> dict[str, Any]:
    """Return the form as JSON values, by which a repeated call is recognised."""
    return {
        **_content(form),
        "office": form.office,
        "persons": [[*map(repr_of, key_of(person)), person.phone] for person in form.persons],
    }


def repr_of(part: object) -> object:
    """Return one part of a line's key as JSON values."""
    if isinstance(part, Document):
        return [part.type, part.number]
    if isinstance(part, Firm):
        return [part.name, part.code]
    if isinstance(part, Guardian):
        return [part.name, part.document.type, part.document.number]
    return part


def _content(form: Form) -> dict[str, Any]:
    return {
        "kind": form.kind,
        "item_code": form.item_code,
        "subject": [form.subject.name, form.subject.type, form.subject.code],
        "district": form.district,
        "details": [[detail.label, detail.value] for detail in form.details],
    }


def _person(person: Named, place: str) -> Named:
    refused = RefusedFields()
    document = refused.attempt(lambda: _document(person.document, f"{place}.document"))
    phone = refused.attempt(lambda: _phone(person.phone, f"{place}.phone"))
    role = refused.attempt(lambda: _role(person.role, f"{place}.role"))
    guardian = None
    if person.guardian is not None:
        guardian = refused.attempt(lambda: _guardian(person.guardian, f"{place}.guardian"))
    refused.raise_if_any()
    assert document is not None and role is not None  # noqa: S101, PT018 - else refused.
    return Named(_name(person.name), document, role, person.on_behalf_of, guardian, phone)


def _guardian(guardian: Guardian | None, place: str) -> Guardian | None:
    if guardian is None:
        return None
    return Guardian(_name(guardian.name), _document(guardian.document, f"{place}.document"))


def _name(text: str) -> str:
    return names.check(text).value or text.strip()


def _role(role: str, place: str) -> str:
    if not role.strip():
        raise invalid("registrars.role.required", field=place)
    if len(role.strip()) > LONGEST_ROLE:
        raise invalid("registrars.role.too_long", field=place, most=LONGEST_ROLE)
    return role.strip()


def _phone(phone: str | None, place: str) -> str | None:
    try:
        return None if not phone else canonical.phone(phone)
    except ValueError:
        raise invalid("matters.phone.wrong_form", field=place) from None


def _document(document: Document, place: str) -> Document:
    """Normalise a number, and validate it as far as its type allows.

    An ID number is never one of a passport or a Taiwan permit: no source is asked for these.
    """
    kind = DOCUMENTS[document.type]
    number = canonical.id_number_characters(document.number)
    if len(number) in (15, 18):
        try:
            long = canonical.id_number(number)
        except ValueError:
            long = number
        holder = id_numbers.check(long, clock.today()).value
        if holder is not None and holder.document is kind:
            return Document(document.type, long)
        if holder is not None:
            raise invalid("matters.document.other_document", field=f"{place}.type")
    form = other_documents.NUMBERS.get(document.type)
    if form is None or not form.fullmatch(number):
        raise invalid("matters.document.wrong_form", field=f"{place}.number")
    return Document(document.type, number)


def _has_id_number(text: str) -> bool:
    return any(
        id_numbers.check(candidate, clock.today()).value is not None
        for candidate in _candidates(text)
    )


def _candidates(text: str) -> Iterator[str]:
    yield from _ID_NUMBER.findall(
        canonical.id_number_characters(unicodedata.normalize("NFKC", text))
    )


def _is_window(window_id: int) -> bool:
    known = (ServiceWindow.id == window_id) & ServiceWindow.active
    return bool(ServiceWindow.select().where(known).exists())
