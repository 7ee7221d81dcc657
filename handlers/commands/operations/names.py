"""Import the register of names, show its state, and erase names.

A file is CSV (UTF-8, GB 18030 or UTF-16) or XLSX with the columns name, district (six-digit code),
status, date, industry_class and until, in Chinese or English; the first three are needed. An import
that was interrupted may be run again.
"""

import csv
import sys
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

import click

from config import Settings
from faq.release import published_names
from handlers.commands.actor import command_actor
from handlers.commands.arguments import day
from handlers.commands.environment import with_database
from handlers.commands.progress import progress_bar
from miniprogram_api import clock
from miniprogram_api.names import library
from miniprogram_api.names.register import changes
from miniprogram_api.names.register.files import FileRefused, RegisterFile
from miniprogram_api.names.register.importing import BATCH, Line, NameImport, Refusal

command = click.Group(help=__doc__)


@command.command("import")
@click.argument("file", type=Path)
@click.option("--replace", is_flag=True, help="delete the names that FILE lacks")
@click.option(
    "--date", "library_date", type=day, metavar="YYYY-MM-DD", help="day of FILE (default: today)"
)
@click.option(
    "--report", type=Path, metavar="FILE", help="refused rows (default: FILE with .report.csv)"
)
@with_database
def import_file(
    _settings: Settings,
    file: Path,
    *,
    replace: bool,
    library_date: date | None,
    report: Path | None,
) -> int:
    """Add the names of FILE to the register, and change those that it has."""
    report = report or file.with_name(f"{file.stem}.report.csv")
    importing = NameImport(published_names.lists(), replace=replace)
    try:
        with RegisterFile(file) as source, progress_bar("Importing", source.size) as progress:
            for refusals in importing.run(_batches(source)):
                _write(report, refusals, is_first=len(refusals) == importing.refused)
                progress(source.bytes_read)
            importing.finish(library_date or clock.today(), actor=command_actor())
    except FileRefused as reason:
        print(reason, file=sys.stderr)
        return 1
    print(_summary(importing, report))
    return 0


def _batches(source: RegisterFile) -> Iterator[list[Line]]:
    rows = iter(source)
    while batch := list(islice(rows, BATCH)):
        yield batch


def _write(report: Path, refusals: list[Refusal], *, is_first: bool) -> None:
    if not refusals:
        return
    # With a byte order mark, for Excel.
    encoding = "utf-8-sig" if is_first else "utf-8"
    with report.open("w" if is_first else "a", encoding=encoding, newline="") as file:
        csv.writer(file).writerows((number, *problem) for number, problem in refusals)


def _summary(importing: NameImport, report: Path) -> str:
    counts = importing.counts
    numbers = {
        "rows": importing.rows,
        "added": counts.added,
        "changed": counts.changed,
        "unchanged": counts.unchanged,
        "older than the register": counts.older,
        "removed": importing.removed,
        "refused": importing.refused,
    }
    lines = [f"  {name:<24}{number:>11,}" for name, number in numbers.items()]
    if importing.refused:
        lines.append(f"  report: {report}")
    return "\n".join(lines)


@command.command("show")
@with_database
def show(_settings: Settings) -> None:
    """Show the day of the register."""
    if library.date() is None:
        print("There is no register of names.")
    else:
        print(f"{library.date()}{', the shipped sample' if library.is_sample() else ''}")


@command.command("erase")
@click.argument("name", required=False)
@click.option("--district", metavar="CODE", help="of NAME")
@click.option("--everything", is_flag=True, help="empty the register")
@with_database
def erase(_settings: Settings, name: str | None, district: str | None, *, everything: bool) -> int:
    """Delete NAME in the city of its district, or the whole register."""
    if everything == (name is not None) or (name is not None and district is None):
        raise click.UsageError("Give NAME with --district, or --everything.")
    if name is None:
        changes.erase(actor=command_actor())
    elif not changes.erase_name(name, district or "", actor=command_actor()):
        print("The register has no such name there.", file=sys.stderr)
        return 1
    print("Erased.")
    return 0
