"""``python -m benchmarks province --accounts N [--years 3]``: a province's size on PostgreSQL.

Fills the tables in proportion to the accounts, then measures calls, lists, reports and jobs, asks
pg_stat_statements for slow statements and the statistics for tables that were read whole, and
prints the sizes. ``--compare M`` does the same with M accounts first and prints the ratios.
``--backlog R`` adds R questions that no one deleted, and deletes the expired ones while serving.
"""

import argparse
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

import psycopg
import requests
from peewee import BigAutoField, BlobField, CharField

from benchmarks import calls
from benchmarks.bare import API
from benchmarks.province_rows import RATES, Rate, expression
from benchmarks.stage import EVEN, PLAIN, Server, Stage
from handlers import jobs
from handlers.admin.frame.access import COOKIE
from miniprogram_api import clients
from miniprogram_api.services import Services
from models.faq.messages import FaqMessage
from models.storage.database import database
from models.storage.inventory import all_tables
from tests.support.admin.staff import member_of, token_of
from tests.support.service.postgres import PostgresServer

ROUNDS = 40
MOST_MS, MOST_RATIO = 300, 1.5
STATEMENT_MS = 50
LARGE_TABLE = 100_000
SESSION = requests.Session()
SESSION.trust_env = False
EVERYTHING = ("administrator", "auditor", "centre", "clerk", "editor", "operator")
PAGES = (
    "/window/tickets", "/centre", "/second-person", "/audit", "/audit?tag=staff:person:looked_up",
    "/ledger", "/inbox", "/lookups", "/dashboard?days=90",
)  # fmt: skip
JOBS = (
    "housekeeping", "figures.read", "matter.look", "matter.look_at_all", "registrar.look",
    "subscription.look", "ticket.escalate",
)  # fmt: skip


@dataclass
class Found:
    """The figures of one size: call → ms, job → seconds, table → rows and bytes."""

    accounts: int
    p95: dict[str, float] = field(default_factory=dict)
    p50: dict[str, float] = field(default_factory=dict)
    jobs: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    statements: list[tuple[float, int, str]] = field(default_factory=list)
    """Mean in ms, calls and text of statements of calls, slowest first."""
    scanned: dict[str, int] = field(default_factory=dict)
    """Large table → how often calls read it whole."""


def fill(address: str, accounts: int, years: float) -> float:
    """Add rows of every rated table for so many more accounts; return the seconds it took."""
    began = time.monotonic()
    by_name = {table._meta.table_name: table for table in all_tables()}
    counts = {name: math.ceil(rate.per_account * accounts) for name, rate in RATES.items()}
    with psycopg.connect(address, autocommit=True) as connection:
        # Neither foreign keys nor the ledger's triggers.
        connection.execute("SET session_replication_role = replica")
        first: dict[str, int] = {}
        for name, table in by_name.items():
            key: Any = table._meta.primary_key
            if name in RATES and not isinstance(key, BlobField | CharField):
                query = f'SELECT coalesce(max("{key.column_name}"), 0) FROM "{name}"'
                [first[name]] = connection.execute(query).fetchone() or (0,)
        for name, rate in RATES.items():
            columns = {
                each.column_name: expression(each, rate, counts, first, years)
                for each in by_name[name]._meta.sorted_fields
            }
            _insert(connection, by_name[name], columns, counts[name])
        connection.execute("VACUUM ANALYZE")
    return time.monotonic() - began


def _insert(
    connection: psycopg.Connection[Any], table: Any, columns: dict[str, str], count: int
) -> None:
    name, key = table._meta.table_name, table._meta.primary_key
    connection.execute(
        f'INSERT INTO "{name}" ({", ".join(map(_quoted, columns))}) '
        f"SELECT {', '.join(columns.values())} FROM generate_series(1, {count}) AS i"
    )
    if isinstance(key, BigAutoField):
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{name}', '{key.column_name}'), "
            f'(SELECT max("{key.column_name}") FROM "{name}"))'
        )


