"""What else is answered while a vendor takes 8 s, and what a vendor in good health refuses.

Alone: ``python -m benchmarks.slow_vendors``. The product is served as usual (gthread), once without
slots for vendors and once with them.
"""

import argparse
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks import callers, calls
from benchmarks.bare import API
from benchmarks.calls import Call
from benchmarks.figures import against_ceiling
from benchmarks.stage import PRODUCT, Server, Stage
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from models.storage.database import transaction
from tests.support.people.persons import Person, person
from tests.support.people.registrations import issued_proof

CALLERS, SLOW_SECONDS, MOST_MS = 60, 8.0, 300
HEALTHY_SECONDS = 0.2
# Of each measurement, by default.
SECONDS = 12
# A slow answer is then no failure, so that no breaker helps.
PATIENT = {"UPSTREAM_TIMEOUT": "10", "SMS_TIMEOUT": "10"}
WITHOUT, WITH = "benchmarks.arms:without_slots()", "wsgi:create_app()"

_PEOPLE = 600
_FIRST_PERSON = 1_000
_CODES = 2_000
_SIGN_INS = 20_000
_PAUSE_SECONDS = 0.1
_FAULTS = 1_000_000


@dataclass(frozen=True)
class Vendor:
    """A vendor, named as the sandbox names its faults."""

    name: str
    title: str
    make_calls: Callable[[], Sequence[Call]]
    """Make calls that need it and that were not made before."""


@dataclass
class Waits:
    """Milliseconds of the answers to each kind of probe."""

    of: dict[str, list[float]]
    is_over: threading.Event = field(default_factory=threading.Event)

    def ask(self, port: int, kind: str, following: Callable[[], Call]) -> None:
        """Send one probe after the other, each on a connection of its own."""
        while not self.is_over.wait(_PAUSE_SECONDS):
            began = time.perf_counter()
            callers.send(port, following())
            self.of[kind].append((time.perf_counter() - began) * 1000)

    def percentile(self, kind: str, share: float) -> float:
        """Return the milliseconds within which this share of a kind was answered."""
        ordered = sorted(self.of[kind])
        return ordered[int(share * (len(ordered) - 1))]


def report(stage: Stage, seconds: float, say: Callable[[str], None]) -> None:
    """Measure slow vendors and one in good health, without and with slots, and print all."""
    vendors, highest = _vendors(), 0.0
    print(f"\n{'p50 / p95 in ms':58}{'healthz':>15}{'question':>15}{'new words':>15}{'503':>7}")
    for application, title in ((WITHOUT, "no slots"), (WITH, "with slots")):
        with _served(stage, application) as server:
            for vendor in vendors:
                arm = f"{vendor.title} at {SLOW_SECONDS:g} s, {CALLERS} callers, {title}"
                say(arm)
                measured = _measured(stage, server, vendor, SLOW_SECONDS, CALLERS, seconds)
                _print(arm, *measured)
                if application == WITH:
                    highest = max(
                        highest, *(measured[1].percentile(kind, 0.95) for kind in _probes())
                    )
            for count in (_threads(stage), CALLERS):
                arm = f"{vendors[0].title} at {HEALTHY_SECONDS:g} s, {count} callers, {title}"
                say(arm)
                answers, waits = _measured(
                    stage, server, vendors[0], HEALTHY_SECONDS, count, seconds
                )
                _print(arm, answers, waits)
                print(f"  answered: {answers.counts[200] / seconds:.1f} a second")
    print(against_ceiling("  the highest p95 beside a slow vendor", highest, MOST_MS, "ms"))


def _print(arm: str, answers: callers.Answers, waits: Waits) -> None:
    pairs = ([waits.percentile(kind, share) for share in (0.5, 0.95)] for kind in waits.of)
    columns = "".join(f"{f'{p50:.0f} / {p95:.0f}':>15}" for p50, p95 in pairs)
    print(f"{arm:58}{columns}{answers.refused:7.1%}", flush=True)


def _threads(stage: Stage) -> int:
    """Return the threads of the web processes together."""
    return stage.settings.web_workers * stage.settings.web_threads


