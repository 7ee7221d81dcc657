"""The operator's reader: when it is asked, what it gets, and what its number does."""

import json
from typing import Any

import pytest

from faq.content.entries import Content
from faq.conversation.conversations import Conversation, Memory, new_id
from faq.conversation.turns import reader
from faq.conversation.turns.deciding import respond
from faq.conversation.turns.turn import Option, Turn
from faq.diagnosis.asker import ANONYMOUS, Asker
from faq.matching.ranking import Ranked
from faq.release.publishing import Published
from tests.support.faq.bot import Bot
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules
from tests.support.service.sandbox import SandboxServer

# The bot is unsure about it.
UNSURE = "昨天那个事咋弄"
SURE = "收不到短信验证码怎么办"


@pytest.fixture
def read(rules: Rules, published: Published) -> Bot:
    """Return the bot with a reader."""
    url = f"{rules.sandbox.url}/v1"
    return Bot(rules.with_settings(faq_reader_url=url, faq_reader_model="qwen-test"))


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every ranking be unsure."""
    monkeypatch.setattr(reader, "ASKS_BELOW", 1.1)
    monkeypatch.setattr(reader, "ASKS_ABOUT_A_POINT_BELOW", 1.1)


def asked(sandbox: SandboxServer) -> list[dict[str, Any]]:
    """Return what the reader got, oldest first."""
    calls = sandbox.calls("chat/completions")
    return [json.loads(call["request"]["messages"][-1]["content"]) for call in calls]


def test_without_the_setting_nothing_is_asked(bot: Bot, rules: Rules, always: None) -> None:
    bot.ask(UNSURE)
    assert asked(rules.sandbox) == []


def test_it_is_asked_only_when_the_ranking_is_unsure(read: Bot, rules: Rules) -> None:
    read.ask(SURE)
    assert asked(rules.sandbox) == []
    read.ask(UNSURE)
    (sent,) = asked(rules.sandbox)
    assert sent["question"] == UNSURE
    assert sent["before"] == []
    assert 2 <= len(sent["candidates"]) <= 12


@pytest.mark.parametrize("text", ["转人工", "我不想活了"])
def test_people_and_distress_are_never_asked_about(
    read: Bot, rules: Rules, always: None, text: str
) -> None:
    read.ask(text, asker=Asker("o-zhang", None))
    assert asked(rules.sandbox) == []


@pytest.mark.parametrize(("text", "slug"), [("1", "user_not_found"), ("第二个", "segment_199")])
def test_choice_among_options_is_never_asked_about(
    read: Bot, rules: Rules, published: Published, always: None, text: str, slug: str
) -> None:
    memory = Memory(None, None, options=("user_not_found", "segment_199"), clarified=new_id())
    conversation = Conversation(new_id(), memory)
    turn = Turn(read.services, published, conversation, ANONYMOUS, text, new_id(), "")
    said = respond(turn)
    assert said.entry is published.content.by_slug[slug]
    assert asked(rules.sandbox) == []


def named(content: Content, shown: str) -> Option:
    """Return the entry or point that the reader saw under these words."""
    found: dict[str, Option] = {}
    for entry in content.entries:
        found[entry.title] = Option(entry)
        found |= {f"{entry.title} / {one.question}": Option(entry, one) for one in entry.points}
    return found[shown]


@pytest.mark.parametrize("number", range(2, 9))
def test_its_number_decides(
    read: Bot, rules: Rules, published: Published, always: None, number: int
) -> None:
    said = read.ask(f"手机号换了还能登录吗 sandbox-{number}")
    (sent,) = asked(rules.sandbox)
    chosen = named(published.content, sent["candidates"][str(number)])
    assert (said.kind, said.slug) == ("answer", chosen.entry.slug)
    point = None if said.point is None else said.point["id"]
    assert point == (chosen.point and chosen.point.id)
    assert said.confidence >= reader.OF_A_CHOICE - 0.001


@pytest.mark.parametrize(
    ("word", "fault"),
    [
        ("sandbox-0", "ok"),
        ("sandbox-99", "ok"),
        ("sandbox-nonsense", "ok"),
        ("sandbox-2", "error"),
        ("sandbox-2", "reset"),
        ("sandbox-2", "limit"),
        ("sandbox-2", "slow"),
    ],
)
def test_without_a_choice_the_ranking_stays(
    bot: Bot, read: Bot, rules: Rules, always: None, word: str, fault: str
) -> None:
    question = f"手机号换了还能登录吗 {word}"
    plain = bot.ask(question)
    rules.sandbox.fault("reader", fault, seconds=2.5)
    said = read.ask(question)
    assert len(asked(rules.sandbox)) == 1
    assert (said.kind, said.slug, said.answer, said.confidence) == (
        plain.kind,
        plain.slug,
        plain.answer,
        plain.confidence,
    )


def test_open_breaker_leaves_the_ranking(read: Bot, rules: Rules, always: None) -> None:
    rules.sandbox.fault("reader", "error", 100)
    for _ in range(11):
        assert read.ask("手机号换了还能登录吗").answer
    assert len(asked(rules.sandbox)) == 10


def test_personal_data_is_masked(read: Bot, rules: Rules, always: None) -> None:
    somebody = person("司空见")
    account = account_of(somebody)
    asker = Asker(None, account.id)
    talk = read.talk(asker)
    talk.say("司空见的号13800138011收不到验证码")
    talk.say(f"身份证{somebody.id_number}，司空见，注册不了")
    sent = json.dumps(rules.sandbox.calls("chat/completions"), ensure_ascii=False)
    assert "收不到验证码" in sent
    for secret in ("司空见", "13800138011", somebody.id_number):
        assert secret not in sent


def test_question_with_a_suspected_name_is_not_sent(read: Bot, rules: Rules, always: None) -> None:
    talk = read.talk()
    talk.say("我叫张三，注册不了")
    assert asked(rules.sandbox) == []
    talk.say("那咋整啊，登录也不行")
    assert "张三" not in json.dumps(asked(rules.sandbox), ensure_ascii=False)


def test_it_gets_the_last_two_questions(read: Bot, rules: Rules, always: None) -> None:
    talk = read.talk()
    for text in ("收不到验证码", "换了手机号咋登录", "人脸识别不通过", "密码忘了怎么改"):
        talk.say(text)
    *_, last = asked(rules.sandbox)
    assert last["question"] == "密码忘了怎么改"
    assert last["before"] == ["换了手机号咋登录", "人脸识别不通过"]


def test_choice_keeps_the_order_of_the_rest(published: Published, read: Bot) -> None:
    matcher = published.matcher
    evidence = matcher.read("手机号换了还能登录吗 sandbox-2").evidence
    assert evidence is not None
    ranked = matcher.rank(evidence)
    chosen = reader.chosen_first(read.services.clients.reader, "sandbox-2", (), ranked)
    second = [one for one in ranked if one.candidate.entry is not None][1]
    assert chosen[0] == Ranked(second.candidate, reader.OF_A_CHOICE)
    rest = [one.candidate for one in ranked if one is not second]
    assert [one.candidate for one in chosen[1:]] == rest
    assert sum(one.probability for one in chosen) == pytest.approx(1)
