"""Backups: database and Redis as one file that holds no key; and putting it back.

The file is a tar archive: ``manifest.json``, the database's files and ``redis``. Personal data in
it is encrypted as in the database; the manifest names the keys and holds a fingerprint of each, so
that a restore with the wrong keys is refused before anything is written.
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
from typing import Any

import peewee

from config import Settings
from miniprogram_api import clock
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.clients.redis_copy import RedisCopy
from models import snapshot

FORMAT = 1
MANIFEST = "manifest.json"
REDIS = "redis"
NOTHING_LEFT = "Nothing of it is left in database and Redis."
LOOK_AT_DATABASE = (
    "Redis is empty again; if the database is not, make it anew (DROP DATABASE, CREATE DATABASE)."
)


class BackupError(Exception):
    """The backup cannot be written or put back; the message says why in one sentence."""


def create(settings: Settings, target: Path) -> dict[str, int]:
    """Write a backup of the running service to the new file ``target`` (mode 0600).

    The database is copied first: a counter that is newer than the database only makes a limit
    stricter. Returns how many bytes and how many Redis keys it holds. Raises BackupError when the
    file exists or cannot be written; nothing is left of it then.
    """
    if target.exists():
        raise BackupError(f"{target} exists already.")
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}: make it first.")
    try:
        with _folder_beside(target) as folder:
            archive = Path(folder) / "archive"
            keys = _write(settings, Path(folder), archive)
            _put_in_place(archive, target)
            return {"bytes": target.stat().st_size, "redis_keys": keys}
    except FileExistsError:
        raise BackupError(f"{target} exists already.") from None
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {_why(error)}.") from None


def _write(settings: Settings, folder: Path, archive: Path) -> int:
    """Make the file ``archive`` with the help of an empty folder; returns how many Redis keys."""
    files = folder / "files"
    files.mkdir()
    now = clock.now()
    facts = snapshot.write(files)
    redis = RedisCopy(settings.redis_address)
    try:
        keys = redis.write(files / REDIS, clock.milliseconds(now))
    finally:
        redis.close()
    manifest = {
        "format": FORMAT,
        "created_at": now.isoformat(timespec="seconds"),
        "database": snapshot.kind(),
        "facts": facts,
        "data_keys": _fingerprints(settings.data_key_ring),
        "index_keys": _fingerprints(settings.index_key_ring),
        "sha256": {path.name: _digest(path) for path in sorted(files.iterdir())},
    }
    _pack(archive, files, manifest)
    return keys


def _put_in_place(archive: Path, target: Path) -> None:
    """Give the finished file its name, or raise FileExistsError: nothing is overwritten."""
    try:
        # A link, not a rename: a file that appeared meanwhile is not overwritten.
        os.link(archive, target)
        return
    except FileExistsError:
        raise
    except OSError:
        # Many shares and memory sticks have no links; if something else is wrong, copying says so.
        pass
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file, open(archive, "rb") as finished:
            shutil.copyfileobj(finished, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        target.unlink()
        raise


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__


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
    if manifest["database"] != snapshot.kind():
        raise BackupError(f"The backup is of a {manifest['database']} database, this is another.")
    if set(manifest["facts"]["migrations"]) - snapshot.known_migrations():
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

    What a restore that was killed may have left is a filled Redis, so the message says how to
    empty it.
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

    Raises BackupError when something is there already, the file is damaged, the keys are others, or
    the disk, the database or Redis does not take it. What was written is taken out again then, so
    that it can be run again; where that cannot be done or known, the message says what to empty.
    """
    refuse_unless_empty(settings)
    manifest = check(settings, source)
    try:
        with _folder_beside(source) as folder:
            files = Path(folder)
            _unpack(source, files, manifest["sha256"])
            return _put_back(settings, files, manifest["facts"])
    except OSError as error:
        raise BackupError(f"The backup cannot be put back: {_why(error)}. {NOTHING_LEFT}") from None


def _put_back(settings: Settings, files: Path, facts: dict[str, Any]) -> int:
    redis = RedisCopy(settings.redis_address)
    try:
        keys = redis.read(files / REDIS, clock.milliseconds(clock.now()))
        # Last, because a database that is there says that the restore is complete.
        snapshot.read(files, facts)
        return keys
    except BaseException as error:
        try:
            redis.remove(files / REDIS)
        except StoreUnavailable:
            raise BackupError(
                "The restore broke off, and Redis does not let what it wrote there be removed: "
                f"{_how_to_empty_redis(settings)}, then run it again."
            ) from None
        if isinstance(error, StoreUnavailable):
            raise BackupError(f"Redis did not take the backup ({error}). {NOTHING_LEFT}") from None
        if isinstance(error, peewee.PeeweeException):
            said = str(error).partition("\n")[0]
            state = NOTHING_LEFT if _is_database_empty() else LOOK_AT_DATABASE
            raise BackupError(f"The database did not take the backup ({said}). {state}") from None
        raise
    finally:
        redis.close()


def _is_database_empty() -> bool:
    """False also where the database does not answer: its last transaction may have gone through."""
    try:
        return snapshot.is_empty()
    except peewee.PeeweeException:
        return False


def _how_to_empty_redis(settings: Settings) -> str:
    if settings.embedded_redis:
        return f"delete {settings.var_dir.absolute() / 'valkey'} while no service runs"
    return "empty the database of REDIS_URL (FLUSHDB)"


def _folder_beside(path: Path) -> tempfile.TemporaryDirectory[str]:
    """An empty folder on the disk of ``path``, for a moment."""
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


def _pack(archive: Path, files: Path, manifest: Mapping[str, Any]) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    descriptor = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        # Encrypted columns do not shrink, so more effort than the least is wasted.
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as tar:
            head = tarfile.TarInfo(MANIFEST)
            head.size = len(text)
            tar.addfile(head, io.BytesIO(text))
            for path in sorted(files.iterdir()):
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
