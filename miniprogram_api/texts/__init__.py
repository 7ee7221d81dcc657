"""Texts of rules, API and pages in Chinese: keys by code, named placeholders, one file a room.

A file has the name of the room that says its texts. Refusals of a field are in the file of their
area: ``invalid``, area, field, code; the field ``any`` is named by the call.
"""

import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from miniprogram_api.reasons import Reason, Refused, invalid_field

FOLDER = Path(__file__).with_name("zh_CN")
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


def _flat(node: yaml.Node | None, group: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield group, name and text of every entry. Raises ValueError for an entry that is no text."""
    if not isinstance(node, yaml.MappingNode):
        raise ValueError("no texts")
    for name_node, content in node.value:
        name = name_node.value
        if isinstance(content, yaml.MappingNode):
            yield from _flat(content, f"{group}.{name}" if group else name)
        elif group and isinstance(content, yaml.ScalarNode) and content.value:
            yield group, name, content.value
        else:
            raise ValueError(f"no text: {group}.{name}")


def _read_file(file: Path, groups: dict[str, dict[str, str]]) -> None:
    """Add a file's texts. Raises ValueError for one that is no text, or stands twice."""
    # Nodes hold names and texts as written (`off`, `no`, numbers), and a name twice.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    for group, name, content in _flat(yaml.compose(file.read_bytes(), Loader=loader)):
        if name in groups.setdefault(group, {}):
            raise ValueError(f"stands twice: {group}.{name}")
        unknown = placeholders(content) - PLACEHOLDERS if group.startswith("reasons.") else set()
        if unknown:
            raise ValueError(f"{group}.{name} has unknown placeholders: {unknown}")
        groups[group][name] = content


def read(folder: Path) -> dict[str, dict[str, str]]:
    """Join the files of a folder into group → name → text.

    Raises ValueError, with the file's name, when they do not match the code or each other.
    """
    groups: dict[str, dict[str, str]] = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            _read_file(file, groups)
        except ValueError as error:
            raise ValueError(f"{file.name}: {error}") from error
    missing = [r.name for r in Reason if "sentence" not in groups.get(f"reasons.{r.name}", {})]
    if missing:
        raise ValueError(f"{folder.name}: no sentence for {', '.join(missing)}")
    return groups


_GROUPS = read(FOLDER)
_TEXTS = {
    f"{group}.{name}": text for group, names in _GROUPS.items() for name, text in names.items()
}
