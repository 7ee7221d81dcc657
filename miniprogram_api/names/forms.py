"""The forms of organisation that names of enterprises end with."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from miniprogram_api.names.findings import Subject

_FILE = Path(__file__).with_name("forms.yaml")


_GROUP = "group"


@cache
def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = yaml.safe_load(_FILE.read_text("utf-8"))
    return table


@cache
def ends(subject: Subject) -> tuple[str, ...]:
    """Return how names of this kind of enterprise end, before any marker, longest first."""
    return tuple(sorted(_table()[subject]["ends"], key=len, reverse=True))


@cache
def groups() -> tuple[str, ...]:
    """Return what a group of companies puts before its form."""
    return tuple(_table()[_GROUP]["ends"])


@cache
def markers(subject: Subject | None = None) -> tuple[str, ...]:
    """Return the markers in brackets that end names of this kind, or of any kind."""
    kinds = [*Subject] if subject is None else [subject]
    return tuple(marker for kind in kinds for marker in _table()[kind].get("marker", ()))


@cache
def all_ends() -> tuple[str, ...]:
    """Return the ends of all kinds, longest first."""
    found = dict.fromkeys(end for subject in Subject for end in ends(subject))
    return tuple(sorted(found, key=len, reverse=True))


def at_end(name: str) -> str:
    """Return the form at the end of a name, with its marker; empty without one."""
    marker = next((marker for marker in markers() if name.endswith(marker)), "")
    bare = name.removesuffix(marker)
    end = next((end for end in all_ends() if bare.endswith(end) and bare != end), "")
    if end in ends(Subject.COMPANY):
        bare = bare.removesuffix(end)
        end = next((group for group in groups() if bare.endswith(group)), "") + end
    return end + marker


def subject_of(form: str) -> Subject | None:
    """Return the kind of enterprise that a form belongs to; None for no known form."""
    for subject in (Subject.PARTNERSHIP, Subject.SOLE):
        if form.endswith(markers(subject)):
            return subject
    form = without_group(form)
    for subject in (Subject.COMPANY, Subject.BRANCH, Subject.COOPERATIVE, Subject.INDIVIDUAL):
        if form in ends(subject):
            return subject
    return None


def without_group(form: str) -> str:
    """Return the form without what a group of companies puts before it."""
    for group in groups():
        form = form.removeprefix(group)
    return form


def usual(subject: Subject) -> str:
    """Return the commonest form of a kind of enterprise, without a marker."""
    return str(_table()[subject]["usual"])
