"""Messages are read in the context of their conversation."""

from datetime import datetime, timedelta

import pytest

from faq.content import shipped
from faq.conversation.answering import ask_in_chat
from faq.diagnosis.asker import ANONYMOUS, Asker
from faq.release.publishing import Published, publish
from miniprogram_api import clock
from miniprogram_api.access import attempts
from miniprogram_api.reasons import Refused
from models.desks.tickets import Ticket
from models.faq.messages import FaqMessage
from models.storage.database import SHANGHAI
from tests.support.faq import small_content
from tests.support.faq.bot import Bot
from tests.support.people.accounts import account_of
from tests.support.people.persons import person

REPLIES = shipped.part("replies")

ZHANG, LI = Asker("o-zhang", None), Asker("o-li", None)
ASKED = "姓名中间的点怎么打出来"
SLUG = "name_symbol"


def test_follow_ups_give_each_step_then_offer_staff(bot: Bot, published: Published) -> None:
    steps = published.content.by_slug[SLUG].steps
    talk = bot.talk(ZHANG)
    assert talk.say(ASKED).steps == list(steps)
    for step in steps[1:]:
        said = talk.say("试过了，还是不行")
        assert (said.kind, said.slug, said.steps) == ("answer", SLUG, [step])
    points = published.content.by_slug[SLUG].points
    assert talk.say("还是不行").steps == [p.answer for p in points if p.asks == "other_way"]
    offered = talk.say("还是不行啊")
    assert (offered.slug, offered.steps) == (SLUG, [])
    assert "人工" in offered.answer
    assert Ticket.select().count() == 0
    handed = talk.say("还是不行")
    ticket = Ticket.get()
    assert f"编号{ticket.number}" in handed.answer
    assert (ticket.openid, ticket.conversation_id) == ("o-zhang", talk.id)
    assert (ticket.kind, ticket.source) == ("other", "bot")


def test_user_who_tried_everything_is_offered_staff(bot: Bot) -> None:
    talk = bot.talk(ZHANG)
    talk.say(ASKED)
    talk.say("都试过了，没用")
    assert talk.say("都试过了，没用").steps == []
    assert "编号" in talk.say("好的，转吧").answer


def test_offer_can_be_declined(bot: Bot) -> None:
    talk = bot.talk(ZHANG)
    talk.say(ASKED)
    talk.say("都试过了没用")
    talk.say("都试过了没用")
    assert "编号" not in talk.say("先不用了").answer
    assert Ticket.select().count() == 0
    # What is said next is heard again as it stands.
    assert talk.say("公司怎么注销").slug != SLUG


def test_repeated_matter_is_a_follow_up(bot: Bot, published: Published) -> None:
    talk = bot.talk()
    talk.say(ASKED)
    said = talk.say(published.content.by_slug[SLUG].questions[0])
    assert said.steps == [published.content.by_slug[SLUG].steps[1]]


@pytest.mark.parametrize("text", ["你好", "您好", "在吗", "再见"])
def test_greeting_is_no_act(bot: Bot, published: Published, text: str) -> None:
    topic = published.matcher.match(text).topic
    assert topic is not None
    assert bot.ask(text).answer == topic.answer


@pytest.mark.parametrize("text", ["好的谢谢", "行 谢谢", "好的，知道了，谢谢"])
def test_thanks_beside_a_yes_are_thanks(bot: Bot, published: Published, text: str) -> None:
    assert bot.ask(text).answer == published.content.replies.thanks


def test_follow_up_without_a_matter_is_not_understood(bot: Bot) -> None:
    assert bot.ask("还是不行").slug is None
    talk = bot.talk()
    talk.say("你好")
    assert talk.say("没用").kind in ("smalltalk", "clarify", "fallback")


def test_new_subject_replaces_the_old_matter(bot: Bot, published: Published) -> None:
    talk = bot.talk()
    talk.say(ASKED)
    assert talk.say("重置密码后还是密码错误").slug == "password_still_wrong"
    steps = published.content.by_slug["password_still_wrong"].steps
    assert talk.say("还是不行").steps == [steps[1]]


def test_courtesy_links_to_the_open_matter(bot: Bot, published: Published) -> None:
    talk = bot.talk()
    title = talk.say(ASKED).title
    for courtesy in ("谢谢", "垃圾系统", "你好"):
        said = talk.say(courtesy)
        assert said.kind == "smalltalk"
        assert len(said.answer) < 80
        assert said.related == [{"slug": SLUG, "title": title}]
    assert talk.say("还是不行").steps == [published.content.by_slug[SLUG].steps[1]]


