"""One-time codes that were sent, and other proofs of a phone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from peewee import (
    JOIN,
    BigAutoField,
    BigIntegerField,
    BlobField,
    Case,
    CharField,
    CompositeKey,
    ForeignKeyField,
    SmallIntegerField,
    fn,
)

from models import delivery_reports
from models.delivery_reports import Reported
from models.storage.compiled import Compiled, parameters
from models.storage.database import InstantField, Model, database, instant
from models.storage.deterministic import WECHAT_USER, DeterministicField
from models.storage.fields import BlindIndexField, EncryptedField, keys

# A row is inserted as SENT before the gateway is called, so that a process that dies in between
# leaves one: SENT means "handed over, no error reported". After UNCERTAIN the message may still
# arrive, after the others it cannot.
SENT = "sent"
UNCERTAIN = "uncertain"
REFUSED = "refused"
"""The gateway failed or could not be reached."""
OPERATOR = "operator"
"""The gateway refused because of balance, template, signature or authorisation."""
BLOCKED = "blocked"
LIMITED = "limited"
"""The gateway refused this number, or its limit of messages was full."""
LOOKED_BACK = timedelta(days=1)
"""The longest window of the limits: older codes affect no rule and no answer."""
OF_GATEWAY = (REFUSED, UNCERTAIN, OPERATOR)
"""The gateway fails for every phone."""
NOT_SENT = (REFUSED, OPERATOR, BLOCKED, LIMITED)


class SmsCode(Reported):
    """Six digits for one phone and one purpose; the code is stored as a keyed hash."""

    id = BigAutoField()
    phone = EncryptedField("sms_code.phone")
    phone_index = BlindIndexField("phone", source="phone", index=True)
    purpose = CharField(max_length=16)
    code_hash = BlobField()
    state = CharField(max_length=12)
    # Read for every question about a code and for every ticket.
    openid = DeterministicField(WECHAT_USER, null=True, index=True)
    # No index for a rare look-up: each is one more page to write for every code.
    account_id = BigIntegerField(null=True)
    created_at = InstantField(index=True)
    expires_at = InstantField()
    # Of other askers than the one who requested it.
    wrong_tries = SmallIntegerField(default=0)
    # After a right code that a refusal followed, the same token may use it until then.
    confirmed_by = BlobField(null=True)
    confirmed_until = InstantField(null=True)
    used_at = InstantField(null=True)

    class Meta:
        table_name = "sms_code"


delivery_reports.index(SmsCode)


class SmsCodeAttempt(Model):
    """The wrong entries of one asker for one code."""

    code = ForeignKeyField(SmsCode, on_delete="CASCADE")
    asker = CharField(max_length=80)
    wrong_tries = SmallIntegerField()

    class Meta:
        table_name = "sms_code_attempt"
        primary_key = CompositeKey("code", "asker")


class PhoneProofToken(Model):
    """A phone proved without a message: by WeChat, or manually for this person."""

    token_hash = BlobField(primary_key=True)
    phone = EncryptedField("phone_proof.phone")
    phone_index = BlindIndexField("phone", source="phone", index=True)
    method = CharField(max_length=8)
    openid = DeterministicField(WECHAT_USER, null=True, index=True)
    # The account of a manual proof, which needs no token.
    account_id = BigIntegerField(null=True, index=True)
    # The person without an account of a manual proof.
    name = EncryptedField("phone_proof.name", null=True)
    id_number = EncryptedField("phone_proof.id_number", null=True)
    identity_index = BlindIndexField("identity", source="id_number", index=True, null=True)
    created_at = InstantField(index=True)
    expires_at = InstantField()
    used_at = InstantField(null=True)

    class Meta:
        table_name = "phone_proof"


def add_code(
    *,
    phone: str,
    purpose: str,
    code_hash: bytes,
    openid: str | None,
    account_id: int | None,
    created_ms: int,
    expires_ms: int,
) -> int:
    """Insert a code before it is handed to the gateway; return the row's id."""
    [(row_id,)] = _add_code.rows(
        phone=phone,
        phone_index=phone,
        purpose=purpose,
        code_hash=code_hash,
        state=SENT,
        openid=openid,
        account_id=account_id,
        created_at=created_ms,
        expires_at=expires_ms,
    )
    return int(row_id)


@Compiled
def _add_code() -> Any:
    columns = parameters(
        SmsCode,
        "phone",
        "phone_index",
        "purpose",
        "code_hash",
        "state",
        "openid",
        "account_id",
        "created_at",
        "expires_at",
    )
    return SmsCode.insert(columns).returning(SmsCode.id)


def set_state(code_id: int, state: str) -> None:
    """Record what became of a message."""
    SmsCode.update(state=state).where(SmsCode.id == code_id).execute()


def remove(code_id: int) -> None:
    """Delete a code that was not handed to the gateway."""
    SmsCode.delete().where(SmsCode.id == code_id).execute()


class WrongEntry(NamedTuple):
    """A wrong entry of one asker for one code."""

    code_id: int
    asker: str
    is_own: bool
    """Whether the asker requested the code."""


def count_wrong(entries: Sequence[WrongEntry]) -> None:
    """Count wrong entries, and among those of others unless the asker requested the code."""
    others = [entry.code_id for entry in entries if not entry.is_own]
    SmsCode.update(wrong_tries=SmsCode.wrong_tries + 1).where(SmsCode.id.in_(others)).execute()
    SmsCodeAttempt.insert_many(
        [{"code": entry.code_id, "asker": entry.asker, "wrong_tries": 1} for entry in entries]
    ).on_conflict(
        conflict_target=[SmsCodeAttempt.code, SmsCodeAttempt.asker],
        update={SmsCodeAttempt.wrong_tries: SmsCodeAttempt.wrong_tries + 1},
    ).execute()


