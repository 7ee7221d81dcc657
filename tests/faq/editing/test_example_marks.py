"""Examples are marked by their canonical form, and with how often users asked them."""

from datetime import datetime, timedelta

import pytest

from config import Settings
from faq.content.entries import Content
from faq.editing.example_marks import Mark, marks
from faq.release import publishing
from miniprogram_api import clock
from models.faq import messages
from models.faq.messages import FaqMessage, NewMessage

PLAIN = Mark(repeated=False, opposed=False, others=(), asked=0)


@pytest.fixture
def draft(tables: Settings, small: Content) -> None:
    publishing.publish(small, after=None)


def asked(question: str, slug: str | None, at: datetime | None = None) -> None:
    number = f"{FaqMessage.select().count():022d}"
    when = at or clock.now()
    kind = "unknown" if slug is None else "answer"
    row = (number, "c", None, None, when, question, "", kind, slug, None, 0.9, 1, "{}", None, None)
    messages.add(NewMessage(*row))


def test_same_words_in_other_signs_and_in_other_entries_are_marked(draft: None) -> None:
    questions = ["借书证丢了！", "借書證丟了", "还书逾期怎么办？", "门口能停车吗"]
    found, near = marks("lost_card", questions, ["门口能停车吗", "还书逾期怎么办"])
    assert [one.repeated for one in found] == [True, True, False, False]
    assert [one.others for one in found] == [(), (), ("late_return",), ()]
    assert [one.opposed for one in found] == [False, False, True, True]
    # A near miss is the other entry's example by intention; the page says it, too.
    assert [(one.opposed, one.others) for one in near] == [(True, ()), (True, ("late_return",))]


def test_questions_count_for_the_example_that_is_nearly_the_same(draft: None) -> None:
    for question in ("借书证丢了怎么办", "请问借书证丢了怎么办", "门口能停车吗"):
        asked(question, "lost_card")
    asked("借书证丢了怎么办", None)
    asked("借书证丢了怎么办", "late_return")
    asked("借书证丢了怎么办", "lost_card", clock.now() - timedelta(days=31))
    found, near = marks("lost_card", ["借书证丢了怎么办", "卡找不到"], ["停车"])
    assert [one.asked for one in found] == [3, 0]
    assert near == [PLAIN]
    assert marks("lost_card", [], []) == ([], [])
