"""Apply the missing migrations; concurrent runs are safe.

An empty database gets the shipped FAQ content and the first administrator, whose password is
printed once. On PostgreSQL MIGRATION_DATABASE_URL names the owner of the tables, which migrates
and grants the role of DATABASE_URL its rights. The bot's trained model is stored for all workers.
"""

import click

from config import Settings
from faq.release import publishing
from handlers.commands.environment import connected, with_settings
from miniprogram_api.operations import maintenance
from miniprogram_api.staff import first_administrator


@click.command(help=__doc__)
@click.option("--check", is_flag=True, help="apply nothing; exit with 1 when any are missing")
@click.option(
    "--expand", is_flag=True, help="leave out those that the former release cannot live with"
)
@with_settings
def command(settings: Settings, *, check: bool, expand: bool) -> int:
    """Print the names of the applied (or missing) migrations."""
    with connected(settings):
        if check:
            missing = maintenance.pending_migrations(contracts=not expand)
            print("\n".join(missing) if missing else "The database is up to date.")
            return 1 if missing else 0
        applied = maintenance.migrate(settings, expand_only=expand, on_applied=_say)
        publishing.seed_if_empty()
        published = publishing.current()
        if not published.fetch():
            print("Learning from the content in force; this may take a minute.", flush=True)
        published.keep()
        first = first_administrator.ensure(settings)
    if not applied:
        print("The database is up to date.")
    if first is not None:
        print(f"First sign-in at /admin/: {first.said} (shown only now)")
    return 0


def _say(name: str, seconds: float) -> None:
    print(f"Applied {name} in {seconds:.1f} s.", flush=True)
