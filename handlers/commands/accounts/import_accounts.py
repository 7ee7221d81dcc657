"""Import the accounts of an older system from CSV or JSON lines, in UTF-8, GB 18030 or UTF-16.

Columns have Chinese or English names: ID number, name and phone are required; user name and the
card's dates are optional. Invalid rows are written to a file of the same form, with a report.
Existing accounts are not changed, so that a file may be imported again.
"""

import argparse
import sys
from pathlib import Path

from config import Settings
from handlers.commands.accounts.files import CSV, AccountFile, FileRefused, Rows, recognise
from handlers.commands.accounts.leftovers import STDOUT, Leftovers
from handlers.commands.actor import command_actor
from handlers.commands.database import connected
from handlers.commands.progress import progress_bar
from miniprogram_api.enrolment import import_accounts as account_import
from miniprogram_api.enrolment.import_accounts import AccountImport, Counts
from miniprogram_api.enrolment.import_rows import CONFIRMABLE
from miniprogram_api.operations import maintenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--dry-run", action="store_true", help="print the result, store nothing")
    parser.add_argument(
        "--report",
        metavar="FILE",
        help="file for the problems of rows; - is standard output (default: FILE with .report.csv)",
    )
    parser.add_argument(
        "--rejects",
        metavar="FILE",
        help="file for rows that were not imported (default: FILE with .rejects)",
    )
    parser.add_argument(
        "--encoding", choices=("utf-8", "gb18030"), help="of FILE (default: detected)"
    )
    parser.add_argument(
        "--confirm",
        action="append",
        default=[],
        choices=sorted(CONFIRMABLE),
        metavar="CODE",
        help=f"import rows despite this warning: {', '.join(sorted(CONFIRMABLE))}",
    )


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Import and print a summary; return 1 when the end of the file was not reached."""
    try:
        source = recognise(arguments.file, arguments.encoding)
        leftovers = Leftovers(source, arguments.report, arguments.rejects)
    except FileRefused as reason:
        print(reason, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    # Standard output is for the report then.
    out = sys.stderr if arguments.report == STDOUT else sys.stdout
    print(_described(source), file=out)
    with connected(settings, threads=2), leftovers:
        return _import(settings, arguments, source, leftovers)


def _import(
    settings: Settings, arguments: argparse.Namespace, source: AccountFile, leftovers: Leftovers
) -> int:
    out = sys.stderr if arguments.report == STDOUT else sys.stdout
    actor = command_actor()
    counts = Counts()
    try:
        if maintenance.pending_migrations():
            print("The database lacks migrations: run migrate first.", file=sys.stderr)
            return 1
        importing = AccountImport(settings, dry_run=arguments.dry_run, confirmed=arguments.confirm)
        counts = importing.counts
        if not arguments.dry_run:
            account_import.note_start(source.digest, actor=actor)
        with Rows(source) as rows, progress_bar("Importing", source.size) as progress:
            for batch, problems in importing.run(rows.batches(account_import.batch_size())):
                leftovers.write(batch, problems)
                progress(rows.bytes_read)
        if not arguments.dry_run:
            account_import.note_end(source.digest, counts, actor=actor)
    except maintenance.DatabaseUnavailable as error:
        failure = f"The database does not answer ({type(error).__name__})."
    except OSError as error:
        failure = f"{error.filename or source.path}: {error.strerror}."
    except KeyboardInterrupt:
        failure = "Interrupted."
    else:
        print(_summary(counts, leftovers, dry_run=arguments.dry_run), file=out)
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
