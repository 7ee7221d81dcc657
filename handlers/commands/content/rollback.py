"""Publish the content of release N ("faq releases") as a new release; the draft is not changed."""

import click

from config import Settings
from faq.editing import drafts, workflow
from handlers.commands.actor import command_actor
from handlers.commands.environment import with_database


@click.command(help=__doc__)
@click.argument("release", type=int, metavar="N")
@click.option("--reason", required=True, help="stored with the release")
@with_database
def command(_settings: Settings, release: int, reason: str) -> None:
    """Publish the earlier content; print how far the draft differs from it."""
    actor = command_actor()
    published = workflow.roll_back(release, actor=actor, reason=reason)
    print(f"Release {published.number} is in force, with the content of {release}.")
    waiting = len(drafts.changed())
    if waiting:
        print(f"The draft differs from it in {waiting} parts; publishing it brings them in force.")
