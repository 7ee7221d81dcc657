"""Show the differences between two versions of a part.

Texts are compared by characters (Latin words and numbers stay whole), lists by items.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Any, Literal

from faq.content.catalogue import Group
from faq.content.validation import ACTION_TYPES, LABELS
from faq.diagnosis.families import PROBES
from faq.release.parts import ENTRY, Key, part_name
from miniprogram_api.names.lists import RuleRow
from miniprogram_api.texts import text, word

POINTS = "points"
NO_TITLES: Mapping[str, str] = MappingProxyType({})
# Least similarity of an item's two versions.
_SAME_ITEM = 0.5
# Common stretches up to this many characters between two changes are merged into them.
_SHORT = 1
_TOKEN = re.compile(r"[A-Za-z0-9_]+|.", re.DOTALL)

Op = Literal["same", "added", "removed"]


@dataclass(frozen=True)
class Run:
    """Mark a piece of text as same, added or removed."""

    op: Op
    text: str


@dataclass(frozen=True)
class Item:
    """Hold one item of a field (a text has one, a list many) as pieces in order."""

    op: Literal["same", "added", "removed", "changed"]
    runs: tuple[Run, ...]

    @property
    def before(self) -> str:
        """Return the old text."""
        return "".join(run.text for run in self.runs if run.op != "added")

    @property
    def after(self) -> str:
        """Return the new text."""
        return "".join(run.text for run in self.runs if run.op != "removed")


@dataclass(frozen=True)
class Difference:
    """Describe a changed field by its path and its label for editors."""

    field: str
    label: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class PartChange:
    """Describe a part that was changed, added or removed; `name`: for sentences."""

    key: Key
    name: str
    differences: tuple[Difference, ...]


def part_changes(
    before: Mapping[Key, Any], after: Mapping[Key, Any], titles: Mapping[str, str] = NO_TITLES
) -> list[PartChange]:
    """Return the parts that differ between two contents (`faq.release.parts.split`).

    `titles`: as in `differences`.
    """
    return [
        PartChange(key, part_name(key, value), tuple(differences(key, old, new, titles)))
        for key in dict.fromkeys([*after, *before])
        if (old := before.get(key)) != (new := after.get(key))
        and (value := old if new is None else new) is not None
    ]


def differences(
    key: Key, before: Any, after: Any, titles: Mapping[str, str] = NO_TITLES
) -> list[Difference]:
    """Return the fields that differ between two versions of a part; None is a missing version.

    `titles`: slug → title of related entries.
    """
    old, new = _fields(key, before, titles), _fields(key, after, titles)
    if key.kind == ENTRY:
        names = _questions(before) | _questions(after)
        old |= _points(before, names) | _order_of(before, after, names)
        new |= _points(after, names) | _order_of(after, before, names)
    return [
        Difference(field, label, _items(old.get((field, label), []), new.get((field, label), [])))
        for field, label in {**old, **new}
        if old.get((field, label), []) != new.get((field, label), [])
    ]


def action_line(action: Any) -> str:
    """Format a button as 类型 | 文字 | 目标."""
    if not isinstance(action, Mapping):
        return _text(action)
    kind = action.get("type")
    rest = {k: v for k, v in action.items() if k not in ("type", "label", kind)}
    kind_in_words = ACTION_TYPES.get(str(kind), kind)
    cells = [kind_in_words, action.get("label"), action.get(str(kind)), *([rest] if rest else [])]
    return " | ".join(_text(cell) for cell in cells)


def probe_line(probe: Any) -> str:
    """Format an attached probe as 名称 | 说明."""
    if not isinstance(probe, Mapping):
        registered = PROBES.get(str(probe))
        return _text(probe) if registered is None else registered.title
    registered = PROBES.get(str(probe.get("probe")))
    name = probe.get("probe") if registered is None else registered.title
    return " | ".join(_text(cell) for cell in (name, probe.get("explanation")) if cell)


def image_line(image: Any) -> str:
    """Format a picture as its description and name."""
    if not isinstance(image, Mapping):
        return _text(image)
    return f"{_text(image.get('text'))}（{_text(image.get('image'))}）"


# List → the field that names a row, and the fields that are compared.
_ROWS = {
    "synonyms": ("word", ("spellings",)),
    "smalltalk": ("topic", ("answer", "questions")),
    "acts": ("act", ("questions", "negatives")),
    "families": ("title", ("named", "members", "open", "probes", "questions", "texts")),
    "questions_back": ("id", ("text", "when", "replies")),
    "catalogue": ("code", tuple(name for name in Group.model_fields if name != "code")),
    "name_rules": ("rule", tuple(name for name in RuleRow.model_fields if name != "rule")),
    "name_allowed": ("title", ("words",)),
    "equal_trades": ("title", ("words",)),
    "name_trades": ("title", ("code", "words", "spoken")),
}


# Field → the group of texts that names its values.
_WORDED = {
    "kind": "content.kinds",
    "when": "content.conditions",
    "handled_by": "catalogue.handled_by",
    "level": "names.levels",
    "part": "names.parts",
    "place": "names.places",
}


def _fields(key: Key, value: Any, titles: Mapping[str, str]) -> dict[tuple[str, str], list[str]]:
    """Return path and label of each field → its items as texts."""
    if value is None:
        return {}
    if key.kind == "catalogue":
        value = [*_flat(value)]
    if key.kind in _ROWS:
        return _named(value, *_ROWS[key.kind], titles)
    if key.kind == "out_of_scope" and isinstance(value, Mapping):
        lines = {("questions", LABELS["questions"]): _lines("", value.get("questions", []))}
        return {**lines, **_named(value.get("other_services", []), "name", ("words",), titles)}
    if isinstance(value, Mapping):
        fields = {f: v for f, v in value.items() if f != POINTS or not _are_points(v)}
        return {(str(f), LABELS.get(f, str(f))): _lines(f, v, titles) for f, v in fields.items()}
    return {("", ""): _lines("", value)}


def _are_points(value: Any) -> bool:
    """Return whether points can be compared one by one."""
    if not isinstance(value, list) or not all(isinstance(point, Mapping) for point in value):
        return False
    ids = [point.get("id") for point in value]
    return all(isinstance(name, str) for name in ids) and len({*ids}) == len(ids)


def _points_by_id(value: Any) -> dict[str, Any]:
    """Return the points of an entry by id; empty if they cannot be compared one by one."""
    points = value.get(POINTS) if isinstance(value, Mapping) else None
    return {point["id"]: point for point in points} if points and _are_points(points) else {}


def _questions(value: Any) -> dict[str, str]:
    return {name: _text(point.get("question")) for name, point in _points_by_id(value).items()}


def _points(value: Any, names: Mapping[str, str]) -> dict[tuple[str, str], list[str]]:
    """Return one field for each point, `points.ID`."""
    return {
        (f"{POINTS}.{name}", text("content.points.of", question=names[name] or name)): [
            line for field, content in point.items() for line in _point_lines(field, content)
        ]
        for name, point in _points_by_id(value).items()
    }


def _point_lines(field: str, value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        shown = _text(item)
        if field == "action":
            shown = action_line(item)
        elif field in ("states", "unless"):
            shown = word("states.titles", shown)
        elif field == "asks":
            shown = LABELS.get(shown, shown)
        elif field == "person":
            shown = word("content.point_persons", shown)
        elif field == "is_local":
            shown = text("content.points.yes")
        if field != "id" and shown and value is not False:
            yield text("content.points.line", label=LABELS.get(field, field), value=shown)


def _order_of(value: Any, other: Any, names: Mapping[str, str]) -> dict[tuple[str, str], list[str]]:
    """Return the order of the points that both versions have."""
    theirs = _points_by_id(other)
    order = [names[name] or name for name in _points_by_id(value) if name in theirs]
    return {(POINTS, text("content.points.order")): order} if order else {}


def _flat(groups: Any) -> Iterator[Any]:
    """Yield the groups of the catalogue, each followed by its items."""
    for group in groups if isinstance(groups, list) else []:
        items = group.get("items") if isinstance(group, Mapping) else None
        if not isinstance(items, list):
            yield group
            continue
        inner = [item for item in items if isinstance(item, Mapping)]
        named = [f"{_text(item.get('title'))}（{_text(item.get('code'))}）" for item in inner]
        yield {**group, "items": named}
        yield from inner


def _named(
    rows: Any, name: str, fields: Iterable[str], titles: Mapping[str, str]
) -> dict[tuple[str, str], list[str]]:
    lines_of: dict[tuple[str, str], list[str]] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping):
            called = _text(row.get(name))
            title = word("content.turn_acts", called) if name == "act" else called
            if name == "code":
                title = _text(row.get("title")) or called
            for field in fields:
                label = text("content.differences.of_row", name=title, field=LABELS[field])
                lines_of[(f"{called}.{field}", label)] = _lines(field, row.get(field, []), titles)
    return lines_of


def _lines(field: str, value: Any, titles: Mapping[str, str] = NO_TITLES) -> list[str]:
    if isinstance(value, Mapping):
        return [_pair_line(field, name, named, titles) for name, named in value.items()]
    items = value if isinstance(value, list) else [value]
    if field in _WORDED:
        group = _WORDED[field]
        return [word(group, _text(item)) for item in items]
    if field in ("related", "named", "members"):
        return [_entry(item, titles) for item in items]
    if field == "replies":
        return [_reply_line(item, titles) for item in items]
    render = {
        "actions": action_line,
        "images": image_line,
        "probes": probe_line,
        "verify": _verification_line,
    }.get(field, _text)
    return [render(item) for item in items]


def _entry(slug: Any, titles: Mapping[str, str]) -> str:
    # With the slug, because titles may repeat.
    return f"{titles[slug]}（{slug}）" if slug in titles else _text(slug)


def _reply_line(reply: Any, titles: Mapping[str, str]) -> str:
    if not isinstance(reply, Mapping):
        return _text(reply)
    says = "、".join(map(_text, reply.get("says", [])))
    cells = [_text(reply.get("label")), _entry(reply.get("entry"), titles), says]
    return " | ".join(filter(None, cells))


def _verification_line(verification: Any) -> str:
    if not isinstance(verification, Mapping):
        return _text(verification)
    return f"{_text(verification.get('role'))}（{_text(verification.get('when'))}）"


def _pair_line(field: str, name: str, value: Any, titles: Mapping[str, str]) -> str:
    """Format a short text, a variant or an open entry as 名称：内容."""
    if field in ("texts", "fee"):
        return f"{LABELS.get(name, name)}：{_text(value)}"
    if field == "variants" and isinstance(value, Mapping):
        steps = (f"{at}. {_text(step)}" for at, step in enumerate(value.get("steps", []), 1))
        title = word("states.titles", name)
        return "\n".join([f"{title}：{_text(value.get('answer'))}", *steps])
    if field == "open":
        return f"{_entry(name, titles)}：{'、'.join(map(_text, value))}"
    return f"{name}：{_text(value)}"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _items(before: Sequence[str], after: Sequence[str]) -> tuple[Item, ...]:
    items: list[Item] = []
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for step, old_from, old_to, new_from, new_to in steps:
        old, new = before[old_from:old_to], after[new_from:new_to]
        if step == "equal":
            items += [Item("same", (Run("same", text),)) for text in old]
        else:
            items += _replaced(list(old), list(new))
    return tuple(items)


def _replaced(old: list[str], new: list[str]) -> list[Item]:
    """Pair changed items; the others are added or removed."""
    if len(old) == len(new) == 1:
        return [Item("changed", _runs(old[0], new[0]))]
    items: list[Item] = []
    for line in new:
        place = next((place for place, o in enumerate(old) if _alike(o, line)), None)
        if place is None:
            items.append(Item("added", (Run("added", line),)))
        else:
            items += [Item("removed", (Run("removed", gone),)) for gone in old[:place]]
            items.append(Item("changed", _runs(old[place], line)))
            old = old[place + 1 :]
    return items + [Item("removed", (Run("removed", gone),)) for gone in old]


def _alike(line: str, other: str) -> bool:
    matcher = SequenceMatcher(None, line, other, autojunk=False)
    return matcher.real_quick_ratio() >= _SAME_ITEM and matcher.ratio() >= _SAME_ITEM


def _runs(before: str, after: str) -> tuple[Run, ...]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    runs: list[Run] = []
    removed = added = ""
    for number, (step, old_from, old_to, new_from, new_to) in enumerate(steps):
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        between = 0 < number < len(steps) - 1
        if step != "equal" or (between and len(gone) <= _SHORT):
            removed, added = removed + gone, added + come
            continue
        runs += _pair(removed, added)
        removed = added = ""
        runs.append(Run("same", gone))
    return tuple(runs + _pair(removed, added))


def _pair(removed: str, added: str) -> list[Run]:
    ops: tuple[tuple[Op, str], ...] = (("removed", removed), ("added", added))
    return [Run(op, text) for op, text in ops if text]
