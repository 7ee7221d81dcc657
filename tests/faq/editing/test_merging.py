"""Merging two versions of one entry."""

from typing import Any

from faq.editing import merging
from faq.release.parts import ENTRY, Key

KEY = Key(ENTRY, "lost_card")
BASE: dict[str, Any] = {
    "slug": "lost_card",
    "case": 101,
    "title": "借书证丢了",
    "category": "借书证",
    "answer": "请补办。",
    "questions": ["证丢了", "补办"],
}


def test_change_of_one_side_is_proposed() -> None:
    mine = {**BASE, "title": "借书证遗失", "answer": "请到一楼补办。"}
    theirs = {**BASE, "category": "证件", "answer": "请带证件补办。"}
    found = {choice.field: choice for choice in merging.choices(KEY, BASE, mine, theirs)}
    assert {name: (c.by, c.pick) for name, c in found.items()} == {
        "title": ("mine", "mine"),
        "category": ("theirs", "theirs"),
        "answer": ("both", "mine"),
    }
    assert found["answer"].difference.label == "答案"
    picks = {name: choice.pick for name, choice in found.items()}
    merged = merging.merged(KEY, mine, theirs, picks)
    assert (merged["title"], merged["category"]) == ("借书证遗失", "证件")
    assert merged["answer"] == "请到一楼补办。"


def test_lists_of_both_sides_can_be_joined() -> None:
    mine = {**BASE, "questions": ["证丢了", "补办", "卡不见了"]}
    theirs = {**BASE, "questions": ["证丢了", "补办", "怎么挂失"]}
    [choice] = merging.choices(KEY, BASE, mine, theirs)
    assert choice.can_join
    merged = merging.merged(KEY, mine, theirs, {"questions": "both"})
    assert merged["questions"] == ["证丢了", "补办", "怎么挂失", "卡不见了"]


def test_own_text_is_proposed_without_a_common_version() -> None:
    [choice] = merging.choices(KEY, None, {**BASE, "title": "甲"}, {**BASE, "title": "乙"})
    assert (choice.by, choice.pick, choice.can_join) == ("unknown", "mine", False)


def test_unchosen_fields_stay_as_saved_and_new_fields_are_added() -> None:
    mine = {**BASE, "title": "甲", "steps": ["第一步"]}
    theirs = {**BASE, "title": "乙"}
    merged = merging.merged(KEY, mine, theirs, {})
    assert (merged["title"], merged["steps"]) == ("乙", ["第一步"])
    emptied = merging.merged(KEY, {**BASE}, {**BASE, "tags": ["甲"]}, {"tags": "mine"})
    assert emptied["tags"] == []


def test_points_are_merged_one_by_one() -> None:
    def point(name: str, answer: str) -> dict[str, Any]:
        return {"id": name, "question": name, "wordings": ["甲", "乙", "丙"], "answer": answer}

    base = {**BASE, "points": [point("fee", "不收费。"), point("time", "一天。")]}
    mine = {**BASE, "points": [point("fee", "都不收费。"), point("place", "窗口。")]}
    theirs = {**BASE, "points": [point("time", "两天。"), point("fee", "不收费。")]}
    choices = merging.choices(KEY, base, mine, theirs)
    found = {choice.field: (choice.by, choice.pick) for choice in choices}
    assert found == {
        "points.fee": ("mine", "mine"),
        # Deleted here, changed there.
        "points.time": ("both", "mine"),
        "points.place": ("mine", "mine"),
    }
    picks = {name: pick for name, (_, pick) in found.items()}
    merged = merging.merged(KEY, mine, theirs, {**picks, "points.time": "theirs"})
    assert [(p["id"], p["answer"]) for p in merged["points"]] == [
        ("time", "两天。"),
        ("fee", "都不收费。"),
        ("place", "窗口。"),
    ]
    merged = merging.merged(KEY, mine, theirs, picks)
    assert [p["id"] for p in merged["points"]] == ["fee", "place"]
    turned = {**base, "points": base["points"][::-1]}
    merged = merging.merged(KEY, turned, base, {"points": "mine"})
    assert [p["id"] for p in merged["points"]] == ["time", "fee"]
