"""Define points: short answers to questions of detail about an entry."""

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from faq.content.talk import TextName
from faq.content.values import Action, Line, Slug, Value
from faq.language import grammar
from miniprogram_api.texts import words

LONGEST_POINT = 120
"""Characters of a point's answer; follow-ups are answered in few words."""
MOST_POINTS = 60
LEAST_WORDINGS = 3


class Point(Value):
    """Define a short answer to one question of detail about an entry.

    `wordings`: other ways to ask the `question`. `answer`: plain text; `{placeholders}` are those
    of `faq.release.limits`, and of `states`. `asks`: the general question (为什么, 多久 …) that it
    answers about its entry, too. `states`: the states of the asker that it is true for
    (`faq.diagnosis.asker_states`), empty for all; `unless`: those that it is untrue for.
    `person`: for oneself or for another person alone.
    `is_local`: depends on the practice of the bureau, which has to confirm it.
    """

    id: Slug
    question: Line
    wordings: tuple[Line, ...] = Field(min_length=LEAST_WORDINGS, max_length=40)
    answer: Annotated[Line, StringConstraints(max_length=LONGEST_POINT)]
    asks: TextName | None = None
    states: tuple[Slug, ...] = Field((), max_length=12)
    unless: tuple[Slug, ...] = Field((), max_length=12)
    person: Literal["self", "other"] | None = None
    action: Action | None = None
    is_local: bool = False

    @property
    def examples(self) -> tuple[str, ...]:
        """Return the question and its wordings."""
        return (self.question, *self.wordings)

    @cached_property
    def compact(self) -> tuple[str, ...]:
        """Return the examples as `faq.language.grammar` reads messages."""
        return tuple(map(grammar.compact, self.examples))


def general_point(name: str, answer: str) -> dict[str, Any]:
    """Return the point that answers a general question."""
    question, *wordings = words("content.general_questions")[name].split("／")
    return {
        "id": name,
        "question": question,
        "wordings": wordings,
        "answer": answer[:LONGEST_POINT],
        "asks": name,
    }
