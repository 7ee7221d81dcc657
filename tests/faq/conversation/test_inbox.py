"""The inbox of editors: grouping and decisions."""

import random
import time
from datetime import timedelta
from typing import Any

import pytest

from faq.content import seed
from faq.conversation import inbox
from faq.conversation.conversations import new_id
from faq.conversation.feedback import rate
from faq.diagnosis.asker import ANONYMOUS, Asker
from faq.editing import drafts
from faq.language import clustering
from faq.language.text import Reader
from faq.matching.match import certain_match
from faq.release.publishing import Published, publish
from miniprogram_api import clock
from miniprogram_api.reasons import Refused
from models.desks.audit import AuditEntry
from models.faq import messages as table
from models.faq.messages import FaqMessage, NewMessage
from models.storage.database import instant, transaction
from tests.support.faq.bot import Bot

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
EDITOR = "admin:1"
MOVIES = ["推荐一部好看的电影", "推荐一部好看的电影吧", "有什么好看的电影推荐"]
RENT = "怎么给办公室续租"


def ask_all(bot: Bot) -> None:
    """Ask three times about films and once about renting."""
    for question in (*MOVIES, RENT):
        bot.ask(question)


@both
def test_similar_questions_form_one_group_most_asked_first(bot: Bot) -> None:
    ask_all(bot)
    bot.ask(MOVIES[0])
    assert inbox.count() == 5
    first, second = inbox.groups()
    assert (first.question, first.count) == (MOVIES[0], 4)
    assert dict(first.wordings) == {MOVIES[1]: 1, MOVIES[2]: 1}
    assert first.concerns == {"unanswered": 4}
    assert len(first.message_ids) == 4
    assert (second.question, second.count) == (RENT, 1)


def test_unhelpful_and_clarified_messages_enter_the_inbox(bot: Bot) -> None:
    unclear = bot.unclear()
    FaqMessage.delete().execute()
    right = bot.ask("姓名中间的点怎么打出来")
    wrong = bot.ask("姓名中间的点打不出来")
    asked_back = bot.ask(unclear)
    picked = bot.talk()
    picked.say(unclear)
    picked.say("1")
    bot.ask("你好")
    bot.ask("。。。")
    bot.ask("转人工")
    rate(bot.services, wrong.message_id, ANONYMOUS, helpful=False, comment=None)
    found = {row.message_id: row.concern for row in FaqMessage.select() if row.state == "new"}
    assert found == {wrong.message_id: "unhelpful", asked_back.message_id: "asked_back"}
    group = next(group for group in inbox.groups() if wrong.message_id in group.message_ids)
    assert group.answered == {"name_symbol": 1}
    assert right.message_id not in group.message_ids


