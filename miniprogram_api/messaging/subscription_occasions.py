"""Occasions of subscription messages that depend on time: a day, a free limit, an end."""

import re
from datetime import datetime, time, timedelta

from miniprogram_api import clock, outbox
from miniprogram_api.access import refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.authorisation_effect import judge
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
from subscription_templates import SubscriptionTopic

CHECK_EVERY = timedelta(minutes=10)
WINDOW_JOB = "subscription.window_over"
_SEGMENT = re.compile("1[0-9]{2,6}")


def subscribe(
    services: Services,
    *,
    session: SessionInfo,
    topic: SubscriptionTopic,
    template_id: str,
    segment: str | None = None,
) -> AcceptedSubscription:
    """Store one accept and determine from the user's record what it waits for.

    ``segment``: the leading digits of the number range; by default the one refused last. Raises
    Refused as ``subscriptions.accept``; INVALID_INPUT on ``segment``, and on ``topic`` when there
    is nothing to wait for.
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
            _schedule_window_check(accepted.subscription_id, due_at)
    return accepted


def notify_due() -> None:
    """Queue everything that is due."""
    now = clock.now()
    _notify_ranges(now)
    _notify_authorisations(now)


def window_over(subscription_id: int) -> None:
    """Notify a user that codes are available again, unless the limit is full once more."""
    row = Subscription.get_or_none(Subscription.id == subscription_id)
    if row is None or row.happened_at is not None:
        return
    due_at = _window_ends_at(row.openid, row.account_id)
    with transaction():
        if due_at is not None:
            _schedule_window_check(row.id, due_at)
        else:
            _notify_once(row, news("codes_free", clock.now()), f"sms_window:{row.id}")


def _unsupported_segment(session: SessionInfo, segment: str | None) -> str:
    """Return the prefix of the listed range that is waited for."""
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
    unsupported = number_ranges.unsupported(_example_phone(segment), today)
    if unsupported is None:
        raise invalid("range_supported.topic.nothing_to_wait_for")
    return unsupported.prefix


def _window_ends_at(openid: str | None, account_id: int | None) -> datetime | None:
    """Return when the limit of the last refused code is over; None when it is."""
    now = clock.now()
    for note in refusals.last(openid, account_id):
        if note.reason is Reason.SMS_RATE_LIMITED:
            left = int(note.refused(now).details.get("retry_after", 0))
            return now + timedelta(seconds=left) if left else None
    return None


def _schedule_window_check(subscription_id: int, due_at: datetime) -> None:
    outbox.add(WINDOW_JOB, {"subscription_id": subscription_id}, run_at=due_at)


def _notify_ranges(now: datetime) -> None:
    for row in subscriptions.unused("number_range_supported"):
        if number_ranges.unsupported(_example_phone(row.subject), now.date()) is not None:
            continue
        with transaction():
            supported = news("range_supported", now, segment=row.subject)
            _notify_once(row, supported, f"range:{row.id}")


def _notify_authorisations(now: datetime) -> None:
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


def _notify_once(row: Subscription, message: News, key: str) -> None:
    """Consume one accept and delete the user's others for the same subject."""
    if subscriptions.consume_accept(row, message, key):
        Subscription.delete().where(
            Subscription.openid == row.openid,
            Subscription.topic == row.topic,
            Subscription.subject == row.subject,
            Subscription.happened_at.is_null(),
        ).execute()


def _example_phone(segment: str) -> str:
    return segment.ljust(11, "0")
