"""Show and change the holidays and the working days moved to weekends.

The State Council announces a year's holidays in the November before; import them then. FILE is CSV
or XLSX with the columns day, kind (holiday or workday) and name, and replaces its years. Changes
take effect with the next request in every process and are recorded in the audit log.
"""

import argparse
from datetime import date
from pathlib import Path

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.database import connected
from miniprogram_api import clock, working_days
from miniprogram_api.operations import holiday_calendar
from miniprogram_api.operations.holiday_calendar import CalendarDay


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="show the days of a year")
    listing.add_argument("year", type=int, nargs="?", help="default: every year with days")
    setting = actions.add_parser("set", help="enter or change one day")
    setting.add_argument("day", type=_day, metavar="YYYY-MM-DD")
    setting.add_argument("kind", choices=holiday_calendar.KINDS)
    setting.add_argument("--name", default="", help="such as 春节")
    removing = actions.add_parser("remove", help="remove one day")
    removing.add_argument("day", type=_day, metavar="YYYY-MM-DD")
    importing = actions.add_parser("import", help="replace the years of a file by its days")
    importing.add_argument("file", type=Path, metavar="FILE")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the action and print the result."""
    with connected(settings):
        return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.action == "import":
        counts = holiday_calendar.import_file(arguments.file.read_bytes(), actor=command_actor())
        for year, count in sorted(counts.items()):
            print(f"{year}: {count} days")
    elif arguments.action == "set":
        entered = CalendarDay(arguments.day, arguments.kind, arguments.name)
        holiday_calendar.set_day(entered.day, entered.kind, entered.name, actor=command_actor())
        print(_line(entered))
    elif arguments.action == "remove":
        is_removed = holiday_calendar.remove_day(arguments.day, actor=command_actor())
        print(f"{arguments.day} is {'removed' if is_removed else 'not in the calendar'}.")
        return 0 if is_removed else 1
    else:
        years = holiday_calendar.years() if arguments.year is None else [arguments.year]
        for year in years:
            for found in holiday_calendar.list_days(year):
                print(_line(found))
    missing = working_days.missing_year(clock.today())
    if missing is not None:
        print(f"The holidays of {missing} are unknown or incomplete: Monday to Friday count.")
    return 0


def _line(found: CalendarDay) -> str:
    return f"{found.day}  {found.kind:<7}  {found.name}".rstrip()


def _day(text: str) -> date:
    found = holiday_calendar.read_day(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is no day of the form YYYY-MM-DD")
    return found
