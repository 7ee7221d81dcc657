"""What may be fraud at the counters, for the centre and the auditor to look at.

Signs and no verdicts: persons verified several times, phones on several accounts, clerks with far
more verifications than their colleagues, look-ups that no act followed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any

from peewee import fn

from miniprogram_api import audit, clock, masking
from miniprogram_api.desks.lookup_report import OfMember, Period
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember, require
from models.accounts.accounts import CANCELLED, Account
from models.desks.ledger import LedgerDetail, LedgerLine

DAYS = 30
LOOKUP_DAYS = 7
MOST = 50
REPEATED = 2
"""Acts that gave a level to one person within the days."""
PHONES = 3
"""Accounts on one phone."""
FROM_ACTS = 10
TIMES_MEDIAN = 2
UNFOUNDED = 5
"""Look-ups of one member without a ticket or an act."""
_GIVES_LEVEL = ("manual_verification", "person_registered", "person_activated", "verification_held")


@dataclass(frozen=True, slots=True)
class Repeated:
    """A person with several verifications at windows."""

    name: str
    """Masked."""
    acts: int
    actors: tuple[str, ...]
    windows: int
    last_line: int
    """Of the ledger, which leads to all lines about the person."""


@dataclass(frozen=True, slots=True)
class SharedPhone:
    """A phone on several accounts."""

    phone: str = field(repr=False)
    """Masked."""
    accounts: tuple[int, ...]
    by_hand: int
    """How many of them a clerk verified the phone for."""


@dataclass(frozen=True, slots=True)
class BusyClerk:
    """A member with more verifications than twice the median of those that verify."""

    actor: str
    window_id: int | None
    acts: int
    median: float


@dataclass(frozen=True, slots=True)
class Irregularities:
    """The signs of the last days."""

    since: date
    repeated: list[Repeated]
    phones: list[SharedPhone]
    clerks: list[BusyClerk]
    lookups: list[OfMember]


def find(services: Services, member: StaffMember) -> Irregularities:
    """Return the signs, the strongest first; the look is audited. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_CENTRE)
    today = clock.today()
    since = today - timedelta(days=DAYS - 1)
    lines = _acts(since)
    first = today - timedelta(days=LOOKUP_DAYS - 1)
    of_members = Period(services.settings, first, today).by_member()
    audit.write_own("centre:irregularities:shown", actor=member.actor)
    return Irregularities(
        since,
        _repeated(lines),
        _phones(),
        _clerks(lines),
        [one for one in of_members if one.unfounded >= UNFOUNDED][:MOST],
    )


@dataclass(frozen=True, slots=True)
class _Act:
    number: int
    actor: str
    window_id: int | None
    person: bytes


def _acts(since: date) -> list[_Act]:
    rows: Any = (
        LedgerLine.select(
            LedgerLine.number, LedgerLine.actor, LedgerLine.window_id, LedgerDetail.identity_index
        )
        .join(LedgerDetail, on=(LedgerDetail.number == LedgerLine.number))
        .where(
            (LedgerLine.at >= clock.midnight(since))
            & LedgerLine.action.in_(_GIVES_LEVEL)
            & LedgerDetail.identity_index.is_null(False)
        )
        .order_by(LedgerLine.number)
        .tuples()
    )
    return [_Act(number, actor, window, bytes(index)) for number, actor, window, index in rows]


def _repeated(lines: Iterable[_Act]) -> list[Repeated]:
    of_person: dict[bytes, list[_Act]] = defaultdict(list)
    for line in lines:
        of_person[line.person].append(line)
    found = [acts for acts in of_person.values() if len(acts) >= REPEATED]
    found.sort(key=lambda acts: (-len(acts), -acts[-1].number))
    return [
        Repeated(
            masking.name(_name(acts[-1].number)),
            len(acts),
            tuple(sorted({act.actor for act in acts})),
            len({act.window_id for act in acts}),
            acts[-1].number,
        )
        for acts in found[:MOST]
    ]


def _name(number: int) -> str:
    """Return the name of a line's person; empty for a person without an account."""
    line = LedgerLine.get_by_id(number)
    account = (
        None if line.account_id is None else Account.get_or_none(Account.id == line.account_id)
    )
    return "" if account is None else account.name


def _phones() -> list[SharedPhone]:
    in_use = Account.phone_index.is_null(False) & (Account.status != CANCELLED)
    shared = (
        Account.select(Account.phone_index)
        .where(in_use)
        .group_by(Account.phone_index)
        .having(fn.COUNT(Account.id) >= PHONES)
        .order_by(fn.COUNT(Account.id).desc())
        .limit(MOST)
    )
    indexes = [row.phone_index for row in shared]
    accounts: dict[str, list[Account]] = defaultdict(list)
    if indexes:
        for account in Account.select().where(in_use & Account.phone_index.in_(indexes)):
            accounts[account.phone].append(account)
    return [
        SharedPhone(
            masking.phone(phone),
            tuple(sorted(one.id for one in found)),
            sum(one.phone_verified_by == "manual" for one in found),
        )
        for phone, found in sorted(accounts.items(), key=lambda pair: -len(pair[1]))
    ]


def _clerks(lines: Iterable[_Act]) -> list[BusyClerk]:
    counts = Counter((line.actor, line.window_id) for line in lines)
    if not counts:
        return []
    middle = median(counts.values())
    return [
        BusyClerk(actor, window_id, acts, middle)
        for (actor, window_id), acts in counts.most_common(MOST)
        if acts >= FROM_ACTS and acts > TIMES_MEDIAN * middle
    ]
