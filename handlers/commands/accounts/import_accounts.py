"""Import the accounts of an older system from CSV or JSON lines, in UTF-8, GB 18030 or UTF-16.

Columns have Chinese or English names: ID number, name and phone are required; user name and the
card's dates are optional. Invalid rows are written to a file of the same form, with a report.
Existing accounts are not changed, so that a file may be imported again.
"""

import sys
from pathlib import Path

import click

from config import Settings
from handlers.commands.accounts.files import CSV, AccountFile, FileRefused, Rows, recognise
from handlers.commands.accounts.leftovers import Leftovers
from handlers.commands.actor import command_actor
from handlers.commands.environment import connected, with_settings
from handlers.commands.progress import progress_bar
from miniprogram_api.enrolment import import_accounts as account_import
from miniprogram_api.enrolment.import_accounts import AccountImport, Counts
from miniprogram_api.enrolment.import_rows import CONFIRMABLE
from miniprogram_api.operations import maintenance


@click.command(help=__doc__)
@click.argument("file", type=Path)
@click.option("--dry-run", is_flag=True, help="print the result, store nothing")
@click.option(
    "--report",
    metavar="FILE",
    help="file for the problems of rows; - is standard output (default: FILE with .report.csv)",
)
@click.option(
    "--rejects",
    metavar="FILE",
    help="file for rows that were not imported (default: FILE with .rejects)",
)
@click.option(
    "--encoding", type=click.Choice(["utf-8", "gb18030"]), help="of FILE (default: detected)"
)
@click.option(
    "--confirm",
    "confirmed",
    multiple=True,
    type=click.Choice(sorted(CONFIRMABLE)),
    metavar="CODE",
    help=f"import rows despite this warning: {', '.join(sorted(CONFIRMABLE))}",
)
@with_settings
def command(
    settings: Settings,
    file: Path,
    *,
    dry_run: bool,
    report: str | None,
    rejects: str | None,
    encoding: str | None,
    confirmed: tuple[str, ...],
) -> int:
    """Import and print a summary; return 1 when the end of the file was not reached."""
    try:
        source = recognise(file, encoding)
        leftovers = Leftovers(source, report, rejects)
    except FileRefused as reason:
        print(reason, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    print(_described(source), file=leftovers.summary_output)
    with connected(settings, threads=2), leftovers:
        if maintenance.pending_migrations():
            print("The database lacks migrations: run migrate first.", file=sys.stderr)
            return 1
        importing = AccountImport(settings, dry_run=dry_run, confirmed=confirmed)
        return _import(importing, source, leftovers, dry_run=dry_run)


def _import(
    importing: AccountImport, source: AccountFile, leftovers: Leftovers, *, dry_run: bool
) -> int:
    actor = command_actor()
    counts = importing.counts
    try:
        if not dry_run:
            account_import.note_start(source.digest, actor=actor)
        with Rows(source) as rows, progress_bar("Importing", source.size) as progress:
            for batch, problems in importing.run(rows.batches(account_import.batch_size())):
                leftovers.write(batch, problems)
                progress(rows.bytes_read)
        if not dry_run:
            account_import.note_end(source.digest, counts, actor=actor)
    except maintenance.DatabaseUnavailable as error:
        failure = f"The database does not answer ({type(error).__name__})."
    except OSError as error:
        failure = f"{error.filename or source.path}: {error.strerror}."
    except KeyboardInterrupt:
        failure = "Interrupted."
    else:
        print(_summary(counts, leftovers, dry_run=dry_run), file=leftovers.summary_output)
        return 0
    print(f"{failure} {counts.imported} rows are imported. Run it again.", file=sys.stderr)
    return 1


def _described(source: AccountFile) -> str:
    lines = [f"{source.path}: {source.kind} in {source.encoding}, {source.size:,} bytes"]
    if source.kind == CSV:
        lines.append(f"  columns: {', '.join(filter(None, source.columns))}")
        if source.ignored:
            lines.append(f"  ignored: {', '.join(source.ignored)}")
    return "\n".join(lines)


def _summary(counts: Counts, leftovers: Leftovers, *, dry_run: bool) -> str:
    numbers = {
        "rows": counts.rows,
        "would be imported" if dry_run else "imported": counts.imported,
        "  without a user name": counts.without_username,
        "already imported": counts.already_imported,
        "already active": counts.already_active,
        "cancelled here since": counts.cancelled,
        "put aside": counts.put_aside,
    }
    lines = [f"  {name:<22}{number:>11,}" for name, number in numbers.items()]
    if leftovers.problems and leftovers.report_path is not None:
        lines.append(f"  report: {leftovers.report_path}")
    if leftovers.rejected:
        lines.append(f"  rows put aside: {leftovers.rejects_path} (mend and import it)")
    if dry_run:
        lines.append("This was a rehearsal: nothing is stored.")
    return "\n".join(lines)
