"""Show and change the holidays and the working days moved to weekends.

The State Council announces a year's holidays in the November before; import them then. FILE is CSV
or XLSX with the columns day, kind (holiday or workday) and name, and replaces its years. Changes
take effect with the next request in every process and are recorded in the audit log.
"""

from datetime import date
from pathlib import Path

import click

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.arguments import day
from handlers.commands.environment import with_database
from miniprogram_api import clock, working_days
from miniprogram_api.operations import holiday_calendar
from miniprogram_api.operations.holiday_calendar import CalendarDay

command = click.Group(help=__doc__)


@command.command("list")
@click.argument("year", type=int, required=False)
@with_database
def list_days(_settings: Settings, year: int | None) -> None:
    """Show the days of YEAR, by default of every year with days."""
    for listed in holiday_calendar.years() if year is None else [year]:
        for entered in holiday_calendar.list_days(listed):
            print(_line(entered))
    _warn_of_missing_days()


@command.command("set")
@click.argument("day", type=day, metavar="YYYY-MM-DD")
@click.argument("kind", type=click.Choice(holiday_calendar.KINDS))
@click.option("--name", default="", help="of the holiday")
@with_database
def set_day(_settings: Settings, day: date, kind: str, name: str) -> None:
    """Enter or change one day."""
    holiday_calendar.set_day(day, kind, name, actor=command_actor())
    print(_line(CalendarDay(day, kind, name)))
    _warn_of_missing_days()


@command.command("remove")
@click.argument("day", type=day, metavar="YYYY-MM-DD")
@with_database
def remove_day(_settings: Settings, day: date) -> int:
    """Remove one day."""
    is_removed = holiday_calendar.remove_day(day, actor=command_actor())
    print(f"{day} is {'removed' if is_removed else 'not in the calendar'}.")
    return 0 if is_removed else 1


@command.command("import")
@click.argument("file", type=Path)
@with_database
def import_days(_settings: Settings, file: Path) -> None:
    """Replace the years of a file by its days."""
    counts = holiday_calendar.import_file(file.read_bytes(), actor=command_actor())
    for year, count in sorted(counts.items()):
        print(f"{year}: {count} days")
    _warn_of_missing_days()


def _warn_of_missing_days() -> None:
    missing = working_days.missing_year(clock.today())
    if missing is not None:
        print(f"The holidays of {missing} are unknown or incomplete: Monday to Friday count.")


def _line(entered: CalendarDay) -> str:
    return f"{entered.day}  {entered.kind:<7}  {entered.name}".rstrip()
