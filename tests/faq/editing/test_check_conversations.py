"""The shipped conversations of the check, held in-process."""

from faq.content import seed
from faq.conversation.trial import talk_with
from faq.editing import question_sets
from faq.editing.check import checking
from faq.editing.check.check_questions import Question
from faq.editing.check.checking import Verdict
from faq.editing.question_sets import SHIPPED_CONVERSATIONS, turns_of
from faq.release.publishing import Published
from tests.support.service.rules import Rules

# Share of the graded turns that the shipped content answers right, a little less than measured.
LEAST_RIGHT = 0.8


def test_shipped_conversations_are_graded_turn_by_turn(rules: Rules, published: Published) -> None:
    asked = [one for name, one in question_sets.asked() if name == SHIPPED_CONVERSATIONS]
    graded = sum("expect" in turn for turns in seed.check_conversations() for turn in turns)
    assert len(asked) == graded > 50
    questions = [
        Question(one.question, frozenset(one.expected), SHIPPED_CONVERSATIONS, False)
        for one in asked
    ]
    said = checking.answers([published], questions, lambda *_: None, talk_with(rules.services))
    verdicts = [
        checking.judge(question, match) for question, (match,) in zip(questions, said, strict=True)
    ]
    assert verdicts.count(Verdict.RIGHT) / len(verdicts) >= LEAST_RIGHT


def test_no_sentence_of_the_conversations_is_an_example(published: Published) -> None:
    content = published.content
    known = {text for entry in content.entries for text in entry.questions}
    points = [point for entry in content.entries for point in entry.points]
    known |= {text for point in points for text in point.examples}
    said = {
        turn
        for name, one in question_sets.asked()
        if name == SHIPPED_CONVERSATIONS
        for turn in turns_of(one.question)
    }
    assert sorted(said & known) == []
