"""The inbox of editors: grouping and decisions."""

import random
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from faq.content import seed
from faq.conversation import inbox, messages, settling
from faq.conversation.conversations import new_id
from faq.conversation.feedback import rate
from faq.conversation.inbox import Wanted
from faq.diagnosis.asker import ANONYMOUS, Asker
from faq.editing import drafts
from faq.language import clustering
from faq.language.text import Reader
from faq.matching.encoder import Encoder
from faq.matching.match import certain_match
from faq.release.publishing import Published, publish
from miniprogram_api import clock
from miniprogram_api.reasons import Refused
from models.desks.audit import AuditEntry
from models.faq import messages as table
from models.faq.messages import FaqMessage, NewMessage
from models.storage.database import instant, transaction
from tests.support.faq import small_content
from tests.support.faq.bot import Bot
from tests.support.people.accounts import account_of
from tests.support.people.persons import person

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
EDITOR = "admin:1"
MOVIES = ["推荐一部好看的电影", "推荐一部好看的电影吧", "推荐一部好看的电影呗"]
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
    counts = {wording.question: len(wording.asked) for wording in first.wordings}
    assert counts == {MOVIES[0]: 2, MOVIES[1]: 1, MOVIES[2]: 1}
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
        monkeypatch.setattr(published.matcher, "decided", lambda *_, match=match: match)
        assert bot.kept(bot.ask("窗口在哪里").message_id).concern == concern


@both
def test_wordings_become_examples_in_one_act(bot: Bot) -> None:
    ask_all(bot)
    group = inbox.groups()[0]
    before = drafts.entry("windows").content["questions"]
    settled = settling.apply(group.wordings, "windows", MOVIES, editor=EDITOR)
    assert (settled.messages, settled.examples, settled.missed) == (3, 3, 0)
    assert drafts.entry("windows").content["questions"] == [*before, *MOVIES]
    assert [g.question for g in inbox.groups()] == [RENT]
    (settled,) = inbox.groups("applied")
    assert settled.count == 3
    row = bot.kept(settled.message_ids[0])
    assert (row.decided_slug, row.decided_by, row.decided_version) == ("windows", EDITOR, 1)
    assert AuditEntry.select().where(AuditEntry.tag == "faq:inbox:applied").count() == 1


def test_example_for_an_unknown_entry_is_refused(bot: Bot) -> None:
    ask_all(bot)
    with pytest.raises(Refused, match="NOT_FOUND"):
        settling.apply(inbox.groups()[0].wordings, "nowhere", MOVIES, editor=EDITOR)
    assert inbox.count() == 4


def test_out_of_scope_and_dismissed_questions_stay_settled(bot: Bot) -> None:
    ask_all(bot)
    films, rent = inbox.groups()
    settling.mark_not_ours(films.wordings, [films.question], editor=EDITOR)
    settling.dismiss(rent.wordings, editor=EDITOR)
    out_of_scope = next(part for part in drafts.parts() if part.key.kind == "out_of_scope")
    assert films.question in out_of_scope.content["questions"]
    bot.ask(f"{MOVIES[0]}！")
    bot.ask(RENT)
    assert (inbox.groups(), inbox.count()) == ([], 0)
    (rent,) = inbox.groups("dismissed")
    assert settling.reopen(rent.wordings, editor=EDITOR).messages == 2
    assert [group.count for group in inbox.groups()] == [2]


def test_applied_question_returns_when_a_later_release_misses_it(bot: Bot) -> None:
    ask_all(bot)
    films = inbox.groups()[0]
    settling.apply(films.wordings, "windows", MOVIES[:1], editor=EDITOR)
    bot.ask(MOVIES[0])
    assert [group.question for group in inbox.groups()] == [RENT]
    publish(small_content.build(), after=1)
    bot.ask(MOVIES[0])
    assert MOVIES[0] in [group.question for group in inbox.groups()]


def test_question_can_begin_an_entry(bot: Bot) -> None:
    ask_all(bot)
    rent = inbox.groups()[1]
    begun = settling.begin_entry(rent.wordings, "办公室续租", [RENT], editor=EDITOR)
    assert begun.content["questions"] == [RENT]
    assert begun.held
    assert bot.kept(rent.message_ids[0]).decided_slug == begun.key.name


