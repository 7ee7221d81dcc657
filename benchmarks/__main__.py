"""``python -m benchmarks [--rounds N] [--seconds S]``: all figures, beside their targets."""

import argparse
import os
import subprocess
import sys

from benchmarks import (
    admin_lists,
    faq_matching,
    faq_over_http,
    first_answer,
    in_process,
    load,
    over_http,
    pushes,
)
from benchmarks.stage import Stage
from tests.support.sandbox import REPOSITORY

LEAST_OF_CORES = 0.90
MOST_TIMES_BARE = 4.0


def main() -> int:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="medians are of so many rounds")
    parser.add_argument("--seconds", type=float, default=3, help="length of one load")
    arguments = parser.parse_args()
    rounds: int = arguments.rounds
    print(f"{os.cpu_count()} cores, load by {load.tool()}, medians of {rounds} rounds")
    with Stage() as stage:
        _print_starts(first_answer.measure(stage, rounds, _say))
        _say("CPU inside the process")
        _print_costs(in_process.measure(stage, rounds))
        _print_loads(*over_http.measure(stage, rounds, arguments.seconds, _say))
        pushes.report(stage, rounds, arguments.seconds, _say)
        faq_over_http.report(stage, rounds, arguments.seconds, _say)
        admin_lists.report(stage, _say)
    faq_matching.report(rounds, _say)
    print("\nImport of accounts: ", end="", flush=True)
    # In a process of its own: it binds the tables to one database after the other.
    imported = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_accounts", "--rounds", str(rounds)],
        cwd=REPOSITORY,
    )
    print("\nThe ledger: ", end="", flush=True)
    looked = subprocess.run([sys.executable, "-m", "benchmarks.ledger"], cwd=REPOSITORY)
    return imported.returncode or looked.returncode


def _print_starts(starts: first_answer.FirstAnswers) -> None:
    ratio = starts.ratio()
    _say("")
    print(f"\nCold start until the first 200: {ratio:.2f} times bare Flask's", end="")
    print(_verdict(ratio <= MOST_TIMES_BARE, f"at most {MOST_TIMES_BARE:.1f}"))
    for title, seconds in (("bare Flask", starts.bare), ("the product", starts.product)):
        print(f"  {title:12}{1000 * sorted(seconds)[len(seconds) // 2]:6.0f} ms")


def _print_costs(costs: dict[str, tuple[float, float]]) -> None:
    _say("")
    print(f"\n{'CPU inside the process':34}{'µs a call':>11}{'bare':>9}{'added':>9}")
    for title, (own, bare) in costs.items():
        print(f"{title:34}{own:11.0f}{bare:9.0f}{own - bare:9.0f}")


def _print_loads(arms: list[over_http.Arm], of_cores: dict[str, float]) -> None:
    _say("")
    print(f"\n{'Over HTTP':34}{'requests/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'ratio':>9}")
    for arm in arms:
        line = f"{arm.title:34}{arm.rate:11.0f}{arm.p50:9.1f}{arm.p99:9.1f}"
        if arm.beside is not None:
            line += f"{arm.ratio():9.2f} of {arm.beside.title}"
        if arm.target is not None:
            line += _verdict(arm.ratio() >= arm.target, f"at least {arm.target:.2f}")
        print(line)
    share = of_cores["reference"]
    print(f"Sign-ins: {share:.2f} of what the cores can verify with argon2's reference", end="")
    print(_verdict(share >= LEAST_OF_CORES, f"at least {LEAST_OF_CORES:.2f}"))
    print(f"Sign-ins: {of_cores['product']:.2f} of what they can verify with the product's own")


def _verdict(reached: bool, target: str) -> str:
    return f" ({target}: {'reached' if reached else 'MISSED'})"


def _say(progress: str) -> None:
    """Show what is being done, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{progress}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
