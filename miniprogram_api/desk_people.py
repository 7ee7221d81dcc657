"""Finding a person at a desk: masked at first, opened for a reason, with what he tried in words.

Opening is an act of its own and stands in the ledger.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from miniprogram_api import accounts, clock, desk, ledger, masking
from miniprogram_api.desk_words import CHECKS, FACES, MESSAGES, PURPOSES
from miniprogram_api.ledger import Person
from miniprogram_api.reasons import invalid_field
from miniprogram_api.staff import Permission, StaffMember, require
from models import desks
from models import tickets as table
from models.accounts import Account
from models.client_reports import ClientReport
from models.desks import ManualVerification
from models.sms_codes import SmsCode
from models.verifications import FaceChallenge, IdentityCheck

LOOKED_BACK = timedelta(days=30)
MOST_STEPS = 30

PresetReason = Literal["at_window", "enquiry", "complaint", "follow_up"]


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that the person tried, in plain words."""

    at: datetime
    text: str
    transaction: str | None
    """The source's own number of the call."""


@dataclass(frozen=True, slots=True)
class TicketBrief:
    """A ticket in a list."""

    id: int
    kind: str
    state: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """The account of a person; name and phone are masked until he is opened."""

    id: int
    name: str = field(repr=False)
    phone: str | None = field(repr=False)
    status: str
    level: int
    verified_by: str | None
    phone_verified_by: str | None
    valid_from: str | None
    valid_until: str | None
    source: str
    """``self``, ``synced`` (from the older system) or ``window``."""
    authorization_reason: str
    """Whether his authorisation counts now, as in ``effectiveness.AuthorisationState``."""
    authorized_until: date | None
    """The last day of an authorisation that counts."""
    review_due: datetime | None
    """By when a second person looks at his manual verification; None where none waits."""


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as a desk sees him."""

    opened: bool
    id_number: str = field(repr=False)
    """Masked until he is opened."""
    account: KnownAccount | None
    disputed: bool
    """Somebody says that the account is not its holder's."""
    tried: tuple[Tried, ...]
    """Newest first; empty until the person is opened."""
    tickets: tuple[TicketBrief, ...]
    ledger_number: int | None
    """The line that says who opened him."""


def find(member: StaffMember, id_text: str) -> PersonView:
    """Whether there is such a person, masked. Raises Refused: FORBIDDEN, INVALID_INPUT."""
    require(member, Permission.READ_WINDOW)
    id_number = desk.read_id_number(id_text)
    return _view(id_number, opened=False, ledger_number=None)


def open_person(member: StaffMember, id_text: str, reason: str, note: str = "") -> PersonView:
    """Everything about a person, for a preset reason, written into the ledger.

    Raises Refused: FORBIDDEN, OWN_MATTER, INVALID_INPUT on ``id_number`` or ``reason``.
    """
    require(member, Permission.READ_WINDOW)
    id_number = desk.read_id_number(id_text)
    if reason not in get_args(PresetReason):
        raise invalid_field("reason", "not_allowed", "请选择查看的原因。")
    with desk.acting(member, "person_opened", Permission.WORK_AT_WINDOW, Permission.WORK_AT_CENTRE):
        desk.require_others_matter(member, id_number)
        account = desk.known_account(id_number)
        person = Person(id_number)
        if account is not None:
            person = Person(id_number, account.name, account.id)
        words = desk.PRESET_REASONS[reason] + (f"：{note}" if note else "")
        number = ledger.append(member, "person_opened", person, reason=words)
    return _view(id_number, opened=True, ledger_number=number)


def of_ticket(id_number: str, *, opened: bool) -> PersonView:
    """The person whom a ticket is about, whose opening is written down already."""
    return _view(id_number, opened=opened, ledger_number=None)


def is_disputed(id_number: str) -> bool:
    """Whether an unfinished ticket says that somebody else registered with this identity."""
    return bool(
        table.Ticket.select()
        .where(
            table.Ticket.identity_index.matches(id_number)
            & (table.Ticket.kind == "identity_dispute")
            & table.Ticket.state.in_(table.UNFINISHED)
        )
        .exists()
    )


