"""What chained evidence costs, on SQLite: ``python -m benchmarks evidence``.

The arm of before writes rows without a stamp and chains nothing; both alternate in one run.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import count
from statistics import median
from typing import Any

from benchmarks.figures import against_ceiling
from benchmarks.stage import Stage
from miniprogram_api import clients
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.enrolment import registration
from miniprogram_api.ledger import links
from miniprogram_api.matters import acceptance, creation
from miniprogram_api.services import Services
from models.desks import stamps
from tests.support.matters.matters import confirm, form, named, system, verified
from tests.support.people.persons import Person, person
from tests.support.people.registrations import form as registration_form
from tests.support.people.registrations import sent_code, wechat_session

PERSONS = 200
REGISTRATIONS = 20
MOST_OF_MATTER, MOST_OF_REGISTRATION = 1.5, 1.1

_numbers = count(3_000)


def report(stage: Stage, rounds: int) -> None:
    """Print creation and acceptance with 200 persons, registrations, and the speed of chaining."""
    services = Services(stage.settings, clients.build(stage.settings))
    people = [person(number=next(_numbers)) for _ in range(PERSONS)]
    accounts = [verified(one) for one in people]
    maker = system(services)
    links.chain_all()

    def matter() -> float:
        number = f"M-{next(_numbers)}"
        began = time.perf_counter()
        made = creation.create(
            services, maker, number, form([named(one) for one in people]), actor="benchmark"
        ).matter
        seconds = time.perf_counter() - began
        for account in accounts:
            confirm(services, made, account)
        began = time.perf_counter()
        acceptance.accept(services, made.public_id, 1, maker=maker.name, actor="benchmark")
        return seconds + time.perf_counter() - began

    def registrations() -> float:
        prepared = [_prepared(person(number=next(_numbers))) for _ in range(REGISTRATIONS)]
        began = time.perf_counter()
        for given, session in prepared:
            registration.register(services, given, session=session, address="192.0.2.7")
        return time.perf_counter() - began

    print(f"\nChained evidence on SQLite, medians of {rounds} rounds")
    for title, call, most in (
        (f"Creation and acceptance, {PERSONS} persons", matter, MOST_OF_MATTER),
        ("Registration", registrations, MOST_OF_REGISTRATION),
    ):
        ratios, seconds = _ratios(call, rounds)
        print(against_ceiling(f"{title} ({seconds:.2f} s), x before", median(ratios), most, ""))
    began = time.perf_counter()
    rows = links.chain_all()
    print(f"Chaining: {rows / (time.perf_counter() - began):,.0f} rows a second")


def _ratios(call: Callable[[], float], rounds: int) -> tuple[list[float], float]:
    """Return after / before of each round, and the median seconds after."""
    call()
    ratios, after = [], []
    for number in range(rounds):
        seconds: dict[bool, float] = {}
        for is_before in (True, False) if number % 2 else (False, True):
            with _without_stamps() if is_before else nullcontext():
                seconds[is_before] = call()
        ratios.append(seconds[False] / seconds[True])
        after.append(seconds[False])
    return ratios, median(after)


@contextmanager
def _without_stamps() -> Iterator[None]:
    make: Any = stamps.make
    stamps.make = lambda *_: None  # type: ignore[assignment]
    try:
        yield
    finally:
        stamps.make = make


def _prepared(someone: Person) -> tuple[Any, SessionInfo]:
    sent_code(someone.phone)
    return registration_form(someone), wechat_session(someone.id_number)