def test_second_decision_is_refused(bot: Bot) -> None:
    ask_all(bot)
    films = inbox.groups()[0]
    settling.dismiss(films.wordings, editor=EDITOR)
    before = drafts.entry("windows").content
    with pytest.raises(Refused, match="NOT_FOUND"):
        settling.apply(films.wordings, "windows", MOVIES, editor="admin:2")
    assert drafts.entry("windows").content == before
    assert bot.kept(films.message_ids[0]).decided_by == EDITOR


def test_messages_around_a_message_are_listed(bot: Bot) -> None:
    talk = bot.talk(Asker("o-zhang", None))
    now = clock.now()
    for number in range(-1, 80):
        at = now + timedelta(hours=number * 25 if number < 0 else 0, seconds=number)
        with clock.replaced(lambda at=at: at):  # type: ignore[misc]
            talk.say(f"第{number}句")
    bot.ask("别人的话")
    # The first one is of another day.
    for middle, last in ((10, 30), (58, 78)):
        lines = messages.context_of(talk.answers[1 + middle].message_id)
        said = [f"第{number}句" for number in range(max(0, middle - 50), last + 1)]
        assert [line.question for line in lines] == said
    with pytest.raises(Refused, match="NOT_FOUND"):
        messages.context_of(new_id())


def test_newest_questions_are_grouped_in_seconds(bot: Bot) -> None:
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
        for number in range(3_500)
    ]
    with transaction():
        for row in rows:
            table.add(row)
    groups = inbox.groups()
    assert sum(group.count for group in groups) == 3_000
    assert [g.count for g in groups] == sorted((g.count for g in groups), reverse=True)


LIKE = [
    ["收不到验证码怎么办", "验证码收不到啊"],
    ["推荐一部好看的电影", "有什么好看的电影推荐"],
    ["公积金怎么提取", "公積金如何提取"],
    ["网页打不开", "页面一直打不开"],
    ["停车场在哪", "大厅有地方停车吗"],
]
# Two subjects in nearly the same words.
UNLIKE = [
    ["验证码收不到", "验证码错误"],
    ["办护照要什么材料", "办驾照要什么材料"],
    ["怎么养一只猫", "怎么养一只狗"],
    ["身份证过期了", "身份证丢了"],
    ["注册不了", "注销不了"],
    ["公司名称变更", "公司地址变更"],
]


def test_clustering_parts_subjects_that_share_their_words() -> None:
    reader, encoder = Reader({}, {}), Encoder()

    def grouped(questions: list[str]) -> list[list[int]]:
        vectors = encoder.encode([reader.read(question).plain for question in questions])
        return clustering.groups(questions, reader, vectors)

    assert [grouped(pair) for pair in LIKE] == [[[0, 1]]] * len(LIKE)
    assert [grouped(pair) for pair in UNLIKE] == [[[0], [1]]] * len(UNLIKE)
    every = [question for pair in LIKE for question in pair]
    assert grouped(every) == [[2 * n, 2 * n + 1] for n in range(len(LIKE))]


def test_topics_join_groups_of_one_meaning() -> None:
    questions = [
        "验证码收不到",
        "短信码一直没来",
        "收不到短信验证码怎么办",
        "怎么养一只猫",
        "猫吃什么",
    ]
    reader, encoder = Reader({}, {}), Encoder()
    vectors = encoder.encode([reader.read(question).plain for question in questions])
    topics = clustering.topics([[0, 1], [2], [3], [4]], questions, reader, vectors)
    assert topics == [[0, 1], [2, 3]]
    assert clustering.topics([], [], reader) == []
    # By words alone.
    same = ["怎么养一只猫", "怎么养一只猫呢", "护照丢了"]
    assert clustering.topics([[0], [1], [2]], same, reader) == [[0, 1], [2]]


def test_clustering_without_vectors_joins_the_same_words_of_one_kind() -> None:
    questions = ["公积金怎么提取", "公積金怎麼提取呢", "今天天气怎么样", "。。。", "😂"]
    reader = Reader({}, {})
    assert clustering.groups(questions, reader) == [[0, 1], [2], [3], [4]]
    assert clustering.groups(questions[:2], reader, kinds=["a", "b"]) == [[0], [1]]
    assert clustering.groups([], reader) == []


