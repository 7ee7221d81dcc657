"""The accounts that an incident concerns, found by a query that is stored instead of a list."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from miniprogram_api import clock, masking
from miniprogram_api.texts import invalid
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry

Way = Literal["all", "registered", "handled_by", "accounts"]
WAYS: tuple[Way, ...] = get_args(Way)
MOST_IDS = 5_000


@dataclass(frozen=True)
class PersonQuery:
    """How the accounts are found.

    ``registered``: made between ``begins`` and ``ends``. ``handled_by``: named by a line of the
    audit log of ``actor`` in that time, look-ups included. ``accounts``: those of ``ids``.
    """

    way: Way
    begins: int | None = None
    ends: int | None = None
    actor: str = ""
    ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class PersonConcerned:
    """An account of the list; name and phone are masked."""

    account_id: int
    name: str
    phone: str


def query(
    way: str,
    *,
    begins: datetime | None = None,
    ends: datetime | None = None,
    actor: str = "",
    ids: str = "",
) -> PersonQuery:
    """Read the query of a form. Raises Refused INVALID_INPUT."""
    if way not in WAYS:
        raise invalid("incidents.way.required")
    if way in ("registered", "handled_by") and (begins is None or ends is None or begins >= ends):
        raise invalid("incidents.ends.past")
    if way == "handled_by" and not actor.strip():
        raise invalid("incidents.actor.required")
    numbers: tuple[int, ...] = ()
    if way == "accounts":
        words = ids.replace(",", " ").split()
        if not words or len(words) > MOST_IDS or not all(w.isdecimal() for w in words):
            raise invalid("incidents.ids.wrong_form", most=MOST_IDS)
        numbers = tuple(sorted({int(word) for word in words}))
    return PersonQuery(
        way,
        None if begins is None else clock.milliseconds(begins),
        None if ends is None else clock.milliseconds(ends),
        actor.strip(),
        numbers,
    )


def to_text(found_by: PersonQuery) -> str:
    """Return the query as it is stored."""
    return json.dumps(asdict(found_by))


def of_text(stored: str) -> PersonQuery:
    """Return a stored query."""
    content = json.loads(stored)
    return PersonQuery(**{**content, "ids": tuple(content["ids"])})


def count(found_by: PersonQuery) -> int:
    """Return how many accounts the query finds now."""
    return int(_accounts(found_by).count())


def after(found_by: PersonQuery, account_id: int, limit: int) -> list[Account]:
    """Return at most ``limit`` accounts above an id, with id, name and phone, in their order."""
    rows = _accounts(found_by).where(Account.id > account_id).order_by(Account.id).limit(limit)
    return list(rows)


def listed(found_by: PersonQuery, limit: int) -> list[PersonConcerned]:
    """Return the first accounts, masked."""
    return [
        PersonConcerned(
            row.id,
            masking.name(row.name) if row.name else "",
            masking.phone(row.phone) if row.phone else "",
        )
        for row in after(found_by, 0, limit)
    ]


def _accounts(found_by: PersonQuery) -> Any:
    rows = Account.select(Account.id, Account.name, Account.phone)
    if found_by.way == "registered":
        return rows.where(Account.created_at.between(found_by.begins, found_by.ends))
    if found_by.way == "handled_by":
        named = AuditEntry.select(AuditEntry.account_id).where(
            (AuditEntry.actor == found_by.actor)
            & AuditEntry.at.between(found_by.begins, found_by.ends)
            & AuditEntry.account_id.is_null(False)
        )
        return rows.where(Account.id.in_(named))
    if found_by.way == "accounts":
        return rows.where(Account.id.in_(found_by.ids))
    return rows
