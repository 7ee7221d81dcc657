"""The points of the shipped content: placeholders, numbers, wordings, answers."""

import re
from collections import defaultdict

import pytest

from config import Settings
from faq.content import claims, seed
from faq.content.catalogue import Group
from faq.content.entries import Content, Entry, Point
from faq.diagnosis.asker_states import STATES
from faq.release import limits
from miniprogram_api.texts import words

CONTENT: Content = seed.load()
POINTS = [(entry, point) for entry in CONTENT.entries for point in entry.points]
_NAMES = words("states.placeholders")


def _of(entry: Entry, point: Point) -> str:
    return f"{entry.slug}.{point.id}"


@pytest.fixture(scope="module")
def limit_names(settings_of_limits: Settings) -> set[str]:
    return {*limits.placeholders(settings_of_limits)}


@pytest.fixture(scope="module")
def settings_of_limits() -> Settings:
    return Settings.model_construct(**{n: f.default for n, f in Settings.model_fields.items()})


def test_placeholders_are_known(limit_names: set[str]) -> None:
    for entry, point in POINTS:
        filled = {_NAMES[name] for state in point.states for name in STATES[state]}
        unknown = {*re.findall(r"\{([^{}]*)\}", point.answer)} - limit_names - filled
        assert not unknown, f"{_of(entry, point)}: {unknown}"


def test_numbers_of_limits_come_from_the_rules() -> None:
    said = {_of(e, p): found for e, p in POINTS if (found := claims.limit_claims(p.answer))}
    assert not said, said


def test_no_two_points_have_the_same_answer() -> None:
    holders = defaultdict(list)
    for entry, point in POINTS:
        holders[point.answer].append(_of(entry, point))
    twice = {answer: names for answer, names in holders.items() if len(names) > 1}
    assert not twice, twice


def test_no_wording_belongs_to_two_points() -> None:
    holders = defaultdict(list)
    for entry, point in POINTS:
        for wording in {*point.examples}:
            holders[wording].append(_of(entry, point))
    twice = {wording: names for wording, names in holders.items() if len(names) > 1}
    assert not twice, twice


def test_no_wording_is_an_example_of_another_entry() -> None:
    entry_of = {question: entry.slug for entry in CONTENT.entries for question in entry.questions}
    wrong = {
        f"{_of(entry, point)}: {text}": entry_of[text]
        for entry, point in POINTS
        for text in point.examples
        if entry_of.get(text, entry.slug) != entry.slug
    }
    assert not wrong, wrong


def test_points_of_services_say_the_numbers_of_the_catalogue() -> None:
    hotlines = {"110", "12345"}
    for entry, point in POINTS:
        if entry.catalogue is not None:
            group = next(one for one in CONTENT.catalogue if _has(one, entry.catalogue))
            known = {*re.findall(r"\d+", group.model_dump_json()), *hotlines}
            unknown = {*re.findall(r"\d+", point.answer)} - known
            assert not unknown, f"{_of(entry, point)}: {unknown}"


def test_points_of_services_charge_nothing_where_the_catalogue_does_not() -> None:
    for entry, point in POINTS:
        if entry.catalogue is not None and point.asks == "cost":
            fee = CONTENT.catalogue_items[entry.catalogue].fee
            is_free = fee is not None and "不收" in fee.amount
            assert not is_free or re.search("不收|不要钱", point.answer), _of(entry, point)


def _has(group: Group, code: str) -> bool:
    """Return whether a group of the catalogue or one of its items has the code."""
    return code in {group.code, *(item.code for item in group.items)}
