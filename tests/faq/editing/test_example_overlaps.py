"""New examples that resemble those of other entries are named and settled."""

import pytest

from config import Settings
from faq.content.entries import Content
from faq.editing import drafts, example_overlaps
from faq.release import publishing
from faq.release.parts import Key

CARD = Key("entry", "lost_card")


@pytest.fixture
def draft(tables: Settings, small: Content) -> None:
    publishing.publish(small, after=None)


def save(**fields: object) -> None:
    part = drafts.part(CARD)
    value = {**part.content, **fields}
    drafts.save(CARD, value, based_on=part.revision, editor="editor:1")


def test_resembling_example_of_another_entry_is_named_until_settled(draft: None) -> None:
    questions = drafts.part(CARD).content["questions"]
    assert example_overlaps.to_publish() == []
    save(questions=[*questions, "还书逾期了怎么办", "门口能停车吗"])
    (pair, *_) = example_overlaps.to_publish()
    assert (pair.example, pair.other_slug, pair.other_example) == (
        "还书逾期了怎么办",
        "late_return",
        "还书逾期怎么办",
    )
    assert pair.alike < 100
    assert {one.example for one in example_overlaps.to_publish()} == {"还书逾期了怎么办"}
    example_overlaps.mark_near_miss("late_return", pair.example, editor="editor:1")
    assert drafts.entry("late_return").content["negatives"] == [pair.example]
    assert example_overlaps.to_publish() == []


def test_example_is_moved_to_the_other_entry(draft: None) -> None:
    save(questions=[*drafts.part(CARD).content["questions"], "书还晚了"])
    assert example_overlaps.to_publish()[0].alike == 100
    example_overlaps.take("late_return", "lost_card", "书还晚了", editor="editor:1")
    assert "书还晚了" not in drafts.part(CARD).content["questions"]
    assert drafts.entry("late_return").content["questions"].count("书还晚了") == 1
    assert example_overlaps.to_publish() == []
