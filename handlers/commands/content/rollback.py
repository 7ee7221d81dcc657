"""Publish the content of release N ("faq releases") as a new release; the draft is not changed."""

import argparse

from config import Settings
from faq.editing import drafts, workflow
from handlers.commands.actor import command_actor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("release", type=int, metavar="N", help="the release to restore")
    parser.add_argument("--reason", required=True, help="stored with the release")


def run(_settings: Settings, arguments: argparse.Namespace) -> int:
    """Publish the earlier content; print how far the draft differs from it."""
    actor = command_actor()
    published = workflow.roll_back(arguments.release, actor=actor, reason=arguments.reason)
    print(f"Release {published.number} is in force, with the content of {arguments.release}.")
    waiting = len(drafts.changed())
    if waiting:
        print(f"The draft differs from it in {waiting} parts; publishing it brings them in force.")
    return 0
