"""The content comes back as a new release, in all workers at once; the draft stays as it is.

"faq releases" lists the numbers.
"""

import argparse

from config import Settings
from faq.editing import drafts, workflow
from handlers.commands.actor import command_actor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", type=int, metavar="N", help="the release to go back to")
    parser.add_argument("--reason", required=True, help="kept with the release")


def run(_settings: Settings, arguments: argparse.Namespace) -> int:
    """Publish the earlier content and say what the draft still has."""
    actor = command_actor()
    published = workflow.roll_back(arguments.release, actor=actor, reason=arguments.reason)
    print(f"Release {published.number} is in force, with the content of {arguments.release}.")
    waiting = len(drafts.changed())
    if waiting:
        print(f"The draft differs from it in {waiting} parts; publishing it brings them in force.")
    return 0
