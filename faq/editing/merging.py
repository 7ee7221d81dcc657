"""Merge two texts of an entry, field by field, after a concurrent change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from faq.editing.differences import NO_TITLES, POINTS, Difference, differences
from faq.release.parts import Key, normal

Pick = Literal["mine", "theirs", "both"]


@dataclass(frozen=True)
class Choice:
    """Describe a conflicting field; `difference`: from theirs to mine.

    `by`: who changed it since the common base. `pick`: the proposal, trivial when only one side
    changed it. `can_join`: whether it is a list that can hold both.
    """

    difference: Difference
    by: Literal["mine", "theirs", "both", "unknown"]
    pick: Pick
    can_join: bool

    @property
    def field(self) -> str:
        """Return the path of the field."""
        return self.difference.field


def choices(
    key: Key,
    base: Mapping[str, Any] | None,
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    titles: Mapping[str, str] = NO_TITLES,
) -> list[Choice]:
    """Return the conflicting fields; `base`: the common base, None when it is not stored.

    `titles`: as in `differences`.
    """
    mine, theirs = normal(key, mine), normal(key, theirs)
    by_me = _changed(key, base, mine)
    by_them = _changed(key, base, theirs)
    choices = []
    for difference in differences(key, theirs, mine, titles):
        field = difference.field
        if base is None:
            by, pick = "unknown", "mine"
        elif field not in by_them:
            by, pick = "mine", "mine"
        elif field not in by_me:
            by, pick = "theirs", "theirs"
        else:
            by, pick = "both", "mine"
        can_join = isinstance(mine.get(field, theirs.get(field)), list)
        choices.append(Choice(difference, by, pick, can_join))  # type: ignore[arg-type]
    return choices


def merged(
    key: Key, mine: Mapping[str, Any], theirs: Mapping[str, Any], picks: Mapping[str, str]
) -> dict[str, Any]:
    """Return theirs with the picked fields of mine; `both` appends my additions to a list.

    Points are picked one by one. Fields without a pick stay as theirs, unless theirs are empty.
    """
    mine, result = normal(key, mine), dict(normal(key, theirs))
    for difference in differences(key, result, mine):
        field = difference.field
        if field.startswith(POINTS):
            if picks.get(field) == "mine":
                result[POINTS] = _with_mine(field, mine.get(POINTS, []), result.get(POINTS, []))
            continue
        pick = picks.get(field, "theirs" if result.get(field) else "mine")
        ours, others = mine.get(field), result.get(field)
        if pick == "both" and isinstance(ours, list) and isinstance(others, list):
            result[field] = [*others, *(item for item in ours if item not in others)]
        elif pick == "mine" or (pick == "both" and not others):
            result[field] = ours if ours is not None else []
    return result


def _with_mine(field: str, mine: list[Any], theirs: list[Any]) -> list[Any]:
    """Return their points with one of mine, or in my order (`field` is `points` alone)."""
    if not all(isinstance(point, Mapping) for point in (*mine, *theirs)):
        return mine
    if field == POINTS:
        place = {point.get("id"): at for at, point in enumerate(mine)}
        return sorted(theirs, key=lambda point: place.get(point.get("id"), len(place)))
    name = field.removeprefix(f"{POINTS}.")
    own = next((point for point in mine if point.get("id") == name), None)
    if any(point.get("id") == name for point in theirs):
        points = [own if point.get("id") == name else point for point in theirs]
    else:
        points = [*theirs, own]
    return [point for point in points if point is not None]


def _changed(key: Key, base: Mapping[str, Any] | None, value: Mapping[str, Any]) -> set[str]:
    return set() if base is None else {d.field for d in differences(key, base, value)}
