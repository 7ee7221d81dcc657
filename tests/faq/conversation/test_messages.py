"""Stored questions and answers, without personal data."""

from datetime import timedelta

import pytest
from peewee import OperationalError

from faq.conversation import messages, missing_texts
from faq.diagnosis import findings
from faq.diagnosis.asker import Asker
from miniprogram_api import clock
from models.faq.messages import FaqMessage, NewMessage
from models.storage.database import database
from tests.support.faq.bot import Bot
from tests.support.people.accounts import account_of
from tests.support.people.persons import person

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@both
def test_question_is_stored_with_its_answer(bot: Bot) -> None:
    account = account_of(person())
    talk = bot.talk(Asker("o-zhang", account.id))
    first, second = talk.say("姓名中间的点怎么打出来"), talk.say("推荐一部好看的电影")
    row = bot.kept(first.message_id)
    assert (row.openid, row.account_id) == ("o-zhang", account.id)
    assert (row.conversation_id, row.kind, row.slug) == (talk.id, "answer", "name_symbol")
    assert (row.case, row.version, row.confidence) == (13, 1, first.confidence)
    assert row.question == "姓名中间的点怎么打出来"
    assert row.answer == first.as_text()
    assert abs(row.asked_at - clock.now()) < timedelta(minutes=1)
    assert (row.concern, row.state) == (None, None)
    other = bot.kept(second.message_id)
    assert (other.kind, other.slug, other.concern, other.state) == (
        "fallback",
        None,
        "unanswered",
        "new",
    )


def test_personal_data_is_masked_before_storage(bot: Bot) -> None:
    someone = person(name="欧阳测试")
    account = account_of(someone)
    asker = Asker(None, account.id)
    bot.ask(f"我{someone.name}身份证{someone.id_number}手机{someone.phone}收不到", asker=asker)
    bot.ask("我叫王小明，邮箱 wang@example.com，卡号6222 0000 1111 2222", asker=asker)
    asked = " ".join(row.question for row in FaqMessage.select())
    personal = (someone.name, someone.id_number, someone.phone, "王小明", "wang@", "6222")
    assert not any(data in asked for data in personal)
    assert "收不到" in asked
    # In the database not even the rest can be read.
    stored = database.execute_sql("SELECT question FROM faq_message").fetchall()
    assert stored
    assert not any("收不到".encode() in bytes(row[0]) for row in stored)


@pytest.mark.parametrize("question", ["\x00\x01", "\ud800", "'; DROP TABLE", "字" * 9_000, "😂"])
@both
def test_any_question_can_be_stored(bot: Bot, question: str) -> None:
    said = bot.ask(question)
    assert len(bot.kept(said.message_id).question) <= 500


def test_answers_need_the_database(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_message: NewMessage) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(messages.messages, "add", fail)
    with pytest.raises(OperationalError):
        bot.ask("你好")
    assert FaqMessage.select().count() == 0


def test_old_messages_are_deleted(bot: Bot) -> None:
    now = clock.now()
    with clock.replaced(lambda: now - timedelta(days=181)):
        bot.ask("你好")
    kept = bot.ask("你好")
    assert messages.remove_old() == 1
    assert [row.message_id for row in FaqMessage.select()] == [kept.message_id]


def test_transcript_is_in_order(bot: Bot) -> None:
    talk = bot.talk()
    asked = ["你好", "姓名中间的点怎么打出来", "还是不行"]
    now = clock.now()
    for number, question in enumerate(asked):
        at = now + timedelta(minutes=number)
        with clock.replaced(lambda at=at: at):  # type: ignore[misc]
            talk.say(question)
    bot.ask("你好")
    lines = messages.transcript(str(talk.id))
    assert [line.question for line in lines] == asked
    assert [line.message_id for line in lines] == [said.message_id for said in talk.answers]


def test_state_of_the_asker_is_stored_as_codes(bot: Bot) -> None:
    said = bot.ask("我的手机号是19912345678，收不到验证码")
    stored = bot.kept(said.message_id).findings
    assert stored is not None
    assert "199" not in stored
    assert findings.load(stored) == (None, (("number_range", "block"),))
    assert bot.kept(bot.ask("你好").message_id).findings is None


@both
def test_texts_that_entries_lack_are_counted(bot: Bot) -> None:
    for _ in range(2):
        talk = bot.talk()
        for question in ("登录提示用户不存在", "要多少钱", "谢谢"):
            talk.say(question)
    assert missing_texts.counts() == {("user_not_found", "cost"): 2}
    later = clock.now() + missing_texts.SINCE
    with clock.replaced(lambda: later):
        assert missing_texts.counts() == {}
