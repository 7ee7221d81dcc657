"""Applies the migrations that the database lacks; two at once do no harm.

A database without any FAQ content gets the content that the product is shipped with; what the bot
learns from the content in force is kept in the database, so that no worker need learn it. Where
there is no staff yet the first administrator is made, and what he signs in with is said once.
"""

import argparse

from config import Settings
from faq.release import publishing
from miniprogram_api.operations import maintenance
from miniprogram_api.staff import first_administrator


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="apply nothing; exit with 1 when any are missing"
    )


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print the names of what was applied (or is missing)."""
    maintenance.connect(settings, threads=1)
    try:
        if arguments.check:
            missing = maintenance.pending_migrations()
            print("\n".join(missing) if missing else "The database is up to date.")
            return 1 if missing else 0
        applied = maintenance.migrate()
        publishing.seed_if_empty()
        published = publishing.current()
        if not published.fetch():
            print("Learning from the content in force; this may take a minute.", flush=True)
        published.keep()
        first = first_administrator.ensure(settings)
    finally:
        maintenance.disconnect()
    print("\n".join(f"Applied {name}." for name in applied) or "The database is up to date.")
    if first is not None:
        print(f"First sign-in at /admin/: {first.said} (shown only now)")
    return 0