@pytest.mark.parametrize(
    ("reply", "index"), [("2", 1), ("第二个", 1), ("前面那个", 0), ("后面那个", -1)]
)
def test_reply_chooses_an_option(bot: Bot, reply: str, index: int) -> None:
    talk = bot.talk()
    asked = talk.say(bot.unclear())
    said = talk.say(reply)
    assert said.kind == "answer"
    assert said.slug == asked.options[index]["slug"]
    row = bot.kept(asked.message_id)
    assert (row.chosen, row.concern, row.state) == (said.slug, None, None)


def test_option_is_chosen_by_title_or_declined(bot: Bot) -> None:
    talk = bot.talk()
    asked = talk.say(bot.unclear())
    assert talk.say(asked.options[-1]["title"]).slug == asked.options[-1]["slug"]
    other = bot.talk()
    other.say(bot.unclear())
    again = other.say("第五个")
    assert (again.kind, again.options) == ("clarify", asked.options)
    assert other.say("都不是").slug is None
    assert other.say("2").kind != "answer"


def test_staff_can_be_called_any_time_and_one_ticket_is_opened(bot: Bot) -> None:
    talk = bot.talk(ZHANG)
    first = talk.say("转人工")
    talk.say(ASKED)
    second = talk.say("人工客服")
    assert Ticket.select().count() == 1
    assert f"编号{Ticket.get().number}" in first.answer
    assert first.answer == second.answer


def test_phone_of_a_visitor_is_stored_only_in_the_ticket(
    bot: Bot,
) -> None:
    talk = bot.talk()
    talk.say(ASKED)
    assert "手机号" in talk.say("转人工").answer
    assert "11位" in talk.say("12345678901").answer
    said = talk.say("我的手机是 138 0013 0011，谢谢")
    ticket = Ticket.get()
    assert (ticket.contact, ticket.conversation_id) == ("13800130011", talk.id)
    assert (ticket.openid, ticket.account_id) == (None, None)
    assert f"编号{ticket.number}" in said.answer
    questions = [row.question for row in FaqMessage.select()]
    assert not any("0011" in question or "138" in question for question in questions)


def test_visitor_may_decline_to_leave_a_phone(bot: Bot) -> None:
    talk = bot.talk()
    talk.say("转人工")
    talk.say("不用了")
    assert talk.say(ASKED).slug == SLUG
    assert Ticket.select().count() == 0


@pytest.mark.parametrize("asker", [ANONYMOUS, ZHANG])
@pytest.mark.parametrize(
    "words", ["13800130099", "请打这个电话：138 0013 0099", "我的号码是13800130099。"]
)
def test_number_after_the_handover_is_stored(bot: Bot, asker: Asker, words: str) -> None:
    talk = bot.talk(asker)
    said = talk.say("转人工")
    if asker is ANONYMOUS:
        said = talk.say("13800130012")
    assert "前答复您" in said.answer
    assert talk.say(words).answer.startswith("记下了")
    assert [ticket.contact for ticket in Ticket.select()] == ["13800130099"]


@pytest.mark.parametrize("asker", [ANONYMOUS, ZHANG])
def test_second_call_returns_the_same_ticket_and_stores_no_number(bot: Bot, asker: Asker) -> None:
    talk = bot.talk(asker)
    said = talk.say("人工")
    if asker is ANONYMOUS:
        said = talk.say("13800130012")
    assert talk.say("人工").answer == said.answer
    assert "编号" in said.answer
    assert Ticket.select().count() == 1


@pytest.mark.parametrize("words", ["不想留号码", "不方便", "不留", "我不愿意留手机号", "算了吧"])
def test_missing_number_leads_to_the_windows(bot: Bot, words: str) -> None:
    talk = bot.talk()
    assert "手机号" in talk.say("人工").answer
    said = talk.say(words)
    assert said.answer == REPLIES["without_number"]
    assert any(action["type"] == "page" for action in said.actions)
    assert talk.say(ASKED).slug == SLUG


def test_a_question_with_a_number_in_it_stays_a_question(bot: Bot) -> None:
    talk = bot.talk(ZHANG)
    talk.say("转人工")
    assert talk.say(f"13800130099，{ASKED}").slug == SLUG
    # By now the number says nothing about how he is to be reached.
    assert not talk.say("13800130099").answer.startswith("记下了")
    assert Ticket.get().contact is None


def test_invalid_number_after_the_handover_is_reported(bot: Bot) -> None:
    talk = bot.talk(ZHANG)
    talk.say("转人工")
    assert talk.say("1380013009").answer == REPLIES["not_a_phone"]
    talk.say("13800130099")
    assert Ticket.get().contact == "13800130099"


def test_distress_is_answered_kindly_and_opens_a_ticket(bot: Bot) -> None:
    said = bot.talk(ZHANG).say("办了三天都办不成，真的不想活了")
    assert "12356" in said.answer
    assert {"type": "call", "label": "拨打心理援助热线12356", "call": "12356"} in said.actions
    assert "加急" in Ticket.get().description
    visitor = bot.talk()
    assert "12356" in visitor.say("活不下去了").answer
    told = visitor.say("13800130012").answer
    assert "尽快联系您" in told
    assert "前" not in told
    assert ["加急" in ticket.description for ticket in Ticket.select()] == [True, True]


