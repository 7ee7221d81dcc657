"""``python -m benchmarks [ARM …] [--rounds N] [--seconds S]``: all figures with their limits.

``province`` and ``migrations`` are programs of their own: ``python -m benchmarks province --help``.
"""

import argparse
import os
import signal
import sys

from benchmarks import (
    admin_lists,
    evidence,
    import_accounts,
    in_process,
    learning,
    ledger,
    load,
    migration_waits,
    nlpjs,
    over_http,
    person_search,
    province,
    pushes,
    slow_clients,
    slow_vendors,
    starts,
)
from benchmarks.stage import Stage

ARMS = (
    "starts",
    "in_process",
    "over_http",
    "pushes",
    "slow_clients",
    "nlpjs",
    "lists",
    "persons",
    "import",
    "ledger",
    "evidence",
    "slow_vendors",
    "learning",
)


def main() -> int:
    """Measure the named arms, or all of them, and print the figures."""
    alone = {"province": province.main, "migrations": migration_waits.main}
    if program := alone.get("".join(sys.argv[1:2])):
        del sys.argv[1]
        program()
        return 0
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("arms", nargs="*", metavar="ARM", help=f"of {', '.join(ARMS)}")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each median")
    parser.add_argument("--seconds", type=float, default=3, help="length of one load")
    arguments = parser.parse_args()
    wanted: set[str] = {*(arguments.arms or ARMS)}
    if unknown := wanted - {*ARMS}:
        parser.error(f"no such arm: {', '.join(sorted(unknown))}")
    # Clean up as on Ctrl-C.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    rounds: int = arguments.rounds
    seconds: float = arguments.seconds
    print(f"{os.cpu_count()} cores, load by {load.tool()}, medians of {rounds} rounds", flush=True)
    if "starts" in wanted:
        starts.report()
    with Stage() as stage:
        if "in_process" in wanted:
            in_process.report(stage, rounds, _say)
        if "over_http" in wanted:
            over_http.report(stage, rounds, seconds, _say)
        if "pushes" in wanted:
            pushes.report(stage, rounds, seconds, _say)
        if "slow_clients" in wanted:
            slow_clients.report(stage, rounds, seconds, _say)
        if "nlpjs" in wanted:
            nlpjs.report(stage, rounds, seconds, _say)
        if "lists" in wanted:
            admin_lists.report(stage, _say)
        if "persons" in wanted:
            person_search.report(stage, _say)
        if "import" in wanted:
            import_accounts.report(stage, rounds)
        if "ledger" in wanted:
            ledger.report(stage, rounds)
        if "evidence" in wanted:
            evidence.report(stage, rounds)
        if "slow_vendors" in wanted:
            slow_vendors.report(stage, slow_vendors.SECONDS, _say)
    if "learning" in wanted:
        learning.report()
    return 0


def _say(progress: str) -> None:
    """Print the progress, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{progress}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
