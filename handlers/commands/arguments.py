"""Arguments that several commands have in common."""

from datetime import date

import click

from miniprogram_api.operations import holiday_calendar


def day(text: str) -> date:
    """Convert YYYY-MM-DD. Raises click.BadParameter."""
    read = holiday_calendar.read_day(text)
    if read is None:
        raise click.BadParameter(f"{text} is no day of the form YYYY-MM-DD")
    return read


def require_at_most_one(**given: object) -> None:
    """Raise click.UsageError when several of these options are given."""
    names = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if len(names) > 1:
        raise click.UsageError(f"Only one of {', '.join(names)} may be given.")
