"""What editors and operators do with the FAQ's content: one module for each act.

export, import and check work on the draft, which nobody is answered from; publish and rollback say
what is. All of it works while the service runs, and holds from the next question on.
"""

import argparse
import sys
from importlib import import_module
from typing import Any

from config import Settings
from miniprogram_api.operations import maintenance

# Act → its module here and what it does in one line.
ACTS = {
    "export": ("export", "write the content, or a question set, into a file"),
    "import": ("import_file", "bring a file's content into the draft, or into a question set"),
    "check": ("check", "say what the draft would make better and worse"),
    "publish": ("publish", "put the draft in force"),
    "rollback": ("rollback", "put the content of an earlier release in force again"),
    "releases": ("releases", "list what was published, by whom and why"),
    "learn-shipped": ("learn_shipped", "learn from the shipped content and write the file"),
    "evaluate": ("evaluate", "measure how well the bot understands the questions of a file"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    for act, (module_name, summary) in ACTS.items():
        module = _module(module_name)
        one = acts.add_parser(act, help=summary, description=summary, epilog=module.__doc__)
        module.add_arguments(one)


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do the act; its own exit status. Raises Refused."""
    module_name, _ = ACTS[arguments.act]
    maintenance.connect(settings, threads=1)
    try:
        status: int = _module(module_name).run(settings, arguments)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    finally:
        maintenance.disconnect()
    return status


def _module(name: str) -> Any:
    return import_module(f"handlers.commands.content.{name}")
