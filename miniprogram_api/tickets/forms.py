"""Forms that open tickets: all fields are validated at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts
from miniprogram_api.identity.documents import id_numbers, names, terms
from miniprogram_api.identity.documents.findings import Checked
from miniprogram_api.identity.documents.id_numbers import IdNumber
from miniprogram_api.identity.documents.terms import Term
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.messaging import content_safety
from miniprogram_api.messaging.content_safety import Verdict
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from miniprogram_api.tickets import complaints, districts, opening, tickets
from miniprogram_api.tickets.complaints import ComplainedOf
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.tickets.tickets import Ticket
from models.accounts.accounts import Account
from models.accounts.activations import Activation

# Required fields when the opener is not signed in.
NEEDED: dict[str, tuple[str, ...]] = {
    "phone_verification": ("phone",),
    "identity_review": ("name", "id_number", "valid_from", "valid_until"),
    "manual_verification": ("name", "id_number"),
    "activation_phone": ("id_number", "phone"),
    "re_registration": ("id_number",),
    "phone_change": ("id_number", "phone"),
    "identity_dispute": ("name", "id_number"),
    "name_correction": ("name", "id_number", "description"),
    "data_transfer": ("id_number", "description"),
    # Of the person who died; the applicant and the kinship stand in the description.
    "relatives_request": ("name", "id_number", "description"),
    "refusal_reason": ("description",),
    "complaint": ("description",),
    "other": ("description",),
}
# The kinds that a clerk may file for a person.
AT_WINDOW = tuple(kind for kind in tickets.FILED_KINDS if kind != complaints.KIND)
# The proof of a phone may be on the person.
NEEDED_AT_WINDOW = {**NEEDED, "phone_verification": ("phone", "name")}
# Required fields that the account does not provide.
NEEDED_BESIDES_ACCOUNT: dict[str, tuple[str, ...]] = {
    "phone_verification": ("phone",),
    "phone_change": ("phone",),
    # The right name; the account has the wrong one.
    "name_correction": ("description",),
    "data_transfer": ("description",),
    "complaint": ("description",),
    "other": ("description",),
}
# The person of the ticket is not the holder of the account that opens it.
OF_ANOTHER = frozenset({"identity_dispute", "relatives_request"})


@dataclass(frozen=True)
class TicketForm:
    """The fields as typed; missing ones are None."""

    kind: tickets.FiledKind
    description: str | None = field(default=None, repr=False)
    contact: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)
    valid_from: str | None = None
    valid_until: str | None = None
    phone: str | None = field(default=None, repr=False)
    activation_token: str | None = field(default=None, repr=False)
    district: str | None = None
    window_id: int | None = None
    """The window complained of."""
    clerk_name: str | None = field(default=None, repr=False)
    """The name of the member of staff complained of."""


def submit(
    services: Services,
    form: TicketForm,
    *,
    session: SessionInfo,
    source: tickets.Source = "user",
    facts: Mapping[str, Any] | None = None,
    conversation_id: str | None = None,
) -> Ticket:
    """Open the ticket. Raises Refused: INVALID_INPUT with every field, and as ``open_ticket``.

    ``source``, ``facts`` and ``conversation_id`` are given by the bot.
    """
    account = None if session.account_id is None else accounts.get(session.account_id)
    subject = read_subject(form, account, _activating(form, session))
    _require_fit(services, form.description, session.openid)
    return opening.open_ticket(
        services,
        Opening(
            kind=form.kind,
            source=source,
            account_id=session.account_id,
            openid=session.openid,
            description=form.description or "",
            facts=facts or {},
            conversation_id=conversation_id,
            subject=subject,
            contact=form.contact,
            district=districts.parse(form.district),
            complained_of=ComplainedOf(form.window_id, form.clerk_name),
        ),
        address=session.address,
    )


def read_subject(
    form: TicketForm, account: Account | None, activating: str | None = None
) -> Subject:
    """Return the subject of the ticket in canonical form; ``account`` is the asker's own.

    ``activating`` is the ID number of the account that they activate.
    """
    own = account if form.kind not in OF_ANOTHER else None
    refused = RefusedFields()
    for missing in _missing(form, own, activating):
        refused.attempt(lambda field=missing: _require(field))  # type: ignore[misc]
    typed_name = names.check(form.name) if form.name else Checked[str](None)
    typed_number = form.id_number or activating
    today = clock.today()
    number = id_numbers.check(typed_number, today) if typed_number else Checked[IdNumber](None)
    term = Checked[Term](None)
    if form.valid_from or form.valid_until:
        term = terms.check(form.valid_from, form.valid_until, number.value, today)
    refused.add([*typed_name.refusals, *number.refusals, *term.refusals])
    phone = None
    if form.phone:
        phone = refused.attempt(lambda: phone_numbers.parse_phone("phone", form.phone))
    refused.attempt(lambda: districts.parse(form.district))
    refused.attempt(lambda: complaints.require_window(form.window_id))
    refused.raise_if_any()
    holder, dates = number.value, term.value
    if own is not None:
        name, id_number = own.name, own.id_number
    else:
        name, id_number = typed_name.value, None if holder is None else holder.number
    return Subject(
        name,
        id_number,
        None if dates is None else dates.valid_from,
        None if dates is None else _until(dates.valid_until),
        phone or (None if own is None else own.phone),
    )


def _missing(form: TicketForm, own: Account | None, activating: str | None) -> list[str]:
    needed = NEEDED[form.kind] if own is None else NEEDED_BESIDES_ACCOUNT.get(form.kind, ())
    return [
        name
        for name in needed
        if not getattr(form, name) and not (name == "id_number" and activating)
    ]


def _require(name: str) -> None:
    raise invalid("fields.any.required", field=name)


def _require_fit(services: Services, text: str | None, openid: str | None) -> None:
    """Refuse texts that WeChat judges as risky; others go to staff."""
    if text and content_safety.check(services, text, openid) is Verdict.RISKY:
        raise invalid("tickets.description.not_fit")


def _until(day: date | None) -> str:
    return terms.LONG_TERM if day is None else day.isoformat()


def _activating(form: TicketForm, session: SessionInfo) -> str | None:
    """Return the ID number of the account that this session is activating."""
    if form.activation_token is None:
        return None
    return (
        Account.select(Account.id_number)
        .join(Activation)
        .where(
            (Activation.token_hash == sessions.hash_of(form.activation_token))
            & (Activation.session_hash == session.token_hash)
            & (Activation.expires_at > clock.now())
        )
        .scalar()
    )
