"""The command line: one module for each command, found through one table.

A module has ``add_arguments(parser)`` and ``run(settings, arguments) -> int`` (the exit status).
Modules are imported when their command is run, so that one command's libraries cost the others
nothing.
"""

import argparse
import sys
from importlib import import_module

import config

# Command → its module here and what it does in one line.
COMMANDS = {
    "serve": ("serve", "start everything and watch over it (make run)"),
    "worker": ("worker", "work off background jobs until SIGTERM"),
    "migrate": ("migrate", "bring the database to the present form"),
    "accounts": ("accounts", "show, unlock or cancel somebody's account"),
    "number-ranges": ("number_ranges", "show and change the number ranges that are not supported"),
}


def main(words: list[str] | None = None) -> int:
    """Run the command that ``words`` (by default the process's arguments) ask for."""
    words = sys.argv[1:] if words is None else words
    name = words[0] if words else ""
    if name not in COMMANDS:
        print(_overview(), file=sys.stdout if name in ("-h", "--help") else sys.stderr)
        return 0 if name in ("-h", "--help") else 2
    module_name, summary = COMMANDS[name]
    module = import_module(f"{__name__}.{module_name}")
    parser = argparse.ArgumentParser(
        prog=f"manage.py {name}", description=summary, epilog=module.__doc__
    )
    module.add_arguments(parser)
    arguments = parser.parse_args(words[1:])
    try:
        settings = config.load()
    except config.SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    status: int = module.run(settings, arguments)
    return status


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {summary}" for name, (_, summary) in COMMANDS.items()]
    return "\n".join(["usage: manage.py COMMAND [--help]", "", *lines])
