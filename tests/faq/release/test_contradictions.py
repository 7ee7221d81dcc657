"""Texts that say something else than the tables know."""

from datetime import timedelta

import pytest

from config import Settings
from faq.content import seed
from faq.release.contradictions import Contradiction, contradictions
from faq.release.parts import ENTRY, Key, split
from miniprogram_api import clock
from miniprogram_api.phones import ranges
from models.desks.windows import ServiceWindow
from tests.support.people.accounts import Time

KEY = Key(ENTRY, "segment_199")


def found(settings: Settings, answer: str, **fields: object) -> list[Contradiction]:
    value = {"title": "号段", "answer": answer, **fields}
    return contradictions({KEY: value}, settings)


def test_shipped_content_agrees_with_the_shipped_tables(tables: Settings) -> None:
    assert contradictions(split(seed.load()), tables) == []


def test_open_range_in_the_text_is_closed_in_the_table(tables: Settings) -> None:
    (one,) = found(tables, "199号段已支持。")
    assert (one.source, one.table) == ("number_ranges", "号段表")
    assert one.part == "条目“号段”（segment_199）"
    assert one.message == "答案说“199号段已支持”，而号段表里199暂不支持。"


def test_after_the_opening_the_open_text_is_right_and_the_closed_one_wrong(
    tables: Settings,
) -> None:
    today = clock.today()
    ranges.set_range("199", today, actor="test")
    assert found(tables, "199号段已支持。") == []
    (one,) = found(tables, "199号段暂不支持。")
    assert "已经可用" in one.message
    with Time(clock.now() - timedelta(days=1)).running():
        assert len(found(tables, "199号段已支持。")) == 1


def test_day_of_an_opening_is_compared(tables: Settings) -> None:
    day = clock.today() + timedelta(days=40)
    ranges.set_range("199", day, actor="test")
    words = f"{day.month}月{day.day}日"
    assert found(tables, f"199号段预计{words}起支持。") == []
    (one,) = found(tables, "199号段预计2029年3月4日起支持。")
    assert words in one.message


@pytest.mark.parametrize("field", ["steps", "texts", "variants"])
def test_all_texts_of_an_entry_are_compared(tables: Settings, field: str) -> None:
    wrong = "199号段已支持。"
    values = {
        "steps": {"steps": [wrong]},
        "texts": {"texts": {"how_long": wrong}},
        "variants": {"variants": {"no_code": {"answer": "好。", "steps": [wrong]}}},
    }
    assert len(found(tables, "好。", **values[field])) == 1
    assert found(tables, "好。", questions=[wrong]) == []


def test_variant_of_an_open_range_says_that_it_is_open(tables: Settings) -> None:
    assert found(tables, "好。", variants={"range_open": {"answer": "199号段已支持。"}}) == []


@pytest.mark.parametrize(
    ("answer", "source"),
    [
        ("窗口工作日8:00-20:00办公。", "windows"),
        ("窗口工作日9:00-17:00办公。", None),
        ("窗口周六也办公。", "windows"),
        ("窗口周末不办公。", None),
        ("窗口电话0571-11112222。", "windows"),
        ("窗口电话0571-88886666。", None),
        ("一小时内最多发4条。", "settings"),
        ("一小时内最多发3条。", None),
    ],
)
def test_windows_and_limits_are_compared(tables: Settings, answer: str, source: str | None) -> None:
    ServiceWindow.create(
        name="东区窗口",
        address="东路1号",
        hours="工作日 9:00–17:00",
        phone="0571-88886666",
        changed_at=clock.now(),
    )
    assert [one.source for one in found(tables, answer)] == ([source] if source else [])


def test_text_is_not_compared_with_an_empty_list_of_windows(tables: Settings) -> None:
    ServiceWindow.delete().execute()
    assert found(tables, "窗口周六9:00-12:00办公，电话0571-11112222。") == []


def test_invalid_part_is_compared_as_far_as_it_can_be_read(tables: Settings) -> None:
    assert contradictions({KEY: {"answer": 3, "steps": "199号段已支持。"}}, tables) != []


OTHER = Key(ENTRY, "other")


def against(
    settings: Settings, answer: str, other: dict[str, object], **fields: object
) -> list[str]:
    """Return what is wrong with an answer beside another entry."""
    parts = {KEY: {"title": "号段", "answer": answer, **fields}}
    told = contradictions(parts, settings, {OTHER: {"title": "别的", **other}})
    return [one.message for one in told if one.source == "content"]


@pytest.mark.parametrize(
    ("answer", "is_wrong"),
    [
        ("身份核验收费20元。", True),
        ("每次刷脸要交5元。", True),
        ("到窗口核验需要付费。", True),
        ("设立登记要交300元登记费。", True),
        ("核验不收费，有人收20元的是骗子。", False),
        ("刻章要收费，由刻制单位定。", False),
        ("银行开户收取20元，由银行定。", False),
        ("核验收费吗？不收费。", False),
    ],
)
def test_fees_are_compared_with_the_rule(tables: Settings, answer: str, is_wrong: bool) -> None:
    told = [one for one in found(tables, answer) if one.source == "payments"]
    assert bool(told) == is_wrong
    if told:
        assert "身份核验和登记注册都不收费" in told[0].message


@pytest.mark.parametrize(
    ("answer", "other", "is_wrong"),
    [
        ("人工核验3个工作日内答复。", "人工核验会在5个工作日内答复。", True),
        ("人工核验3个工作日内答复。", "人工核验三个工作日内答复。", False),
        ("授权可以随时关闭。", "授权不可以随时关闭。", True),
        ("换手机号不用到窗口。", "换手机号要到窗口。", True),
        ("换手机号不用到窗口。", "换手机号也不需要到窗口。", False),
        # A condition states nothing, and other words are another matter.
        ("授权可以随时关闭。", "如果业务受理了，授权不可以随时关闭。", False),
        ("换手机号不用到窗口。", "换身份证要到窗口。", False),
    ],
)
def test_entries_are_compared_with_each_other(
    tables: Settings, answer: str, other: str, is_wrong: bool
) -> None:
    told = against(tables, answer, {"answer": other})
    assert bool(told) == is_wrong
    if told:
        assert "而条目“别的”（other）说" in told[0]


def test_yes_and_no_of_points_are_compared(tables: Settings) -> None:
    point = {"id": "a", "question": "刷脸要带身份证吗", "answer": "不用带。", "wordings": []}
    other = {**point, "answer": "要，放在手边。"}
    assert len(against(tables, "好。", {"points": [other]}, points=[point])) == 1
    in_a_state = {**other, "states": ["locked"]}
    assert against(tables, "好。", {"points": [in_a_state]}, points=[point]) == []
    assert against(tables, "好。", {"answer": "刷脸要带身份证。"}, points=[point]) != []
