"""Writes database and Redis into one file, while the service runs or not.

The file holds no key. Without the keys (VAR_DIR/secrets.env, or wherever DATA_KEYS, INDEX_KEYS and
LEDGER_SEAL_KEY are kept) it cannot be read: keep them apart from it. --keys writes them to a file.
"""

import argparse
import sys
from pathlib import Path

import config
from config import Settings
from handlers.commands.instance import valkey_for_a_moment
from miniprogram_api import backups, maintenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file")
    parser.add_argument("--keys", type=Path, metavar="KEYS", help="a new file for the keys")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Write the backup and say how big it is; 1 when it cannot be written."""
    maintenance.connect(settings, threads=1)
    try:
        with valkey_for_a_moment(settings):
            facts = backups.create(settings, arguments.file)
        if arguments.keys:
            config.export_keys(settings, arguments.keys)
    except backups.BackupError as reason:
        print(reason, file=sys.stderr)
        return 1
    except FileExistsError:
        print(f"{arguments.keys} exists already; the backup is written.", file=sys.stderr)
        return 1
    finally:
        maintenance.disconnect()
    print(
        f"{arguments.file}: {facts['bytes']:,} bytes, {facts['redis_keys']} Redis keys. "
        + (f"The keys are in {arguments.keys}." if arguments.keys else "It holds no key.")
    )
    return 0