@contextmanager
def _served(stage: Stage, application: str) -> Iterator[Server]:
    environment = {**stage.environment("slow-vendors"), **PATIENT}
    server = stage.serve_in(environment, "slow-vendors", application, *PRODUCT)
    try:
        yield server
    finally:
        server.stop()


def _measured(
    stage: Stage, server: Server, vendor: Vendor, slowness: float, count: int, seconds: float
) -> tuple[callers.Answers, Waits]:
    """Probe while ``count`` callers call a vendor that takes ``slowness`` seconds."""
    probes = _probes()
    for probe in probes.values():
        # Loads what is loaded at the first call.
        callers.send(server.port, probe())
    waits = Waits({kind: [] for kind in probes})
    threads = [
        threading.Thread(target=waits.ask, args=(server.port, kind, probe))
        for kind, probe in probes.items()
    ]
    stage.sandbox.fault(vendor.name, "slow", _FAULTS, seconds=slowness)
    try:
        with callers.calling(server.port, vendor.make_calls(), count) as answers:
            for thread in threads:
                thread.start()
            waits.is_over.wait(seconds)
            waits.is_over.set()
            for thread in threads:
                thread.join()
    finally:
        stage.sandbox.fault(vendor.name, "ok")
    # The calls under way end.
    time.sleep(slowness + 1)
    return answers, waits


def _probes() -> dict[str, Callable[[], Call]]:
    known = itertools.cycle(calls.question_calls([]))
    new = calls.OwnWords(calls.shipped_questions())
    return {
        "healthz": lambda: Call("GET", "/healthz"),
        "question": lambda: next(known),
        "new words": lambda: new.make(1)[0],
    }


def _vendors() -> list[Vendor]:
    """Return all vendors with what needs them."""
    codes, numbers = calls.CodeCalls(1), itertools.count(_FIRST_PERSON)

    def people() -> list[Person]:
        return [person(number=number) for number in itertools.islice(numbers, _PEOPLE)]

    return [
        Vendor("wechat", "WeChat, sign-in", _sign_ins),
        Vendor("sms", "SMS gateway, codes", lambda: codes.make(_CODES)),
        Vendor("identity", "identity source, dates", lambda: _dates(people())),
        Vendor("face", "WeChat, face check", lambda: _faces(people())),
        Vendor("ctid", "CTID", lambda: _ctid(people())),
    ]


def _sign_ins() -> list[Call]:
    run = time.time_ns()
    return [
        Call("POST", f"{API}/wechat/login", body=json.dumps({"code": f"wx-{n % 500}~{run}-{n}"}))
        for n in range(_SIGN_INS)
    ]


def _dates(people: list[Person]) -> list[Call]:
    made, accounts = [], calls.add_accounts_of(people, level=3)
    with transaction():
        for someone, account_id in zip(people, accounts, strict=True):
            openid = f"o-dates-{account_id}"
            token = sessions.start(openid, account_id).token
            proof = issued_proof(someone.phone, SessionInfo(b"", openid, account_id))
            terms = someone.four_elements
            body = {name: terms[name] for name in ("valid_from", "valid_until")}
            made.append(
                Call(
                    "PUT",
                    f"{API}/account/identity-dates",
                    token,
                    json.dumps({**body, "phone_proof": proof}),
                )
            )
    return made


def _faces(people: list[Person]) -> list[Call]:
    version = consents.current_text().version
    with transaction():
        return [
            Call(
                "POST",
                f"{API}/face-challenges",
                sessions.start(f"o-face-{number}", None).token,
                json.dumps(
                    {
                        "consent_version": version,
                        "name": someone.name,
                        "id_number": someone.id_number,
                    }
                ),
            )
            for number, someone in enumerate(people)
        ]


def _ctid(people: list[Person]) -> list[Call]:
    accounts = calls.add_accounts_of(people, level=3)
    with transaction():
        return [
            Call(
                "POST",
                f"{API}/ctid-verifications",
                sessions.start(f"o-ctid-{account_id}", account_id).token,
                json.dumps({"ctid_token": f"ctid-ok-{someone.id_number}"}),
            )
            for someone, account_id in zip(people, accounts, strict=True)
        ]


def main() -> None:
    """Measure on a stage of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="length of one measurement")
    with Stage() as stage:
        report(stage, parser.parse_args().seconds, lambda _: None)


if __name__ == "__main__":
    main()
