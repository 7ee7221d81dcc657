"""Write the SQLite database and Redis into one file; the service may run.

The file contains no key. It cannot be read without DATA_KEYS, INDEX_KEYS and LEDGER_KEYS, by
default in VAR_DIR/secrets.env: store them apart from it. --keys writes them to a file.
"""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from config import Settings
from handlers.commands.database import connected
from handlers.commands.processes.instance import temporary_valkey
from miniprogram_api.operations import backups, key_files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file")
    parser.add_argument("--keys", type=Path, metavar="KEYS", help="a new file for the keys")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Write the backup; return 1 and leave no file when that fails."""
    if arguments.keys and arguments.keys.absolute() == arguments.file.absolute():
        print("The keys need a file of their own, apart from the backup.", file=sys.stderr)
        return 1
    with ExitStack() as undone:
        try:
            backups.require_sqlite(settings)
            if arguments.keys:
                # First, because a backup takes long.
                _write_keys(settings, arguments.keys)
                undone.callback(arguments.keys.unlink)
            with connected(settings), temporary_valkey(settings):
                facts = backups.create(settings, arguments.file)
        except backups.BackupError as reason:
            print(reason, file=sys.stderr)
            return 1
        undone.pop_all()
    print(
        f"{arguments.file}: {facts['bytes']:,} bytes, {facts['redis_keys']} Redis keys. "
        + (f"The keys are in {arguments.keys}." if arguments.keys else "It holds no key.")
    )
    return 0


def _write_keys(settings: Settings, file: Path) -> None:
    try:
        key_files.export_keys(settings, file)
    except FileExistsError:
        raise backups.BackupError(f"{file} exists already.") from None
    except OSError as error:
        raise backups.BackupError(f"{file} cannot be written: {error.strerror}.") from None
