"""Send messages to persons about their matters: in WeChat, else by SMS, only in the daytime.

A message names no person, firm or number. The SMS to a person without an account goes to the phone
that was entered with the matter: once a person and matter.
"""

from datetime import timedelta

from miniprogram_api import clock, outbox, person_rows
from miniprogram_api.clients.sms import SmsOutcome
from miniprogram_api.matter_lines import finding, guard, notices
from miniprogram_api.messaging import subscriptions
from miniprogram_api.messaging.subscriptions import RETRY_PERIOD
from miniprogram_api.services import Services
from miniprogram_api.texts import word
from models.accounts.accounts import FROZEN, Account
from models.matters import matters as table
from models.matters.matters import Line, Matter
from models.matters.messages import MatterMessage
from models.storage.database import lock, release, transaction
from models.subscriptions import Subscription

MOST_PER_PHONE = 3
PERIOD = timedelta(hours=24)
LOOK_AGAIN = timedelta(minutes=2)

SENT, LIMIT, NO_PHONE, FAILED, VOID = "sent", "limit", "no_phone", "failed", "void"

_ASKS = frozenset({notices.INVITATION, notices.REMINDER})


class NotSent(Exception):
    """The gateway was not reached; the outbox retries."""


def send(services: Services, message_id: int) -> None:
    """Send one message, or note what became of it; may run again at any time.

    Raises NotSent when the SMS must be retried.
    """
    message = MatterMessage.get_or_none(MatterMessage.id == message_id)
    if message is None or message.outcome is not None:
        return
    now = clock.now()
    if notices.in_daytime(now) != now:
        with transaction():
            _run_again(message, notices.in_daytime(now) - now)
        return
    phone = _prepare(message)
    if phone is None:
        return
    parameters = []
    if message.kind == notices.LOST:
        parameters = [word("matters.lost", message.reason)]
    elif message.kind not in _ASKS:
        parameters = [word("matters.ended", message.kind)]
    template = notices.INVITATION if message.kind in _ASKS else message.kind
    release()
    outcome = services.clients.sms.send_notice(phone, _TEMPLATES[template], *parameters)
    is_tried = outcome not in (SmsOutcome.NOT_REACHED, SmsOutcome.NO_SLOT)
    if not is_tried and now - message.created_at < RETRY_PERIOD:
        MatterMessage.update(claimed_at=None).where(MatterMessage.id == message.id).execute()
        raise NotSent
    is_sent = outcome in (SmsOutcome.ACCEPTED, SmsOutcome.UNCERTAIN)
    with transaction():
        _end(message, SENT if is_sent else FAILED)


_TEMPLATES = {
    notices.INVITATION: "matter_invitation",
    notices.LOST: "matter_lost",
    notices.ACCEPTED: "matter_ended",
    notices.WITHDRAWN: "matter_ended",
    notices.EXPIRED: "matter_ended",
}


def _prepare(message: MatterMessage) -> str | None:
    """Return the phone that the SMS goes to, claimed; None: there is none to send now."""
    with transaction():
        lock(f"matter_message:{message.id}")
        message = MatterMessage.get_by_id(message.id)
        if message.outcome is not None:
            return None
        if message.claimed_at is not None:
            # The worker died while it sent; it may have arrived.
            _end(message, SENT)
            return None
        if not _is_needed(message):
            _end(message, VOID)
            return None
        account = _account(message)
        if account is not None and _is_told_in_wechat(message, account):
            return None
        if account is None and message.kind not in _ASKS:
            _end(message, VOID)
            return None
        phone = _invited_phone(message) if account is None else account.phone
        if phone is None:
            _end(message, NO_PHONE)
            return None
        if (account is None and _was_invited(message)) or _is_limited(phone):
            _end(message, LIMIT)
            return None
        MatterMessage.update(
            phone=phone, phone_index=phone, claimed_at=clock.now()
        ).where(MatterMessage.id == message.id).execute()  # fmt: skip
    return phone


