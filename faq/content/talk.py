"""Define what the bot knows about conversations: intents, families of entries, questions back."""

from typing import Literal, get_args

from pydantic import Field

from faq.content.values import Line, Slug, Text, Value

TextName = Literal["why", "how_long", "cost", "where", "myself", "other_way", "documents"]
"""What a short text answers: 为什么, 多久, 收不收费, 在哪办, 能不能自己办, 别的办法, 要带什么."""

IntentName = Literal[
    TextName,
    "next_step",
    "still_fails",
    "tried_all",
    "tries_left",
    "used_up",
    "chooses",
    "agrees",
    "declines",
    "none_of_them",
    "not_that",
    "does_not_know",
    "done",
    "all_done",
    "puts_off",
    "thanks",
    "people",
    "no_people",
    "another_person",
    "new_matter",
]
"""The kinds of turns that the policy knows (`faq.conversation.turns.deciding`)."""

TEXT_NAMES: tuple[TextName, ...] = get_args(TextName)
INTENT_NAMES: tuple[IntentName, ...] = get_args(IntentName)
FLAGS: tuple[IntentName, ...] = ("people", "no_people", "another_person")
"""Intents that stand beside a subject and beside another intent."""


class ShortTexts(Value):
    """Define short answers about a subject, by what is asked."""

    why: Line | None = None
    how_long: Line | None = None
    cost: Line | None = None
    where: Line | None = None
    myself: Line | None = None
    other_way: Line | None = None
    documents: Line | None = None


class Intent(Value):
    """Define a kind of turn by examples.

    `questions` mean it, `negatives` look similar and do not. `{person}` stands for any of
    `Content.persons`, `{question}` for an example of any entry.
    """

    name: IntentName = Field(alias="act")
    questions: tuple[Line, ...] = Field(min_length=1)
    negatives: tuple[Line, ...] = ()


class Distress(Value):
    """Define the words of despair, and other words that contain them (`unlike`)."""

    words: tuple[Line, ...] = Field(min_length=1)
    unlike: tuple[Line, ...] = ()


class Family(Value):
    """Define entries that users describe in the same words.

    `named`: the entries that a wording may match; `members`: those that it may mean. A wording
    that matches one of `open` leaves the family open, unless it contains one of the words listed
    for that entry. `probes`: the checks that decide; `questions`: the questions back when they do
    not, the first whose conditions hold is asked. `texts`: for entries without their own.
    """

    name: Slug
    title: Line
    named: tuple[Slug, ...] = Field(min_length=1)
    members: tuple[Slug, ...] = Field(min_length=1)
    open: dict[Slug, tuple[Line, ...]] = Field({})
    probes: tuple[Slug, ...] = ()
    questions: tuple[Slug, ...] = ()
    texts: ShortTexts = ShortTexts()


class ReplyBack(Value):
    """Define a suggested reply, other words for it, and the entry that it selects."""

    label: Line
    entry: Slug
    says: tuple[Line, ...] = ()


Condition = Literal["no_account", "no_phone", "closed_ranges", "activating"]


class QuestionBack(Value):
    """Define a question to the asker.

    `text` may contain placeholders. It is asked only if all conditions `when` hold for the record.
    """

    id: Slug
    text: Text
    when: tuple[Condition, ...] = ()
    replies: tuple[ReplyBack, ...] = Field(min_length=2, max_length=5)
