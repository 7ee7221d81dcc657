"""The evidence of one year for the audit of compliance: figures and rules, no personal data."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from peewee import fn
from pydantic_core import to_jsonable_python

from config import Settings
from miniprogram_api import audit, clock
from miniprogram_api.accounts import consents, privacy
from miniprogram_api.incidents import register
from miniprogram_api.ledger import integrity
from miniprogram_api.retention import Kept
from models.accounts.accounts import Account
from models.accounts.consents import ConsentRecord
from models.desks.staff import StaffMember
from models.desks.tickets import Ticket


def of_year(settings: Settings, year: int) -> dict[str, Any]:
    """Return the evidence as JSON-ready values; verifies all chains, which may take minutes."""
    begins, ends = clock.midnight(date(year, 1, 1)), clock.midnight(date(year + 1, 1, 1))
    verdict = integrity.verify(settings)
    evidence = {
        "year": year,
        "made_at": clock.now(),
        "notice": privacy.notice(settings),
        "consent_texts": {
            file.stem: sha256(file.read_bytes()).hexdigest()
            for file in sorted(consents.TEXTS.glob("*.yaml"))
        },
        "terms": {row.name: _term(row, settings) for row in Kept},
        "accounts": _counted(Account, Account.status),
        "consents": _consents(begins, ends),
        "requests": _requests(begins, ends),
        "incidents": _incidents(settings, begins, ends),
        "acts": audit.count_by_tag(begins, ends),
        "staff": _staff(),
        "evidence_chains": {
            "lines": verdict.lines,
            "links": verdict.links,
            "seals": verdict.seals,
            "faults": [fault.sentence for fault in verdict.faults],
        },
        "cryptography": {
            "cipher": settings.data_cipher,
            "data_keys": list(settings.data_key_ring),
            "index_keys": list(settings.index_key_ring),
            "ledger_keys": list(settings.ledger_key_ring),
            "seal_keys": list(settings.ledger_seal_key_ring),
        },
    }
    result: dict[str, Any] = to_jsonable_python(evidence)
    return result


def _term(row: Kept, settings: Settings) -> dict[str, str]:
    length = row.length
    told = f"{length}: {getattr(settings, length)}" if isinstance(length, str) else str(length)
    return {"kept": told, "why": row.why, "ended_by": row.ended_by}


def _counted(table: Any, column: Any) -> Mapping[str, int]:
    return dict(table.select(column, fn.COUNT(table.id)).group_by(column).tuples())


def _consents(begins: datetime, ends: datetime) -> Mapping[str, Mapping[str, int]]:
    counts: list[Any] = [
        ConsentRecord.select(ConsentRecord.key, fn.COUNT(ConsentRecord.id))
        .where(column >= begins, column < ends)
        .group_by(ConsentRecord.key)
        .tuples()
        for column in (ConsentRecord.given_at, ConsentRecord.withdrawn_at)
    ]
    return {name: dict(rows) for name, rows in zip(("given", "withdrawn"), counts, strict=True)}


def _requests(begins: datetime, ends: datetime) -> Mapping[str, Mapping[str, int]]:
    """Return for each kind of ticket how many were opened, answered, and answered late."""
    rows = Ticket.select(Ticket.kind, Ticket.due_at, Ticket.closed_at).where(
        Ticket.created_at >= begins, Ticket.created_at < ends
    )
    opened: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    late: Counter[str] = Counter()
    now = clock.now()
    for row in rows.iterator():
        opened[row.kind] += 1
        answered[row.kind] += row.closed_at is not None
        late[row.kind] += (row.closed_at or now) > row.due_at
    return {
        kind: {"opened": opened[kind], "answered": answered[kind], "late": late[kind]}
        for kind in sorted(opened)
    }


def _incidents(settings: Settings, begins: datetime, ends: datetime) -> list[dict[str, Any]]:
    return [
        {
            "title": one.title,
            "kind": one.kind,
            "known_at": one.known_at,
            "reported_at": one.reported_at,
            "notice_at": one.notice_at,
            "notice_count": one.notice_count,
            "closed_at": one.closed_at,
        }
        for one in register.list_all(settings, limit=None)
        if begins <= one.known_at < ends
    ]


def _staff() -> Mapping[str, Any]:
    members = list(StaffMember.select().where(StaffMember.active))
    roles = Counter(role for member in members for role in member.roles.split(",") if role)
    return {
        "active": len(members),
        "roles": dict(sorted(roles.items())),
        "without_second_factor": sum(member.totp_confirmed_at is None for member in members),
    }