def _is_needed(message: MatterMessage) -> bool:
    """Return whether the person still has what the message is about."""
    matter: Matter = message.matter
    own = _lines(message)
    if message.kind in _ASKS:
        is_asked = any(line.state in (table.PENDING, table.LOST) for line in own)
        return finding.state_now(matter) in (table.WAITING, table.CONFIRMED) and is_asked
    if message.kind == notices.LOST:
        is_open = finding.state_now(matter) in table.OPEN
        return is_open and any(line.state == table.LOST for line in own)
    return bool(own)


def _account(message: MatterMessage) -> Account | None:
    """Return the person's own account, if it may be told.

    A frozen one is not asked: until its dispute is decided, it may belong to another person. What
    became of a matter is told to the account that confirmed, or from level 4 on.
    """
    line: Line = message.line
    account = guard.accounts_of([line]).get(line.document_number)
    if account is None or account.name != line.name:
        return None
    if message.kind in _ASKS:
        return None if account.status == FROZEN else account
    own = _lines(message)
    return account if any(person_rows.is_shown(account, one.account_id) for one in own) else None


def _is_told_in_wechat(message: MatterMessage, account: Account) -> bool:
    """Return whether a subscription message takes care of it, and note its outcome."""
    if message.subscription is None:
        cause = f"matter:{message.id}"
        key = "matter_asked" if message.kind in _ASKS else f"matter_{message.kind}"
        values = {}
        if message.kind == notices.LOST:
            values["reason"] = word("matters.lost", message.reason)
        news = subscriptions.news(key, clock.now(), **values)
        if not subscriptions.notify("matter", news, cause=cause, account_id=account.id):
            return False
        message.subscription = f"{cause}:{account.id}"
        MatterMessage.update(subscription=message.subscription).where(
            MatterMessage.id == message.id
        ).execute()
        _run_again(message, LOOK_AGAIN)
        return True
    row = Subscription.get_or_none(Subscription.cause == message.subscription)
    if row is None or row.failed_at is not None:
        return False
    if row.sent_at is None:
        _run_again(message, LOOK_AGAIN)
    else:
        _end(message, SENT)
    return True


def _lines(message: MatterMessage) -> list[Line]:
    """Return the person's present lines of the matter."""
    line: Line = message.line
    return finding.of_person(finding.lines(message.matter), line.document_number, line.name)


def _invited_phone(message: MatterMessage) -> str | None:
    return next((line.phone for line in _lines(message) if line.phone), None)


def _was_invited(message: MatterMessage) -> bool:
    """Return whether this person was sent an SMS about this matter before."""
    earlier = MatterMessage.select(MatterMessage, Line).join(Line).where(
        (MatterMessage.matter == message.matter_id)
        & (MatterMessage.id != message.id)
        & MatterMessage.claimed_at.is_null(False)
        & _MAY_HAVE_ARRIVED
    )  # fmt: skip
    document_number = message.line.document_number
    return any(one.line.document_number == document_number for one in earlier)


_MAY_HAVE_ARRIVED = MatterMessage.outcome.is_null() | (MatterMessage.outcome == SENT)


def _is_limited(phone: str) -> bool:
    """Return whether the phone got its messages of this day; locks the phone."""
    lock(f"matter_message:{phone}")
    recent = MatterMessage.phone_index.matches(phone) & (
        MatterMessage.claimed_at > clock.now() - PERIOD
    )
    count = MatterMessage.select().where(recent & _MAY_HAVE_ARRIVED).count()
    return int(count) >= MOST_PER_PHONE


def _run_again(message: MatterMessage, wait: timedelta) -> None:
    outbox.add(notices.JOB, {"message_id": message.id}, run_at=clock.now() + wait)


def _end(message: MatterMessage, outcome: str) -> None:
    """Store the outcome; an invitation that was sent stays so on the lines."""
    MatterMessage.update(outcome=outcome).where(MatterMessage.id == message.id).execute()
    if message.kind in _ASKS and outcome != VOID:
        changed = [
            line.id
            for line in _lines(message)
            if outcome in (SENT, FAILED) or line.invitation != SENT
        ]
        Line.update(invitation=outcome).where(Line.id.in_(changed)).execute()
