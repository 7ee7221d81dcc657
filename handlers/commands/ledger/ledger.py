"""Verify the ledger, seal ended months, and export seals.

verify prints every line that was changed, removed or inserted, and exits with 1 then. --seal
compares with an exported seal, which also reveals lines removed from the end.
"""

import argparse
import sys
from pathlib import Path

from config import Settings
from handlers.commands.database import connected
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import seals as ledger_seals


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the acts and their arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    verify = acts.add_parser("verify", help="recompute every hash and compare the seals")
    verify.add_argument("--seal", type=Path, action="append", default=[], metavar="FILE")
    acts.add_parser("seal", help="seal the months that have ended, as the worker does")
    export = acts.add_parser("export-seals", help="write each seal as MONTH.json")
    export.add_argument("directory", type=Path, metavar="DIRECTORY")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the act; return 1 when the ledger or a seal is invalid."""
    with connected(settings):
        if arguments.act == "verify":
            return _verify(settings, arguments.seal)
        if arguments.act == "seal":
            for seal in ledger_seals.seal_ended_months(settings):
                print(f"{seal.month} is sealed up to line {seal.number}.")
            return 0
        return _export(arguments.directory)


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
