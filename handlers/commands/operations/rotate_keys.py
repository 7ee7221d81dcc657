"""Re-encrypt all values with the first of DATA_KEYS and INDEX_KEYS, and with DATA_CIPHER.

Run it when every process has the new keys in first place (docs/runbook.md). The service may run; an
interrupted rotation may be repeated. The output says whether an old key may be removed.
"""

import sys

import click

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.environment import connected, with_settings
from handlers.commands.progress import progress_bar
from miniprogram_api.operations import key_rotation, maintenance
from miniprogram_api.operations.key_rotation import Outcome, Usage


@click.command(help=__doc__)
@click.option("--dry-run", is_flag=True, help="rehearse and count, but write nothing")
@with_settings
def command(settings: Settings, *, dry_run: bool) -> int:
    """Rotate and print what is left under old keys; return 1 for values left or unreadable."""
    try:
        with connected(settings):
            if maintenance.pending_migrations():
                print("The database lacks migrations: run migrate first.", file=sys.stderr)
                return 1
            return _rotate(settings, dry_run=dry_run)
    except key_rotation.PresentKeyWrong as reason:
        print(reason, file=sys.stderr)
    except maintenance.DatabaseUnavailable as error:
        print(f"The database does not answer ({type(error).__name__}).", file=sys.stderr)
    except KeyboardInterrupt:
        print("Interrupted. What was written stays; run it again.", file=sys.stderr)
    return 1


def _rotate(settings: Settings, *, dry_run: bool) -> int:
    before = key_rotation.survey()
    print(
        f"Written with: data key {next(iter(settings.data_key_ring))} ({settings.data_cipher}), "
        f"index key {next(iter(settings.index_key_ring))}"
    )
    old = key_rotation.outdated(before)
    if old:
        print(f"Under old keys:\n{_table(old)}")
    rows = _most_rows(old)
    with progress_bar("Rotating", rows) as progress:
        outcome = key_rotation.rotate(progress, dry_run=dry_run, actor=command_actor())
    remaining = old if dry_run else key_rotation.outdated(key_rotation.survey())
    print(_result(outcome, remaining, dry_run=dry_run))
    if outcome.problems:
        print(_problems(outcome, remaining), file=sys.stderr)
        return 1
    if remaining and not dry_run:
        print("Rows were written under old keys meanwhile: run it again.", file=sys.stderr)
        return 1
    return 0


def _most_rows(usages: list[Usage]) -> int:
    """Return the least number of rows with a value under an old key."""
    columns: dict[tuple[str, str], int] = {}
    for usage in usages:
        place = usage.table, usage.column
        columns[place] = columns.get(place, 0) + usage.rows
    most: dict[str, int] = {}
    for (table, _), rows in columns.items():
        most[table] = max(most.get(table, 0), rows)
    return sum(most.values())


def _result(outcome: Outcome, remaining: list[Usage], *, dry_run: bool) -> str:
    if dry_run:
        return f"This was a rehearsal: {outcome.rows:,} rows would be rewritten, none was."
    lines = [f"{outcome.rows:,} rows were rewritten."]
    if outcome.removed:
        lines.append(f"{outcome.removed:,} leases of dead processes were removed.")
    if remaining:
        lines.append(f"Still under old keys, which must be kept:\n{_table(remaining)}")
    else:
        lines.append("Nothing is left under an old key.")
    return "\n".join(lines)


def _problems(outcome: Outcome, remaining: list[Usage]) -> str:
    lines = [
        f"{table}.{column}: {rows:,} {'value' if rows == 1 else 'values'}: {problem}."
        for (table, column, problem), rows in sorted(outcome.problems.items())
    ]
    # An index is rebuilt from its value; a value is lost without its data key.
    unknown = sorted(
        {usage.key for usage in remaining if usage.setting == "DATA_KEYS" and not usage.known}
    )
    if unknown:
        lines.append(f"DATA_KEYS lacks {', '.join(unknown)}: add it at the end and run it again.")
    elif any(problem == key_rotation.UNREADABLE for _, _, problem in outcome.problems):
        lines.append("A key under these ids is not the one that the values were written with.")
    return "\n".join(lines)


def _table(usages: list[Usage]) -> str:
    rows = [("table", "column", "key", "values")]
    rows += [
        (u.table, u.column, u.key + ("" if u.known else ", unknown"), f"{u.rows:,}") for u in usages
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=False))
        + "  " + row[3].rjust(widths[3])
        for row in rows
    )  # fmt: skip
