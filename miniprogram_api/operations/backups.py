"""Back up the SQLite database and Redis into one file that holds no key, and put it back.

The file is a tar archive: ``manifest.json``, the database and ``redis``. Personal data in it is
encrypted as in the database; the manifest names the keys and holds a fingerprint of each, so that a
restore with the wrong keys is refused before anything is written.
"""

import hashlib
import hmac
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import peewee

from config import Settings
from miniprogram_api import clock
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.clients.redis_copy import RedisCopy
from models.storage import snapshot

FORMAT = 1
MANIFEST = "manifest.json"
REDIS = "redis"
NOTHING_LEFT = "Nothing of it is left in database and Redis."


class BackupError(Exception):
    """The backup cannot be written or put back; the message says why in one sentence."""


def require_sqlite(settings: Settings) -> None:
    """Raise BackupError for PostgreSQL, which has better tools of its own."""
    if not settings.database_address.startswith("sqlite:"):
        raise BackupError(
            "This command copies SQLite only. Back up PostgreSQL with pg_dump or by archiving its "
            'WAL: see "Backup and restore" in docs/runbook.md.'
        )


def create(settings: Settings, target: Path) -> dict[str, int]:
    """Write a backup of the running service to the new file ``target`` (mode 0600).

    The database is copied first: a counter that is newer than the database only makes a limit
    stricter. Returns its bytes and the number of Redis keys. Raises BackupError when the file
    exists or cannot be written; nothing is left of it then.
    """
    require_sqlite(settings)
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}: make it first.")
    try:
        with open(target, "xb", opener=_private) as file:
            try:
                with _folder_beside(target) as folder:
                    keys = _write(settings, Path(folder), file)
            except BaseException:
                target.unlink()
                raise
        return {"bytes": target.stat().st_size, "redis_keys": keys}
    except FileExistsError:
        raise BackupError(f"{target} exists already.") from None
    except (OSError, peewee.OperationalError) as error:
        raise BackupError(f"{target} cannot be written: {_why(error)}.") from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write(settings: Settings, folder: Path, file: IO[bytes]) -> int:
    """Write the archive with the help of an empty folder; returns the number of Redis keys."""
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
        "sha256": {path.name: _digest(path) for path in sorted(folder.iterdir())},
    }
    _pack(file, folder, manifest)
    return keys


def _why(error: Exception) -> str:
    """What the system or SQLite says."""
    return getattr(error, "strerror", None) or str(error)


def check(settings: Settings, source: Path) -> dict[str, Any]:
    """The manifest of a backup that these settings can read.

    Raises BackupError when it is none, was made by a newer version, or needs other keys.
    """
    try:
        with tarfile.open(source) as archive:
            member = archive.extractfile(MANIFEST)
            manifest: dict[str, Any] = json.load(member) if member else {}
    except EOFError:
        raise BackupError(f"{source} is damaged: its end is missing.") from None
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        raise BackupError(f"{source} is no backup ({type(error).__name__}).") from None
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{source} was made by another version of this program.")
    if set(manifest["migrations"]) - snapshot.known_migrations():
        raise BackupError(f"{source} was made by a newer version of this program.")
    for name in ("data_keys", "index_keys"):
        have = _fingerprints(getattr(settings, name.removesuffix("s") + "_ring"))
        wrong = [key for key, mark in manifest[name].items() if have.get(key) != mark]
        if wrong:
            raise BackupError(
                f"The backup needs the {name.upper()} that were in force when it was made; "
                f"missing or different: {', '.join(wrong)}."
            )
    return manifest


def refuse_unless_empty(settings: Settings) -> None:
    """Raise BackupError when the database or Redis holds anything: nothing is ever overwritten.

    A restore that was killed may have filled Redis, so the message says how to empty it.
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
    """Put a backup into an empty database and an empty Redis; returns how many Redis keys.

    Raises BackupError when the place is not empty, the file is damaged, the keys are others, or the
    disk or Redis does not take it. Both are empty again then, so that it can be run again; where
    Redis cannot be emptied, the message says how to.
    """
    require_sqlite(settings)
    refuse_unless_empty(settings)
    manifest = check(settings, source)
    try:
        with _folder_beside(source) as folder:
            files = Path(folder)
            _unpack(source, files, manifest["sha256"])
            return _put_back(settings, files)
    except OSError as error:
        raise BackupError(f"The backup cannot be put back: {_why(error)}. {NOTHING_LEFT}") from None


def _put_back(settings: Settings, files: Path) -> int:
    redis = RedisCopy(settings.redis_address)
    try:
        keys = redis.read(files / REDIS, clock.milliseconds(clock.now()))
        # Last, because a database that exists says that the restore is complete.
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
    if settings.embedded_redis:
        return f"delete {settings.var_dir.absolute() / 'valkey'} while no service runs"
    return "empty the database of REDIS_URL (FLUSHDB)"


def _folder_beside(path: Path) -> tempfile.TemporaryDirectory[str]:
    """Make a temporary folder on the disk of ``path``."""
    # A folder that cannot be removed at the end does not undo what was done.
    return tempfile.TemporaryDirectory(
        dir=path.parent, prefix=f".{path.name}.", ignore_cleanup_errors=True
    )


def _unpack(source: Path, files: Path, digests: Mapping[str, str]) -> None:
    try:
        with tarfile.open(source) as archive:
            # Only what is known by name is written, hence nothing outside of the folder; the
            # library's own way of that came after the first Python 3.11.
            for member in archive:
                content = archive.extractfile(member) if member.name in digests else None
                if content is not None and Path(member.name).name == member.name:
                    with (files / member.name).open("wb") as file:
                        shutil.copyfileobj(content, file)
    except (OSError, EOFError, tarfile.TarError) as error:
        # With a number it is the system's, of a full disk; without one it is about the content.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BackupError(f"{source} is damaged ({type(error).__name__}).") from None
    for name, digest in digests.items():
        if not (files / name).is_file() or _digest(files / name) != digest:
            raise BackupError(f"{source} is damaged: {name} is not what was written.")


def _pack(file: IO[bytes], folder: Path, manifest: Mapping[str, Any]) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    # Encrypted columns do not shrink, so more effort than the least is wasted.
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as tar:
        head = tarfile.TarInfo(MANIFEST)
        head.size = len(text)
        tar.addfile(head, io.BytesIO(text))
        for path in sorted(folder.iterdir()):
            tar.add(path, arcname=path.name)
    file.flush()
    os.fsync(file.fileno())


def _fingerprints(ring: Mapping[str, bytes]) -> dict[str, str]:
    """Key id → what tells two keys apart and gives neither away."""
    return {
        key_id: hmac.digest(key, b"backup fingerprint", "sha256")[:8].hex()
        for key_id, key in ring.items()
    }


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
