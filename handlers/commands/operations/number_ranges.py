"""Show and change the phone number ranges that are not supported yet.

A listed range is refused until its day, or for an unknown time without --from. Changes take effect
with the next request in every process and are recorded in the audit log.
"""

import sys
from datetime import date

import click

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.arguments import day
from handlers.commands.environment import with_database
from miniprogram_api import clock
from miniprogram_api.phones import ranges as number_ranges

command = click.Group(help=__doc__)


@command.command("list")
@with_database
def list_ranges(_settings: Settings) -> None:
    """Show all ranges, the supported ones included."""
    for listed in number_ranges.list_ranges():
        print(_line(listed))


@command.command("set")
@click.argument("prefix")
@click.option(
    "--from",
    "supported_from",
    type=day,
    metavar="YYYY-MM-DD",
    help="first day on which the range is supported (default: unknown)",
)
@click.option("--note", default="", help="why, for the next operator")
@with_database
def set_range(_settings: Settings, prefix: str, supported_from: date | None, note: str) -> None:
    """List a range of 3 to 7 first digits, such as 199, or change what is listed."""
    number_ranges.set_range(prefix, supported_from, note, actor=command_actor())
    print(_line(number_ranges.NumberRange(prefix, supported_from, note)))


@command.command("remove")
@click.argument("prefix")
@with_database
def remove(_settings: Settings, prefix: str) -> int:
    """Take a range off the list: supported at once."""
    if not number_ranges.remove(prefix, actor=command_actor()):
        print(f"{prefix} is not on the list.", file=sys.stderr)
        return 1
    print(f"{prefix} is off the list and supported.")
    return 0


def _line(listed: number_ranges.NumberRange) -> str:
    if not listed.is_unsupported_on(clock.today()):
        state = f"supported since {listed.supported_from}"
    elif listed.supported_from is None:
        state = "unsupported, no day known"
    else:
        state = f"unsupported until {listed.supported_from}"
    return f"{listed.prefix:<7}  {state}" + (f"  ({listed.note})" if listed.note else "")
