"""Write the SQLite database and Redis into one file; the service may run.

The file contains no key. It cannot be read without DATA_KEYS, INDEX_KEYS and LEDGER_KEYS, by
default in VAR_DIR/secrets.env: store them apart from it. --keys writes them to a file.
"""

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from config import Settings
from handlers.commands.environment import connected, with_settings
from handlers.commands.processes.instance import temporary_valkey
from miniprogram_api.operations import backups, key_files


@click.command(help=__doc__)
@click.argument("file", type=Path)
@click.option("--keys", type=Path, metavar="KEYS", help="a new file for the keys")
@with_settings
def command(settings: Settings, file: Path, keys: Path | None) -> int:
    """Write the backup; return 1 and leave no file when that fails."""
    if keys and keys.absolute() == file.absolute():
        print("The keys need a file of their own, apart from the backup.", file=sys.stderr)
        return 1
    with ExitStack() as undone:
        try:
            backups.require_sqlite(settings)
            if keys:
                # First, because a backup takes long.
                _write_keys(settings, keys)
                undone.callback(keys.unlink)
            with connected(settings), temporary_valkey(settings):
                facts = backups.create(settings, file)
        except backups.BackupError as reason:
            print(reason, file=sys.stderr)
            return 1
        undone.pop_all()
    print(
        f"{file}: {facts['bytes']:,} bytes, {facts['redis_keys']} Redis keys. "
        + (f"The keys are in {keys}." if keys else "It holds no key.")
    )
    return 0


def _write_keys(settings: Settings, file: Path) -> None:
    try:
        key_files.export_keys(settings, file)
    except FileExistsError:
        raise backups.BackupError(f"{file} exists already.") from None
    except OSError as error:
        raise backups.BackupError(f"{file} cannot be written: {error.strerror}.") from None
