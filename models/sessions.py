"""Sessions: opaque bearer tokens, of which only the SHA-256 is kept."""

from typing import NamedTuple

from peewee import BlobField, CharField, ForeignKeyField

from models.account_reads import OVERVIEW_COLUMNS, Overview, read_overview
from models.accounts import Account
from models.database import InstantField, Model, first_row, is_sqlite, write


class Session(Model):
    """A living token; the row is deleted when the session ends."""

    token_hash = BlobField(primary_key=True)
    openid = CharField(max_length=64, null=True, index=True)
    account = ForeignKeyField(Account, null=True, index=True)
    created_at = InstantField()
    last_seen_at = InstantField()

    class Meta:
        table_name = "session"
        # Of SQLite: the row lies where its token is looked up.
        without_rowid = True


class Found(NamedTuple):
    """What is kept of a token (instants in ms), and the account that it is for, if it is."""

    openid: str | None
    account_id: int | None
    created_ms: int
    seen_ms: int
    account: Overview | None


def find(token_hash: bytes) -> Found | None:
    """The row of a token, with its account.

    Read before every request, hence one query without the cost of building a model; most calls of
    an account want to know its state next.
    """
    row = first_row(_FIND[is_sqlite()], (token_hash,))
    return None if row is None else Found(row[0], row[1], row[2], row[3], read_overview(row[4:]))


def add(token_hash: bytes, openid: str | None, account_id: int | None, now_ms: int) -> None:
    """Keep a new session; one plain statement, because every sign-in passes here."""
    write(_ADD[is_sqlite()], (token_hash, openid, account_id, now_ms, now_ms))


def touch(token_hash: bytes, now_ms: int) -> None:
    """Note when the session was last seen."""
    Session.update(last_seen_at=now_ms).where(Session.token_hash == token_hash).execute()


_SELECT = (
    "SELECT session.openid, session.account_id, session.created_at, session.last_seen_at, "  # noqa: S608
    f"{OVERVIEW_COLUMNS} FROM session LEFT JOIN account ON account.id = session.account_id "
    "WHERE session.token_hash = "
)
_FIND = {True: _SELECT + "?", False: _SELECT + "%s"}
_INSERT = "INSERT INTO session (token_hash, openid, account_id, created_at, last_seen_at) VALUES "
_ADD = {True: _INSERT + "(?, ?, ?, ?, ?)", False: _INSERT + "(%s, %s, %s, %s, %s)"}
