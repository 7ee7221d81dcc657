"""Export keys beside a backup and import them before a restore."""

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from config import KEY_SETTINGS, Settings, read_environment


class KeysRefused(Exception):
    """Report why keys cannot be imported, in one sentence."""


def export_keys(settings: Settings, path: Path) -> None:
    """Write all keys that stored data needs to a new file (mode 0600).

    Raises FileExistsError, and OSError without leaving a file.
    """
    path.touch(mode=0o600, exist_ok=False)
    values = {name.upper(): getattr(settings, name).get_secret_value() for name in KEY_SETTINGS}
    try:
        write_secrets(path, values)
    except OSError:
        path.unlink()
        raise


def require_own_keys(settings: Settings) -> None:
    """Raise KeysRefused unless all keys come from ``VAR_DIR/secrets.env``.

    Otherwise keys in that file would be ignored: a useless copy in clear text.
    """
    set_elsewhere = read_environment()
    elsewhere = [name.upper() for name in KEY_SETTINGS if set_elsewhere.get(name)]
    if settings.profile != "sandbox" or elsewhere:
        names = ", ".join(elsewhere or map(str.upper, KEY_SETTINGS))
        raise KeysRefused(
            f"--keys is of no use here, because {names} come from the environment or .env: "
            "set the keys of the file there and leave --keys out."
        )


def read_keys(path: Path) -> dict[str, str]:
    """Return setting name → value from a file of ``export_keys``.

    Raises KeysRefused if it is unreadable or a key is missing.
    """
    try:
        values = dotenv_values(path)
    except (OSError, ValueError) as error:
        raise KeysRefused(f"{path} cannot be read ({type(error).__name__}).") from None
    keys = {name: values.get(name.upper()) or "" for name in KEY_SETTINGS}
    missing = [name.upper() for name, value in keys.items() if not value]
    if missing:
        raise KeysRefused(f"{', '.join(missing)} cannot be found in {path}.")
    return keys


def store_keys(settings: Settings, keys: Mapping[str, str]) -> None:
    """Write these keys (setting name → value) to ``VAR_DIR/secrets.env``, keep other secrets.

    Raises KeysRefused as ``require_own_keys``, and OSError, without changes.
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
