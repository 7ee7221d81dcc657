from dataclasses import replace

import pytest

from faq.conversation import handover
from faq.diagnosis.asker import ANONYMOUS, Asker
from miniprogram_api.reasons import Refused
from miniprogram_api.services import StoreUnavailable
from miniprogram_api.texts import words
from models.desks.tickets import Ticket, TicketEvent
from tests.support.faq.bot import ADDRESS, Bot
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules

ASKED = "姓名中间的点怎么打出来"
PHONE = "13800130011"


def test_handover_includes_the_conversation_and_is_idempotent(bot: Bot) -> None:
    account = account_of(person())
    talk = bot.talk(Asker("o-zhang", account.id))
    talk.say(ASKED)
    given = str(talk.id)
    first = handover.request(bot.services, given, talk.asker, None, ADDRESS)
    second = handover.request(bot.services, given, talk.asker, "+86 138-0013-0012", ADDRESS)
    assert first.id == second.id
    row = Ticket.get()
    assert (row.account_id, row.openid, row.conversation_id) == (account.id, "o-zhang", talk.id)
    assert '"entry": "name_symbol"' in row.facts


def test_later_messages_are_added_to_an_open_ticket(bot: Bot) -> None:
    first, second = bot.talk(Asker("o-zhang", None)), bot.talk(Asker("o-zhang", None))
    first.say("人工")
    for _ in range(2):
        second.say("不想活了")
    assert Ticket.get().conversation_id == first.id
    told = [e.note for e in TicketEvent.select() if e.action == "asked_again"]
    assert told == [f"{words('chat.tickets')['distressed']}（对话 {second.id}）"]


def test_visitor_leaves_a_phone(bot: Bot) -> None:
    talk = bot.talk()
    talk.say(ASKED)
    given = str(talk.id)
    for contact, code in ((None, "required"), ("下午五点后", ""), ("12345", "")):
        with pytest.raises(Refused, match="INVALID_INPUT") as refused:
            handover.request(bot.services, given, ANONYMOUS, contact, ADDRESS)
        (field,) = refused.value.details["fields"]
        assert field["field"] == "contact"
        assert code in field["code"]
    first = handover.request(bot.services, given, ANONYMOUS, PHONE, ADDRESS)
    second = handover.request(bot.services, given, ANONYMOUS, PHONE, ADDRESS)
    assert first.id == second.id
    row = Ticket.get()
    assert (row.contact, row.account_id, row.openid) == (PHONE, None, None)


def test_conversation_of_another_user_is_not_handed_over(bot: Bot) -> None:
    talk = bot.talk(Asker("o-zhang", None))
    talk.say(ASKED)
    for asker in (ANONYMOUS, Asker("o-li", None)):
        with pytest.raises(Refused, match="NOT_FOUND"):
            handover.request(bot.services, str(talk.id), asker, PHONE, ADDRESS)
    for given in ("", "A" * 22, "../etc"):
        with pytest.raises(Refused, match="NOT_FOUND"):
            handover.request(bot.services, given, ANONYMOUS, PHONE, ADDRESS)


def test_handovers_of_visitors_are_limited_per_address(bot: Bot) -> None:
    talks = [bot.talk() for _ in range(6)]
    for talk in talks:
        talk.say("你好")
    for talk in talks[:5]:
        handover.request(bot.services, str(talk.id), ANONYMOUS, PHONE, ADDRESS)
    with pytest.raises(Refused, match="TOO_MANY_ATTEMPTS"):
        handover.request(bot.services, str(talks[5].id), ANONYMOUS, PHONE, ADDRESS)
    # In the conversation he is told so in words.
    talks[5].say("人工")
    assert "比较多" in talks[5].say(PHONE).answer
    handover.request(bot.services, str(talks[5].id), ANONYMOUS, PHONE, "192.0.2.99")
    assert Ticket.select().count() == 6


def test_bot_answers_without_redis_and_reports_handover_as_unavailable(
    rules: Rules, bot: Bot
) -> None:
    away = rules.with_settings(redis_url="unix:///nowhere").clients
    alone = Bot(replace(bot.services, clients=away))
    talk = alone.talk(Asker("o-zhang", None))
    assert talk.say(ASKED).slug == "name_symbol"
    assert talk.say("还是不行").slug == "name_symbol"
    assert "暂时转不到" in talk.say("人工").answer
    assert talk.say("不想活了").answer.count("12356") == 1
    with pytest.raises(StoreUnavailable):
        handover.request(alone.services, str(talk.id), talk.asker, None, ADDRESS)
    assert Ticket.select().count() == 0
