"""Export, import, check, publish and measure the bot's content.

export, import and check use the draft; publish and rollback change the release that the bot answers
from. All commands work while the service runs and take effect with the next question.
"""

import argparse
from importlib import import_module
from typing import Any

from config import Settings
from handlers.commands.database import connected

# Act → module and summary.
ACTS = {
    "export": ("export", "write the content, or a question set, to a file"),
    "import": ("import_file", "import a file into the draft, or into a question set"),
    "check": ("check", "compare the draft with the release in force"),
    "publish": ("publish", "publish the draft"),
    "rollback": ("rollback", "publish the content of an earlier release again"),
    "releases": ("releases", "list the releases"),
    "learn-shipped": ("learn_shipped", "train on the shipped content and write the result"),
    "evaluate": ("evaluate", "measure the bot on the questions of a file"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the acts and their arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    for act, (module_name, summary) in ACTS.items():
        module = _module(module_name)
        one = acts.add_parser(act, help=summary, description=summary, epilog=module.__doc__)
        module.add_arguments(one)


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the act and return its exit status. Raises Refused, OSError."""
    with connected(settings):
        status: int = _module(ACTS[arguments.act][0]).run(settings, arguments)
    return status


def _module(name: str) -> Any:
    return import_module(f"handlers.commands.content.{name}")