def test_distress_ticket_is_due_first(bot: Bot) -> None:
    ten = datetime(2026, 11, 25, 10, tzinfo=SHANGHAI)
    with clock.replaced(lambda: ten):
        talk = bot.talk(ZHANG)
        talk.say("转人工")
        usual = Ticket.get().due_at
        talk.say("真的不想活了")
    assert usual > ten + timedelta(days=1)
    assert [ticket.due_at for ticket in Ticket.select()] == [ten + timedelta(hours=1)]


def test_distress_ignores_the_address_limit(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "HANDOVERS_FROM_ADDRESS", 1)
    said = []
    for words in ("转人工", "转人工", "活不下去了"):
        talk = bot.talk()
        talk.say(words)
        said.append(talk.say("13800130012").answer)
    assert ["编号" in answer for answer in said] == [True, False, True]
    assert said[1] == REPLIES["too_many_tickets"]


def test_memory_expires_after_a_day(bot: Bot) -> None:
    now = clock.now()
    talk = bot.talk()
    with clock.replaced(lambda: now):
        talk.say(ASKED)
    with clock.replaced(lambda: now + timedelta(hours=23, minutes=59)):
        assert talk.say("还是不行").slug == SLUG
    with clock.replaced(lambda: now + timedelta(hours=48)):
        said = talk.say("还是不行")
        assert (said.slug, said.conversation_id) == (None, talk.id)


def test_memory_spans_several_turns(bot: Bot) -> None:
    talk = bot.talk(ZHANG)
    talk.say(bot.unclear())
    assert talk.say("1").kind == "answer"
    assert talk.say("还是不行").slug == talk.answers[1].slug


def test_conversation_belongs_to_its_owner(bot: Bot) -> None:
    account = account_of(person())
    other = account_of(person(number=2))
    mine = Asker("o-zhang", account.id)
    for owner, strangers in (
        (ZHANG, (LI, ANONYMOUS, Asker("o-li", account.id))),
        (mine, (ZHANG, ANONYMOUS, Asker("o-zhang", other.id), Asker(None, other.id))),
    ):
        talk = bot.talk(owner)
        talk.say(ASKED)
        for stranger in strangers:
            with pytest.raises(Refused, match="NOT_FOUND"):
                bot.ask("还是不行", talk.id, stranger)
        assert talk.say("还是不行").slug == SLUG


def test_conversation_of_a_visitor_moves_to_the_signed_in_user(bot: Bot) -> None:
    account = account_of(person())
    steps = [ANONYMOUS, ZHANG, Asker("o-zhang", account.id)]
    talk = bot.talk()
    for asker in steps:
        talk.asker = asker
        talk.say(ASKED)
    assert talk.say("还是不行").slug == SLUG
    for asker in steps[:2]:
        with pytest.raises(Refused, match="NOT_FOUND"):
            bot.ask("还是不行", talk.id, asker)
    # The account is the same on another phone.
    assert bot.ask("还是不行", talk.id, Asker(None, account.id)).slug == SLUG


def test_bound_account_continues_the_conversation_without_wechat(bot: Bot) -> None:
    bound = account_of(person(), wechat_openid="o-zhang")
    talk = bot.talk(ZHANG)
    talk.say(ASKED)
    with pytest.raises(Refused, match="NOT_FOUND"):
        bot.ask("还是不行", talk.id, Asker(None, account_of(person(number=2)).id))
    assert bot.ask("还是不行", talk.id, Asker(None, bound.id)).slug == SLUG


def test_openid_identifies_a_chat_conversation(bot: Bot) -> None:
    account = account_of(person(), wechat_openid="o-zhang")
    said = ask_in_chat(bot.services, ASKED, "o-zhang")
    assert said.conversation_id == "o-zhang"
    assert ask_in_chat(bot.services, "还是不行", "o-zhang").slug == SLUG
    assert ask_in_chat(bot.services, "还是不行", "o-li").slug is None
    assert bot.kept(said.message_id).account_id == account.id
    # Another user has the phone now.
    type(account).update(wechat_openid=None).execute()
    assert ask_in_chat(bot.services, "还是不行", "o-zhang").slug is None


def test_removed_entry_is_not_followed_up(bot: Bot) -> None:
    talk = bot.talk()
    talk.say(ASKED)
    few = small_content.build()
    left = [
        entry.model_copy(update={"related": tuple(r for r in entry.related if r != SLUG)})
        for entry in few.entries
        if entry.slug != SLUG
    ]
    publish(few.model_copy(update={"entries": tuple(left)}), after=1)
    assert talk.say("还是不行").slug is None
