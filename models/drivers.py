"""PostgreSQL's driver is loaded when a PostgreSQL is used, and not whenever peewee is.

peewee takes every driver with it that it finds, and psycopg takes longer to load than Flask: a
service on SQLite would wait for it at each start.
"""

import sys
from typing import Any

_DRIVER = "psycopg"

# What the driver calls no failure of operation though the statement is right and the database is
# not: it lacks migrations, its user may not use the tables, or it is a standby, which takes no
# writes. SQLite calls all of these what peewee shall call them.
_STATES_OF_DATABASE = (
    "InsufficientPrivilege",
    "ReadOnlySqlTransaction",
    "UndefinedColumn",
    "UndefinedTable",
)


def load_peewee_alone() -> None:
    """Import peewee as on a machine without psycopg; does nothing when either is there already."""
    if "peewee" in sys.modules or _DRIVER in sys.modules:
        return
    # What Python's import looks at first: None says that there is no such module.
    sys.modules[_DRIVER] = None  # type: ignore[assignment]
    try:
        import peewee  # noqa: F401
    finally:
        del sys.modules[_DRIVER]


def add_psycopg() -> None:
    """Give peewee what it would have found of psycopg when it was imported (peewee 4.5).

    And let it raise OperationalError wherever it is the database that is not as it should be.
    """
    import peewee
    import psycopg
    from psycopg.pq import TransactionStatus
    from psycopg.types.json import Json, Jsonb

    library: Any = peewee
    library.psycopg, library.TransactionStatus = psycopg, TransactionStatus
    library.Json_pg3, library.Jsonb_pg3 = Json, Jsonb
    adapter: Any = peewee.Psycopg3Adapter
    adapter.txn_idle = TransactionStatus.IDLE
    adapter.txn_inerror = TransactionStatus.INERROR
    adapter.txn_unknown = TransactionStatus.UNKNOWN
    for name in _STATES_OF_DATABASE:
        library.EXCEPTIONS[name] = peewee.OperationalError
