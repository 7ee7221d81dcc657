"""Sessions: opaque bearer tokens, stored as SHA-256."""

from typing import Any, NamedTuple

from peewee import JOIN, BlobField, ForeignKeyField

from models.accounts.account_reads import OVERVIEW_COLUMNS, Overview, read_overview
from models.accounts.accounts import Account
from models.storage.compiled import Compiled, Parameter
from models.storage.database import InstantField, Model
from models.storage.deterministic import WECHAT_USER, DeterministicField


class Session(Model):
    """A valid token; deleted when the session ends."""

    token_hash = BlobField(primary_key=True)
    openid = DeterministicField(WECHAT_USER, null=True, index=True)
    account = ForeignKeyField(Account, null=True, index=True)
    created_at = InstantField(index=True)
    last_seen_at = InstantField(index=True)

    class Meta:
        table_name = "session"
        # SQLite: store the row in the index of its token.
        without_rowid = True


class Found(NamedTuple):
    """The stored session (instants in ms) and its account, if any."""

    openid: str | None
    account_id: int | None
    created_ms: int
    seen_ms: int
    account: Overview | None


@Compiled
def _find() -> Any:
    return (
        Session.select(
            Session.openid,
            Session.account,
            Session.created_at,
            Session.last_seen_at,
            *OVERVIEW_COLUMNS,
        )
        .join(Account, JOIN.LEFT_OUTER)
        .where(Session.token_hash == Parameter("token_hash"))
    )


def find(token_hash: bytes) -> Found | None:
    """Return the session of a token with its account, which most calls need next."""
    row = _find.first(token_hash=token_hash)
    if row is None:
        return None
    openid = Session.openid.python_value(row[0])
    return Found(openid, row[1], row[2], row[3], read_overview(row[4:]))


def add(token_hash: bytes, openid: str | None, account_id: int | None, now_ms: int) -> None:
    """Insert a session."""
    Session.insert(
        token_hash=token_hash,
        openid=openid,
        account=account_id,
        created_at=now_ms,
        last_seen_at=now_ms,
    ).execute()


def touch(token_hash: bytes, now_ms: int) -> None:
    """Record when the session was last used."""
    Session.update(last_seen_at=now_ms).where(Session.token_hash == token_hash).execute()
