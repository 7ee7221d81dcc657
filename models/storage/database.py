"""Connections, the base model and the column types that every table shares.

SQLite is the default (write-ahead log, ``synchronous=NORMAL``: a killed process loses nothing, a
power cut may lose the last moments); PostgreSQL is used through a pool. SQLite connections are
cached per thread, because opening one costs more than most requests do; PostgreSQL connections
return to the pool at the end of a request and before every external call.
"""

import fcntl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import peewee
from playhouse.migrations import Runner

from models.storage.postgresql import PostgresqlDatabase

# China has had one zone without summer time since 1991, so a fixed offset is enough.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
MIGRATIONS = Path(__file__).parents[1] / "migrations"
# The end of the name of a migration that waits until no former release runs any more.
CONTRACT = "_contract"

# Seconds that a statement waits for another process's transaction.
SQLITE_PATIENCE = 10
# Seconds that a PostgreSQL statement of a request or of a background job may take.
PATIENCE = 15.0
# The same for a probe, which times out itself.
PROBE_PATIENCE = 5.0
# Seconds that a migration waits for a lock, and between two tries.
LOCK_SECONDS = 1
LOCK_TRIES = 60
LOCK_NOT_AVAILABLE = "55P03"
# SQLSTATE → what an operator does about it.
CANNOT_MIGRATE = {
    LOCK_NOT_AVAILABLE: "the table was in use all the time; end long transactions "
    "(pg_stat_activity) or try again at a quieter time.",
    "42501": "the role may not change the tables. Name their owner in MIGRATION_DATABASE_URL, or "
    "hand them over with REASSIGN OWNED (docs/runbook.md).",
    "25006": "the server takes no writes: it is a standby, or read-only.",
}

database: Any = peewee.DatabaseProxy()

# Converts a driver's exceptions to peewee's, as peewee does for its own statements.
driver_errors: AbstractContextManager[None] = peewee.__exception_wrapper__  # type: ignore[attr-defined]

# Raised when the database does not answer; rules may catch them.
DatabaseUnavailable = (peewee.OperationalError, peewee.InterfaceError)
DatabaseError = peewee.DatabaseError
IntegrityError = peewee.IntegrityError


class InstantField(peewee.BigIntegerField):
    """An aware datetime, stored as whole milliseconds since 1970, read in Asia/Shanghai."""

    def db_value(self, value: datetime | int | None) -> int | None:
        """Convert to milliseconds. Raises ValueError for a naive datetime."""
        if value is None or isinstance(value, int):
            return value
        if value.tzinfo is None:
            raise ValueError("An instant needs an offset; a naive datetime has none.")
        return int(value.timestamp() * 1000 + 0.5)

    def python_value(self, value: int | None) -> datetime | None:
        """Convert from milliseconds."""
        return None if value is None else instant(value)


