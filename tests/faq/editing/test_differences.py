"""Differences between two versions are complete and readable."""

from typing import Any

from hypothesis import HealthCheck, given, settings

from faq.content.entries import Content
from faq.diagnosis.families import PROBES
from faq.editing.differences import Difference, Item, Run, differences
from faq.release.parts import Key, split
from tests.support.faq.contents import contents

ENTRY = Key("entry", "lost_card")
POINT = {
    "id": "people",
    "question": "一个号几个人用",
    "wordings": ["三个人能用一个号吗", "全家一个号行吗", "一号几人"],
    "answer": "最多{一号账号数}个人。",
}
WORDED = ("actions", "images", "kind", "points", "probes", "variants")


def shown(before: Any, after: Any, key: Key = ENTRY) -> dict[str, Difference]:
    return {difference.label: difference for difference in differences(key, before, after)}


def test_changed_text_shows_the_changed_words() -> None:
    found = shown(
        {"answer": "请等60秒，再点一次", "title": "一样"},
        {"answer": "请等满90秒再点", "title": "一样"},
    )
    (item,) = found["答案"].items
    assert set(found) == {"答案"}
    assert item.op == "changed"
    assert item.runs == (
        Run("same", "请等"),
        Run("removed", "60秒，"),
        Run("added", "满90秒"),
        Run("same", "再点"),
        Run("removed", "一次"),
    )


def test_changed_list_shows_its_items() -> None:
    found = shown(
        {"steps": ["等满一分钟，再点一次", "联系窗口"], "questions": ["甲", "乙", "丙"]},
        {
            "steps": ["等满60秒，再点一次", "打电话", "联系窗口人员"],
            "questions": ["甲", "丙", "丁"],
        },
    )
    assert [(item.op, item.before, item.after) for item in found["步骤"].items] == [
        ("changed", "等满一分钟，再点一次", "等满60秒，再点一次"),
        ("added", "", "打电话"),
        ("changed", "联系窗口", "联系窗口人员"),
    ]
    assert [(item.op, item.before or item.after) for item in found["示例问题"].items] == [
        ("same", "甲"),
        ("removed", "乙"),
        ("same", "丙"),
        ("added", "丁"),
    ]


def test_buttons_pictures_and_probes_are_shown_as_lines() -> None:
    found = shown(
        {"actions": [{"type": "page", "label": "去", "page": "a"}], "probes": [{"probe": "sms"}]},
        {
            "actions": [{"type": "page", "label": "去", "page": "b"}, "坏的"],
            "probes": [{"probe": "sms", "explanation": "看短信"}],
            "images": [{"image": "dot.png", "text": "点在哪里"}],
        },
    )
    assert [item.after for item in found["按钮"].items] == ["打开页面 | 去 | b", "坏的"]
    assert [item.after for item in found["诊断"].items] == ["sms | 看短信"]
    assert [item.after for item in found["图片"].items] == ["点在哪里（dot.png）"]


def test_field_values_are_shown_by_their_labels() -> None:
    found = {
        difference.label: [item.after for item in difference.items]
        for difference in differences(
            ENTRY,
            None,
            {
                "kind": "guide",
                "actions": [{"type": "call", "label": "打热线", "call": "12345"}],
                "probes": [{"probe": "sms_codes", "explanation": "请看短信"}],
                "related": ["segment_199", "other"],
            },
            {"segment_199": "199号段"},
        )
    }
    assert found["类型"] == ["使用说明"]
    assert found["按钮"] == ["打电话 | 打热线 | 12345"]
    assert found["诊断"] == [f"{PROBES['sms_codes'].title} | 请看短信"]
    assert found["相关条目"] == ["199号段（segment_199）", "other"]


