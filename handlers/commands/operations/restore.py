"""Puts a backup into an empty VAR_DIR (or an empty database and Redis), then start the service.

The keys that were in force must be in force here. Where the environment or .env sets DATA_KEYS,
INDEX_KEYS and LEDGER_SEAL_KEY, as production demands, set the old ones there. Elsewhere --keys
takes the file that "backup --keys" wrote, or the old VAR_DIR/secrets.env, into VAR_DIR/secrets.env.
Nothing that is there is ever overwritten.
"""

import argparse
import sys
from pathlib import Path

import config
from config import Settings
from handlers.commands.processes.instance import valkey_for_a_moment
from miniprogram_api.operations import backups, key_files, maintenance, profiles


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what backup wrote")
    parser.add_argument(
        "--keys", type=Path, metavar="KEYS", help="a file with the old keys (not in production)"
    )


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Put everything back; 1 with the reason when nothing was put back.

    Nothing is left in the database and in Redis then, or the reason says what to empty. Keys from
    ``--keys`` stay where they are kept, because the next try needs them.
    """
    try:
        backups.require_sqlite(settings)
        if arguments.keys:
            # Asked before anything is opened, so that nothing is left behind.
            key_files.require_own_keys(settings)
        maintenance.connect(settings, threads=1)
        with valkey_for_a_moment(settings):
            if arguments.keys:
                settings = _with_keys(settings, arguments)
            count = backups.restore(settings, arguments.file)
    except (backups.BackupError, key_files.KeysRefused, config.SettingsError) as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. Nothing was put back; run it again.", file=sys.stderr)
        return 1
    finally:
        maintenance.disconnect()
    print(f"Restored from {arguments.file}, with {count} Redis keys. Start the service now.")
    return 0


def _with_keys(settings: Settings, arguments: argparse.Namespace) -> Settings:
    """The settings with the keys of the file, which VAR_DIR/secrets.env holds from now on."""
    # Keys of data that is there must not be replaced, so this is asked first.
    backups.require_empty(settings)
    keys = key_files.read_keys(arguments.keys)
    settings = profiles.load_settings(**keys)
    backups.check(settings, arguments.file)
    key_files.store_keys(settings, keys)
    return settings
