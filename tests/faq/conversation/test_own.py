"""The asker's own conversations: who reads them, and what a deletion leaves."""

from datetime import timedelta

import pytest

from config import Settings
from faq.conversation import answering, messages, own
from faq.diagnosis.asker import ANONYMOUS, Asker
from faq.release.publishing import current
from miniprogram_api import clock
from miniprogram_api.operations import figures
from miniprogram_api.reasons import Refused
from models.faq import messages as table
from models.faq.messages import FaqMessage, NewMessage
from tests.support.faq.bot import Bot
from tests.support.people.accounts import Time, account_of
from tests.support.people.persons import person

ZHANG = Asker("o-zhang", None)
ASKED = "姓名中间的点怎么打出来，电话13800130011"


def ids(asker: Asker) -> list[str]:
    return [one.id for one in own.page(asker).conversations]


def test_conversation_is_listed_to_its_asker_alone(bot: Bot) -> None:
    account = account_of(person())
    zhangs = bot.ask(ASKED, asker=ZHANG).conversation_id
    # Begun as a visitor, continued after signing in.
    accounts = bot.ask(ASKED).conversation_id
    bot.ask("还是不行", accounts, asker=Asker(None, account.id))
    bot.ask(ASKED)
    assert ids(ZHANG) == [zhangs]
    assert ids(Asker(None, account.id)) == [accounts]
    assert ids(Asker("o-zhang", account.id)) == [accounts, zhangs]
    assert ids(ANONYMOUS) == ids(Asker("o-li", account.id + 1)) == []
    (one,) = own.page(Asker(None, account.id)).conversations
    assert [message.question for message in one.messages] == [
        "姓名中间的点怎么打出来，电话***",
        "还是不行",
    ]


def test_next_page_continues(bot: Bot) -> None:
    asked = [bot.ask(ASKED, asker=ZHANG).conversation_id for _ in range(own.PAGE + 2)][::-1]
    first = own.page(ZHANG)
    second = own.page(ZHANG, first.next)
    assert [one.id for one in (*first.conversations, *second.conversations)] == asked
    assert second.next is None


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_copy_has_all_of_the_account_and_nothing_of_a_shared_browser(tables: Settings) -> None:
    account = account_of(person(), wechat_openid="o-zhang")
    askers = [(None, None), ("web:shared", None), *[("web:shared", account.id)] * 105]
    askers += [("o-zhang", None), ("o-zhang", account.id + 1)]
    for number, (openid, account_id) in enumerate(askers):
        talk = "w" * 22 if number < 107 else openid
        said = str(number), "答", "answer", None, None, 0.9, 1, "{}", None, None
        row = NewMessage(f"{number:022d}", talk or "", openid, account_id, clock.now(), *said)
        table.add(row)
    chat, talk = own.all_of(account.id)
    assert (chat.id, [one.question for one in chat.messages]) == ("chat", ["107"])
    assert [one.question for one in talk.messages] == [str(number) for number in range(2, 107)]
    assert talk.count == 105
    # The page has the last 100, with those of the visitor before the sign-in.
    asker = Asker(None, account.id)
    last = own.page(asker).conversations[1].messages
    talk = own.earlier(asker, talk.id, last[0].message_id)
    assert (len(last), talk.count) == (100, 106)
    assert [one.question for one in talk.messages] == ["0", *map(str, range(2, 7))]
    # A message of the chat, or none.
    for elsewhere in (chat.messages[0].message_id, ""):
        with pytest.raises(Refused, match="NOT_FOUND"):
            own.earlier(asker, talk.id, elsewhere)


def test_deleted_conversation_leaves_only_figures(bot: Bot) -> None:
    said = bot.ask(ASKED, asker=ZHANG)
    bot.ask("还是不行", said.conversation_id, asker=ZHANG)
    kept = bot.ask(ASKED, asker=ZHANG).conversation_id
    own.delete(ZHANG, said.conversation_id)
    assert ids(ZHANG) == [kept]
    rows = list(FaqMessage.select().where(FaqMessage.conversation_id == ""))
    assert len(rows) == 2
    for row in rows:
        assert (row.openid, row.account_id, row.question, row.answer) == (None, None, "", "")
        assert (row.memory, row.concern, row.state) == ("{}", None, None)
        assert messages.find(row.message_id) is None
    # Resuming it is refused, because nothing is remembered.
    with pytest.raises(Refused, match="NOT_FOUND"):
        bot.ask("还是不行", said.conversation_id, asker=ZHANG)
    assert table.asked(said.slug, clock.now() - timedelta(days=1), limit=9) == [
        "姓名中间的点怎么打出来，电话***"
    ]
    figures.update(bot.services)
    today = figures.last_days(1)
    assert figures.report(today).count("questions") == 3
    with Time(clock.now() + timedelta(days=figures.STILL_CHANGING + 1)).running():
        messages.remove_old()
    assert FaqMessage.select().count() == 1
    assert figures.report(today).count("questions") == 3


def test_openid_of_the_chat_is_no_address(bot: Bot) -> None:
    answering.ask_in_chat(bot.services, ASKED, "o-zhang")
    assert ids(ZHANG) == [own.CHAT]
    with pytest.raises(Refused, match="NOT_FOUND"):
        own.delete(Asker("o-li", None), own.CHAT)
    own.delete(ZHANG, own.CHAT)
    assert ids(ZHANG) == []


def test_others_delete_nothing(bot: Bot) -> None:
    account = account_of(person())
    zhangs = bot.ask(ASKED, asker=ZHANG).conversation_id
    visitors = bot.ask(ASKED).conversation_id
    for asker, one in (
        (ANONYMOUS, zhangs),
        (ANONYMOUS, visitors),
        (Asker("o-li", None), zhangs),
        (Asker(None, account.id), visitors),
        (ZHANG, own.CHAT),
        (ZHANG, ""),
        (ZHANG, "A" * 22),
    ):
        with pytest.raises(Refused, match="NOT_FOUND"):
            own.delete(asker, one)
        with pytest.raises(Refused, match="NOT_FOUND"):
            own.earlier(asker, one, "A" * 22)
    assert FaqMessage.select().where(FaqMessage.conversation_id == "").count() == 0
    assert current().number == 1
