"""Lines of cells that hold several parts, separated by `|`."""

import re
from collections.abc import Iterable

_ESCAPED, _SIGNS = re.compile(r"\\(.)"), {"n": "\n"}
_SEPARATOR = re.compile(r"(?<!\\)(?:\\\\)*\|")


def joined(parts: Iterable[str]) -> str:
    """Return a line that `split` takes apart."""
    escaped = (part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
    return " | ".join(part.replace("\n", "\\n") for part in escaped)


def split(line: str) -> list[str]:
    """Return the parts of a line of a cell, separated by `|`."""
    parts, begin = [], 0
    for separator in _SEPARATOR.finditer(line):
        parts.append(line[begin : separator.end() - 1])
        begin = separator.end()
    parts.append(line[begin:])
    return [
        _ESCAPED.sub(lambda escaped: _SIGNS.get(escaped[1], escaped[1]), p.strip()) for p in parts
    ]
