"""Texts of rules, API and pages: one YAML file a language, keys by code, named placeholders."""

import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from miniprogram_api.reasons import Reason, Refused, invalid_field

FILE = Path(__file__).with_name("zh_CN.yaml")
# Placeholders that ``sentences`` fills in for a Reason.
PLACEHOLDERS = frozenset(
    [
        "again",
        "attempts_left",
        "count",
        "day",
        "days",
        "megabytes",
        "now",
        "number",
        "phone",
        "phone_hint",
        "retry_after",
        "segment",
        "tries",
        "tries_left",
    ]
)


def text(key: str, /, **values: object) -> str:
    """Return the text of a key with its placeholders filled in."""
    return _TEXTS[key].format_map(values)


def template(key: str) -> str:
    """Return the text of a key with its placeholders."""
    return _TEXTS[key]


def has(key: str) -> bool:
    """Return whether there is a text for the key."""
    return key in _TEXTS


def words(group: str) -> Mapping[str, str]:
    """Return the texts directly below a key, in the order of the file."""
    return _GROUPS[group]


def word(group: str, name: str) -> str:
    """Return one text of a group; the name itself where there is none."""
    return _GROUPS[group].get(name, name)


def invalid(
    key: str,
    /,
    *,
    field: str | None = None,
    suggestion: str | None = None,
    case: int | None = None,
    **values: object,
) -> Refused:
    """Build the refusal of one input field; the key is area, field, code.

    ``field``: its name, where it differs from the key's.
    """
    _area, named, code = key.split(".")
    message = text(f"invalid.{key}", **values)
    return invalid_field(field or named, code, message, suggestion=suggestion, case=case)


def placeholders(template: str) -> set[str]:
    """Return the names of the placeholders in a text. Raises ValueError for other braces."""
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    if not all(map(str.isidentifier, names)):
        raise ValueError(f"placeholders are plain names: {template}")
    return set(names)


def _flat(node: Mapping[str, Any], group: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield group, name and text of every entry. Raises ValueError for an entry that is no text."""
    for name, content in node.items():
        if isinstance(content, dict):
            yield from _flat(content, f"{group}.{name}" if group else name)
        elif group and isinstance(content, str) and content:
            yield group, name, content
        else:
            raise ValueError(f"{FILE.name}: no text: {group}.{name}")


def read(file: Path) -> dict[str, dict[str, str]]:
    """Read a file into group → name → text. Raises ValueError when it does not match the code."""
    # The base loader does not convert `off`, `no` and numbers.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    groups: dict[str, dict[str, str]] = {}
    for group, name, content in _flat(yaml.load(file.read_bytes(), Loader=loader)):  # noqa: S506
        unknown = placeholders(content) - PLACEHOLDERS if group.startswith("reasons.") else set()
        if unknown:
            raise ValueError(f"{file.name}: {group}.{name} has unknown placeholders: {unknown}")
        groups.setdefault(group, {})[name] = content
    missing = [r.name for r in Reason if "sentence" not in groups.get(f"reasons.{r.name}", {})]
    if missing:
        raise ValueError(f"{file.name}: no sentence for {', '.join(missing)}")
    return groups


_GROUPS = read(FILE)
_TEXTS = {
    f"{group}.{name}": text for group, names in _GROUPS.items() for name, text in names.items()
}
