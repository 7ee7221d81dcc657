"""Two texts of one entry become one again, field by field, when two editors saved at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from faq.editing.differences import NO_TITLES, Difference, differences
from faq.release.parts import Key, normal

Pick = Literal["mine", "theirs", "both"]


@dataclass(frozen=True)
class Choice:
    """A field in which the two texts differ. `difference`: from theirs to mine.

    `by`: who changed it since the text that both began with, as far as that is known. `pick`: what
    is proposed, so that what only one of them changed needs no thought. `can_join`: whether it is a
    list, of which both can stay.
    """

    difference: Difference
    by: Literal["mine", "theirs", "both", "unknown"]
    pick: Pick
    can_join: bool

    @property
    def field(self) -> str:
        return self.difference.field


def choices(
    key: Key,
    base: Mapping[str, Any] | None,
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    titles: Mapping[str, str] = NO_TITLES,
) -> list[Choice]:
    """The fields to choose in. `base`: the text that both began with; None when it is not kept.

    `titles`: as `differences` takes them.
    """
    mine, theirs = normal(key, mine), normal(key, theirs)
    by_me = _changed(key, base, mine)
    by_them = _changed(key, base, theirs)
    found = []
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
        found.append(Choice(difference, by, pick, can_join))  # type: ignore[arg-type]
    return found


def merged(
    key: Key, mine: Mapping[str, Any], theirs: Mapping[str, Any], picks: Mapping[str, str]
) -> dict[str, Any]:
    """Theirs, with the fields of mine that were picked; `both`: what they have, then what I added.

    A field that nobody chose in stays as they saved it, unless they have nothing there.
    """
    mine, result = normal(key, mine), dict(normal(key, theirs))
    for difference in differences(key, result, mine):
        field = difference.field
        pick = picks.get(field, "theirs" if result.get(field) else "mine")
        ours, others = mine.get(field), result.get(field)
        if pick == "both" and isinstance(ours, list) and isinstance(others, list):
            result[field] = [*others, *(item for item in ours if item not in others)]
        elif pick == "mine" or (pick == "both" and not others):
            result[field] = ours if ours is not None else []
    return result


def _changed(key: Key, base: Mapping[str, Any] | None, value: Mapping[str, Any]) -> set[str]:
    return set() if base is None else {d.field for d in differences(key, base, value)}
