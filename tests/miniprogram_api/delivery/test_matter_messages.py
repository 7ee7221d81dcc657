"""Messages to persons about their matters: channel, limits, quiet hours, and running twice."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.accounts import cancellation
from miniprogram_api.delivery import delivery_reports
from miniprogram_api.matter_lines import changes, notices
from miniprogram_api.matters import expiry
from models.accounts.accounts import Account
from models.matters.matters import Matter
from models.matters.messages import MatterMessage
from models.storage.database import transaction
from models.subscriptions import Subscription
from tests.support.matters import matters as tools
from tests.support.matters.matters import PEOPLE, matter_of, named, verified
from tests.support.people.accounts import Time, account_of
from tests.support.service.rules import Rules

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=clock.SHANGHAI)
PHONE = "13900000571"
A, B, _ = PEOPLE


@pytest.fixture
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


def work(rules: Rules) -> None:
    while jobs.work_once(rules.services, clock.now()):
        pass


def inbox(rules: Rules, phone: str = PHONE) -> list[str]:
    return [message["text"] for message in rules.sandbox.inbox(phone)]


def invitation(matter: Matter) -> str | None:
    return tools.lines_of(matter)[0].invitation


def accept_messages(account: Account, openid: str = "o-wang") -> None:
    Subscription.insert(
        openid=openid,
        account=account.id,
        topic="matter",
        template_id="sandbox-matter",
        accepted_at=clock.now(),
    ).execute()


def test_person_without_account_is_invited_once_to_the_entered_phone(
    rules: Rules, time: Time
) -> None:
    persons = [named(A, phone=PHONE), named(A, "经理", phone=PHONE)]
    matter = matter_of(rules.services, persons)
    assert invitation(matter) is None
    work(rules)
    (text,) = inbox(rules)
    assert "不收费、不要验证码；不是您办的请拒绝。" in text
    for private in (A.name, A.id_number, PHONE, matter.subject_name, matter.number, "http"):
        assert private not in text
    assert {line.invitation for line in tools.lines_of(matter)} == {"sent"}
    with transaction():
        notices.add(tools.lines_of(matter), notices.REMINDER)
    work(rules)
    assert len(inbox(rules)) == 1
    assert invitation(matter) == "sent"


@pytest.mark.parametrize(("level", "is_told"), [(3, False), (4, True)])
def test_end_of_a_matter_is_not_told_to_a_later_account_below_level_4(
    rules: Rules, time: Time, level: int, is_told: bool
) -> None:
    earlier, matter = verified(A), matter_of(rules.services, [named(A)])
    tools.confirm(rules.services, matter, earlier)
    tools.accept(rules.services, matter)
    # Cancelled and registered anew before the message is sent.
    cancellation.cancel_by_hand(earlier.id, "换号", actor="test")
    account_of(A, level=level, phone=PHONE, phone_index=PHONE)
    work(rules)
    assert [("已受理" in text) for text in inbox(rules)] == [True] * is_told


def test_end_is_told_to_the_account_that_confirmed_below_level_4(rules: Rules, time: Time) -> None:
    account, matter = verified(A), matter_of(rules.services, [named(A)])
    work(rules)
    tools.confirm(rules.services, matter, account)
    tools.accept(rules.services, matter)
    Account.update(level=3).execute()
    work(rules)
    assert any("已受理" in text for text in inbox(rules, A.phone))


def test_phone_gets_three_a_day_apart_from_codes(rules: Rules, time: Time) -> None:
    made = [matter_of(rules.services, [named(A, phone=PHONE)], number=f"M-{n}") for n in range(4)]
    work(rules)
    assert [invitation(matter) for matter in made] == ["sent", "sent", "sent", "limit"]
    assert len(inbox(rules)) == 3
    time.advance(hours=24, seconds=1)
    later = matter_of(rules.services, [named(A, phone=PHONE)], number="M-9")
    work(rules)
    assert invitation(later) == "sent"


def test_nothing_is_sent_at_night(rules: Rules, time: Time) -> None:
    time.now = NOON.replace(hour=20, minute=59)
    late = matter_of(rules.services, [named(A, phone=PHONE)])
    time.now = NOON.replace(hour=21)
    work(rules)
    night = matter_of(rules.services, [named(A, phone=PHONE)], number="M-2")
    time.now = NOON.replace(hour=7, minute=59) + timedelta(days=1)
    work(rules)
    assert inbox(rules) == []
    time.now = NOON.replace(hour=8) + timedelta(days=1)
    work(rules)
    assert (invitation(late), invitation(night)) == ("sent", "sent")


def test_missing_phone_and_refusing_gateway_are_noted(rules: Rules, time: Time) -> None:
    nobody = matter_of(rules.services, [named(A)])
    rules.sandbox.phone("13900000010", refusal="FailedOperation.PhoneNumberInBlacklist")
    refused = matter_of(rules.services, [named(B, phone="13900000010")], number="M-2")
    work(rules)
    assert (invitation(nobody), invitation(refused)) == ("no_phone", "failed")


def test_holder_is_told_in_wechat_else_on_the_phone_of_record(rules: Rules, time: Time) -> None:
    account = verified(A)
    accept_messages(account)
    first = matter_of(rules.services, [named(A, phone=PHONE)])
    work(rules)
    (told,) = rules.sandbox.wechat_messages("o-wang")
    assert told["body"]["page"] == "pages/matters/index"
    content = json.dumps(told["body"]["data"], ensure_ascii=False)
    assert "待确认" in content
    assert A.name not in content
    time.advance(minutes=3)
    work(rules)
    assert invitation(first) == "sent"
    assert inbox(rules) == inbox(rules, A.phone) == []
    second = matter_of(rules.services, [named(A, phone=PHONE)], number="M-2")
    work(rules)
    assert invitation(second) == "sent"
    assert len(inbox(rules, A.phone)) == 1
    assert inbox(rules) == []


def test_refused_subscription_message_is_followed_by_an_sms(rules: Rules, time: Time) -> None:
    accept_messages(verified(A), "unknown")
    matter = matter_of(rules.services, [named(A)])
    work(rules)
    assert invitation(matter) is None
    time.advance(minutes=3)
    work(rules)
    assert len(inbox(rules, A.phone)) == 1
    assert invitation(matter) == "sent"


def test_decided_person_is_not_invited(rules: Rules, time: Time) -> None:
    account = verified(A)
    matter = matter_of(rules.services, [named(A)])
    tools.confirm(rules.services, matter, account)
    work(rules)
    assert inbox(rules, A.phone) == []


@pytest.mark.parametrize(
    ("end", "words"),
    [("accept", "已受理"), ("withdraw", "已撤回"), ("expire", "已过期失效"), ("lose", "证件到期")],
)
def test_holder_is_told_the_end_and_a_lost_line(
    rules: Rules, time: Time, end: str, words: str
) -> None:
    account = verified(A)
    matter = matter_of(rules.services, [named(A)])
    tools.confirm(rules.services, matter, account)
    work(rules)
    assert inbox(rules, A.phone) == []
    if end == "accept":
        tools.accept(rules.services, matter)
    elif end == "expire":
        time.advance(days=31)
        expiry.expire_due()
    else:
        with transaction():
            if end == "withdraw":
                changes.withdraw(matter.public_id, None, actor="test")
            else:
                changes.lose_lines(tools.lines_of(matter), "card_expired")
    work(rules)
    (text,) = inbox(rules, A.phone)
    assert words in text
    assert matter.subject_name not in text


def test_message_of_a_worker_that_died_is_not_sent_again(rules: Rules, time: Time) -> None:
    matter = matter_of(rules.services, [named(A, phone=PHONE)])
    MatterMessage.update(handed_over_at=clock.now()).execute()
    work(rules)
    assert inbox(rules) == []
    assert invitation(matter) == "sent"


@pytest.mark.parametrize(
    ("report", "state"), [("delivered", "delivered"), ("void", "failed"), ("none", "sent")]
)
def test_an_invitation_follows_the_carriers_report(
    rules: Rules, time: Time, report: str, state: str
) -> None:
    rules.sandbox.phone(PHONE, report=report)
    matter = matter_of(rules.services, [named(A, phone=PHONE)])
    work(rules)
    assert invitation(matter) == "sent"
    delivery_reports.fetch(rules.services)
    assert invitation(matter) == state
    assert MatterMessage.get().outcome == state
