"""List the releases; the newest is in force."""

import argparse

from config import Settings
from faq.editing import workflow
from faq.editing.workflow import Release


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="default: 20")


def run(_settings: Settings, arguments: argparse.Namespace) -> int:
    """Print one line per release."""
    for release in workflow.releases(limit=max(1, arguments.limit)):
        print(_line(release))
    return 0


def _line(release: Release) -> str:
    parts = [f"{release.number:>5}  {release.created_at:%Y-%m-%d %H:%M}  {release.author or '?'}"]
    if release.restores is not None:
        parts.append(f"content of release {release.restores}")
    if release.note:
        parts.append(release.note)
    if release.override:
        parts.append(f"lost questions: {release.override}")
    return "  ".join(parts)
