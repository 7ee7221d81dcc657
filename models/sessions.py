"""Sessions: opaque bearer tokens, of which only the SHA-256 is kept."""

from peewee import BlobField, CharField, ForeignKeyField

from models.accounts import Account
from models.database import InstantField, Model, database, first_row, is_sqlite


class Session(Model):
    """A living token; the row is deleted when the session ends."""

    token_hash = BlobField(primary_key=True)
    openid = CharField(max_length=64, null=True, index=True)
    account = ForeignKeyField(Account, null=True, index=True)
    created_at = InstantField()
    last_seen_at = InstantField(index=True)

    class Meta:
        table_name = "session"


def find(token_hash: bytes) -> tuple[str | None, int | None, int, int] | None:
    """(openid, account id, created, last seen in ms) of a token.

    Read before every request, hence one narrow query without the cost of building a model.
    """
    row: tuple[str | None, int | None, int, int] | None
    row = first_row(_FIND[is_sqlite()], (token_hash,))
    return row


def add(token_hash: bytes, openid: str | None, account_id: int | None, now_ms: int) -> None:
    """Keep a new session; one plain statement, because every sign-in passes here."""
    database.execute_sql(_ADD[is_sqlite()], (token_hash, openid, account_id, now_ms, now_ms))


def touch(token_hash: bytes, now_ms: int) -> None:
    """Note when the session was last seen."""
    Session.update(last_seen_at=now_ms).where(Session.token_hash == token_hash).execute()


_COLUMNS = "SELECT openid, account_id, created_at, last_seen_at FROM session WHERE token_hash = "
_FIND = {True: _COLUMNS + "?", False: _COLUMNS + "%s"}
_INSERT = "INSERT INTO session (token_hash, openid, account_id, created_at, last_seen_at) VALUES "
_ADD = {True: _INSERT + "(?, ?, ?, ?, ?)", False: _INSERT + "(%s, %s, %s, %s, %s)"}
