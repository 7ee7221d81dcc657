"""Notices by SMS about changes of an account, sent after their cause."""

from datetime import datetime

from miniprogram_api import clock
from miniprogram_api.retention import Kept
from models.outbox import Notice
from models.storage.removal import remove_before

PHONE_CHANGED = "phone_changed"
"""To the replaced phone; without name or matter, as it may belong to a stranger now."""
PHONE_CHANGE_ASKED = "phone_change_asked"
"""To the phone on record while a second person decides about another one; without name."""
BINDING_CHANGED = "binding_changed"
"""To the phone of the account whose WeChat user was replaced."""
BINDING_ENDED = "binding_ended"
"""To the phone of the account whose WeChat user is bound to another account now."""
STATUS_CHANGED = "status_changed"
"""To the phone of an account that was cancelled, frozen, restored or registered at a window;
without name or matter."""
VERIFICATION_REFUSED = "verification_refused"
"""To the phone of a person whose verification at a window a second person refused."""
VERIFICATION_HELD = "verification_held"
"""To the phone of a person whose verification at a window waits for a second person."""
VERIFICATION_LAPSES = "verification_lapses"
"""The same, three working days before it lapses."""
VERIFICATION_REVOKED = "verification_revoked"
"""To the phone of a person whose verification at a window a second person revoked."""
DISPUTE_FILED = "dispute_filed"
"""To the phone of a person who disputes an identity at a window; without name."""
DISPUTE_ENDED = "dispute_ended"
"""To that phone when the centre has decided."""
LEVEL_DELAYED = "level_delayed"
"""To every phone that a person is or was known by, without name: a check counts in 24 hours."""
AUTHORIZATION_CLOSED = "authorization_closed"
"""To the phone on record after a reset or a change of the phone that switched 是否办理 off."""

INCIDENT = "incident"
"""To the phones on record of the accounts that an incident of security concerns."""


def add(account_id: int | None, kind: str, phone: str, *, due_at: datetime | None = None) -> None:
    """Queue a notice to a canonical phone, within the cause's transaction; by default at once."""
    now = clock.now()
    Notice.insert(
        account=account_id, kind=kind, phone=phone, created_at=now, due_at=due_at or now
    ).execute()


def status_changed(account_id: int, phone: str | None) -> None:
    """Queue the notice of a changed status to the phone on record, once for each cause.

    Does nothing without a phone. Within the cause's transaction.
    """
    if phone:
        add(account_id, STATUS_CHANGED, phone)


def remove_old() -> int:
    """Delete expired notices with their phones; return how many."""
    return remove_before(Notice.created_at, Kept.NOTICES.cutoff())
