"""What a big ledger costs: ``python -m benchmarks.ledger [--lines N] [--rounds N]``.

On SQLite and on PostgreSQL, each with N lines about N/20 people that were made in bulk, in the form
and with the chain that the rules write: looking through all of it, finding a person's lines, a page
of a search, and writing one more line.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from peewee import chunked

import config
from config import Settings
from miniprogram_api import ledger, ledger_check, ledger_seals, maintenance
from miniprogram_api.ledger import Person, Wanted
from miniprogram_api.staff import StaffMember
from miniprogram_api.texts import words
from models.database import database, expect_long_statements, transaction
from models.fields import keys
from models.ledger import LedgerDetail, LedgerLine, Line
from tests.support.people import person
from tests.support.postgres import PostgresServer

MOST_VERIFY_SECONDS = 30.0
MOST_SEARCH_MS = 50.0
LINES_OF_A_PERSON = 20
_BATCH = 5_000
_BEGIN_MS, _APART_MS = 1_767_200_000_000, 60_000
_ACTIONS = [action for action in words("ledger.actions") if action != "erased"]
AUDITOR = StaffMember(1, "bench", "检查人", frozenset({"auditor"}), None)
CLERK = StaffMember(2, "clerk", "经办人", frozenset({"clerk"}), 1)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger")
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3, help="medians are of so many rounds")
    arguments = parser.parse_args()
    lines, rounds = arguments.lines, arguments.rounds
    print(f"{os.cpu_count()} cores, {lines:,} lines, medians of {rounds} rounds")
    with tempfile.TemporaryDirectory() as directory:
        with _tables(Path(directory), "") as settings:
            _measure("SQLite", settings, lines, rounds)
        with PostgresServer() as server:
            tables = _tables(Path(directory), server.new_database())
            with tables as settings:
                _measure("PostgreSQL", settings, lines, rounds)
    return 0


@contextmanager
def _tables(directory: Path, database_url: str) -> Iterator[Settings]:
    settings = config.load(profile="sandbox", var_dir=directory, database_url=database_url)
    maintenance.connect(settings, threads=1)
    try:
        maintenance.migrate()
        expect_long_statements()
        yield settings
    finally:
        maintenance.disconnect()


def _measure(title: str, settings: Settings, lines: int, rounds: int) -> None:
    began = time.perf_counter()
    _fill(lines)
    database.execute_sql("ANALYZE")
    print(f"\n{title}: filled in {time.perf_counter() - began:.0f} s")
    key = ledger_seals.public_key(settings)
    verdict = ledger_check.verify(key)
    assert (verdict.lines, verdict.faults) == (lines, ()), verdict.faults[:3]
    seconds = _median(rounds, lambda: ledger_check.verify(key))
    _print("verify all lines", f"{seconds:.1f} s", seconds < MOST_VERIFY_SECONDS, "under 30 s")
    people = iter(range(10**9))

    def search() -> None:
        number = next(people) * 97 % (lines // LINES_OF_A_PERSON)
        found = ledger.of_person(AUDITOR, person(number=number).id_number)
        assert len(found) == LINES_OF_A_PERSON

    _print_ms("find a person's lines", _median(50 * rounds, search), MOST_SEARCH_MS)
    for what, wanted in (
        ("a page of one act", Wanted(action=_ACTIONS[3])),
        ("a page of one member", Wanted(actor="staff:7")),
        ("a page of one person", Wanted(person_of=lines // 2)),
        ("a page of nobody's window", Wanted(window_id=999)),
    ):
        cost = _median(10 * rounds, lambda wanted=wanted: ledger.page(AUDITOR, wanted))  # type: ignore[misc]
        _print_ms(what, cost, MOST_SEARCH_MS)
    _print_ms("write one more line", _median(50 * rounds, _append), None)


def _append() -> None:
    someone = person(number=1)
    with transaction():
        ledger.append(CLERK, "card_seen", Person(someone.id_number, someone.name), reason="核对")


def _fill(lines: int) -> None:
    """The same rows that ``ledger.append`` would write, many at a time."""
    ring, previous = keys(), ledger.BEGINNING
    people = [person(number=number) for number in range(lines // LINES_OF_A_PERSON)]
    for first in range(1, lines + 1, _BATCH):
        rows: list[tuple[Any, ...]] = []
        details: list[tuple[Any, ...]] = []
        for number in range(first, min(first + _BATCH, lines + 1)):
            who = people[number % len(people)]
            content = ledger.canonical(
                {
                    "actor_name": "经办人",
                    "name": who.name,
                    "reason": "刷脸多次不通过，本人持身份证原件到窗口，核对照片与本人一致。",
                    "evidence": ["居民身份证原件"],
                    "before": {"level": 3},
                    "after": {"level": 4, "verified_by": "manual"},
                }
            )
            salt = number.to_bytes(16)
            line = Line(
                number,
                _BEGIN_MS + number * _APART_MS,
                f"staff:{number % 40}",
                _ACTIONS[number % len(_ACTIONS)],
                number % 12 or None,
                number,
                None,
                None,
                ledger.personal_hash(salt, who.id_number, content),
                previous,
            )
            previous = ledger.line_hash(line)
            rows.append((*line, previous))
            details.append(
                (
                    number,
                    salt,
                    ring.encrypt(who.id_number, LedgerDetail.id_number.context),
                    ring.digest(who.id_number, LedgerDetail.identity_index.context),
                    ring.encrypt(content, LedgerDetail.content.context),
                )
            )
        with transaction():
            for part in chunked(rows, 1_000):
                LedgerLine.insert_many(part, [*Line._fields, "hash"]).execute()
            columns = ["number", "salt", "id_number", "identity_index", "content"]
            for part in chunked(details, 1_000):
                LedgerDetail.insert_many(part, columns).execute()


def _median(rounds: int, act: Callable[[], object]) -> float:
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def _print_ms(words: str, seconds: float, most: float | None) -> None:
    reached = None if most is None else 1000 * seconds < most
    _print(words, f"{1000 * seconds:.1f} ms", reached, f"under {most} ms")


def _print(words: str, figure: str, reached: bool | None, target: str) -> None:
    verdict = "" if reached is None else f" ({target}: {'reached' if reached else 'MISSED'})"
    print(f"  {words:28}{figure:>10}{verdict}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