def measure(accounts: int, years: float, backlog: int, say: Callable[[str], None] = print) -> Found:
    """Fill a new database for so many accounts and measure it."""
    found = Found(accounts)
    with PostgresServer() as server, _with_statements(server) as address, Stage(address) as stage:
        seconds = fill(address, accounts, years)
        say(f"{accounts:,} accounts and {years:g} years filled in {seconds:.0f} s")
        found.sizes = _sizes()
        say("calls, lists and reports")
        _calls(stage, found, address)
        found.scanned = _scanned(address)
        found.statements = _statements(address)
        say("jobs")
        services = Services(stage.settings, clients.build(stage.settings))
        for name in JOBS:
            began = time.monotonic()
            jobs.run(services, name, {})
            found.jobs[name] = time.monotonic() - began
        if backlog:
            say(_work_off(stage, services, address, backlog))
    return found


def _work_off(stage: Stage, services: Services, address: str, rows: int) -> str:
    """Add questions of three years, delete the expired ones and call beside it; return figures."""
    values = {**RATES["faq_message"].values, "message_id": "left(md5('backlog' || i), 22)"}
    rate, name = Rate(1, values=values), FaqMessage._meta.table_name
    with psycopg.connect(address, autocommit=True) as connection:
        [first] = connection.execute(f"SELECT max(id) FROM {name}").fetchone() or (0,)
        columns = {
            column.column_name: expression(column, rate, {name: rows}, {name: first}, 3)
            for column in FaqMessage._meta.sorted_fields
        }
        _insert(connection, FaqMessage, columns, rows)
        connection.execute("VACUUM ANALYZE")
    product = _serve(stage)
    call = calls.account_calls(stage.account_ids[:1])[0]
    alone = [_milliseconds(product, call) for _ in range(10 * ROUNDS)]
    kept, beside = FaqMessage.select().count(), []
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        job = pool.submit(jobs.run, services, "housekeeping", {})
        while not job.done():
            beside.append(_milliseconds(product, call))
        job.result()
        seconds = time.monotonic() - began
    removed = kept - FaqMessage.select().count()
    return (
        f"a backlog of {rows:,} questions: {removed:,} deleted in {seconds:.0f} s, "
        f"{removed / seconds:,.0f} a second; {call.method} {call.path} p95 "
        f"{quantiles(alone, n=20)[18]:.0f} ms before, {quantiles(beside, n=20)[18]:.0f} ms beside "
        f"it, {max(beside):.0f} at most of {len(beside):,}"
    )


@contextmanager
def _with_statements(server: PostgresServer) -> Iterator[str]:
    address = server.new_database()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    server.pause()
    server.resume()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
    yield address


def _calls(stage: Stage, found: Found, address: str) -> None:
    clerk = member_of(*EVERYTHING)
    token = token_of(clerk)
    product = _serve(stage)

    def timed(name: str, call: calls.Call, cookies: dict[str, str] | None = None) -> None:
        times = []
        for number in range(-3, ROUNDS):
            elapsed = _milliseconds(product, call, cookies)
            if number >= 0:
                times.append(elapsed)
        found.p95[name], found.p50[name] = quantiles(times, n=20)[18], median(times)

    account, question = calls.account_calls(stage.account_ids[:1])[0], calls.question_calls([])[0]
    # The calls that warm up count for no statement.
    timed("GET /account", account)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_statements_reset(), pg_stat_reset()")
    timed("GET /account", account)
    timed("GET /matters", calls.Call("GET", f"{API}/matters", account.token))
    timed("GET /account/receipts", calls.Call("GET", f"{API}/account/receipts", account.token))
    timed("POST /faq/ask", question)
    for page in PAGES:
        timed(f"/admin{page}", calls.Call("GET", f"/admin{page}"), {COOKIE: token})


def _serve(stage: Stage) -> Server:
    environment = stage.environment("province") | {"DESK_LOOKUPS_PER_HOUR": "1000000"}
    options = [*PLAIN, *EVEN, "--workers", "1"]
    return stage.serve_in(environment, "province", "wsgi:create_app()", *options)


