"""The newest release is the one in force."""

import argparse

from config import Settings
from faq.editing import workflow
from faq.editing.workflow import Release


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="so many (default: 20)")


def run(_settings: Settings, arguments: argparse.Namespace) -> int:
    """Print the newest releases."""
    for release in workflow.releases(limit=max(1, arguments.limit)):
        print(_line(release))
    return 0


def _line(release: Release) -> str:
    said = [f"{release.number:>5}  {release.created_at:%Y-%m-%d %H:%M}  {release.author or '?'}"]
    if release.restores is not None:
        said.append(f"content of release {release.restores}")
    if release.note:
        said.append(release.note)
    if release.override:
        said.append(f"lost questions: {release.override}")
    return "  ".join(said)
