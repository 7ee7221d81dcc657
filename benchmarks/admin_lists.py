"""The lists of the admin pages over 10,000 entries and 1,000,000 audit lines.

Alone: ``python -m benchmarks.admin_lists``. One client requests every page once per round.
"""

import argparse
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles
from urllib.parse import quote

from benchmarks import made_up
from benchmarks.figures import against_ceiling
from benchmarks.stage import EVEN, PLAIN, Stage
from faq.editing import drafts
from faq.release.parts import ENTRY, Key
from handlers.admin.frame.access import COOKIE
from miniprogram_api import clock
from miniprogram_api.tickets import numbers
from models.desks.tickets import Ticket
from models.faq import drafts as faq_drafts
from models.faq import messages as faq_messages
from models.faq.messages import NewMessage
from models.figures import Figure, add
from models.storage.database import database, instant, transaction
from tests.support.admin.staff import member_of, token_of

ENTRIES, AUDIT_LINES = 10_000, 1_000_000
TICKETS, UNANSWERED = 5_000, 1_000
DAYS = 180
MOST_MS = 100
ROUNDS = 40
EVERYTHING = ("administrator", "auditor", "centre", "clerk", "editor", "operator")
PAGES = (
    "/entries",
    "/entries?after=9000",
    "/entries?q=水电报装",
    "/entries?state=new",
    "/entries?state=published&after=5000",
    "/audit",
    "/audit?before=500000",
    "/audit?tag=api:account:registered",
    "/audit?tag=admin:staff:roles",
    "/audit?actor=staff:7",
    "/audit?account_id=77",
    "/audit?actor=staff:7&tag=admin:staff:roles",
    "/audit?actor=staff:999999",
    "/inbox",
    "/centre",
    "/window/tickets",
    "/ledger",
    "/dashboard?days=90",
)
_TAGS = ("api:account:registered", "api:session:opened", "api:account:verified")
_RARE = "admin:staff:roles"
_DAY_MS = 86_400_000


@dataclass
class Timed:
    """Times of a page in milliseconds."""

    path: str
    own: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        return quantiles(self.own, n=20)[18]


def fill() -> float:
    """Insert the entries, audit lines and other rows; return the seconds it took."""
    began = time.perf_counter()
    drafts.ensure_draft()
    content = made_up.content(ENTRIES)
    rows = [
        drafts.new_row(
            Key(ENTRY, entry.slug),
            entry.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            "staff:7",
        )
        for entry in content.entries
    ]
    now = clock.now()
    first = faq_drafts.last_position() + 1
    with transaction():
        placed = [{**row, "position": first + place} for place, row in enumerate(rows)]
        faq_drafts.add_many(placed, act="imported")
        _add_audit_lines(clock.milliseconds(now))
        _add_tickets()
        _add_unanswered(clock.milliseconds(now))
        add(
            Figure(day, name, f"key_{number}", 5)
            for day in (f"2026-{month:02}-{day:02}" for month in range(5, 12) for day in range(29))
            for name in ("questions", "topics", "refused", "sms", "accounts")
            for number in range(20)
        )
    database.execute_sql("ANALYZE")
    return time.perf_counter() - began


def _add_audit_lines(now_ms: int) -> None:
    step = DAYS * _DAY_MS // AUDIT_LINES
    # Rebuilt afterwards, which is faster than updating them line by line.
    indexes = database.execute_sql(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'audit_entry' AND type = 'index'"
    ).fetchall()
    for name, _ in indexes:
        database.execute_sql(f'DROP INDEX "{name}"')
    tags = " ".join(f"WHEN {place} THEN '{tag}'" for place, tag in enumerate(_TAGS))
    database.execute_sql(
        "INSERT INTO audit_entry (at, tag, actor, account_id, details) "
        "WITH RECURSIVE line(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM line "
        f"WHERE n < {AUDIT_LINES - 1}) "
        f"SELECT {now_ms - DAYS * _DAY_MS} + n * {step}, "
        f"CASE WHEN n % 10007 = 0 THEN '{_RARE}' ELSE CASE n % {len(_TAGS)} {tags} END END, "
        "CASE WHEN n % 1009 = 0 THEN 'staff:7' ELSE 'account:' || (n % 50000) END, "
        'n % 50000, \'{"phone_verified_by": "sms"}\' FROM line'
    )
    for _, statement in indexes:
        database.execute_sql(statement)


def _add_tickets() -> None:
    now = clock.now()
    rows = [
        {
            "number": numbers.new(),
            "kind": ("other", "identity_review", "phone_change")[number % 3],
            "state": ("open", "with_centre", "resolved")[number % 3],
            "source": "user",
            "openid": f"o-ticket-{number}",
            "matter": f"other:o-ticket-{number}",
            "matter_index": f"other:o-ticket-{number}" if number % 3 < 2 else None,
            "description": "请帮我看看账号。",
            "facts": "{}",
            "created_at": now,
            "due_at": now,
            "closed_at": now if number % 3 == 2 else None,
        }
        for number in range(TICKETS)
    ]
    for begin in range(0, TICKETS, 500):
        Ticket.insert_many(rows[begin : begin + 500]).execute()


def _add_unanswered(now_ms: int) -> None:
    questions = made_up.questions(ENTRIES, UNANSWERED)
    for number, question in enumerate(questions):
        faq_messages.add(
            NewMessage(
                f"{number:022d}", f"talk-{number // 3}", None, None,
                instant(now_ms - number * 1000), question, "没答上来", "fallback", None, None,
                0.1, 1, json.dumps({}), "unanswered", faq_messages.NEW,
            )
        )  # fmt: skip


def measure(stage: Stage, rounds: int, say: Callable[[str], None]) -> list[Timed]:
    """Fill the stage's database and request every page ``rounds`` times."""
    say("filling the lists of the admin pages")
    fill()
    token = token_of(member_of(*EVERYTHING))
    # One worker, without the threads of gunicorn.conf.py.
    alone = [*PLAIN, *EVEN, "--workers", "1"]
    product = stage.serve("wsgi:create_app()", *alone)
    timed = [Timed(path) for path in PAGES]
    # The first two rounds warm up.
    for number in range(-2, rounds):
        say(f"lists of the admin pages, round {number + 1} of {rounds}")
        for page in timed:
            own = _milliseconds(product.port, f"/admin{page.path}", f"{COOKIE}={token}")
            if number >= 0:
                page.own.append(own)
    return timed


def _milliseconds(port: int, path: str, cookie: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        began = time.perf_counter()
        connection.request(
            "GET", quote(path, safe="/?&=:"), headers={"Cookie": cookie} if cookie else {}
        )
        answer = connection.getresponse()
        answer.read()
        elapsed = time.perf_counter() - began
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return 1000 * elapsed


def report(stage: Stage, say: Callable[[str], None], rounds: int = ROUNDS) -> None:
    """Measure and print the p95 of each page."""
    timed = measure(stage, rounds, say)
    say("")
    print(
        f"\nLists of the admin pages over {ENTRIES:,} entries and {AUDIT_LINES:,} audit lines, p95"
    )
    for page in timed:
        print(against_ceiling(page.path, page.p95, MOST_MS, "ms"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.admin_lists")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    with Stage() as own_stage:
        report(own_stage, lambda _text: None, parser.parse_args().rounds)