def _milliseconds(
    product: Server, call: calls.Call, cookies: dict[str, str] | None = None
) -> float:
    """Make a call; return how long its answer took. Raises RuntimeError on a refusal."""
    headers = {"Content-Type": "application/json"}
    if call.token:
        headers["Authorization"] = f"Bearer {call.token}"
    answer = SESSION.request(
        call.method, product.url + call.path, data=call.body.encode() or None,
        headers=headers, cookies=cookies, timeout=120,
    )  # fmt: skip
    if answer.status_code not in (200, 201, 202):
        raise RuntimeError(f"{call.method} {call.path}: {answer.status_code}")
    return 1000 * answer.elapsed.total_seconds()


def _sizes() -> dict[str, tuple[int, int]]:
    rows = database.execute_sql(
        "SELECT relname, reltuples::bigint, pg_total_relation_size(oid) FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 3 DESC"
    ).fetchall()
    return {name: (max(0, count), size) for name, count, size in rows}


def _statements(address: str) -> list[tuple[float, int, str]]:
    with psycopg.connect(address) as connection:
        return connection.execute(
            "SELECT mean_exec_time, calls, query FROM pg_stat_statements "
            "WHERE query NOT LIKE '%%pg_stat%%' ORDER BY 1 DESC LIMIT 10"
        ).fetchall()


def _scanned(address: str) -> dict[str, int]:
    with psycopg.connect(address) as connection:
        # The statistics come up to a second late.
        time.sleep(1.5)
        return dict(
            connection.execute(
                "SELECT relname, seq_scan FROM pg_stat_user_tables JOIN pg_class c USING (relname) "
                "WHERE seq_scan > 0 AND c.reltuples > %s ORDER BY 2 DESC",
                (LARGE_TABLE,),
            ).fetchall()
        )


def _quoted(name: str) -> str:
    return f'"{name}"'


def report(found: Found, smaller: Found | None = None) -> None:
    """Print the figures as tables in Markdown, with ratios to a smaller size."""
    print(f"\n| call | p50 ms | p95 ms (≤ {MOST_MS}) | ratio (≤ {MOST_RATIO}) |")
    print("| --- | --- | --- | --- |")
    for name, p95 in found.p95.items():
        ratio = f"{p95 / smaller.p95[name]:.2f}" if smaller else ""
        print(f"| `{name}` | {found.p50[name]:.0f} | {p95:.0f} | {ratio} |")
    print("\n| job | seconds | before |\n| --- | --- | --- |")
    for name, seconds in found.jobs.items():
        before = f"{smaller.jobs[name]:.1f}" if smaller else ""
        print(f"| `{name}` | {seconds:.1f} | {before} |")
    print(f"\n| statement of a call, mean ≤ {STATEMENT_MS} ms | ms | calls |\n| --- | --- | --- |")
    for mean, count, text in found.statements:
        print(f"| `{' '.join(text.split())[:120]}` | {mean:.1f} | {count} |")
    print(f"\nTables above {LARGE_TABLE:,} rows that calls read whole: {found.scanned or 'none'}")
    print("\n| table | rows | MB | bytes a row |\n| --- | --- | --- | --- |")
    for name, (rows, size) in found.sizes.items():
        if rows:
            print(f"| `{name}` | {rows:,} | {size / 1e6:.1f} | {size / rows:.0f} |")
    total = sum(size for _, size in found.sizes.values())
    print(f"| all | | {total / 1e6:.0f} | {total / found.accounts:,.0f} an account |")


def main() -> None:
    """Measure one size, or two, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks province", description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--compare", type=int, default=0, help="a smaller size, measured first")
    parser.add_argument("--years", type=float, default=3)
    parser.add_argument("--backlog", type=int, default=0, help="rows of questions not deleted")
    given: Any = parser.parse_args()
    smaller = measure(given.compare, given.years, 0) if given.compare else None
    report(measure(given.accounts, given.years, given.backlog), smaller)


if __name__ == "__main__":
    main()
