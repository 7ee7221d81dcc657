"""What the dashboard shows: one number for each day, name and key; nothing about a person.

Some are counted as things happen, the others are read off the tables of the things themselves, day
by day (``STATEMENTS``), before those forget them.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from peewee import BigIntegerField, CharField, CompositeKey

from models.database import DayField, Model, all_rows, execute_many, is_sqlite, placeholder

# Milliseconds that Asia/Shanghai is ahead of UTC, and of a day.
_AHEAD, _DAY = 8 * 3_600_000, 86_400_000
_FIRST_ORDINAL = date(1970, 1, 1).toordinal()


class DailyFigure(Model):
    """``amount`` of ``key`` (an outcome, an entry …) among ``name`` (questions, messages …)."""

    day = DayField()
    name = CharField(max_length=16)
    key = CharField(max_length=80)
    amount = BigIntegerField()

    class Meta:
        table_name = "daily_figure"
        primary_key = CompositeKey("day", "name", "key")


class Figure(NamedTuple):
    """One number; ``day`` as ``YYYY-MM-DD``."""

    day: str
    name: str
    key: str
    amount: int


def _by_day(column: str, key: str, table: str, where: str = "", count: str = "count(*)") -> str:
    """Day, key and count of the rows of some days, for both databases."""
    return (
        f"SELECT ({column} + {_AHEAD}) / {_DAY}, {key}, {count} FROM {table} "  # noqa: S608
        f"WHERE {column} >= {{place}} AND {column} < {{place}} {where} GROUP BY 1, 2"
    )


_PEOPLE, _ACCOUNTS = "count(DISTINCT openid)", "count(DISTINCT account_id)"
_REGISTERING = "AND purpose = 'register'"

STATEMENTS: tuple[tuple[str, str], ...] = (
    ("questions", _by_day("asked_at", "kind", "faq_message")),
    (
        "topics",
        _by_day("asked_at", "slug", "faq_message", "AND kind = 'answer' AND slug IS NOT NULL"),
    ),
    (
        "ratings",
        _by_day(
            "asked_at",
            "CASE WHEN helpful THEN 'helpful' ELSE 'unhelpful' END",
            "faq_message",
            "AND helpful IS NOT NULL",
        ),
    ),
    ("handovers", _by_day("created_at", "'ticket'", "ticket", "AND source = 'bot'")),
    (
        "handovers",
        _by_day("received_at", "'chat'", "chat_message", "AND outcome = 'human'", _PEOPLE),
    ),
    ("sms", _by_day("created_at", "state", "sms_code")),
    (
        "funnel",
        _by_day("created_at", "'code'", "sms_code", f"{_REGISTERING} AND state = 'sent'", _PEOPLE),
    ),
    ("funnel", _by_day("checked_at", "'elements'", "identity_check", _REGISTERING, _PEOPLE)),
    ("funnel", _by_day("created_at", "'face'", "face_challenge", count=_ACCOUNTS)),
    (
        "accounts",
        _by_day(
            "at",
            "tag",
            "audit_entry",
            "AND tag IN ('api:account:registered', 'api:account:activated',"
            " 'api:account:verified', 'api:authorization:enabled')",
            _ACCOUNTS,
        ),
    ),
    ("identity", _by_day("checked_at", "outcome", "identity_check")),
    ("faces", _by_day("created_at", "outcome", "face_challenge", "AND outcome IS NOT NULL")),
    # When a source failed for the last time, in milliseconds.
    (
        "failed_at",
        _by_day("created_at", "'sms'", "sms_code", "AND state <> 'sent'", "max(created_at)"),
    ),
    (
        "failed_at",
        _by_day(
            "checked_at",
            "'identity'",
            "identity_check",
            "AND outcome IN ('source_error', 'no_answer', 'daily_limit')",
            "max(checked_at)",
        ),
    ),
    (
        "failed_at",
        _by_day(
            "created_at",
            "'face'",
            "face_challenge",
            "AND outcome IN ('source_busy', 'no_answer', 'daily_limit')",
            "max(coalesce(used_at, created_at))",
        ),
    ),
    ("failed_at", _by_day("failed_at", "'wechat'", "chat_reply", count="max(failed_at)")),
)


def read_off(statement: str, from_ms: int, until_ms: int) -> Iterable[tuple[str, str, int]]:
    """Day, key and count by one of STATEMENTS for the days that begin and end at these instants."""
    sql = statement.format(place=placeholder())
    for number, key, count in all_rows(sql, (from_ms, until_ms)):
        yield date.fromordinal(_FIRST_ORDINAL + int(number)).isoformat(), key, int(count)


def replace(names: Sequence[str], first: date, last: date, figures: Iterable[Figure]) -> None:
    """Let these figures stand in the place of all of the same names and days. In a transaction."""
    DailyFigure.delete().where(
        DailyFigure.name.in_(list(names)) & DailyFigure.day.between(first, last)
    ).execute()
    execute_many(_PUT[is_sqlite()], figures)


def add(figures: Iterable[Figure]) -> None:
    """Add to what there is. In a transaction."""
    # In one order everywhere, so that two transactions never wait for each other.
    execute_many(_ADD[is_sqlite()], sorted(figures))


def put(figures: Iterable[Figure]) -> None:
    """Write figures in the place of earlier ones. In a transaction."""
    execute_many(_PUT[is_sqlite()], sorted(figures))


def by_day(first: date, last: date) -> list[Figure]:
    """All figures of the days, but for those of the many topics."""
    return _read("name <> 'topics'", "day, name, key, amount", first, last)


def totals(first: date, last: date) -> list[Figure]:
    """The sum of each over the days; ``day`` is empty."""
    columns = "'', name, key, sum(amount)"
    return _read("name NOT IN ('failed_at', 'counted')", columns, first, last, "GROUP BY name, key")


def _read(where: str, columns: str, first: date, last: date, end: str = "") -> list[Figure]:
    place = placeholder()
    rows: list[tuple[Any, ...]] = all_rows(
        f"SELECT {columns} FROM daily_figure WHERE day BETWEEN {place} AND {place} "  # noqa: S608
        f"AND {where} {end}",
        (first.isoformat(), last.isoformat()),
    )
    return [Figure(day, name, key, int(amount)) for day, name, key, amount in rows]


_INSERT = {
    sqlite: f"INSERT INTO daily_figure (day, name, key, amount) VALUES ({places}) "  # noqa: S608
    "ON CONFLICT (day, name, key) DO UPDATE SET amount = "
    for sqlite, places in ((True, "?, ?, ?, ?"), (False, "%s, %s, %s, %s"))
}
_PUT = {sqlite: f"{insert}excluded.amount" for sqlite, insert in _INSERT.items()}
_ADD = {
    sqlite: f"{insert}daily_figure.amount + excluded.amount" for sqlite, insert in _INSERT.items()
}
