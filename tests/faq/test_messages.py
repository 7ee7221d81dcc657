"""What is kept of a question: everything but personal data, exactly once."""

import json
import os
import signal
import time
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from faq import messages, spool
from faq.asker import Asker
from faq.conversations import new_id
from miniprogram_api import clock, maintenance
from miniprogram_api.services import Services
from models.database import database
from models.faq_messages import FaqMessage, NewMessage
from models.fields import KeyRing, keys, use_keys
from tests.support.accounts import account_of
from tests.support.bot import Bot
from tests.support.people import person
from tests.support.rules import Rules

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
MANY = 3_000


@both
def test_a_question_is_kept_with_its_answer(bot: Bot) -> None:
    account = account_of(person())
    talk = bot.talk(Asker("o-zhang", account.id))
    first, second = talk.say("姓名中间的点怎么打出来"), talk.say("推荐一部好看的电影")
    assert FaqMessage.select().count() == 0
    assert bot.write() == 2
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
    assert bot.write() == 0


def test_personal_data_is_masked_before_it_is_kept_anywhere(bot: Bot) -> None:
    someone = person(name="欧阳测试")
    account = account_of(someone)
    asker = Asker(None, account.id)
    bot.ask(f"我{someone.name}身份证{someone.id_number}手机{someone.phone}收不到", asker=asker)
    bot.ask("我叫王小明，邮箱 wang@example.com，卡号6222 0000 1111 2222", asker=asker)
    bot.write()
    asked = " ".join(row.question for row in FaqMessage.select())
    personal = (someone.name, someone.id_number, someone.phone, "王小明", "wang@", "6222")
    assert not any(data in asked for data in personal)
    assert "收不到" in asked
    # On the disk not even the rest can be read.
    stored = database.execute_sql("SELECT question FROM faq_message").fetchall()
    files = [file.read_bytes() for file in bot.services.settings.var_dir.rglob("*.spool")]
    assert files
    for content in (*files, *(bytes(row[0]) for row in stored)):
        assert "收不到".encode() not in content


@pytest.mark.parametrize("question", ["\x00\x01", "\ud800", "'; DROP TABLE", "字" * 9_000, "😂"])
@both
def test_any_question_can_be_kept(bot: Bot, question: str) -> None:
    said = bot.ask(question)
    bot.write()
    assert len(bot.kept(said.message_id).question) <= 500


def test_a_line_that_nobody_can_read_holds_up_no_other(bot: Bot) -> None:
    ring = keys()
    use_keys(KeyRing({"gone": b"x" * 32}, ring.index, ring.cipher))
    lost = bot.ask("你好")
    use_keys(ring)
    kept = bot.ask("你好")
    assert bot.write() == 2
    assert [row.message_id for row in FaqMessage.select()] == [kept.message_id]
    assert messages.find(bot.services, lost.message_id) is None


@pytest.mark.parametrize("content", [b"[[null]]", b"null", b"[]", b"\xff", b"[[1],[2]]"])
def test_a_line_of_other_code_holds_up_no_other(bot: Bot, content: bytes) -> None:
    waiting = spool.under(bot.services.settings.var_dir)
    waiting.append(spool.Entry(("talk", "message"), 1, content))
    fields = [None] * len(NewMessage._fields)
    waiting.append(spool.Entry(("talk", "message"), 2, json.dumps([fields, None]).encode()))
    kept = bot.ask("你好")
    assert bot.write() == 3
    assert [row.message_id for row in FaqMessage.select()] == [kept.message_id]


def test_what_waited_under_a_former_key_is_sealed_anew(bot: Bot) -> None:
    ring = keys()
    said = bot.ask("请问怎么激活")
    newer = {"newer": b"n" * 32, **ring.data}
    use_keys(KeyRing(newer, ring.index, ring.cipher))
    try:
        bot.write()
        stored = database.execute_sql("SELECT question, answer FROM faq_message").fetchone()
        assert all(keys().is_current(bytes(value)) for value in stored)
        assert bot.kept(said.message_id).question == "请问怎么激活"
    finally:
        use_keys(ring)


def test_without_a_place_on_the_disk_the_database_keeps_it_and_the_memory(
    rules: Rules, bot: Bot, tmp_path: Path
) -> None:
    (tmp_path / "questions").write_text("no directory")
    talk = bot.talk()
    said = talk.say("姓名中间的点怎么打出来")
    assert bot.kept(said.message_id).slug == "name_symbol"
    assert talk.say("还是不行").slug == "name_symbol"


def test_old_messages_go(bot: Bot) -> None:
    now = clock.now()
    with clock.replaced(lambda: now - timedelta(days=181)):
        bot.ask("你好")
    kept = bot.ask("你好")
    bot.write()
    assert messages.remove_old() == 1
    assert [row.message_id for row in FaqMessage.select()] == [kept.message_id]


def test_a_transcript_is_in_order(bot: Bot) -> None:
    talk = bot.talk()
    asked = ["你好", "姓名中间的点怎么打出来", "还是不行"]
    now = clock.now()
    for number, question in enumerate(asked):
        at = now + timedelta(minutes=number)
        with clock.replaced(lambda at=at: at):  # type: ignore[misc]
            talk.say(question)
    bot.ask("你好")
    bot.write()
    lines = messages.transcript(str(talk.id))
    assert [line.question for line in lines] == asked
    assert [line.message_id for line in lines] == [said.message_id for said in talk.answers]


# Killed in the middle -----------------------------------------------------------------------------


def message(number: int) -> NewMessage:
    return NewMessage(
        message_id=new_id(),
        conversation_id=f"talk{number % 7}",
        openid=None,
        account_id=None,
        asked_at=1_700_000_000_000 + number,
        question=f"第{number}个问题",
        answer="答",
        kind="answer",
        slug="name_symbol",
        case=13,
        confidence=1.0,
        version=1,
        memory="{}",
        concern=None,
        state=None,
    )


def write_for_ever(services: Services) -> None:
    """What a worker does, in a process of its own, until it is killed."""
    maintenance.connect(services.settings)
    while True:
        messages.write_waiting(services)


@both
def test_workers_that_die_write_nothing_twice_and_leave_nothing_out(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "BATCH", 20)
    monkeypatch.setattr(spool, "SEGMENT_BYTES", 40_000)
    services = bot.services
    sent = [message(number) for number in range(MANY)]
    context = get_context("fork")
    maintenance.disconnect()
    workers = [context.Process(target=write_for_ever, args=(services,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    kills = 0
    for number, each in enumerate(sent):
        messages.keep(services, each)
        if number % 300 == 299:
            time.sleep(0.05)
            victim = workers[kills % 2]
            assert victim.pid is not None
            os.kill(victim.pid, signal.SIGKILL)
            victim.join(timeout=20)
            workers[kills % 2] = context.Process(target=write_for_ever, args=(services,))
            workers[kills % 2].start()
            kills += 1
    for worker in workers:
        worker.kill()
        worker.join(timeout=20)
    maintenance.connect(services.settings)
    bot.write()
    assert kills == 10
    stored = [row.message_id for row in FaqMessage.select(FaqMessage.message_id)]
    assert len(stored) == len(set(stored)) == MANY
    assert set(stored) == {each.message_id for each in sent}
