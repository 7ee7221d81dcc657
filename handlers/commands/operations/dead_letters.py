"""Show, resend or drop what could not be sent: messages, events to systems, background jobs.

WeChat accepts chat messages only within 48 hours of the user's last message. Every send and drop is
recorded in the audit log.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.database import connected
from miniprogram_api import clock
from miniprogram_api.delivery import dead_letters
from miniprogram_api.reasons import Refused

ALL = "all"
LONGEST_TEXT = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="show them, newest first")
    for name, text in (("send", "send it again"), ("drop", "delete it")):
        action = actions.add_parser(name, help=text)
        action.add_argument("key", help="of the list, such as reply-7; all means every one")
        if name == "drop":
            action.add_argument("--reason", default="由命令行删除", help="why, for the audit log")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the action; return 1 when there is no such message."""
    try:
        with connected(settings):
            if arguments.action == "list":
                _list()
            else:
                _act(arguments)
    except Refused:
        print(f"{arguments.key} is no message that could not be sent.", file=sys.stderr)
        return 1
    return 0


def _act(arguments: argparse.Namespace) -> None:
    do: Callable[..., None] = dead_letters.send_again
    if arguments.action == "drop":
        do = partial(dead_letters.drop, reason=arguments.reason)
    keys = [arguments.key]
    if arguments.key == ALL:
        keys = [letter.key for letter in dead_letters.list_all()]
    for key in keys:
        do(key, actor=command_actor())
        print(f"{key}: {'will be sent again' if arguments.action == 'send' else 'dropped'}.")


def _list() -> None:
    letters = dead_letters.list_all()
    for letter in letters:
        at = letter.failed_at.astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M")
        told = letter.letter
        text = " ".join(told.text.split())
        shown = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
        print(f"{letter.key:<18} {at}  {told.recipient}  {told.cause}\n    {shown}")
    if not letters:
        print("Every message was sent.")
