"""Look up readings and simplified forms of characters, and which ones are standard."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def readings() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return character → reading, and word → readings that differ from its characters'.

    Readings carry no tone; ü is written v.
    """
    characters: dict[str, str] = {}
    words: dict[str, tuple[str, ...]] = {}
    for line in _lines("pinyin.tsv"):
        reading, group = line.split("\t")
        if " " in reading:
            words[group] = tuple(reading.split(" "))
        else:
            characters.update(dict.fromkeys(group, reading))
    return characters, words


@cache
def simplified() -> dict[int, str]:
    """Return a table for `str.translate`: traditional character → simplified one."""
    traditional, plain = _lines("simplified.tsv")
    return {ord(a): b for a, b in zip(traditional, plain, strict=True)}


@cache
def standard() -> frozenset[str]:
    """Return the 8,105 characters that names may be written with (通用规范汉字表)."""
    return frozenset("".join(_lines("standard.txt")))


def _lines(name: str) -> list[str]:
    text = FOLDER.joinpath(name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]
