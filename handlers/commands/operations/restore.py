"""Restore a backup into an empty VAR_DIR (or an empty database and Redis); overwrites nothing.

It needs the keys of the backup. Where the environment or .env sets DATA_KEYS, INDEX_KEYS,
LEDGER_KEYS and LEDGER_SEAL_KEYS, as production requires, set the old ones there. Elsewhere --keys
copies the file of "backup --keys", or the old VAR_DIR/secrets.env, to VAR_DIR/secrets.env.
"""

import sys
from pathlib import Path

import click

import config
from config import Settings
from handlers.commands.environment import connected, with_settings
from handlers.commands.processes.instance import temporary_valkey
from miniprogram_api.operations import backups, key_files, profiles


@click.command(help=__doc__)
@click.argument("file", type=Path)
@click.option(
    "--keys", type=Path, metavar="KEYS", help="a file with the old keys (not in production)"
)
@with_settings
def command(settings: Settings, file: Path, keys: Path | None) -> int:
    """Restore everything; return 1 and print the reason when nothing was restored.

    Database and Redis are empty then, or the reason says what to empty. Keys of ``--keys`` stay in
    VAR_DIR for the next try.
    """
    try:
        backups.require_sqlite(settings)
        if keys:
            # Before opening anything, so that nothing is left behind.
            key_files.require_own_keys(settings)
        with connected(settings), temporary_valkey(settings):
            if keys:
                settings = _with_keys(settings, file, keys)
            count = backups.restore(settings, file)
    except (backups.BackupError, key_files.KeysRefused, config.SettingsError) as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. Nothing was put back; run it again.", file=sys.stderr)
        return 1
    print(f"Restored from {file}, with {count} Redis keys. Start the service now.")
    return 0


def _with_keys(settings: Settings, file: Path, key_file: Path) -> Settings:
    """Store the keys of the file in VAR_DIR/secrets.env; return the settings with them."""
    # First, because the keys of existing data must not be replaced.
    backups.require_empty(settings)
    keys = key_files.read_keys(key_file)
    settings = profiles.load_settings(**keys)
    backups.check(settings, file)
    key_files.store_keys(settings, keys)
    return settings