def test_answer_below_65_percent_confidence_is_unsure(
    bot: Bot, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = published.content.by_slug["windows"]
    for confidence, concern in ((0.64, "unsure"), (0.65, None)):
        match = certain_match(entry)._replace(confidence=confidence)
        monkeypatch.setattr(published.matcher, "match", lambda _, match=match: match)
        assert bot.kept(bot.ask("窗口在哪里").message_id).concern == concern


@both
def test_question_becomes_an_example_in_one_act(bot: Bot) -> None:
    ask_all(bot)
    group = inbox.groups()[0]
    before = drafts.entry("windows").content["questions"]
    assert inbox.apply(group.message_ids, "windows", MOVIES[0], editor=EDITOR) == 3
    assert drafts.entry("windows").content["questions"] == [*before, MOVIES[0]]
    assert [g.question for g in inbox.groups()] == [RENT]
    (settled,) = inbox.groups("applied")
    assert settled.count == 3
    row = bot.kept(settled.message_ids[0])
    assert (row.decided_slug, row.decided_by, row.decided_version) == ("windows", EDITOR, 1)
    assert AuditEntry.select().where(AuditEntry.tag == "faq:inbox:applied").count() == 1


def test_example_for_an_unknown_entry_is_refused(bot: Bot) -> None:
    ask_all(bot)
    with pytest.raises(Refused, match="NOT_FOUND"):
        inbox.apply(inbox.groups()[0].message_ids, "nowhere", MOVIES[0], editor=EDITOR)
    assert inbox.count() == 4


def test_out_of_scope_and_dismissed_questions_stay_settled(bot: Bot) -> None:
    ask_all(bot)
    films, rent = inbox.groups()
    inbox.mark_not_ours(films.message_ids, films.question, editor=EDITOR)
    inbox.dismiss(rent.message_ids, editor=EDITOR)
    out_of_scope = next(part for part in drafts.parts() if part.key.kind == "out_of_scope")
    assert films.question in out_of_scope.content["questions"]
    bot.ask(f"{MOVIES[0]}！")
    bot.ask(RENT)
    assert inbox.groups() == []
    assert inbox.reopen(rent.message_ids, editor=EDITOR) == 1
    assert [group.count for group in inbox.groups()] == [2]


def test_applied_question_returns_when_a_later_release_misses_it(
    bot: Bot, published: Published
) -> None:
    ask_all(bot)
    films = inbox.groups()[0]
    inbox.apply(films.message_ids, "windows", MOVIES[0], editor=EDITOR)
    bot.ask(MOVIES[0])
    assert [group.question for group in inbox.groups()] == [RENT]
    publish(published.content.model_copy(update={"synonyms": ()}), after=1)
    bot.ask(MOVIES[0])
    assert MOVIES[0] in [group.question for group in inbox.groups()]


def test_question_can_begin_an_entry(bot: Bot) -> None:
    ask_all(bot)
    rent = inbox.groups()[1]
    begun = inbox.begin_entry(rent.message_ids, "办公室续租", rent.question, editor=EDITOR)
    assert begun.content["questions"] == [RENT]
    assert begun.held
    assert bot.kept(rent.message_ids[0]).decided_slug == begun.key.name


def test_second_decision_is_refused(bot: Bot) -> None:
    ask_all(bot)
    films = inbox.groups()[0]
    inbox.dismiss(films.message_ids, editor=EDITOR)
    before = drafts.entry("windows").content
    with pytest.raises(Refused, match="NOT_FOUND"):
        inbox.apply(films.message_ids, "windows", MOVIES[0], editor="admin:2")
    assert drafts.entry("windows").content == before
    assert bot.kept(films.message_ids[0]).decided_by == EDITOR


def test_messages_around_a_message_are_listed(bot: Bot) -> None:
    talk = bot.talk(Asker("o-zhang", None))
    now = clock.now()
    for number in range(20):
        at = now + timedelta(seconds=number)
        with clock.replaced(lambda at=at: at):  # type: ignore[misc]
            talk.say(f"第{number}句")
    bot.ask("别人的话")
    lines = inbox.context_of(talk.answers[12].message_id)
    assert [line.question for line in lines] == [f"第{number}句" for number in range(2, 18)]
    with pytest.raises(Refused, match="NOT_FOUND"):
        inbox.context_of(new_id())


def test_ten_thousand_questions_are_grouped_in_seconds(bot: Bot) -> None:
    chance = random.Random(4)
    examples = [q for entry in seed.load().entries for q in entry.questions]
    rows = [
        NewMessage(
            message_id=new_id(),
            conversation_id="talk",
            openid=None,
            account_id=None,
            asked_at=instant(number),
            question=chance.choice(examples)[: chance.randint(4, 12)] + chance.choice(examples),
            answer="",
            kind="fallback",
            slug=None,
            case=None,
            confidence=0.9,
            version=1,
            memory="{}",
            concern="unanswered",
            state="new",
        )
        for number in range(10_500)
    ]
    with transaction():
        for row in rows:
            table.add(row)
    used = time.process_time()
    groups = inbox.groups()
    # About 3 s on a machine with nothing else to do.
    assert time.process_time() - used < 15
    assert sum(group.count for group in groups) == 10_000
    assert [g.count for g in groups] == sorted((g.count for g in groups), reverse=True)


def test_clustering_groups_wordings_of_one_matter() -> None:
    questions = [
        "收不到验证码怎么办",
        "收唔到驗證碼點算",
        "验证码收不到啊",
        "yanzhengma shoubudao",
        "公积金怎么提取",
        "公積金如何提取",
        "今天天气怎么样",
        "。。。",
        "😂",
    ]
    found = clustering.groups(questions, Reader({}, {}))
    named = [{questions[position] for position in group} for group in found]
    assert {"公积金怎么提取", "公積金如何提取"} in named
    about_codes = next(group for group in named if questions[0] in group)
    assert about_codes == set(questions[:4])
    assert {"今天天气怎么样"} in named
    assert clustering.groups([], Reader({}, {})) == []


def test_groups_are_cached_until_a_change(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_all(bot)
    looked: list[int] = []
    grouping = clustering.groups

    def counted(*arguments: Any) -> Any:
        looked.append(1)
        return grouping(*arguments)

    monkeypatch.setattr(clustering, "groups", counted)
    assert inbox.groups() == inbox.groups()
    assert len(looked) == 1
    inbox.dismiss(inbox.groups()[1].message_ids, editor=EDITOR)
    assert len(inbox.groups()) == 1
    bot.ask("附近有什么好玩的公园推荐吗")
    assert len(inbox.groups()) == 2
    assert len(looked) == 3
    later = clock.now() + timedelta(minutes=1)
    with clock.replaced(lambda: later):
        inbox.groups()
    assert len(looked) == 4
