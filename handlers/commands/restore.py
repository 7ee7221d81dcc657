"""Puts a backup into an empty VAR_DIR (or an empty database and Redis), then start the service.

The keys that were in force must be in force here: --keys takes the file that "backup --keys" wrote,
or the old VAR_DIR/secrets.env, into VAR_DIR/secrets.env; or set DATA_KEYS, INDEX_KEYS and
LEDGER_SEAL_KEY. Nothing that is there is ever overwritten.
"""

import argparse
import sys
from pathlib import Path

import config
from config import Settings
from handlers.commands.instance import valkey_for_a_moment
from miniprogram_api import backups, maintenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what backup wrote")
    parser.add_argument("--keys", type=Path, metavar="KEYS", help="a file with the old keys")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Put everything back; 1 with the reason when nothing was changed."""
    maintenance.connect(settings, threads=1)
    try:
        with valkey_for_a_moment(settings):
            if arguments.keys:
                # Keys of data that is there must not be replaced, so this is asked first.
                backups.refuse_unless_empty(settings)
                config.import_keys(settings, arguments.keys)
                settings = config.load()
            count = backups.restore(settings, arguments.file)
    except (backups.BackupError, config.SettingsError) as reason:
        print(reason, file=sys.stderr)
        return 1
    finally:
        maintenance.disconnect()
    print(f"Restored from {arguments.file}, with {count} Redis keys. Start the service now.")
    return 0