class DayField(peewee.CharField):
    """A calendar day, stored as ``YYYY-MM-DD`` on every database."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=10, **options)

    def db_value(self, value: date | str | None) -> str | None:
        """Convert to ISO 8601."""
        return value.isoformat() if isinstance(value, date) else value

    def python_value(self, value: str | None) -> date | None:
        """Convert from ISO 8601."""
        return None if value is None else date.fromisoformat(value)


def instant(milliseconds: int) -> datetime:
    """Convert milliseconds since 1970 to an aware datetime in Asia/Shanghai."""
    return datetime.fromtimestamp(milliseconds / 1000, SHANGHAI)


class Model(peewee.Model):
    """Base of every table."""

    class Meta:
        database = database
        legacy_table_names = False

    @classmethod
    def locked(cls, key: Any) -> Self | None:
        """Return the row of this primary key, locked until the transaction ends."""
        return for_update(cls.select().where(cls._meta.primary_key == key)).first()


def connect(
    url: str, *, pool_size: int = 10, pool_timeout: float = 5.0, patience: float | None = None
) -> None:
    """Bind the tables to the database at ``url`` (``sqlite:///PATH`` or ``postgresql://…``).

    Opens nothing yet and closes an earlier database. ``pool_size`` must be at least the number of
    threads of the process; a thread waits ``pool_timeout`` seconds for a free PostgreSQL
    connection. A PostgreSQL statement that takes longer than ``patience`` seconds (None: no limit)
    raises peewee.OperationalError.
    """
    disconnect()
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:").removeprefix("//"))
        path.parent.mkdir(parents=True, exist_ok=True)
        database.initialize(
            peewee.SqliteDatabase(
                str(path),
                timeout=SQLITE_PATIENCE,
                # Otherwise a read followed by a write fails with "database is locked" when another
                # process wrote in between.
                lock_type="IMMEDIATE",
                pragmas={
                    "journal_mode": "wal",
                    "synchronous": "normal",
                    "foreign_keys": 1,
                    "cache_size": -16000,
                    # Checkpoint after 32 MB instead of 4: a commit at that moment waits for the
                    # disk.
                    "wal_autocheckpoint": 8000,
                    "temp_store": "memory",
                },
            )
        )
    elif urlsplit(url).scheme in ("postgresql", "postgres"):
        database.initialize(
            PostgresqlDatabase(url, size=pool_size, timeout=pool_timeout, patience=patience)
        )
    else:
        raise ValueError("A database address begins with sqlite:/// or postgresql://.")


def sqlstate(error: BaseException | None) -> str:
    """Return PostgreSQL's code of an error or of its cause, such as 53300; empty without one."""
    while error is not None:
        if state := getattr(error, "sqlstate", None):
            return str(state)
        error = error.__cause__ or error.__context__
    return ""


def is_sqlite() -> bool:
    """Return whether the database is SQLite."""
    return isinstance(database.obj, peewee.SqliteDatabase)


def pool_figures() -> dict[str, int]:
    """Return open, idle and most connections of the pool and threads that wait for one."""
    bound = database.obj
    return bound.pool_figures() if isinstance(bound, PostgresqlDatabase) else {}


def for_update(query: Any) -> Any:
    """Lock the selected rows until the transaction ends; SQLite runs one transaction at a time."""
    return query if is_sqlite() else query.for_update()


def release() -> None:
    """Return the thread's PostgreSQL connection to the pool; SQLite keeps its own.

    Called at the end of a request and before an external call, during which neither a transaction
    nor a connection may be held. Raises RuntimeError inside a transaction.
    """
    bound = database.obj
    if bound is None or bound.is_closed():
        return
    if bound.in_transaction():
        raise RuntimeError("A transaction is open: nothing outside may be called now.")
    if not is_sqlite():
        bound.close()


def expect_many_writes() -> None:
    """Checkpoint this thread's SQLite connection after 64 MB instead of 32."""
    if is_sqlite():
        database.execute_sql("PRAGMA wal_autocheckpoint = 16000")


def expect_long_statements() -> None:
    """Lift the time limit of statements on this thread's PostgreSQL connection."""
    if not is_sqlite():
        database.execute_sql("SET statement_timeout = 0")
        database.connection().patience = None


@contextmanager
def expect_short_statements() -> Iterator[None]:
    """Limit PostgreSQL statements to PROBE_PATIENCE seconds; they raise OperationalError."""
    if is_sqlite():
        yield
        return
    connection = database.connection()
    usual, connection.patience = connection.patience, PROBE_PATIENCE
    try:
        yield
    finally:
        connection.patience = usual


def close_thread_connection() -> None:
    """Close the connection of a thread that is about to end."""
    if not database.is_closed():
        database.close()


def disconnect() -> None:
    """Close the thread's connection and the pool (before a fork, at the end of a command)."""
    if database.obj is None:
        return
    if not database.is_closed():
        database.close()
    if not is_sqlite():
        database.obj.close_all()


def transaction() -> AbstractContextManager[None]:
    """Begin a transaction (a savepoint inside another one); roll back on an exception."""
    return database.obj.atomic()


def lock(name: str) -> None:
    """Serialise transactions that lock the same name, until this one ends.

    For rules over several rows, which no single conditional statement can guarantee. SQLite's
    transactions are serial anyway. Raises RuntimeError outside a transaction.
    """
    if not database.in_transaction():
        raise RuntimeError("A lock is held by a transaction.")
    if not is_sqlite():
        database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_lock_number(name),))


