"""Verify the chains, seal them, compare it with the tables, and export seals.

verify prints every line of the ledger, decision, step of a ticket and audit line that was changed,
removed or inserted, compares triggers, seals and the anchors in LEDGER_SEAL_DIR, and exits with 1
when something is wrong. --seal compares with an
exported seal. compare prints what the other tables hold without an act in the ledger.
accept-restore seals the ledger of a restored backup and gives up the seals made after the backup.
"""

import sys
from pathlib import Path

import click

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.environment import with_database, with_settings
from miniprogram_api import clients
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.ledger import comparison as ledger_comparison
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import links, signing
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.services import Services

command = click.Group(help=__doc__)


@command.command("verify")
@click.option("--seal", "files", type=Path, multiple=True, metavar="FILE", help="an exported seal")
@with_database
def verify(settings: Settings, files: tuple[Path, ...]) -> int:
    """Recompute every hash; compare seals and anchors."""
    verdict = ledger_check.verify(settings)
    for fault in verdict.faults:
        print(f"{fault.place}{fault.sentence}", file=sys.stderr)
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
        f"{verdict.lines} lines, {verdict.erased} of them erased; {verdict.links} links of the "
        f"other chains; {verdict.seals} seals, {verdict.anchors} anchors."
    )
    if not is_wrong:
        print("The ledger, the decisions and the audit log are whole.")
    return int(is_wrong)


@command.command("compare")
@with_database
def compare(_settings: Settings) -> int:
    """Compare the other tables with the ledger."""
    differences = ledger_comparison.compare()
    for difference in differences:
        print(difference.sentence, file=sys.stderr)
    print(f"{len(differences)} differences.")
    return int(bool(differences))


@command.command("seal")
@with_database
def make_seal(settings: Settings) -> int:
    """Chain what waits, seal the ends of all chains now and carry the seal out."""
    links.chain_all()
    seal = ledger_seals.make(settings)
    print(f"Seal {seal.sequence} covers the lines up to {seal.number}.")
    if ledger_anchors.carry(Services(settings, clients.build(settings))):
        return 0
    print("It was not carried out of the database; the worker tries again.", file=sys.stderr)
    return 1


@command.command("public-key")
@with_settings
def print_public_key(settings: Settings) -> None:
    """Print the public half of the key that signs."""
    key_id = next(iter(settings.ledger_seal_key_ring))
    print(f"{key_id}:{signing.encoded_key(signing.public_key(settings))}")


@command.command("accept-restore")
@click.option("--reason", required=True, help="at most 200 characters; nothing personal")
@with_database
def accept_restore(settings: Settings, reason: str) -> int:
    """Give up the seals made after a backup."""
    try:
        seal = ledger_anchors.accept_restore(settings, reason[:200], actor=command_actor())
    except ledger_anchors.NothingToAccept:
        print("No anchor contradicts the ledger: there is nothing to accept.", file=sys.stderr)
        return 1
    print(f"Seal {seal.sequence} gives up the seals {seal.gives_up} to {seal.sequence - 1}.")
    ledger_anchors.carry(Services(settings, clients.build(settings)))
    return 0


@command.command("export-seals")
@click.argument("directory", type=Path)
@with_database
def export_seals(_settings: Settings, directory: Path) -> int:
    """Write each seal as SEQUENCE.json, unless it is there; name and leave files that differ."""
    directory.mkdir(parents=True, exist_ok=True)
    differing = 0
    for seal in reversed(ledger_seals.all_seals()):
        path, content = directory / f"{seal.sequence}.json", ledger_seals.to_json(seal) + "\n"
        if not path.exists():
            path.write_text(content)
            print(path)
        elif path.read_text() != content:
            print(f"{path} differs from the seal in the database.", file=sys.stderr)
            differing += 1
    return 1 if differing else 0
