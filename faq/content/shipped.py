"""Read the shipped parts from their files."""

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "seed"


def read(path: Path) -> Any:
    """Read a YAML file."""
    # Ten times as fast where available.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text("utf-8"), Loader=loader)  # noqa: S506


@cache
def part(name: str) -> Any:
    """Return the shipped list of this name as plain values; do not change them.

    It is a file, or a folder with a file for each item.
    """
    folder = FOLDER / name
    if folder.is_dir():
        return [read(path) for path in sorted(folder.glob("*.yaml"))]
    return read(FOLDER / f"{name}.yaml")


def fitting(name: str, slugs: Collection[str]) -> Any:
    """Return the shipped list of this name, without what refers to other entries than `slugs`."""
    values = part(name)
    if name == "questions_back":
        return [
            question
            for question in values
            if all(reply["entry"] in slugs for reply in question["replies"])
        ]
    if name == "families":
        asked = {question["id"] for question in fitting("questions_back", slugs)}
        fitted = [
            {
                **family,
                "named": [slug for slug in family["named"] if slug in slugs],
                "members": [slug for slug in family["members"] if slug in slugs],
                "open": {s: words for s, words in family.get("open", {}).items() if s in slugs},
                "questions": [
                    question for question in family.get("questions", ()) if question in asked
                ],
            }
            for family in values
        ]
        return [family for family in fitted if family["named"] and family["members"]]
    return values
