"""Checks of the four elements and of faces, with the source's answers."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from peewee import BigAutoField, BlobField, BooleanField, CharField, ForeignKeyField, chunked, fn

from models.accounts.accounts import Account
from models.storage.database import InstantField, Model
from models.storage.deterministic import WECHAT_USER, DeterministicField, asked_by
from models.storage.fields import BlindIndexField, EncryptedField

# SQLite takes 32,766 parameters in one statement, and a claim has three.
MOST_CLAIMS = 5_000
PASSED = "passed"
CTID = "ctid"


class IdentityClaim(Model):
    """The lease of a process that is checking a person."""

    identity_index = BlindIndexField("identity", void_after="lease_until", primary_key=True)
    holder = BlobField()
    lease_until = InstantField()

    class Meta:
        table_name = "identity_claim"


def claim_many(
    digests: Collection[bytes], holder: bytes, now: datetime, lease_until: datetime
) -> set[bytes]:
    """Claim unclaimed people in a transaction that ends with ``release_claims``; return which."""
    IdentityClaim.delete().where(IdentityClaim.lease_until <= now).execute()
    fields = [IdentityClaim.identity_index, IdentityClaim.holder, IdentityClaim.lease_until]
    won: set[bytes] = set()
    # In one order everywhere, to avoid deadlocks.
    for part in chunked(sorted(digests), MOST_CLAIMS):
        inserted = (
            IdentityClaim.insert_many([(d, holder, lease_until) for d in part], fields)
            .on_conflict_ignore()
            .returning(IdentityClaim.identity_index)
            .execute()
        )
        won.update(row.identity_index for row in inserted)
    return won


def release_claims(holder: bytes) -> None:
    """Release all claims of one holder."""
    IdentityClaim.delete().where(IdentityClaim.holder == holder).execute()


class IdentityCheck(Model):
    """One check of the four elements at the source."""

    id = BigAutoField()
    # Stored so that the index can be recomputed under another key.
    id_number = EncryptedField("identity_check.id_number")
    identity_index = BlindIndexField("identity", source="id_number", index=True)
    account = ForeignKeyField(Account, null=True, index=True)
    openid = DeterministicField(WECHAT_USER, null=True, index=True)
    purpose = CharField(max_length=16)
    checked_at = InstantField(index=True)
    outcome = CharField(max_length=24)
    source = CharField(max_length=16)
    source_request_id = CharField(max_length=64, null=True)
    long_term = BooleanField()
    name_has_dot = BooleanField()
    # The codes of the warnings that the person confirmed, joined by commas.
    warnings = CharField(max_length=255, default="")

    class Meta:
        table_name = "identity_check"


class FaceChallenge(Model):
    """One face check: a single-use challenge and its outcome.

    Without an account it is of a person: WeChat user, person and consent are in the row, and
    ``bound`` is the purpose, None to clear a limit. Else ``bound`` is the act that it confirms. A
    passed bound check counts until the act is stored. ``mode`` is ``ctid`` for a check by CTID.
    """

    id = CharField(max_length=32, primary_key=True)
    account = ForeignKeyField(Account, index=True, null=True)
    openid = DeterministicField(WECHAT_USER, null=True)
    name = EncryptedField("face_challenge.name", null=True)
    id_number = EncryptedField("face_challenge.id_number", null=True)
    identity_index = BlindIndexField("identity", source="id_number", null=True, index=True)
    consent_version = CharField(max_length=32, null=True)
    session_hash = BlobField()
    mode = CharField(max_length=8)
    # SHA-256 in hexadecimal of what the check confirms, or a purpose.
    bound = CharField(max_length=64, null=True)
    verify_id = EncryptedField("face_challenge.verify_id", null=True)
    created_at = InstantField(index=True)
    expires_at = InstantField()
    used_at = InstantField(null=True)
    outcome = CharField(max_length=24, null=True)
    source_request_id = CharField(max_length=64, null=True)

    class Meta:
        table_name = "face_challenge"


class HandedCheck(Model):
    """A check of an account's holder that a browser handed over and a WeChat user passed.

    It counts since ``ended_at`` (``state`` counted), or it waits until ``due_at``, unless it ended
    before for ``cause``. ``ticket``: the number of the dispute by its WeChat user.
    """

    id = CharField(max_length=32, primary_key=True)
    account = ForeignKeyField(Account, index=True)
    openid = DeterministicField(WECHAT_USER, index=True)
    way = CharField(max_length=8)
    purpose = CharField(max_length=16)
    passed_at = InstantField(index=True)
    due_at = InstantField()
    state = CharField(max_length=8)
    ended_at = InstantField(null=True)
    cause = CharField(max_length=16, null=True)
    ticket = CharField(max_length=10, null=True)

    account_id: int

    class Meta:
        table_name = "handed_check"


WAITING, COUNTED, VOID = "waiting", "counted", "void"
"""States of a handed-over check."""


def waiting_until(account_id: int) -> datetime | None:
    """Return when the first waiting check of an account is due, or None."""
    c = HandedCheck
    waits = (c.account == account_id) & (c.state == WAITING)
    earliest: datetime | None = c.select(fn.MIN(c.due_at)).where(waits).scalar()
    return earliest


def end_waiting(account_id: int, cause: str, now: datetime) -> int:
    """End the waiting checks of an account without effect; return how many."""
    waits = (HandedCheck.account == account_id) & (HandedCheck.state == WAITING)
    return int(HandedCheck.update(state=VOID, ended_at=now, cause=cause).where(waits).execute())


def last_cleared(openid: str, id_number: str, since: datetime) -> str | None:
    """Return the id of a WeChat user's last passed check that cleared this person's limit."""
    cleared = FaceChallenge.select(FaceChallenge.id).where(
        FaceChallenge.identity_index.matches(id_number),
        FaceChallenge.openid == openid,
        FaceChallenge.bound.is_null(),
        FaceChallenge.outcome == PASSED,
        FaceChallenge.used_at > since,
    )
    latest: str | None = cleared.order_by(FaceChallenge.used_at.desc()).scalar()
    return latest


class CheckRow(NamedTuple):
    """The columns read of a check of the four elements."""

    id_number: str
    purpose: str
    checked_at: datetime
    outcome: str
    long_term: bool
    name_has_dot: bool
    warnings: str


def last_checks(
    openid: str | None, account_id: int | None, since_ms: int, most: int
) -> list[CheckRow]:
    """Return the checks requested by a WeChat user or about an account, newest first."""
    c = IdentityCheck
    query: Any = c.select(*(getattr(c, name) for name in CheckRow._fields))
    query = query.where(asked_by(c, openid, account_id), c.checked_at > since_ms)
    return [CheckRow(*row) for row in query.order_by(c.id.desc()).limit(most).tuples()]


class FaceRow(NamedTuple):
    """A completed face check."""

    outcome: str
    mode: str
    ended_at: datetime


def last_faces(account_id: int, since_ms: int, most: int) -> list[FaceRow]:
    """Return the completed face checks of an account, newest first."""
    c = FaceChallenge
    query: Any = c.select(c.outcome, c.mode, fn.COALESCE(c.used_at, c.created_at)).where(
        c.account == account_id,
        c.outcome.is_null(False),
        c.mode != CTID,
        c.created_at > since_ms,
    )
    return [FaceRow(*row) for row in query.order_by(c.created_at.desc()).limit(most).tuples()]
