"""Watches of registration systems: events when a person becomes ready or ceases to be.

Every person that a system with a webhook asks about is watched for 90 days after its last query.
Changes of an account call ``account_changed`` in their own transaction; changes by date are found
once a day (``check_due``).
"""

import json
import secrets
from collections.abc import Sequence
from typing import Any

from peewee import Expression, fn

from miniprogram_api import clock
from miniprogram_api.registrars.verdicts import Standing, of_account
from miniprogram_api.retention import Kept
from models.accounts.accounts import Account
from models.matters.matters import Line, Matter
from models.registrars import (
    RegistrarEvent,
    RegistrarKey,
    RegistrarReceipt,
    RegistrarWatch,
)
from models.storage.database import lock, lock_all, transaction
from models.storage.fields import DecryptionFailed
from models.storage.removal import remove_before

WATCHED_FOR = Kept.REGISTRAR_WATCHES.time
BATCH = 200

READY, NOT_READY, DISPUTED = "person.ready", "person.not_ready", "person.disputed"


def lock_persons(id_numbers: Sequence[str]) -> None:
    """Serialise queries and changes of these persons until the transaction ends.

    Otherwise a change committed between a query and its watch would never be reported.
    """
    lock_all(map(_lock_name, id_numbers))


def has_webhook(key_id: str) -> bool:
    """Return whether the system with this key is active and has a webhook."""
    return bool(
        RegistrarKey.select()
        .where((RegistrarKey.id == key_id) & _is_active_with_webhook())
        .exists()
    )


def watch(key_id: str, name: str, id_number: str, state: Standing) -> int:
    """Watch a person, locked, whose ``state`` was sent to a system; return the watch's id."""
    values = {
        "name": name,
        "told": _as_text(state),
        "until": clock.now() + WATCHED_FOR,
        "looked_on": _today(),
    }
    row = RegistrarWatch.get_or_none(
        (RegistrarWatch.key == key_id) & RegistrarWatch.identity_index.matches(id_number)
    )
    if row is None:
        return int(
            RegistrarWatch.insert(
                key=key_id, id_number=id_number, identity_index=id_number, **values
            ).execute()
        )
    RegistrarWatch.update(**values).where(RegistrarWatch.id == row.id).execute()
    return int(row.id)


def account_changed(account_id: int) -> None:
    """Queue events about an account's holder, in the transaction of the change and after it."""
    account = Account.get_by_id(account_id)
    lock(_lock_name(account.id_number))
    for row in _watching(account.id_number):
        _compare(row, of_account(account, row.name))


def disputed(account_id: int) -> None:
    """Queue a dispute event for every system with a receipt about a holder's query or line.

    Call it in the transaction that freezes the account, instead of ``account_changed``. These
    systems watch the person from then on, to be informed about the outcome.
    """
    account = Account.get_by_id(account_id)
    lock(_lock_name(account.id_number))
    held = (
        RegistrarReceipt.select(RegistrarReceipt.name, RegistrarReceipt.key)
        .join(RegistrarKey)
        .where(
            RegistrarReceipt.identity_index.matches(account.id_number), _is_active_with_webhook()
        )
    )
    lines: Any = (
        Line.select(Matter.key, Line.name)
        .join(Matter)
        .join(RegistrarKey)
        .where(
            Line.document_index.matches(account.id_number),
            Line.receipt.is_null(False),
            _is_active_with_webhook(),
        )
        .tuples()
    )
    # Queries with another name were answered "not found".
    keys = {row.key_id for row in held if row.name == account.name}
    keys |= {key_id for key_id, name in lines if name == account.name}
    standing = of_account(account, account.name)
    for key_id in sorted(keys):
        _add_event(watch(key_id, account.name, account.id_number, standing), DISPUTED, standing)


