"""Show and change the phone number ranges that are not supported yet.

A listed range is refused until its day, or for an unknown time without --from. Changes take effect
with the next request in every process and are recorded in the audit log.
"""

import argparse
import sys
from datetime import date

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.database import connected
from miniprogram_api import clock
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.reasons import Refused
from miniprogram_api.texts.sentences import sentence


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="show all ranges, the supported ones included")
    setting = actions.add_parser("set", help="list a range, or change what is listed")
    setting.add_argument("prefix", help="the first 3 to 7 digits, such as 199")
    setting.add_argument(
        "--from",
        dest="supported_from",
        type=_day,
        metavar="YYYY-MM-DD",
        help="first day on which the range is supported (default: unknown)",
    )
    setting.add_argument("--note", default="", help="why, for the next operator")
    removing = actions.add_parser("remove", help="take a range off the list: supported at once")
    removing.add_argument("prefix")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the action and print the result; return 1 when it was refused."""
    try:
        with connected(settings):
            return _run(arguments)
    except Refused as refused:
        fields = refused.details.get("fields") or [{"message": sentence(refused.reason)}]
        print("\n".join(field["message"] for field in fields), file=sys.stderr)
        return 1


def _run(arguments: argparse.Namespace) -> int:
    if arguments.action == "list":
        for found in number_ranges.list_ranges():
            print(_line(found))
        return 0
    if arguments.action == "remove":
        if not number_ranges.remove(arguments.prefix, actor=command_actor()):
            print(f"{arguments.prefix} is not on the list.", file=sys.stderr)
            return 1
        print(f"{arguments.prefix} is off the list and supported.")
        return 0
    changed = number_ranges.NumberRange(arguments.prefix, arguments.supported_from, arguments.note)
    number_ranges.set_range(
        changed.prefix, changed.supported_from, changed.note, actor=command_actor()
    )
    print(_line(changed))
    return 0


def _line(found: number_ranges.NumberRange) -> str:
    if not found.is_unsupported_on(clock.today()):
        state = f"supported since {found.supported_from}"
    elif found.supported_from is None:
        state = "unsupported, no day known"
    else:
        state = f"unsupported until {found.supported_from}"
    return f"{found.prefix:<7}  {state}" + (f"  ({found.note})" if found.note else "")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no day of the form YYYY-MM-DD") from None