def lock_all(names: Iterable[str]) -> None:
    """Lock many names in one statement, in a fixed order.

    PostgreSQL has room for some 6,000 locks at a time (``max_locks_per_transaction`` times the
    connections), so take at most 2,000. Raises RuntimeError outside a transaction.
    """
    if not database.in_transaction():
        raise RuntimeError("A lock is held by a transaction.")
    if not is_sqlite():
        # As one text, because the driver is slow with long arrays.
        numbers = ",".join(map(str, sorted(set(map(_lock_number, names)))))
        database.execute_sql(
            "SELECT pg_advisory_xact_lock(number::bigint) "
            "FROM unnest(string_to_array(%s, ',')) AS number",
            (numbers,),
        )


def _lock_number(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)


class CannotMigrate(Exception):
    """What keeps migrations from being applied, for an operator; nothing was changed."""


def migrate(
    *, expand_only: bool = False, on_applied: Callable[[str, float], None] | None = None
) -> list[str]:
    """Apply the missing migrations, one process at a time; return their names.

    ``expand_only`` leaves out those that take away what the former release reads (CONTRACT).
    ``on_applied`` gets each name with its seconds, the longest that it may have held a lock.

    A statement waits for its lock LOCK_SECONDS at most, because all readers of the table wait
    behind it; then its migration is tried again. Raises CannotMigrate and DatabaseUnavailable.
    """
    _require_direct_connection()
    with _migration_lock():
        names = pending_migrations(contracts=not expand_only)
        waiting = [n for n in pending_migrations(contracts=True) if n.endswith(CONTRACT)]
        if expand_only and waiting and names and waiting[0] < names[-1]:
            raise CannotMigrate(f"{waiting[0]} comes first: deploy/upgrade --contract")
        for name in names:
            begun = time.monotonic()
            apply(name)
            if on_applied is not None:
                on_applied(name, time.monotonic() - begun)
    return names


def apply(name: str) -> None:
    """Apply one migration. Raises CannotMigrate."""
    for tries_left in reversed(range(LOCK_TRIES)):
        try:
            if not is_sqlite():
                database.execute_sql(f"SET lock_timeout = {LOCK_SECONDS * 1000}")
            migrations().up(name)
            return
        except DatabaseError as error:
            if sqlstate(error) == LOCK_NOT_AVAILABLE and tries_left:
                time.sleep(LOCK_SECONDS)
                continue
            if reason := CANNOT_MIGRATE.get(sqlstate(error)):
                raise CannotMigrate(f"{name}: {reason}") from error
            raise
        finally:
            if not is_sqlite() and not database.is_closed():
                database.execute_sql("SET lock_timeout = 0")


def _require_direct_connection() -> None:
    """Refuse a pooler in between, whose sessions change: the lock would be another's.

    A pooler tells its clients a process number of its own.
    """
    if is_sqlite():
        return
    try:
        [process] = database.execute_sql("SELECT pg_backend_pid()").fetchone()
    except DatabaseUnavailable as error:
        raise CannotMigrate(database.obj.connection_problem()) from error
    if process != database.connection().info.backend_pid:
        raise CannotMigrate(
            "The address leads to a connection pooler (PgBouncer). Migrations need the server "
            "itself: name it in MIGRATION_DATABASE_URL."
        )


def pending_migrations(*, contracts: bool = False) -> list[str]:
    """Return the names of the missing migrations that this release needs, or with contractions."""
    missing = [m.name for m in migrations().status() if m.applied is None]
    return [name for name in missing if contracts or not name.endswith(CONTRACT)]


def migrations() -> Runner:
    """Return the migration runner of the present database."""
    return Runner(database.obj, str(MIGRATIONS))


@contextmanager
def _migration_lock() -> Iterator[None]:
    """Prevent two processes that start at once from running migrations twice."""
    if is_sqlite():
        with open(f"{database.obj.database}.migrating", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    else:
        database.execute_sql("SELECT pg_advisory_lock(7215001)")
        try:
            yield
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(7215001)")
