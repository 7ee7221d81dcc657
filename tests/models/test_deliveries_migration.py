"""What waited or was given up under the former jobs keeps its place, and is sent once."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.delivery import dead_letters
from miniprogram_api.matter_lines import events
from miniprogram_api.matter_lines import notices as matter_notices
from miniprogram_api.messaging import chat_inbox, chat_replies, notices, subscriptions
from miniprogram_api.messaging.chat_inbox import Push
from models.chat import ChatReply
from models.matters.messages import MatterMessage
from models.outbox import Notice, OutboxJob
from models.storage import database as models
from models.storage.database import database, is_sqlite, transaction
from tests.support.matters.matters import PEOPLE, lines_of, matter_of, named, system
from tests.support.people.accounts import Time, account_of
from tests.support.people.persons import person
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules

NAME = "0044_deliveries"
BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
HOLDER, OPENID, INVITED = person(number=1), "o-wang", "13900000571"
NOON = clock.now().replace(hour=12)


def execute(query: str, *values: Any) -> Any:
    return database.execute_sql(query if is_sqlite() else query.replace("?", "%s"), values)


def go_back() -> None:
    """Go back to the tables before."""
    runner = models.migrations()
    while NAME in {migration.name for migration in runner.status() if migration.applied}:
        runner.down()


def former_jobs() -> list[tuple[str, list[str]]]:
    rows = execute("SELECT name, payload FROM outbox_job WHERE done_at IS NULL ORDER BY name")
    return [(name, list(json.loads(payload))) for name, payload in rows.fetchall()]


def cause_one_of_each(rules: Rules) -> None:
    """Let one message of every channel wait, two of matters."""
    account = account_of(HOLDER)
    with transaction():
        notices.add(account.id, notices.PHONE_CHANGED, HOLDER.phone)
    push = Push(OPENID, "text", "", "1", int(time.time()), "1", {"Content": "在吗"})
    chat_inbox.accept(push, for_humans=True)
    with transaction():
        assert chat_replies.add_notice(OPENID, chat_replies.text("工单已办结"))
    template = rules.services.settings.wechat_templates["ticket"]
    subscriptions.accept(
        rules.services, session=wechat_session("wang"), topic="ticket", template_id=template.id
    )
    with transaction():
        news = subscriptions.news("codes_free", clock.now())
        assert subscriptions.notify("ticket", news, cause="ticket:1", openid=OPENID)
    maker = system(rules.services, webhook_url=f"{rules.sandbox.url}/sandbox/registrar/hook")
    matter = matter_of(rules.services, [named(PEOPLE[0], phone=INVITED)], maker=maker)
    with transaction():
        events.append(matter, events.CONFIRMED, lines_of(matter))
        matter_notices.add(lines_of(matter), matter_notices.REMINDER)


@BOTH
def test_what_waits_is_sent_once_after_the_move(rules: Rules) -> None:
    with Time(NOON).running() as now:
        cause_one_of_each(rules)
        go_back()
        assert former_jobs() == [
            ("chat.reply", ["reply_id"]),
            ("matter.deliver", ["matter_id"]),
            ("matter.tell", ["message_id"]),
            ("matter.tell", ["message_id"]),
            ("notice.send", ["notice_id"]),
            ("subscription.send", ["subscription_id"]),
        ]

        assert models.migrate()[0] == NAME
        assert OutboxJob.select().count() == 0
        now.advance(minutes=1)
        for _ in range(2):
            while jobs.work_once(rules.services, clock.now()):
                pass
            now.advance(days=1)

    assert len(rules.sandbox.inbox(HOLDER.phone)) == 1
    # The reminder of one who was invited a moment ago is not sent.
    assert len(rules.sandbox.inbox(INVITED)) == 1
    assert len(rules.sandbox.wechat_messages()) == 2
    assert len(rules.sandbox.hook_events()) == 1
    assert dead_letters.list_all() == []


@BOTH
def test_jobs_in_hand_given_up_and_done_keep_their_state(rules: Rules) -> None:
    account = account_of(HOLDER)
    with transaction():
        for _ in range(4):
            notices.add(account.id, notices.PHONE_CHANGED, HOLDER.phone)
    held, given_up, sent, retried = (row.id for row in Notice.select().order_by(Notice.id))
    Notice.update(done_at=NOON, due_at=None).where(Notice.id == sent).execute()
    go_back()
    until = clock.milliseconds(clock.now() + timedelta(minutes=1))
    for notice_id, values in (
        (held, f"attempts = 1, leased_until = {until}"),
        (given_up, f"attempts = 20, failed_at = {until}, last_error = 'NotSent'"),
        (retried, f"attempts = 3, run_at = {until}"),
    ):
        payload = json.dumps({"notice_id": notice_id})
        changed = execute(f"UPDATE outbox_job SET {values} WHERE payload = ?", payload)
        assert changed.rowcount == 1

    models.migrate()

    def of(notice_id: int) -> Notice:
        found: Notice = Notice.get_by_id(notice_id)
        return found

    assert of(held).attempts == 1
    assert not jobs.work_once(rules.services, of(held).created_at)
    assert (of(retried).attempts, clock.milliseconds(of(retried).due_at)) == (3, until)
    assert (of(sent).due_at, of(sent).failed_at) == (None, None)
    (letter,) = dead_letters.list_all()
    assert letter.key == f"notice-{given_up}"
    dead_letters.send_again(letter.key, actor="test")
    assert jobs.work_once(rules.services, clock.now())
    assert of(given_up).done_at is not None


@BOTH
def test_rows_without_a_job_are_not_lost(rules: Rules) -> None:
    """A reply stays with its turn, events keep their lease, and old failures are history."""
    with Time(NOON).running():
        cause_one_of_each(rules)
    ChatReply.update(due_at=None, message=1).execute()
    go_back()
    until = clock.milliseconds(clock.now() + timedelta(minutes=1))
    execute("UPDATE matter SET sending_until = ?", until)
    execute("UPDATE matter_message SET outcome = 'failed', claimed_at = ?", until)
    execute("DELETE FROM outbox_job WHERE name = 'notice.send'")

    models.migrate()

    reply = ChatReply.get()
    assert (reply.due_at, reply.failed_at, reply.done_at) == (None, None, None)
    (leased,) = execute("SELECT leased_until FROM matter_event").fetchall()
    assert leased == (until,)
    assert {row.outcome for row in MatterMessage.select()} == {"failed"}
    assert [letter.kind for letter in dead_letters.list_all()] == ["notice"]