def test_lists_besides_entries_are_shown_by_name() -> None:
    before = {"other_services": [{"name": "医保", "words": ["医保"]}], "questions": ["下雨吗"]}
    after = {"other_services": [{"name": "医保", "words": ["医保", "医保卡"]}], "questions": []}
    assert set(shown(before, after, Key("out_of_scope"))) == {"示例问题", "“医保”的写法"}
    before_topics = [{"topic": "hello", "answer": "您好", "questions": ["你好"]}]
    after_topics = [{"topic": "hello", "answer": "您好！", "questions": ["你好"]}]
    assert set(shown(before_topics, after_topics, Key("smalltalk"))) == {"“hello”的答案"}
    assert set(shown([], [{"word": "证", "spellings": ["卡"]}], Key("synonyms"))) == {
        "“证”的其他写法"
    }
    # A value that is no list is still shown.
    assert shown(["a"], 5, Key("replies"))[""].items[-1].after == "5"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents(), contents())
def test_differences_reconstruct_both_versions(one: Content, other: Content) -> None:
    before, after = split(one), split(other)
    for key in before.keys() | after.keys():
        found = differences(key, before.get(key), after.get(key))
        assert (found == []) == (before.get(key) == after.get(key))
        for difference in found:
            assert any(item.op != "same" for item in difference.items)
            for item in difference.items:
                _consistent(item)
            if key.kind == "entry" and difference.field.partition(".")[0] not in WORDED:
                assert _texts(difference, "added", "before") == _listed(before, key, difference)
                assert _texts(difference, "removed", "after") == _listed(after, key, difference)


def _texts(difference: Difference, without: str, side: str) -> list[str]:
    return [getattr(item, side) for item in difference.items if item.op != without]


def _listed(parts: dict[Key, Any], key: Key, difference: Difference) -> list[str]:
    value = parts.get(key, {}).get(difference.field, [])
    return list(map(str, value if isinstance(value, list) else [value]))


def _consistent(item: Item) -> None:
    ops = {run.op for run in item.runs}
    if item.op in ("same", "added", "removed"):
        assert ops == {item.op}
    else:
        assert item.before != item.after
    assert all(run.text for run in item.runs) or len(item.runs) == 1


def test_changes_of_the_lists_about_conversations_are_named() -> None:
    acts = [{"act": "thanks", "questions": ["谢谢"]}]
    found = shown(acts, [{**acts[0], "questions": ["谢谢", "辛苦了"]}], Key("acts"))
    assert [item.after for item in found["“道谢”的示例问题"].items] == ["谢谢", "辛苦了"]
    family = {"title": "收不到", "members": ["a"], "open": {"a": ["次"]}, "texts": {"why": "忙"}}
    found = shown(None, [family], Key("families"))
    assert found["“收不到”的还要弄清的条目"].items[0].after == "a：次"
    assert found["“收不到”的短答"].items[0].after == "为什么：忙"
    before, after = {"unlike": ["想死机"], "words": ["想死"]}, {"words": ["想死", "不想活"]}
    assert set(shown(before, after, Key("distress"))) == {"写法", "不算求助的话"}
    (persons,) = differences(Key("persons"), ["我妈"], ["我妈", "我爸"])
    assert [item.op for item in persons.items] == ["same", "added"]
    entry = shown({}, {"variants": {"range_open": {"answer": "可以了", "steps": ["再试"]}}})
    assert entry["变体"].items[0].after == "号段已经开通：可以了\n1. 再试"


def test_points_are_compared_one_by_one() -> None:
    second = {**POINT, "id": "fee", "question": "收费吗", "answer": "不收费。", "asks": "cost"}
    found = shown({"points": [POINT]}, {"points": [POINT, second]})
    assert [item.after for item in found["要点“收费吗”"].items][-2:] == [
        "答案：不收费。",
        "也答：收不收费",
    ]
    renamed = {**POINT, "question": "一个号几个人", "is_local": True, "states": ["locked"]}
    found = shown({"points": [POINT, second]}, {"points": [renamed, second]})
    assert set(found) == {"要点“一个号几个人”"}
    changed = [i.after for i in found["要点“一个号几个人”"].items if i.op != "same"]
    assert changed[0] == "问题：一个号几个人"
    assert "待本局确认：是" in changed
    assert set(shown({"points": [POINT, second]}, {"points": [second, POINT]})) == {"要点的顺序"}


def test_points_that_cannot_be_read_are_compared_as_they_are() -> None:
    assert set(shown({"points": [POINT]}, {"points": "坏"})) == {"要点", "要点“一个号几个人用”"}
