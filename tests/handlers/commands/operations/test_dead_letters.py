"""The command dead-letters: list, send and drop."""

import itertools
import time
from collections.abc import Callable

import pytest

from handlers import commands, jobs
from miniprogram_api import clock
from miniprogram_api.delivery import dead_letters, subscription_messages, wechat_chat
from miniprogram_api.messaging import chat_inbox, chat_replies, subscriptions
from miniprogram_api.messaging.chat_inbox import Push
from miniprogram_api.messaging.subscriptions import News
from models.chat import ChatReply
from models.desks.audit import AuditEntry
from models.storage.database import transaction
from models.subscriptions import Subscription
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules

numbers = itertools.count(1)


def answer(rules: Rules, text: str, openid: str = "o-wang") -> None:
    number = str(next(numbers))
    push = Push(openid, "text", "", number, int(time.time()), number, {"Content": "在吗"})
    chat_inbox.accept(push)
    chat_inbox.work_once(
        rules.services,
        lambda services, turn: wechat_chat.send_in_turn(
            services, turn, chat_replies.write(turn, chat_replies.text(text))
        ),
        clock.now(),
    )


def fail_to_tell(rules: Rules) -> None:
    subscriptions.accept(
        rules.services,
        session=wechat_session("wang"),
        topic="ticket",
        template_id="sandbox-ticket",
    )
    with transaction():
        news = News("更换登记手机号", "已办结", "请重新登录。", clock.now())
        subscriptions.notify("ticket", news, cause="ticket:1", openid="o-wang")
    Subscription.update(failed_at=clock.now(), due_at=None, code=47003).execute()
    work_jobs(rules)


def work_jobs(rules: Rules) -> None:
    while jobs.work_once(rules.services, clock.now()):
        pass


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(rules: Rules, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command and return exit status and output."""
    monkeypatch.setenv("VAR_DIR", str(rules.services.settings.var_dir))
    monkeypatch.setenv("DATABASE_URL", rules.services.settings.database_address)
    monkeypatch.setenv("LOGNAME", "wang")

    def call(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        status = commands.main(["dead-letters", *words])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return call


def test_listed_message_is_sent_again(rules: Rules, run: Run) -> None:
    assert run("list") == (0, "Every message was sent.\n")
    rules.sandbox.allow("o-wang", 0)
    answer(rules, "请到窗口\n核验。" + "长" * 80)
    fail_to_tell(rules)
    (reply,), (told,) = ChatReply.select(), Subscription.select()

    status, listed = run("list")
    assert status == 0
    assert f"reply-{reply.id}" in listed
    assert "超过5条" in listed
    assert "请到窗口 核验。长" in listed
    assert f"subscription-{told.id}" in listed
    assert "更换登记手机号 · 已办结" in listed
    assert len(dead_letters.list_all()) == 2

    assert run("send", "all")[0] == 0
    rules.sandbox.allow("o-wang", 5)
    work_jobs(rules)
    assert {message["kind"] for message in rules.sandbox.wechat_messages("o-wang")} == {
        "custom",
        "subscribe",
    }
    assert run("list") == (0, "Every message was sent.\n")
    sent_again = AuditEntry.select().where(AuditEntry.tag == "command:dead_letter:sent_again")
    assert [entry.actor for entry in sent_again] == ["command:wang"] * 2


def test_message_is_dropped_and_unknown_keys_are_reported(rules: Rules, run: Run) -> None:
    answer(rules, "好", openid="nobody")
    (reply,) = ChatReply.select()
    key = f"reply-{reply.id}"
    assert run("drop", key) == (0, f"{key}: dropped.\n")
    for unknown in (
        key,
        "reply-",
        "reply-x",
        "letter-1",
        "subscription-1",
        "reply-99999999999999999",
    ):
        status, said = run("send", unknown)
        assert (status, said) == (1, f"{unknown} is no message that could not be sent.\n")
    assert ChatReply.select().count() == 0


def test_withdrawn_subscriptions_are_not_dead_letters(rules: Rules, run: Run) -> None:
    fail_to_tell(rules)
    Subscription.update(code=subscription_messages.USED_UP).execute()
    assert len(dead_letters.list_all()) == 0
    assert run("list") == (0, "Every message was sent.\n")