def requested_by(openid: str | None, account_id: int | None) -> Any:
    """Return the condition that a WeChat user, or without one an account, requested a code."""
    if openid is not None:
        return SmsCode.openid == openid
    return SmsCode.openid.is_null() & (SmsCode.account_id == account_id)


def was_requested_by_others(
    phone: str, openid: str | None, account_id: int | None, since_ms: int
) -> bool:
    """Return whether another than this asker had a code sent to a canonical phone."""
    is_own = Case(None, [(requested_by(openid, account_id), 1)], 0)
    codes = SmsCode.select(SmsCode.id).where(
        SmsCode.phone_index.matches(phone),
        SmsCode.state == SENT,
        SmsCode.created_at > since_ms,
        is_own == 0,
    )
    return bool(codes.exists())


def with_tries_of(asker: Any, is_own: Any, *columns: Any) -> Any:
    """Select columns of codes, ``is_own``, and as ``own_tries`` the wrong entries of an asker.

    ``asker``: a name, or an expression of the code. ``is_own``: ``requested_by``.
    """
    own = Case(None, [(is_own, 1)], 0).alias("is_own")
    tries = fn.COALESCE(SmsCodeAttempt.wrong_tries, 0).alias("own_tries")
    of_asker = (SmsCodeAttempt.code == SmsCode.id) & (SmsCodeAttempt.asker == asker)
    query = SmsCode.select(*columns, own, tries)
    return query.join(SmsCodeAttempt, JOIN.LEFT_OUTER, on=of_asker).objects()


def entries_of_all() -> Any:
    """Return the number of wrong entries of a code by all askers, as a column."""
    attempts = SmsCodeAttempt.select(fn.COALESCE(fn.SUM(SmsCodeAttempt.wrong_tries), 0))
    return attempts.where(SmsCodeAttempt.code == SmsCode.id)


class SentCode(NamedTuple):
    """The columns that decide what became of a code."""

    phone: str
    purpose: str
    state: str
    created_at: datetime
    expires_at: datetime
    wrong_tries: int
    confirmed_by: bytes | None
    confirmed_until: datetime | None
    used_at: datetime | None
    report: str | None
    report_reason: str | None
    reported_at: datetime | None
    is_own: bool
    own_tries: int


def last_sent(
    openid: str | None,
    account_id: int | None,
    phone: str | None,
    asker: str,
    since_ms: int,
    most: int,
) -> list[SentCode]:
    """Return codes requested by a WeChat user or sent to a canonical phone, newest first.

    ``own_tries`` are those of ``asker``, the name of the WeChat user or else of the account.
    """
    is_theirs = (SmsCode.openid == openid) if openid is not None else None
    if phone is not None:
        is_to = SmsCode.phone_index.matches(phone)
        is_theirs = is_to if is_theirs is None else is_theirs | is_to
    columns = [getattr(SmsCode, name) for name in SentCode._fields[:-2]]
    query = with_tries_of(asker, requested_by(openid, account_id), *columns)
    query = query.where(is_theirs, SmsCode.created_at > since_ms)
    rows = database.execute(query.order_by(SmsCode.id.desc()).limit(most))
    return [_sent_code(row) for row in rows]


class CountedCode(NamedTuple):
    """What the limits know of a code."""

    id: int
    phone: str
    openid: str | None
    account_id: int | None
    created_ms: int


def sent_since(since_ms: int) -> list[CountedCode]:
    """Return the codes that were sent since an instant, newest first."""
    columns = SmsCode.id, SmsCode.phone, SmsCode.openid, SmsCode.account_id, SmsCode.created_at
    query = SmsCode.select(*columns).where(SmsCode.state == SENT, SmsCode.created_at > since_ms)
    rows = database.execute(query.order_by(SmsCode.id.desc()))
    return [
        CountedCode(
            row_id,
            keys().decrypt(bytes(phone), SmsCode.phone.context),
            SmsCode.openid.python_value(openid),
            account_id,
            created_ms,
        )
        for row_id, phone, openid, account_id, created_ms in rows
    ]


class Outcome(NamedTuple):
    """What the gateway did with the code of any user."""

    phone_index: bytes
    state: str
    created_ms: int


def newest(most: int) -> list[Outcome]:
    """Return the outcomes of the last codes of all users, newest first."""
    columns = SmsCode.phone_index, SmsCode.state, SmsCode.created_at
    rows = database.execute(SmsCode.select(*columns).order_by(SmsCode.id.desc()).limit(most))
    return [Outcome(bytes(phone), *row) for phone, *row in rows]


def _sent_code(row: tuple[Any, ...]) -> SentCode:
    phone, purpose, state, created, expires, tries, holder, held, used, *reported, is_own, own = row
    report, reason, reported_at = reported
    return SentCode(
        keys().decrypt(bytes(phone), SmsCode.phone.context),
        purpose,
        state,
        instant(created),
        instant(expires),
        tries,
        None if holder is None else bytes(holder),
        None if held is None else instant(held),
        None if used is None else instant(used),
        report,
        reason,
        None if reported_at is None else instant(reported_at),
        bool(is_own),
        own,
    )