def _view(id_number: str, *, opened: bool, ledger_number: int | None) -> PersonView:
    account = desk.known_account(id_number)
    found = (
        table.Ticket.select()
        .where(table.Ticket.identity_index.matches(id_number))
        .order_by(table.Ticket.id.desc())
        .limit(20)
    )
    return PersonView(
        opened=opened,
        id_number=id_number if opened else masking.id_number(id_number),
        account=None if account is None else _known(account, opened=opened),
        disputed=is_disputed(id_number),
        tried=_tried(id_number, account) if opened else (),
        tickets=tuple(TicketBrief(row.id, row.kind, row.state, row.due_at) for row in found),
        ledger_number=ledger_number,
    )


def _known(account: Account, *, opened: bool) -> KnownAccount:
    summary = accounts.summary(account, clock.now())
    authorisation = summary.authorization
    valid_from = account.valid_from
    return KnownAccount(
        id=account.id,
        name=account.name if opened else summary.name,
        phone=account.phone if opened else summary.phone,
        status=summary.status,
        level=summary.level,
        verified_by=summary.verified_by,
        phone_verified_by=summary.phone_verified_by,
        valid_from=None if valid_from is None else valid_from.isoformat(),
        valid_until=summary.valid_until,
        source=account.source,
        authorization_reason=authorisation.reason,
        authorized_until=authorisation.until if authorisation.effective else None,
        review_due=_review_due(account.id),
    )


def _review_due(account_id: int) -> datetime | None:
    row = (
        ManualVerification.select(ManualVerification.review_due)
        .where(
            (ManualVerification.account == account_id) & (ManualVerification.state == desks.PENDING)
        )
        .first()
    )
    return None if row is None else row.review_due


def _tried(id_number: str, account: Account | None) -> tuple[Tried, ...]:
    steps = _checks(id_number)
    if account is not None:
        steps += _faces(account.id) + _messages(account.id, account.phone) + _reports(account.id)
    return tuple(sorted(steps, key=lambda step: step.at, reverse=True)[:MOST_STEPS])


def _checks(id_number: str) -> list[Tried]:
    rows = IdentityCheck.select().where(
        IdentityCheck.identity_index.matches(id_number)
        & (IdentityCheck.checked_at > clock.now() - LOOKED_BACK)
    )
    return [
        Tried(
            row.checked_at,
            f"{PURPOSES.get(row.purpose, row.purpose)}时核验四要素："
            f"{CHECKS.get(row.outcome, row.outcome)}",
            row.source_request_id,
        )
        for row in rows.order_by(IdentityCheck.id.desc()).limit(MOST_STEPS)
    ]


def _faces(account_id: int) -> list[Tried]:
    rows = FaceChallenge.select().where(
        (FaceChallenge.account == account_id)
        & (FaceChallenge.created_at > clock.now() - LOOKED_BACK)
    )
    return [
        Tried(
            row.created_at,
            f"刷脸核验：{FACES.get(row.outcome or '', '没有做完')}",
            row.source_request_id,
        )
        for row in rows.order_by(FaceChallenge.created_at.desc()).limit(MOST_STEPS)
    ]


def _messages(account_id: int, phone: str | None) -> list[Tried]:
    condition = SmsCode.account_id == account_id
    if phone is not None:
        condition |= SmsCode.phone_index.matches(phone)
    rows = SmsCode.select().where(condition).order_by(SmsCode.id.desc()).limit(MOST_STEPS)
    return [
        Tried(
            row.created_at,
            f"向{masking.phone(row.phone)}发{PURPOSES.get(row.purpose, '')}验证码："
            f"{MESSAGES.get(row.state, row.state)}",
            None,
        )
        for row in rows
    ]


def _reports(account_id: int) -> list[Tried]:
    rows = ClientReport.select().where(ClientReport.account == account_id)
    return [
        Tried(row.reported_at, f"手机报错（{row.step}）：{row.detail or '无说明'}", None)
        for row in rows.order_by(ClientReport.id.desc()).limit(10)
    ]
