"""Whom registration systems await, and what they are told when he becomes ready or is no more.

Everybody whom a system with a webhook asks about is watched from then on for 90 days after its last
question, whatever it was answered. Whatever changes an account calls ``account_changed`` in its own
transaction; what a date changes is noticed once a day (``look``).
"""

import json
import secrets
from collections.abc import Sequence
from datetime import timedelta

from peewee import Expression

from miniprogram_api import clock, outbox
from miniprogram_api.registrars.verdicts import Standing, of_account
from miniprogram_api.retention import Kept
from models.accounts.accounts import Account
from models.registrars import (
    RegistrarEvent,
    RegistrarKey,
    RegistrarReceipt,
    RegistrarWatch,
    locked_watch,
)
from models.storage.database import lock, lock_all, transaction
from models.storage.fields import DecryptionFailed

JOB = "registrar.deliver"
WATCHED_FOR = timedelta(days=90)
BATCH = 200

READY, NOT_READY, DISPUTED = "person.ready", "person.not_ready", "person.disputed"


def lock_persons(id_numbers: Sequence[str]) -> None:
    """Let nobody else judge or change these persons for a system until the transaction ends.

    Without it a change that is committed between a question's look and its note would be told to
    nobody.
    """
    lock_all(map(_lock_name, id_numbers))


def awaits(key_id: str) -> bool:
    """Whether the system with this key is told what becomes of whom it asks about."""
    return bool(RegistrarKey.select().where((RegistrarKey.id == key_id) & _is_told()).exists())


def begin(key_id: str, name: str, id_number: str, told: Standing) -> int:
    """A system was told this of a person; within the question's transaction, persons locked.

    Returns the watch's id.
    """
    values = {
        "name": name,
        "told": _kept(told),
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
    """Tell who awaits the holder of an account, if it makes a difference; in the transaction of
    the change, after it.
    """
    account = Account.get_by_id(account_id)
    lock(_lock_name(account.id_number))
    for row in _watching(account.id_number):
        _compare(row, of_account(account, row.name))


def disputed(account_id: int) -> None:
    """Tell every system that holds a receipt about the holder that somebody disputes his identity.

    In the transaction that freezes the account, in the place of ``account_changed``. From then on
    the system awaits the person, so that it learns how the dispute ends.
    """
    account = Account.get_by_id(account_id)
    lock(_lock_name(account.id_number))
    held = (
        RegistrarReceipt.select(RegistrarReceipt.name, RegistrarReceipt.key)
        .join(RegistrarKey)
        .where(RegistrarReceipt.identity_index.matches(account.id_number), _is_told())
    )
    # A question that named somebody else was answered "nobody": that receipt holds nothing.
    keys = {row.key_id for row in held if row.name == account.name}
    standing = of_account(account, account.name)
    for key_id in sorted(keys):
        _tell(begin(key_id, account.name, account.id_number, standing), DISPUTED, standing)


def look() -> int:
    """Judge again whoever was not yet judged today; returns how many.

    Cards expire and authorisations end at midnight without anybody doing anything. A row that
    cannot be read keeps no system from hearing of the others. Raises DecryptionFailed afterwards.
    """
    seen, last = 0, 0
    unread: list[DecryptionFailed] = []
    while True:
        due = (
            RegistrarWatch.select(RegistrarWatch.id)
            .join(RegistrarKey)
            .where(
                RegistrarWatch.id > last,
                RegistrarWatch.until > clock.now(),
                RegistrarWatch.looked_on < _today(),
                _is_told(),
            )
            .order_by(RegistrarWatch.id)
            .limit(BATCH)
        )
        numbers = [row.id for row in due]
        for last in numbers:
            try:
                with transaction():
                    _look_at(last)
            except DecryptionFailed as error:
                unread.append(error)
        seen += len(numbers)
        if len(numbers) < BATCH:
            break
    if unread:
        raise unread[0]
    return seen


def remove_old() -> int:
    """Delete events after 180 days, and watches that have ended and have none; how many."""
    now = clock.now()
    old = RegistrarEvent.created_at < Kept.REGISTRAR_EVENTS.cutoff(now)
    removed = int(RegistrarEvent.delete().where(old).execute())
    used = RegistrarEvent.select(RegistrarEvent.watch)
    ended = (RegistrarWatch.until < now) & RegistrarWatch.id.not_in(used)
    return removed + int(RegistrarWatch.delete().where(ended).execute())


def _look_at(watch_id: int) -> None:
    row = RegistrarWatch.get_or_none(RegistrarWatch.id == watch_id)
    if row is None:
        return
    lock(_lock_name(row.id_number))
    account = Account.get_or_none(Account.identity_index.matches(row.id_number))
    _compare(row, of_account(account, row.name))
    RegistrarWatch.update(looked_on=_today()).where(RegistrarWatch.id == watch_id).execute()


def _compare(row: RegistrarWatch, standing: Standing) -> None:
    """Tell the system when what it knows of the person is no longer what it must know."""
    known = json.loads(row.told)
    new = standing.as_json()
    was_ready = known["reason"] == "ok"
    is_news = was_ready != standing.ready
    # How long a ready person may be relied on, and how a dispute ended.
    is_news |= standing.ready and known["authorized_until"] != new["authorized_until"]
    is_news |= known["reason"] == "frozen" != standing.reason
    if is_news:
        _tell(row.id, READY if standing.ready else NOT_READY, standing)
    elif known != new:
        RegistrarWatch.update(told=_kept(standing)).where(RegistrarWatch.id == row.id).execute()


def _tell(watch_id: int, kind: str, standing: Standing) -> None:
    row = locked_watch(watch_id)
    assert row is not None  # noqa: S101 - found in this transaction, under the person's lock.
    number, now = secrets.token_hex(12), clock.now()
    RegistrarWatch.update(told=_kept(standing), sequence=row.sequence + 1).where(
        RegistrarWatch.id == row.id
    ).execute()
    RegistrarEvent.insert(
        number=number,
        watch=row.id,
        sequence=row.sequence + 1,
        kind=kind,
        content=_kept(standing),
        created_at=now,
        tried_since=now,
    ).execute()
    outbox.add(JOB, {"watch_id": row.id}, unique_key=f"{JOB}:{number}")


def _watching(id_number: str) -> list[RegistrarWatch]:
    return list(
        RegistrarWatch.select()
        .join(RegistrarKey)
        .where(
            RegistrarWatch.identity_index.matches(id_number),
            RegistrarWatch.until > clock.now(),
            _is_told(),
        )
        .order_by(RegistrarWatch.id)
    )


def _is_told() -> Expression:
    """The condition that a system is on and has said where it is told something."""
    return RegistrarKey.active & (RegistrarKey.webhook_url != "")


def _kept(standing: Standing) -> str:
    return json.dumps(standing.as_json(), sort_keys=True)


def _today() -> str:
    return clock.today().isoformat()


def _lock_name(id_number: str) -> str:
    return f"registrar:{id_number}"
