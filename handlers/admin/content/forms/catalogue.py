"""The form of an item of the service catalogue, and its place in the draft's list.

The list may be invalid; unreadable input stays as typed, and the check names it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from handlers.admin.content.forms.fields import items, line, lines, mapping, rows, shown_lines, text

LINES = ("old_names", "subject_types", "materials", "steps", "basis")
SINGLE = (
    "title",
    "authority",
    "online_url",
    "item_code",
    "statutory",
    "promised",
    "reviewed_on",
)
SEPARATOR = "|"

Path = tuple[int] | tuple[int, int]
Row = Mapping[str, Any]


def located(catalogue: Any) -> Iterator[tuple[Path, Row]]:
    """Yield groups and items with their places, in order."""
    for at, group in enumerate(rows(catalogue)):
        yield (at,), group
        for number, item in enumerate(rows(group, "items")):
            yield (at, number), item


def find(catalogue: Any, code: str) -> tuple[Path, Row] | None:
    """Return the place and the value of a group or an item."""
    return next((one for one in located(catalogue) if text(one[1].get("code")) == code), None)


def titles(catalogue: Any) -> dict[str, str]:
    """Return code → title of all groups and items."""
    coded = (item for _, item in located(catalogue))
    return {text(item.get("code")): text(item.get("title")) for item in coded}


def own(item: Row) -> dict[str, Any]:
    """Return the fields of a group without its items."""
    return {name: value for name, value in item.items() if name != "items"}


def replaced(catalogue: Any, path: Path, typed: Row | None) -> list[Any]:
    """Return the list with an item replaced, or removed for None; a group keeps its items."""
    return [
        changed
        for at, group in enumerate(rows(catalogue))
        if (changed := _changed(group, path, typed) if at == path[0] else group) is not None
    ]


def _changed(group: Row, path: Path, typed: Row | None) -> Row | None:
    if len(path) == 1:
        return typed and {**typed, "items": items(group, "items")}
    shown: list[Row | None] = [*rows(group, "items")]
    shown[path[1]] = typed
    return {**group, "items": [item for item in shown if item is not None]}


def added(catalogue: Any, group: str, item: Row) -> list[Any]:
    """Return the list with an item at the end of a group, or with a new group."""
    groups = rows(catalogue)
    if group not in {text(one.get("code")) for one in groups}:
        return [*groups, item]
    return [
        {**one, "items": [*items(one, "items"), item]} if text(one.get("code")) == group else one
        for one in groups
    ]


def fields_of(item: Row) -> dict[str, str]:
    """Return the form fields of an item of the draft."""
    fee = mapping(item.get("fee"))
    verify = (
        f" {SEPARATOR} ".join((text(one.get("role")), text(one.get("when"))))
        for one in rows(item, "verify")
    )
    return {
        **{name: text(item.get(name)) for name in SINGLE},
        **{name: shown_lines(item.get(name)) for name in LINES},
        "handled_by": text(item.get("handled_by")) or "bureau",
        "amount": text(fee.get("amount")),
        "fee_basis": text(fee.get("basis")),
        "verify": "\n".join(verify),
    }


def content_of(before: Row, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the item with the typed values; empty fields are left out."""
    fee = {"amount": line(form.get("amount", "")), "basis": line(form.get("fee_basis", ""))}
    read: dict[str, Any] = {
        **{name: line(form.get(name, "")) for name in SINGLE},
        **{name: lines(form.get(name, "")) for name in LINES},
        "handled_by": form.get("handled_by", ""),
        "fee": {name: said for name, said in fee.items() if said},
        "verify": [_verification(one) for one in lines(form.get("verify", ""))],
    }
    return {"code": before.get("code"), **{name: said for name, said in read.items() if said}}


def _verification(typed: str) -> dict[str, str]:
    clean: Callable[[str], str] = line
    role, _, when = map(clean, typed.replace("｜", SEPARATOR).partition(SEPARATOR))
    return {"role": role, "when": when}