def check_due() -> int:
    """Check every watch that was not checked today; return how many.

    Cards expire and authorisations end at midnight without any call. Unreadable rows are skipped;
    raises DecryptionFailed afterwards.
    """
    checked, last = 0, 0
    unread: list[DecryptionFailed] = []
    while True:
        due = (
            RegistrarWatch.select(RegistrarWatch.id)
            .join(RegistrarKey)
            .where(
                RegistrarWatch.id > last,
                RegistrarWatch.until > clock.now(),
                RegistrarWatch.looked_on < _today(),
                _is_active_with_webhook(),
            )
            .order_by(RegistrarWatch.id)
            .limit(BATCH)
        )
        numbers = [row.id for row in due]
        for last in numbers:
            try:
                with transaction():
                    _check(last)
            except DecryptionFailed as error:
                unread.append(error)
        checked += len(numbers)
        if len(numbers) < BATCH:
            break
    if unread:
        raise unread[0]
    return checked


def remove_old() -> int:
    """Delete expired events and ended watches without events; return how many."""
    now = clock.now()
    removed = remove_before(RegistrarEvent.created_at, Kept.REGISTRAR_EVENTS.cutoff(now))
    with_events = RegistrarEvent.select().where(RegistrarEvent.watch == RegistrarWatch.id)
    return removed + remove_before(RegistrarWatch.until, now, ~fn.EXISTS(with_events))


def _check(watch_id: int) -> None:
    row = RegistrarWatch.get_or_none(RegistrarWatch.id == watch_id)
    if row is None:
        return
    lock(_lock_name(row.id_number))
    account = Account.get_or_none(Account.identity_index.matches(row.id_number))
    _compare(row, of_account(account, row.name))
    RegistrarWatch.update(looked_on=_today()).where(RegistrarWatch.id == watch_id).execute()


def _compare(row: RegistrarWatch, standing: Standing) -> None:
    """Queue an event when the state differs from the last one sent in a relevant way."""
    known = json.loads(row.told)
    new = standing.as_json()
    was_ready = known["reason"] == "ok"
    is_relevant = was_ready != standing.ready
    # A ready person's authorisation period, and the outcome of a dispute.
    is_relevant |= standing.ready and known["authorized_until"] != new["authorized_until"]
    is_relevant |= known["reason"] == "frozen" != standing.reason
    if is_relevant:
        _add_event(row.id, READY if standing.ready else NOT_READY, standing)
    elif known != new:
        RegistrarWatch.update(told=_as_text(standing)).where(RegistrarWatch.id == row.id).execute()


def _add_event(watch_id: int, kind: str, standing: Standing) -> None:
    row = RegistrarWatch.locked(watch_id)
    assert row is not None  # noqa: S101 - found in this transaction, under the person's lock.
    number, now = secrets.token_hex(12), clock.now()
    RegistrarWatch.update(told=_as_text(standing), sequence=row.sequence + 1).where(
        RegistrarWatch.id == row.id
    ).execute()
    RegistrarEvent.insert(
        number=number,
        watch=row.id,
        sequence=row.sequence + 1,
        kind=kind,
        content=_as_text(standing),
        created_at=now,
        since=now,
        due_at=now,
    ).execute()


def _watching(id_number: str) -> list[RegistrarWatch]:
    return list(
        RegistrarWatch.select()
        .join(RegistrarKey)
        .where(
            RegistrarWatch.identity_index.matches(id_number),
            RegistrarWatch.until > clock.now(),
            _is_active_with_webhook(),
        )
        .order_by(RegistrarWatch.id)
    )


def _is_active_with_webhook() -> Expression:
    """Build the condition that a system is active and has a webhook."""
    return RegistrarKey.active & (RegistrarKey.webhook_url != "")


def _as_text(standing: Standing) -> str:
    return json.dumps(standing.as_json(), sort_keys=True)


def _today() -> str:
    return clock.today().isoformat()


def _lock_name(id_number: str) -> str:
    return f"registrar:{id_number}"
