"""Two editors' texts of one entry become one, and nobody's words are lost unasked."""

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


def test_what_only_one_changed_is_proposed() -> None:
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


def test_of_a_list_both_can_stay() -> None:
    mine = {**BASE, "questions": ["证丢了", "补办", "卡不见了"]}
    theirs = {**BASE, "questions": ["证丢了", "补办", "怎么挂失"]}
    [choice] = merging.choices(KEY, BASE, mine, theirs)
    assert choice.can_join
    merged = merging.merged(KEY, mine, theirs, {"questions": "both"})
    assert merged["questions"] == ["证丢了", "补办", "怎么挂失", "卡不见了"]


def test_without_the_common_text_mine_is_proposed() -> None:
    [choice] = merging.choices(KEY, None, {**BASE, "title": "甲"}, {**BASE, "title": "乙"})
    assert (choice.by, choice.pick, choice.can_join) == ("unknown", "mine", False)


def test_what_nobody_chose_stays_as_saved_and_new_fields_come() -> None:
    mine = {**BASE, "title": "甲", "steps": ["第一步"]}
    theirs = {**BASE, "title": "乙"}
    merged = merging.merged(KEY, mine, theirs, {})
    assert (merged["title"], merged["steps"]) == ("乙", ["第一步"])
    emptied = merging.merged(KEY, {**BASE}, {**BASE, "tags": ["甲"]}, {"tags": "mine"})
    assert emptied["tags"] == []
