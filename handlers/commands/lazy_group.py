"""A group of commands that are imported when they run."""

import gc
from collections.abc import Mapping
from importlib import import_module

import click


class LazyGroup(click.Group):
    """A group of modules, each with a click command called ``command``.

    The help is printed without importing them, because numpy and the tables take a second.
    """

    def __init__(self, help: str | None, modules: Mapping[str, tuple[str, str]]) -> None:
        """``modules``: name → module below ``handlers.commands``, and the summary."""
        super().__init__(help=help)
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the table."""
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module."""
        if cmd_name not in self.modules:
            return None
        module = import_module(f"handlers.commands.{self.modules[cmd_name][0]}")
        # manage.py turned the collector off for the imports.
        gc.enable()
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the names with their summaries."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self.modules.items()])