def test_every_wording_of_a_group_is_like_each_other_one() -> None:
    # Like its neighbours alone.
    angles = np.array([0, 0.8, 1.6])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert clustering.groups(["甲", "乙", "丙"], Reader({}, {}), vectors) == [[0, 1], [2]]


def test_sure_answer_that_was_rated_down_is_a_group_of_its_own(bot: Bot) -> None:
    question = "姓名中间的点打不出来"
    said = bot.ask(question)
    assert said.confidence >= inbox.UNSURE
    rate(bot.services, said.message_id, ANONYMOUS, helpful=False, comment="看不懂")
    (group,) = inbox.groups()
    assert (group.about, group.is_rated_down, group.comments) == ("name_symbol", True, ["看不懂"])
    with pytest.raises(Refused, match="INVALID_INPUT"):
        settling.answer_changed(group.wordings, "name_symbol", editor=EDITOR)
    draft = drafts.entry("name_symbol")
    content = {**draft.content, "answer": "长按键盘上的“·”。"}
    drafts.save(draft.key, content, based_on=draft.revision, editor=EDITOR)
    settling.answer_changed(group.wordings, "name_symbol", editor=EDITOR)
    assert bot.kept(said.message_id).decided_slug == "name_symbol"
    # A later comment is read, a rating alone is not.
    for comment in (None, "还是不懂"):
        said = bot.ask(question)
        rate(bot.services, said.message_id, ANONYMOUS, helpful=False, comment=comment)
    assert [group.comments for group in inbox.groups()] == [["还是不懂"]]


@both
def test_editors_split_and_join_groups(bot: Bot) -> None:
    ask_all(bot)
    films, rent = inbox.groups()
    settling.put_together(films.of([films.wordings[1].id]).wordings, editor=EDITOR)
    assert [len(group.wordings) for group in inbox.groups()] == [2, 1, 1]
    # Repeated, it joins its group.
    bot.ask(films.wordings[1].question)
    assert sorted(group.count for group in inbox.groups()) == [1, 2, 2]
    rent = inbox.group_of(rent.id)
    settling.put_together(inbox.group_of(films.wordings[1].id).wordings, rent, editor=EDITOR)
    both_subjects = inbox.group_of(rent.id)
    asked = {wording.question for wording in both_subjects.wordings}
    assert asked == {RENT, films.wordings[1].question}
    assert both_subjects.count == 3


def test_groups_are_found_by_what_one_message_meets(bot: Bot) -> None:
    account = Asker(None, account_of(person()).id)
    bot.ask(RENT)
    bot.ask(MOVIES[0], asker=account)
    said = bot.ask("姓名中间的点打不出来")
    rate(bot.services, said.message_id, ANONYMOUS, helpful=False, comment="看不懂Dot")
    now = clock.now()
    for wanted, questions in [
        (Wanted(), {RENT, MOVIES[0], "姓名中间的点打不出来"}),
        (Wanted(text="续租"), {RENT}),
        (Wanted(text="dot"), {"姓名中间的点打不出来"}),
        (Wanted(concern="unanswered"), {RENT, MOVIES[0]}),
        (Wanted(concern="unanswered", text="dot"), set()),
        (Wanted(about="name_symbol"), {"姓名中间的点打不出来"}),
        (Wanted(channel="account"), {MOVIES[0]}),
        (Wanted(until=now - timedelta(days=1)), set()),
        (Wanted(since=now + timedelta(days=1)), set()),
    ]:
        assert {group.question for group in inbox.find("new", wanted)} == questions


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
    settling.dismiss(inbox.groups()[1].wordings, editor=EDITOR)
    assert len(inbox.groups()) == 1
    bot.ask("附近有什么好玩的公园推荐吗")
    assert len(inbox.groups()) == 2
    assert len(looked) == 3
    later = clock.now() + timedelta(minutes=1)
    with clock.replaced(lambda: later):
        inbox.groups()
    assert len(looked) == 4
