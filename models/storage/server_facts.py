"""What the database server says about itself."""

from dataclasses import dataclass

from models.storage.database import database, is_sqlite


@dataclass(frozen=True)
class ServerFacts:
    """Facts about the database; those that SQLite does not have are 0 or empty."""

    kind: str
    size_bytes: int
    connections: int = 0
    most_connections: int = 0
    standby_lag_seconds: tuple[int, ...] = ()
    """Of each connected standby, what it has not yet replayed."""


def read() -> ServerFacts:
    """Ask the server. Raises DatabaseUnavailable."""
    if is_sqlite():
        [pages] = database.execute_sql("PRAGMA page_count").fetchone()
        [page_size] = database.execute_sql("PRAGMA page_size").fetchone()
        return ServerFacts("sqlite", pages * page_size)
    size, connections, most = database.execute_sql(
        "SELECT pg_database_size(current_database()), (SELECT count(*) FROM pg_stat_activity), "
        "current_setting('max_connections')::int"
    ).fetchone()
    # Without the role pg_monitor the lag is null.
    lags = database.execute_sql(
        "SELECT COALESCE(ceil(extract(epoch FROM replay_lag))::int, 0) FROM pg_stat_replication"
    ).fetchall()
    return ServerFacts("postgresql", size, connections, most, tuple(lag for (lag,) in lags))
