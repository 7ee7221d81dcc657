"""Looks through the ledger, seals ended months, and writes seals to be kept elsewhere.

``verify`` names every line that was changed, taken out or put in, and says so by its exit status.
With --seal it also compares a seal that was exported before: what was cut off the end shows by it.
"""

import argparse
import sys
from pathlib import Path

from config import Settings
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.operations import maintenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    verify = acts.add_parser("verify", help="recompute every hash and compare the seals")
    verify.add_argument("--seal", type=Path, action="append", default=[], metavar="FILE")
    acts.add_parser("seal", help="seal the months that have ended (the worker does so, too)")
    export = acts.add_parser("export-seals", help="write each seal as MONTH.json")
    export.add_argument("directory", type=Path, metavar="DIRECTORY")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do the act; 1 when something is wrong with the ledger or a seal."""
    maintenance.connect(settings, threads=1)
    try:
        if arguments.act == "verify":
            return _verify(settings, arguments.seal)
        if arguments.act == "seal":
            for seal in ledger_seals.seal_ended_months(settings):
                print(f"{seal.month} is sealed up to line {seal.number}.")
            return 0
        return _export(arguments.directory)
    finally:
        maintenance.disconnect()


def _verify(settings: Settings, files: list[Path]) -> int:
    public_key = ledger_seals.public_key(settings)
    verdict = ledger_check.verify(public_key)
    for fault in verdict.faults:
        print(f"line {fault.number} {fault.what}", file=sys.stderr)
    is_wrong = bool(verdict.faults)
    for file in files:
        try:
            problem = ledger_seals.mismatch(ledger_seals.from_json(file.read_text()), public_key)
        except (OSError, ValueError) as error:
            problem = str(error)
        if problem is not None:
            print(f"{file}: {problem}", file=sys.stderr)
            is_wrong = True
    print(f"{verdict.lines} lines, {verdict.erased} of them erased; {verdict.seals} seals.")
    if not is_wrong:
        print("The ledger is whole.")
    return int(is_wrong)


def _export(directory: Path) -> int:
    directory.mkdir(parents=True, exist_ok=True)
    for seal in ledger_seals.all_seals():
        path = directory / f"{seal.month}.json"
        path.write_text(ledger_seals.to_json(seal) + "\n")
        print(path)
    return 0
