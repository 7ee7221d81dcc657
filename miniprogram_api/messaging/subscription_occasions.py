"""What subscriptions wait for that nobody does: a day that comes, a limit that frees, an end.

A range that an operator opens is told at once, everything else by day, when nobody is woken by it.
"""

import re
from datetime import datetime, time, timedelta

from config import SubscriptionTopic
from miniprogram_api import clock, outbox
from miniprogram_api.access import refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.effectiveness import judge
from miniprogram_api.messaging import subscriptions
from miniprogram_api.messaging.subscriptions import AcceptedSubscription, News, news
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.reasons import Reason
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from miniprogram_api.texts.sentences import day_in_words
from models.accounts.accounts import Account
from models.storage.database import transaction
from models.subscriptions import Subscription

LOOK_EVERY = timedelta(minutes=10)
WINDOW_JOB = "subscription.window_over"
DAY_BEGINS, DAY_ENDS = time(8), time(21)
_SEGMENT = re.compile("1[0-9]{2,6}")


def subscribe(
    services: Services,
    *,
    session: SessionInfo,
    topic: SubscriptionTopic,
    template_id: str,
    segment: str | None = None,
) -> AcceptedSubscription:
    """Keep one accept, and find out by the person's own record what it waits for.

    ``segment``: the leading digits of the number range that is waited for; without it the one that
    was refused to him last. Raises Refused as ``subscriptions.accept``; INVALID_INPUT on
    ``segment``, and on ``topic`` when there is nothing to wait for.
    """
    subject, due_at = "", None
    if topic == "number_range_supported":
        subject = _unsupported_segment(session, segment)
    elif topic == "sms_window_over":
        due_at = _window_ends_at(session.openid, session.account_id)
        if due_at is None:
            raise invalid("codes_free.topic.nothing_to_wait_for")
    with transaction():
        accepted = subscriptions.accept(
            services, session=session, topic=topic, template_id=template_id, subject=subject
        )
        if due_at is not None and accepted.subscription_id is not None:
            _look_at_window_later(accepted.subscription_id, due_at)
    return accepted


def look(_services: Services, *, at_once: bool) -> None:
    """Tell of everything that has come about; by day only, unless ``at_once``."""
    now = clock.now()
    if not at_once and not DAY_BEGINS <= now.time() < DAY_ENDS:
        return
    _tell_of_ranges(now)
    _tell_of_authorisations(now)


def window_over(_services: Services, subscription_id: int) -> None:
    """Tell a person that he may ask for a code again, unless his limit is full once more."""
    row = Subscription.get_or_none(Subscription.id == subscription_id)
    if row is None or row.happened_at is not None:
        return
    due_at = _window_ends_at(row.openid, row.account_id)
    with transaction():
        if due_at is not None:
            _look_at_window_later(row.id, due_at)
        else:
            _tell_once(row, news("codes_free", clock.now()), f"sms_window:{row.id}")


def _unsupported_segment(session: SessionInfo, segment: str | None) -> str:
    """The prefix of the listed range that is waited for."""
    today = clock.today()
    if segment is None:
        noted = (
            str(note.details.get("segment"))
            for note in refusals.last(session.openid, session.account_id)
            if note.reason is Reason.PHONE_SEGMENT_UNSUPPORTED
        )
        listed = (r.prefix for r in number_ranges.list_ranges() if r.is_unsupported_on(today))
        segment = next(noted, None) or next(listed, None)
        if segment is None:
            raise invalid("no_ranges.topic.nothing_to_wait_for")
    elif not _SEGMENT.fullmatch(segment):
        raise invalid("subscriptions.segment.wrong_form")
    found = number_ranges.unsupported(_a_phone_of(segment), today)
    if found is None:
        raise invalid("range_supported.topic.nothing_to_wait_for")
    return found.prefix


def _window_ends_at(openid: str | None, account_id: int | None) -> datetime | None:
    """When the limit that refused him a code last is over; None when it is."""
    now = clock.now()
    for note in refusals.last(openid, account_id):
        if note.reason is Reason.SMS_RATE_LIMITED:
            left = int(note.refused(now).details.get("retry_after", 0))
            return now + timedelta(seconds=left) if left else None
    return None


def _look_at_window_later(subscription_id: int, due_at: datetime) -> None:
    outbox.add(WINDOW_JOB, {"subscription_id": subscription_id}, run_at=due_at)


def _tell_of_ranges(now: datetime) -> None:
    for row in subscriptions.waiting_for("number_range_supported"):
        if number_ranges.unsupported(_a_phone_of(row.subject), now.date()) is not None:
            continue
        with transaction():
            supported = news("range_supported", now, segment=row.subject)
            _tell_once(row, supported, f"range:{row.id}")


def _tell_of_authorisations(now: datetime) -> None:
    today = now.date()
    last_days = [today, today + timedelta(days=1)]
    query = (
        Account.select()
        .join(
            Subscription,
            on=(Subscription.account == Account.id)
            | (Subscription.openid == Account.wechat_openid),
        )
        .where(
            Subscription.topic == "authorisation_ending",
            Subscription.happened_at.is_null(),
            Account.authorization_until.in_(last_days),
        )
        .distinct()
    )
    for account in query:
        until = account.authorization_until
        if until is None or not judge(account, today).effective:
            continue
        end = datetime.combine(until, time(23, 59), clock.SHANGHAI)
        with transaction():
            subscriptions.notify(
                "authorisation_ending",
                news("authorisation_ending", end, day=day_in_words(until)),
                cause=f"authorisation:{until}",
                account_id=account.id,
            )


def _tell_once(row: Subscription, told: News, key: str) -> None:
    """Use one accept up and drop the person's others that wait for the same."""
    if subscriptions.tell(row, told, key):
        Subscription.delete().where(
            Subscription.openid == row.openid,
            Subscription.topic == row.topic,
            Subscription.subject == row.subject,
            Subscription.happened_at.is_null(),
        ).execute()


def _a_phone_of(segment: str) -> str:
    return segment.ljust(11, "0")
