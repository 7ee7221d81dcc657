"""Back up the SQLite database and Redis to one file without keys, and restore it.

The file is encrypted as a whole (``sealed_files``). In it, a tar archive contains
``manifest.json``, the database and ``redis``; the manifest holds a fingerprint of each key, so that
a restore with wrong keys is refused early.
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import peewee

from config import Settings
from miniprogram_api import clock
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.operations.redis_copy import RedisCopy
from miniprogram_api.operations.sealed_files import (
    MAGIC,
    MissingKey,
    NotReadable,
    SealedReader,
    SealedWriter,
    fingerprint,
)
from models.storage import snapshot

FORMAT = 2
MANIFEST = "manifest.json"
REDIS = "redis"
_FOLDER = ".backup-"
NOTHING_LEFT = "Nothing of it is left in database and Redis."


class BackupError(Exception):
    """Report why a backup or restore failed, in one sentence."""


def require_sqlite(settings: Settings) -> None:
    """Raise BackupError for PostgreSQL, which has its own tools."""
    if not settings.database_address.startswith("sqlite:"):
        raise BackupError(
            "This command copies SQLite only. Back up PostgreSQL with pg_dump or by archiving its "
            'WAL: see "Backup and restore" in docs/runbook.md.'
        )


def create(settings: Settings, target: Path) -> dict[str, int]:
    """Write a backup of the running service to the new file ``target`` (mode 0600).

    The database is copied first: newer counters only make limits stricter. Returns its bytes and
    the number of Redis keys. Raises BackupError without leaving a file.
    """
    require_sqlite(settings)
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}: make it first.")
    try:
        with open(target, "xb", opener=_private) as file:
            try:
                with _folder(settings) as folder:
                    keys = _write(settings, Path(folder), file)
            except BaseException:
                target.unlink()
                raise
        return {"bytes": target.stat().st_size, "redis_keys": keys}
    except FileExistsError:
        raise BackupError(f"{target} exists already.") from None
    except (OSError, peewee.OperationalError) as error:
        raise BackupError(f"{target} cannot be written: {_error_text(error)}.") from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write(settings: Settings, folder: Path, file: IO[bytes]) -> int:
    """Write the archive from an empty folder; return the number of Redis keys."""
    now = clock.now()
    migrations = snapshot.write(folder)
    redis = RedisCopy(settings.redis_address)
    try:
        keys = redis.write(folder / REDIS, clock.milliseconds(now))
    finally:
        redis.close()
    manifest = {
        "format": FORMAT,
        "created_at": now.isoformat(timespec="seconds"),
        "migrations": migrations,
        "data_keys": _fingerprints(settings.data_key_ring),
        "index_keys": _fingerprints(settings.index_key_ring),
        "ledger_keys": _fingerprints(settings.ledger_key_ring),
        "sha256": {path.name: _digest(path) for path in sorted(folder.iterdir())},
    }
    with closing(SealedWriter(file, settings.data_key_ring)) as sealed:
        _pack(sealed, folder, manifest)
    file.flush()
    os.fsync(file.fileno())
    return keys


def _error_text(error: Exception) -> str:
    """Return the message of the system or SQLite."""
    return getattr(error, "strerror", None) or str(error)


def check(settings: Settings, source: Path) -> dict[str, Any]:
    """Return the manifest of a backup that these settings can read.

    Raises BackupError for other files, newer versions and missing keys.
    """
    with _archive(settings, source) as archive:
        # It is the first, and the others may be large.
        first = archive.next()
        member = archive.extractfile(first) if first and first.name == MANIFEST else None
        manifest: dict[str, Any] = json.load(member) if member else {}
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{source} was made by another version of this program.")
    if set(manifest["migrations"]) - snapshot.known_migrations():
        raise BackupError(f"{source} was made by a newer version of this program.")
    for name in ("data_keys", "index_keys", "ledger_keys"):
        have = _fingerprints(getattr(settings, name.removesuffix("s") + "_ring"))
        wrong = [key for key, mark in manifest[name].items() if have.get(key) != mark]
        if wrong:
            raise BackupError(
                f"The backup needs the {name.upper()} that were in force when it was made; "
                f"missing or different: {', '.join(wrong)}."
            )
    return manifest


def require_empty(settings: Settings) -> None:
    """Raise BackupError unless database and Redis are empty.

    An aborted restore may have filled Redis, so the message says how to empty it.
    """
    if not snapshot.is_empty():
        raise BackupError("The database is not empty: a backup goes into an empty one only.")
    redis = RedisCopy(settings.redis_address)
    try:
        if not redis.is_empty():
            raise BackupError(
                "The Redis is not empty: a backup goes into an empty one only. "
                f"If only a restore that was killed has filled it, {_how_to_empty_redis(settings)}."
            )
    finally:
        redis.close()


def restore(settings: Settings, source: Path) -> int:
    """Restore a backup into an empty database and Redis; return the number of Redis keys.

    Raises BackupError if they are not empty, the file is damaged, keys differ, or disk or Redis
    fail. Both are empty again then, or the message says how to empty Redis.
    """
    require_sqlite(settings)
    require_empty(settings)
    manifest = check(settings, source)
    try:
        with _folder(settings) as folder:
            files = Path(folder)
            _unpack(settings, source, files, manifest["sha256"])
            return _restore_files(settings, files)
    except OSError as error:
        raise BackupError(
            f"The backup cannot be put back: {_error_text(error)}. {NOTHING_LEFT}"
        ) from None


def _restore_files(settings: Settings, files: Path) -> int:
    redis = RedisCopy(settings.redis_address)
    try:
        keys = redis.read(files / REDIS, clock.milliseconds(clock.now()))
        # Last, because an existing database marks a complete restore.
        snapshot.read(files)
        return keys
    except BaseException as error:
        try:
            redis.clear()
        except StoreUnavailable:
            raise BackupError(
                "The restore broke off, and what it wrote to Redis cannot be removed: "
                f"{_how_to_empty_redis(settings)}, then run it again."
            ) from None
        if isinstance(error, StoreUnavailable):
            raise BackupError(f"Redis did not take the backup ({error}). {NOTHING_LEFT}") from None
        raise
    finally:
        redis.close()


def _how_to_empty_redis(settings: Settings) -> str:
    if not settings.redis_url:
        return f"delete {settings.var_dir.absolute() / 'valkey'} while no service runs"
    return "empty the database of REDIS_URL (FLUSHDB)"


def _folder(settings: Settings) -> tempfile.TemporaryDirectory[str]:
    """Make a temporary folder in VAR_DIR: the disk of a backup gets nothing unencrypted.

    Remove those that killed processes left.
    """
    place = settings.var_dir.absolute()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in place.glob(f"{_FOLDER}*"):
        if not _is_alive(int(left.name.split("-")[1])):
            shutil.rmtree(left, ignore_errors=True)
    # A folder that cannot be removed must not undo the work.
    return tempfile.TemporaryDirectory(
        dir=place, prefix=f"{_FOLDER}{os.getpid()}-", ignore_cleanup_errors=True
    )


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # It runs as another user.
    return True


@contextmanager
def _archive(settings: Settings, source: Path) -> Iterator[tarfile.TarFile]:
    """Open the archive in a backup. Raises BackupError, also while it is read."""
    try:
        with (
            open(source, "rb") as file,
            closing(SealedReader(file, settings.data_key_ring)) as sealed,
            tarfile.open(fileobj=sealed, mode="r|gz") as archive,
        ):
            yield archive
    except MissingKey as error:
        raise BackupError(
            "The backup needs the DATA_KEYS that were in force when it was made; "
            f"missing or different: {error}."
        ) from None
    except (OSError, EOFError, ValueError, NotReadable, tarfile.TarError) as error:
        # With an errno it is the system's error (disk full), else the content's.
        if isinstance(error, OSError) and error.errno is not None and source.is_file():
            raise
        with suppress(OSError), open(source, "rb") as file:
            if file.read(len(MAGIC)) == MAGIC:
                raise BackupError(f"{source} is damaged ({error}).") from None
        raise BackupError(f"{source} is no backup of this version.") from None


def _unpack(settings: Settings, source: Path, files: Path, digests: Mapping[str, str]) -> None:
    with _archive(settings, source) as archive:
        # Only known names are written, hence nothing outside of the folder; tarfile's filter is
        # missing in the first releases of Python 3.11.
        for member in archive:
            content = archive.extractfile(member) if member.name in digests else None
            if content is not None and Path(member.name).name == member.name:
                with (files / member.name).open("wb") as file:
                    shutil.copyfileobj(content, file)
    for name, digest in digests.items():
        if not (files / name).is_file() or _digest(files / name) != digest:
            raise BackupError(f"{source} is damaged: {name} is not what was written.")


def _pack(file: Any, folder: Path, manifest: Mapping[str, Any]) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    # Encrypted columns do not compress.
    with (
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        head = tarfile.TarInfo(MANIFEST)
        head.size = len(text)
        tar.addfile(head, io.BytesIO(text))
        for path in sorted(folder.iterdir()):
            tar.add(path, arcname=path.name)


def _fingerprints(ring: Mapping[str, bytes]) -> dict[str, str]:
    return {key_id: fingerprint(key).hex() for key_id, key in ring.items()}


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
