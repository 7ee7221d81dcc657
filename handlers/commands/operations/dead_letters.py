"""Shows the messages to WeChat users that could not be sent; sends them again or drops them.

What is sent again keeps to WeChat's rules: in the chat only within 48 hours of the person's last
message. Every send and drop leaves a line in the audit log.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial

from config import Settings
from handlers.commands.actor import command_actor
from miniprogram_api import clock
from miniprogram_api.messaging import dead_letters
from miniprogram_api.operations import maintenance
from miniprogram_api.reasons import Refused

ALL = "all"
LONGEST_TEXT = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="show them, the newest first")
    for name, text in (("send", "send it again"), ("drop", "forget it for good")):
        action = actions.add_parser(name, help=text)
        action.add_argument(
            "key", help="such as reply-7, as the list shows it; all means every one"
        )
        if name == "drop":
            action.add_argument("--reason", default="由命令行删除", help="why, for the audit log")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do what was asked; 1 when there is no such message."""
    maintenance.connect(settings, threads=1)
    try:
        if arguments.action == "list":
            return _list()
        do: Callable[..., None] = dead_letters.send_again
        if arguments.action == "drop":
            do = partial(dead_letters.drop, reason=arguments.reason)
        keys = [arguments.key]
        if arguments.key == ALL:
            keys = [letter.key for letter in dead_letters.list_all()]
        for key in keys:
            do(key, actor=command_actor())
            print(f"{key}: {'will be sent again' if arguments.action == 'send' else 'dropped'}.")
    except Refused:
        print(f"{arguments.key} is no message that could not be sent.", file=sys.stderr)
        return 1
    finally:
        maintenance.disconnect()
    return 0


def _list() -> int:
    letters = dead_letters.list_all()
    for letter in letters:
        at = letter.failed_at.astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M")
        text = " ".join(letter.text.split())
        shown = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
        print(f"{letter.key:<18} {at}  {letter.openid}  {letter.cause}\n    {shown}")
    if not letters:
        print("Every message was sent.")
    return 0
