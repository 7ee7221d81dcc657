"""Rate and latency of every route compared with bare Flask, in one interleaved run.

Each round loads every arm once, one after the other; ratios compare loads of the same round.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks import calls, load
from benchmarks.figures import against_ceiling, against_floor
from benchmarks.load import Load
from benchmarks.stage import EVEN, PLAIN, PRODUCT, Server, Stage, name_of
from tests.support.service.sandbox import REPOSITORY

# Above the rates of two processes: codes without and with the gateway, questions.
MOST_CODES, MOST_SENT_CODES = 6_000, 3_000
MOST_QUESTIONS = 10_000
MOST_MEGABYTES = 350
PRODUCT_APPLICATION = "wsgi:create_app()"


@dataclass
class Arm:
    """A server with one kind of call, and the loads of its rounds."""

    title: str
    load: Callable[[], Load]
    beside: "Arm | None" = None
    """The arm to compare with."""
    floor: float | None = None
    loads: list[Load] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return the requests per second."""
        return median(run.rate for run in self.loads)

    @property
    def p50(self) -> float:
        """Return the median latency in milliseconds."""
        return median(run.p50 for run in self.loads)

    @property
    def p99(self) -> float:
        """Return the 99th percentile of the latency in milliseconds."""
        return median(run.p99 for run in self.loads)

    def ratio(self) -> float:
        """Return the median ratio of all rounds; 1 for an arm without another."""
        pairs = zip(self.loads, (self.beside or self).loads, strict=True)
        return median(own.rate / other.rate for own, other in pairs)


def run_in_turn(arms: Sequence[Arm], rounds: int, say: Callable[[str], None]) -> None:
    """Load every arm once in each round; the first round only warms up."""
    for number in range(rounds + 1):
        for arm in arms:
            say(f"round {number} of {rounds}: {arm.title}")
            run = arm.load()
            if number > 0:
                arm.loads.append(run)


def report(stage: Stage, rounds: int, seconds: float, say: Callable[[str], None]) -> None:
    """Measure every route and print it with its limit."""
    with stage.worker(_beside(stage), "worker"):
        arms, product = _arms(stage, seconds)
        run_in_turn(arms, rounds, say)
        used = max(rss for rss, _ in product.memory())
    say("")
    print(f"\n{'Over HTTP':44}{'requests/s':>11}{'p50 ms':>9}{'p99 ms':>9}")
    for arm in arms:
        print(f"{arm.title:44}{arm.rate:11.0f}{arm.p50:9.1f}{arm.p99:9.1f}")
        if arm.beside is not None and arm.floor is not None:
            print(against_floor(f"  of {arm.beside.title}", arm.ratio(), arm.floor))
    print(against_ceiling("Memory of a worker", used, MOST_MEGABYTES, "MB"))


def _beside(stage: Stage) -> dict[str, str]:
    """Return the environment of the product and its worker."""
    return stage.environment(name_of(PRODUCT_APPLICATION))


def _arms(stage: Stage, seconds: float) -> tuple[list[Arm], Server]:
    """Return all arms, and the server of the product."""
    bare = stage.serve("benchmarks.bare:create_app()", *PLAIN, *EVEN)
    product = stage.serve(PRODUCT_APPLICATION, *PRODUCT, *EVEN)
    gateway = stage.serve("benchmarks.arms:gateway_only()", *PLAIN, *EVEN)
    official = stage.serve("benchmarks.arms:official_client()", *PLAIN, *EVEN)
    own = stage.serve("benchmarks.arms:without_gateway()", *PRODUCT, *EVEN)
    codes = calls.CodeCalls(0)
    account = calls.account_calls(stage.account_ids)
    anonymous = calls.question_calls([])
    questions = calls.question_calls(stage.account_ids)
    own_words = calls.OwnWords(calls.shipped_questions())
    sign_ins = calls.sign_in_calls()
    # For servers that ignore the content of calls.
    any_codes = codes.make(1_000)

    def same(server: Server, sent: list[calls.Call]) -> Callable[[], Load]:
        return lambda: load.run(server.url, sent, seconds, stage.directory)

    def fresh(
        server: Server, most: int, make: Callable[[int], list[calls.Call]]
    ) -> Callable[[], Load]:
        return lambda: load.run(
            server.url, make(int(most * seconds)), seconds, stage.directory, once=True
        )

    bare_account = Arm("bare Flask, GET", same(bare, account))
    bare_question = Arm("bare Flask, POST with a question", same(bare, anonymous))
    bare_code = Arm("bare Flask, POST with a phone", same(bare, any_codes))
    # The service's own client is faster than the vendor's: the first arm raises the bar for the
    # service, the second lowers it.
    gateway_alone = Arm("only the gateway call", same(gateway, any_codes), bare_code)
    official_alone = Arm("the same, vendor's client", same(official, any_codes), bare_code)
    sent = fresh(product, MOST_SENT_CODES, codes.make)
    argon2 = Arm("what the cores verify with argon2", lambda: _verified(seconds))
    return [
        bare_account,
        Arm("GET /account", same(product, account), bare_account, 0.50),
        bare_question,
        Arm("POST /faq/ask, no token", same(product, anonymous), bare_question, 0.36),
        Arm("POST /faq/ask, signed in", same(product, questions), bare_question, 0.28),
        Arm(
            "POST /faq/ask, in new words",
            fresh(product, MOST_QUESTIONS, own_words.make),
            bare_question,
            0.15,
        ),
        bare_code,
        Arm(
            "POST /sms-codes, gateway constant", fresh(own, MOST_CODES, codes.make), bare_code, 0.28
        ),
        gateway_alone,
        Arm("POST /sms-codes", sent, gateway_alone, 0.60),
        official_alone,
        Arm("POST /sms-codes, once more", sent, official_alone, 0.75),
        argon2,
        Arm("POST /sessions", same(product, sign_ins), argon2, 0.90),
    ], product


def _verified(seconds: float) -> Load:
    """Return the rate of password checks on all cores, as a load without latencies."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.verify_passwords", str(seconds), str(cores)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    rate = float(ended.stdout)
    return Load(int(rate * seconds), rate, 1000 / rate, 1000 / rate)
