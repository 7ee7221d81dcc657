"""The ledger with 200,000 lines on SQLite: ``python -m benchmarks ledger``."""

import hashlib
import time
from statistics import median

from benchmarks.figures import against_ceiling
from benchmarks.stage import Stage
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.staff.members import StaffMember
from models.desks.ledger import Line
from models.storage.database import transaction
from tests.support.admin.staff import member_of
from tests.support.people.persons import person

LINES = 200_000
BLOCK = 300
"""Lines of one arm in a round, each in a transaction of its own."""
PEOPLE = [person(number=number) for number in range(990, 1000)]


def report(stage: Stage, rounds: int) -> None:
    """Print append beside unkeyed hashes, and verify and search over all lines."""
    member = member_of("centre")
    keyed, plain = ledger.line_hash, _plain_hash
    ratios, milliseconds = [], []
    for number in range(2 * rounds):
        arms = (keyed, plain) if number % 2 else (plain, keyed)
        seconds = {}
        for arm in arms:
            ledger.line_hash = arm
            seconds[arm] = _append_each(member)
            ledger.line_hash = keyed
        ratios.append(seconds[keyed] / seconds[plain])
        milliseconds.append(1000 * seconds[keyed] / BLOCK)
    print(f"\nLedger on SQLite, medians of {rounds} rounds")
    print(f"Append: {median(milliseconds):.2f} ms a line, {median(ratios):.2f} x an unkeyed hash")

    for _ in range(LINES // 1_000):
        with transaction():
            for number in range(1_000):
                _append(member, number)
    began = time.perf_counter()
    verdict = ledger_check.verify(stage.settings)
    title = f"Verify {verdict.lines:,} lines"
    print(against_ceiling(title, time.perf_counter() - began, 30, "s"))


def _append_each(member: StaffMember) -> float:
    began = time.perf_counter()
    for number in range(BLOCK):
        with transaction():
            _append(member, number)
    return time.perf_counter() - began


def _append(member: StaffMember, number: int) -> None:
    someone = PEOPLE[number % len(PEOPLE)]
    ledger.append(
        member,
        "card_seen",
        ledger.Person(someone.id_number, someone.name),
        reason="核对身份证原件，与本人一致",
        before={"level": 3},
        after={"level": 4},
    )


def _plain_hash(line: Line) -> bytes:
    """Hash a line as version 0.2.0 did."""
    parts = [part.hex() if isinstance(part, bytes) else part for part in line]
    return hashlib.sha256(ledger.canonical(parts).encode()).digest()
