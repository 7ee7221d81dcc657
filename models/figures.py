"""Daily figures of the dashboard: one number per day, name and key; nothing personal.

Some are counted as events happen, the others are computed day by day from the tables
(``STATEMENTS``) before rows expire there.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from peewee import EXCLUDED, BigIntegerField, CharField, CompositeKey, chunked, fn

from models.storage.database import DayField, Model, database

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
    """Build the query of day, key and count over a period, for both databases."""
    return (
        f"SELECT ({column} + {_AHEAD}) / {_DAY}, {key}, {count} FROM {table} "  # noqa: S608
        f"WHERE {column} >= {{from_ms}} AND {column} < {{until_ms}} {where} GROUP BY 1, 2"
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
    # The last failure of a source, in milliseconds.
    (
        "failed_at",
        _by_day(
            "created_at",
            "'sms'",
            "sms_code",
            "AND state IN ('refused', 'operator', 'uncertain')",
            "max(created_at)",
        ),
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
            "AND outcome IN ('source_busy', 'no_answer', 'daily_limit', 'misconfigured')",
            "max(coalesce(used_at, created_at))",
        ),
    ),
    ("failed_at", _by_day("failed_at", "'wechat'", "chat_reply", count="max(failed_at)")),
)


STANDING = "standing"
"""The name of figures of the moment: key → amount, once more for each day."""

# Each gives key and count.
_STANDING = (
    "SELECT 'account:' || level || ':' || coalesce(verified_by, ''), count(*) FROM account "
    "WHERE status <> 'cancelled' GROUP BY 1",
    "SELECT 'faces', (SELECT count(*) FROM desk_picture WHERE name IN ('photo', 'chip_photo')) "
    "+ (SELECT count(*) FROM matter_picture WHERE name = 'photo')",
)


def standing_counts() -> Iterable[tuple[str, int]]:
    """Count accounts by level and way, and stored face pictures; reads the tables whole."""
    for statement in _STANDING:
        for key, count in database.execute_sql(statement).fetchall():
            yield key, int(count)


def of_day(day: date, names: Sequence[str]) -> list[Figure]:
    """Return the figures of some names on one day."""
    f = DailyFigure
    query = f.select(f.day, f.name, f.key, f.amount)
    rows = database.execute(query.where((f.day == day) & f.name.in_(list(names))))
    return list(map(Figure._make, rows))


def daily_counts(statement: str, from_ms: int, until_ms: int) -> Iterable[tuple[str, str, int]]:
    """Yield day, key and count of one of STATEMENTS for the days between these instants."""
    sql = statement.format(from_ms=int(from_ms), until_ms=int(until_ms))
    for number, key, count in database.execute_sql(sql).fetchall():
        yield date.fromordinal(_FIRST_ORDINAL + int(number)).isoformat(), key, int(count)


def replace(names: Sequence[str], first: date, last: date, figures: Iterable[Figure]) -> None:
    """Replace all figures of these names and days. Run in a transaction."""
    DailyFigure.delete().where(
        DailyFigure.name.in_(list(names)) & DailyFigure.day.between(first, last)
    ).execute()
    put(figures)


def add(figures: Iterable[Figure]) -> None:
    """Add to the stored amounts. Run in a transaction."""
    # In one order everywhere, to avoid deadlocks.
    _write(figures, update={DailyFigure.amount: DailyFigure.amount + EXCLUDED.amount})


def put(figures: Iterable[Figure]) -> None:
    """Insert or overwrite figures. Run in a transaction."""
    _write(figures, preserve=[DailyFigure.amount])


def _write(figures: Iterable[Figure], **on_conflict: Any) -> None:
    key = [DailyFigure.day, DailyFigure.name, DailyFigure.key]
    for part in chunked(sorted(figures), 1_000):
        DailyFigure.insert_many(part, fields=[*key, DailyFigure.amount]).on_conflict(
            conflict_target=key, **on_conflict
        ).execute()


def by_day(first: date, last: date) -> list[Figure]:
    """Return all figures of the days except topics."""
    f = DailyFigure
    query = f.select(f.day, f.name, f.key, f.amount).where(f.day.between(first, last))
    return list(
        map(Figure._make, database.execute(query.where(f.name.not_in(["topics", STANDING]))))
    )


def totals(first: date, last: date) -> list[Figure]:
    """Sum each figure over the days; ``day`` is empty."""
    f = DailyFigure
    query = f.select(f.name, f.key, fn.SUM(f.amount)).where(f.day.between(first, last))
    rows = database.execute(
        query.where(f.name.not_in(["failed_at", "counted", STANDING])).group_by(f.name, f.key)
    )
    return [Figure("", name, key, int(amount)) for name, key, amount in rows]
