"""Short texts about the open matter, and no block twice."""

from itertools import pairwise

import pytest

from faq.content.short_texts import texts_of
from faq.content.talk import TextName
from faq.conversation import missing_texts
from faq.conversation.conversations import Memory, dump_memory, load_memory
from faq.release.publishing import Published, publish
from tests.support.faq.bot import Bot

ASKED, SLUG = "姓名中间的点怎么打出来", "name_symbol"


@pytest.mark.parametrize(
    ("text", "name"), [("要收费吗", "cost"), ("为什么", "why"), ("还要等多久", "how_long")]
)
def test_act_picks_the_short_text_of_the_open_entry(
    bot: Bot, published: Published, text: str, name: TextName
) -> None:
    talk = bot.talk()
    talk.say(ASKED)
    said = talk.say(text)
    expected = getattr(texts_of(published.content, published.content.by_slug[SLUG]), name)
    assert (said.slug, said.answer, said.steps) == (SLUG, expected, [])


def test_missing_text_falls_back_and_is_counted(bot: Bot, published: Published) -> None:
    content = published.content
    entries = tuple(
        entry.model_copy(update={"texts": entry.texts.model_copy(update={"cost": None})})
        for entry in content.entries
    )
    publish(content.model_copy(update={"entries": entries}), after=1)
    talk = bot.talk()
    talk.say(ASKED)
    family = next((f for f in content.families if SLUG in f.members), None)
    own = None if family is None else family.texts.cost
    assert talk.say("要收费吗").answer == (own or content.general.cost)
    talk.say(ASKED)
    assert missing_texts.counts() == {(SLUG, "cost"): 1}


def test_repeated_question_gets_the_next_step(bot: Bot, published: Published) -> None:
    talk = bot.talk()
    block = talk.say(ASKED)
    again = talk.say(ASKED)
    steps = published.content.by_slug[SLUG].plain_steps
    assert (again.slug, again.steps) == (SLUG, [steps[1]])
    assert again.answer != block.answer


def test_no_answer_repeats_the_one_before(bot: Bot) -> None:
    talk = bot.talk()
    said = [talk.say(text) for text in (ASKED, *["还是不行"] * 5)]
    blocks = [(one.answer, one.steps) for one in said]
    assert all(one != other for one, other in pairwise(blocks))


def test_number_in_a_message_does_not_change_its_matter(bot: Bot) -> None:
    for number in ("13800138011", "110101199003074530", "384756"):
        assert bot.ask(f"姓名中间的点怎么打出来 {number}").slug == SLUG


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"step": "x"}', '{"awaits": "tea"}'])
def test_damaged_memory_is_empty(text: str) -> None:
    assert load_memory(text) == Memory(None, None)


def test_memory_of_another_version_is_read() -> None:
    old = '{"slug": "name_symbol", "step": 2, "told": ["windows"], "gone": 1}'
    assert load_memory(old) == Memory(None, None, slug=SLUG, step=2, told=("windows",))
    memory = Memory(None, None, slug=SLUG, said=(1, 2), missing="cost")
    assert load_memory(dump_memory(memory)) == memory
