"""List the releases; the newest is in force."""

import click

from config import Settings
from faq.editing import workflow
from faq.editing.workflow import Release
from handlers.commands.environment import with_database


@click.command(help=__doc__)
@click.option(
    "--limit", type=int, default=20, metavar="N", show_default=True, help="how many, newest first"
)
@with_database
def command(_settings: Settings, limit: int) -> None:
    """Print one line per release."""
    for release in workflow.releases(limit=max(1, limit)):
        print(_line(release))


def _line(release: Release) -> str:
    parts = [f"{release.number:>5}  {release.created_at:%Y-%m-%d %H:%M}  {release.author or '?'}"]
    if release.restores is not None:
        parts.append(f"content of release {release.restores}")
    if release.note:
        parts.append(release.note)
    if release.override:
        parts.append(f"lost questions: {release.override}")
    return "  ".join(parts)
