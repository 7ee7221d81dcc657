"""Look-ups of persons in the audit log, with what followed them in the ledger.

The database joins and counts, because a month has more lines than a page can read.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from models.storage.database import database, is_sqlite

LOOKED_UP = "staff:person:looked_up"
# Acts that only look at a person.
_LOOKING = ("person_opened", "ticket_opened")
_DAY, _AHEAD = 86_400_000, 8 * 3_600_000
_LOCAL = f"(looked.at + {_AHEAD})"

_JOINED = """
WITH looked AS (
  SELECT id, at, actor, account_id, details, {person} AS person, {ticket} AS ticket
  FROM audit_entry WHERE tag = '{tag}' AND at >= {begin} AND at < {end} {chosen}
), act AS (
  SELECT line.at, line.actor, line.account_id, {index} AS person
  FROM ledger_line AS line LEFT JOIN ledger_detail AS detail ON detail.number = line.number
  WHERE line.at >= {begin} AND line.at < {end} + {lasts} AND line.action NOT IN {looking}
), followed AS (
  SELECT looked.id FROM looked JOIN act ON act.actor = looked.actor
    AND act.account_id = looked.account_id
    AND act.at >= looked.at AND act.at <= looked.at + {lasts}
  UNION
  SELECT looked.id FROM looked JOIN act ON act.actor = looked.actor
    AND act.person = looked.person
    AND act.at >= looked.at AND act.at <= looked.at + {lasts}
), judged AS (
  SELECT looked.id, looked.at, looked.actor, looked.account_id, looked.details,
    CASE WHEN followed.id IS NULL THEN 0 ELSE 1 END AS followed,
    CASE WHEN looked.ticket IS NULL AND followed.id IS NULL THEN 1 ELSE 0 END AS unfounded,
    CASE WHEN {outside} THEN 1 ELSE 0 END AS outside
  FROM looked LEFT JOIN followed ON followed.id = looked.id
)
"""


@dataclass(frozen=True)
class Asked:
    """Which look-ups: instants and lengths in ms, ``working`` as days since 1970 in China.

    ``opens`` and ``closes`` are ms of the day. ``actors`` None: all members.
    """

    begin: int
    end: int
    lasts: int
    working: Collection[int]
    opens: int
    closes: int
    actors: Collection[str] | None = None


class OfMember(NamedTuple):
    """How many look-ups a member made, without ticket or act, and outside opening hours."""

    actor: str
    total: int
    unfounded: int
    outside: int


class Judged(NamedTuple):
    """One look-up; ``at`` in ms, ``details`` is the line's JSON."""

    id: int
    at: int
    actor: str
    account_id: int | None
    details: str
    followed: bool
    outside: bool


def count(asked: Asked) -> list[OfMember]:
    """Count the look-ups of each member, most first."""
    rows = _execute(
        asked,
        "SELECT actor, count(*), sum(unfounded), sum(outside) FROM judged "
        "GROUP BY actor ORDER BY 2 DESC, 1",
    )
    return [OfMember(actor, *map(int, counts)) for actor, *counts in rows]


def select(
    asked: Asked, kind: str | None, before: int | None, limit: int | None
) -> Iterable[Judged]:
    """Yield look-ups, newest first; ``kind``: unfounded or outside alone."""
    conditions = [f"{kind} = 1"] if kind in ("unfounded", "outside") else []
    conditions += [] if before is None else [f"id < {int(before)}"]
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    most = "" if limit is None else f" LIMIT {int(limit)}"
    for row in _execute(
        asked,
        "SELECT id, at, actor, account_id, details, followed, outside FROM judged "  # noqa: S608
        f"{where}ORDER BY at DESC, id DESC{most}",
    ):
        row_id, at, actor, account_id, details, followed, outside = row
        yield Judged(row_id, at, actor, account_id, details, bool(followed), bool(outside))


def _execute(asked: Asked, statement: str) -> list[tuple[Any, ...]]:
    field = "json_extract(details, '$.{}')" if is_sqlite() else "(details::json ->> '{}')"
    of_day = f"{_LOCAL} - {_LOCAL} / {_DAY} * {_DAY}"
    days = ", ".join(map(str, [-1, *asked.working]))
    chosen, parameters = "", []
    if asked.actors is not None:
        parameters = [*asked.actors, ""]
        chosen = f"AND actor IN ({', '.join([database.param] * len(parameters))})"
    joined = _JOINED.format(
        person=field.format("person"),
        ticket=field.format("ticket"),
        index="lower(hex(detail.identity_index))"
        if is_sqlite()
        else "encode(detail.identity_index, 'hex')",
        tag=LOOKED_UP,
        begin=int(asked.begin),
        end=int(asked.end),
        lasts=int(asked.lasts),
        chosen=chosen,
        looking=_LOOKING,
        outside=f"{_LOCAL} / {_DAY} NOT IN ({days}) OR {of_day} < {asked.opens} "
        f"OR {of_day} >= {asked.closes}",
    )
    rows: list[tuple[Any, ...]] = database.execute_sql(joined + statement, parameters).fetchall()
    return rows
