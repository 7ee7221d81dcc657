"""Keys in files: taken out beside a backup, and put back before a restore."""

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from config import KEY_SETTINGS, Settings, given


class KeysRefused(Exception):
    """Keys cannot be taken from a file; the message says why in one sentence."""


def export_keys(settings: Settings, path: Path) -> None:
    """Write the keys without which no stored data can be read to a new file (mode 0600).

    Raises FileExistsError, and OSError when it cannot be written; nothing is left of it then.
    """
    path.touch(mode=0o600, exist_ok=False)
    values = {name.upper(): getattr(settings, name).get_secret_value() for name in KEY_SETTINGS}
    try:
        write_secrets(path, values)
    except OSError:
        path.unlink()
        raise


def require_own_keys(settings: Settings) -> None:
    """Raise KeysRefused unless all keys of ``settings`` come from ``VAR_DIR/secrets.env``.

    Elsewhere keys in that file would not be read: a copy in clear text, and of no use.
    """
    set_elsewhere = given()
    elsewhere = [name.upper() for name in KEY_SETTINGS if set_elsewhere.get(name)]
    if settings.profile != "sandbox" or elsewhere:
        names = ", ".join(elsewhere or map(str.upper, KEY_SETTINGS))
        raise KeysRefused(
            f"--keys is of no use here, because {names} come from the environment or .env: "
            "set the keys of the file there and leave --keys out."
        )


def read_keys(path: Path) -> dict[str, str]:
    """Setting name → value of the keys in a file that ``export_keys`` wrote.

    Raises KeysRefused when the file lacks one or cannot be read.
    """
    try:
        found = dotenv_values(path)
    except (OSError, ValueError) as error:
        raise KeysRefused(f"{path} cannot be read ({type(error).__name__}).") from None
    keys = {name: found.get(name.upper()) or "" for name in KEY_SETTINGS}
    missing = [name.upper() for name, value in keys.items() if not value]
    if missing:
        raise KeysRefused(f"{', '.join(missing)} cannot be found in {path}.")
    return keys


def keep_keys(settings: Settings, keys: Mapping[str, str]) -> None:
    """Let ``VAR_DIR/secrets.env`` hold these keys (setting name → value) beside its other secrets.

    Raises KeysRefused as ``require_own_keys``, and OSError; nothing is changed then.
    """
    require_own_keys(settings)
    kept = settings.var_dir / "secrets.env"
    values = {**dotenv_values(kept), **{name.upper(): value for name, value in keys.items()}}
    write_secrets(kept.with_name(f".{kept.name}.{os.getpid()}"), values).replace(kept)


def write_secrets(path: Path, values: Mapping[str, str | None]) -> Path:
    """Write and sync NAME='value' lines to a file of mode 0600."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}='{value}'\n" for name, value in values.items())
        file.flush()
        os.fsync(file.fileno())
    return path
