"""Show, resend or drop what could not be sent: messages, events to systems, background jobs.

WeChat accepts chat messages only within 48 hours of the user's last message. Every send and drop is
recorded in the audit log.
"""

import sys
from collections.abc import Callable
from functools import partial

import click

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.environment import with_database
from miniprogram_api import clock
from miniprogram_api.delivery import dead_letters
from miniprogram_api.reasons import Refused
from miniprogram_api.texts import text

ALL = "all"
LONGEST_TEXT = 60


command = click.Group(help=__doc__)


@command.command("list")
@with_database
def list_letters(_settings: Settings) -> None:
    """Show them, newest first."""
    letters = dead_letters.list_all()
    for letter in letters:
        at = letter.failed_at.astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M")
        told = letter.letter
        text = " ".join(told.text.split())
        shown = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
        print(f"{letter.key:<18} {at}  {told.recipient}  {told.cause}\n    {shown}")
    if not letters:
        print("Every message was sent.")


@command.command("send")
@click.argument("key")
@with_database
def send(_settings: Settings, key: str) -> int:
    """Send KEY of the list again, such as reply-7; all means every one."""
    return _each(key, dead_letters.send_again, "will be sent again")


@command.command("drop")
@click.argument("key")
@click.option(
    "--reason", default=text("dead_letters.dropped_by_command"), help="why, for the audit log"
)
@with_database
def drop(_settings: Settings, key: str, reason: str) -> int:
    """Delete KEY of the list, such as reply-7; all means every one."""
    return _each(key, partial(dead_letters.drop, reason=reason), "dropped")


def _each(key: str, act: Callable[..., None], outcome: str) -> int:
    """Act on one message or all; return 1 when there is no such message."""
    keys = [letter.key for letter in dead_letters.list_all()] if key == ALL else [key]
    for each in keys:
        try:
            act(each, actor=command_actor())
        except Refused:
            print(f"{each} is no message that could not be sent.", file=sys.stderr)
            return 1
        print(f"{each}: {outcome}.")
    return 0
