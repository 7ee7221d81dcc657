"""Verify the ledger, seal it, compare it with the tables, and export seals.

verify prints every line that was changed, removed or inserted, compares triggers, seals and the
anchors in LEDGER_SEAL_DIR, and exits with 1 when something is wrong. --seal compares with an
exported seal. compare prints what the other tables hold without an act in the ledger.
accept-restore seals the ledger of a restored backup and gives up the seals made after the backup.
"""

import argparse
import sys
from pathlib import Path

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.database import connected
from miniprogram_api import clients
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.ledger import comparison as ledger_comparison
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.services import Services


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the acts and their arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    verify = acts.add_parser("verify", help="recompute every hash; compare seals and anchors")
    verify.add_argument("--seal", type=Path, action="append", default=[], metavar="FILE")
    acts.add_parser("compare", help="compare the other tables with the ledger")
    acts.add_parser("seal", help="seal the last line now and carry the seal out")
    acts.add_parser("public-key", help="print the public half of the key that signs")
    export = acts.add_parser("export-seals", help="write each seal as SEQUENCE.json")
    export.add_argument("directory", type=Path, metavar="DIRECTORY")
    accept = acts.add_parser("accept-restore", help="give up the seals made after a backup")
    accept.add_argument("--reason", required=True, help="at most 200 characters; nothing personal")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the act; return 1 when the ledger, a seal or a table is wrong."""
    if arguments.act == "public-key":
        key_id = next(iter(settings.ledger_seal_key_ring))
        print(f"{key_id}:{ledger_seals.encoded_key(ledger_seals.public_key(settings))}")
        return 0
    with connected(settings):
        if arguments.act == "verify":
            return _verify(settings, arguments.seal)
        if arguments.act == "compare":
            return _compare()
        if arguments.act == "seal":
            return _seal(settings)
        if arguments.act == "accept-restore":
            return _accept_restore(settings, arguments.reason)
        return _export(arguments.directory)


def _verify(settings: Settings, files: list[Path]) -> int:
    verdict = ledger_check.verify(settings)
    for fault in verdict.faults:
        line = f"line {fault.number} " if fault.number else ""
        print(f"{line}{fault.sentence}", file=sys.stderr)
    is_wrong = bool(verdict.faults)
    for file in files:
        try:
            problem = ledger_seals.mismatch(settings, ledger_seals.from_json(file.read_text()))
        except (OSError, ValueError) as error:
            problem = str(error)
        if problem is not None:
            print(f"{file}: {problem}", file=sys.stderr)
            is_wrong = True
    for seal in ledger_seals.all_seals():
        if seal.gives_up:
            print(
                f"Seals {seal.gives_up} to {seal.sequence - 1} were given up by the restore "
                f"accepted on {seal.sealed_at:%Y-%m-%d %H:%M}: {seal.reason}"
            )
    print(
        f"{verdict.lines} lines, {verdict.erased} of them erased; {verdict.seals} seals, "
        f"{verdict.anchors} anchors."
    )
    if not is_wrong:
        print("The ledger is whole.")
    return int(is_wrong)


def _compare() -> int:
    differences = ledger_comparison.compare()
    for difference in differences:
        print(difference.sentence, file=sys.stderr)
    print(f"{len(differences)} differences.")
    return int(bool(differences))


def _seal(settings: Settings) -> int:
    seal = ledger_seals.make(settings)
    print(f"Seal {seal.sequence} covers the lines up to {seal.number}.")
    if ledger_anchors.carry(Services(settings, clients.build(settings))):
        return 0
    print("It was not carried out of the database; the worker tries again.", file=sys.stderr)
    return 1


def _accept_restore(settings: Settings, reason: str) -> int:
    try:
        seal = ledger_anchors.accept_restore(settings, reason[:200], actor=command_actor())
    except ledger_anchors.NothingToAccept:
        print("No anchor contradicts the ledger: there is nothing to accept.", file=sys.stderr)
        return 1
    print(f"Seal {seal.sequence} gives up the seals {seal.gives_up} to {seal.sequence - 1}.")
    ledger_anchors.carry(Services(settings, clients.build(settings)))
    return 0


def _export(directory: Path) -> int:
    directory.mkdir(parents=True, exist_ok=True)
    for seal in reversed(ledger_seals.all_seals()):
        path = directory / f"{seal.sequence}.json"
        path.write_text(ledger_seals.to_json(seal) + "\n")
        print(path)
    return 0
