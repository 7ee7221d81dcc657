"""What editors and operators do with the FAQ's content: one module for each act."""

import argparse
from importlib import import_module

from config import Settings

# Act → its module here and what it does in one line.
ACTS = {
    "evaluate": ("faq_evaluate", "measure how well the bot understands the questions of a file"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    for act, (module_name, summary) in ACTS.items():
        module = import_module(f"handlers.commands.{module_name}")
        one = acts.add_parser(act, help=summary, description=summary, epilog=module.__doc__)
        module.add_arguments(one)


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do the act; its own exit status."""
    module_name, _ = ACTS[arguments.act]
    status: int = import_module(f"handlers.commands.{module_name}").run(settings, arguments)
    return status
