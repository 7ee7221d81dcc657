"""Messages to persons about their matters: in WeChat, else by SMS, only in the daytime.

A message names no person, firm or number. The SMS to a person without an account goes to the phone
that was entered with the matter: once a person and matter.
"""

from datetime import timedelta

from miniprogram_api import clock, masking, person_rows
from miniprogram_api.delivery import subscription_messages
from miniprogram_api.delivery.channels import (
    Channel,
    HandOver,
    Letter,
    Outcome,
    Result,
    of_sms,
)
from miniprogram_api.matter_lines import finding, guard, notices
from miniprogram_api.messaging import subscriptions
from miniprogram_api.services import Services
from miniprogram_api.texts import text, word
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
DELIVERED = "delivered"

_ASKS = frozenset({notices.INVITATION, notices.REMINDER})
_TEMPLATES = {
    notices.INVITATION: "matter_invitation",
    notices.LOST: "matter_lost",
    notices.ACCEPTED: "matter_ended",
    notices.WITHDRAWN: "matter_ended",
    notices.EXPIRED: "matter_ended",
}


def _send(services: Services, message: MatterMessage, hand_over: HandOver) -> Result:
    prepared = _prepare(message, hand_over)
    if isinstance(prepared, Result):
        return prepared
    parameters = []
    if message.kind == notices.LOST:
        parameters = [word("matters.lost", message.reason)]
    elif message.kind not in _ASKS:
        parameters = [word("matters.ended", message.kind)]
    template = _TEMPLATES[notices.INVITATION if message.kind in _ASKS else message.kind]
    release()
    return of_sms(message, services.clients.sms.send_notice(prepared, template, *parameters))


def _prepare(message: MatterMessage, hand_over: HandOver) -> str | Result:
    """Return the phone that the SMS goes to, handed over; or the result without an SMS."""
    with transaction():
        lock(f"matter_message:{message.id}")
        if not _is_needed(message):
            return Result(Outcome.DONE, note=VOID)
        account = _account(message)
        if account is not None:
            told = _tell_in_wechat(message, account)
            if told is not None:
                return told
        elif message.kind not in _ASKS:
            return Result(Outcome.DONE, note=VOID)
        phone = _invited_phone(message) if account is None else account.phone
        if phone is None:
            return Result(Outcome.DONE, note=NO_PHONE)
        if (account is None and _was_invited(message)) or _is_limited(phone):
            return Result(Outcome.DONE, note=LIMIT)
        MatterMessage.update(phone=phone, phone_index=phone).where(
            MatterMessage.id == message.id
        ).execute()
        hand_over()
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
        is_lost = {table.LOST, *([table.PENDING] if message.reason == notices.CHANGED else [])}
        return is_open and any(line.state in is_lost for line in own)
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


def _tell_in_wechat(message: MatterMessage, account: Account) -> Result | None:
    """Queue a subscription message once, and follow it; None: the SMS must be sent."""
    if message.subscription is None:
        cause = f"matter:{message.id}"
        key = "matter_asked" if message.kind in _ASKS else f"matter_{message.kind}"
        values = {}
        if message.kind == notices.LOST:
            values["reason"] = word("matters.lost", message.reason)
        news = subscriptions.news(key, clock.now(), **values)
        if not subscriptions.notify("matter", news, cause=cause, account_id=account.id):
            return None
        MatterMessage.update(subscription=f"{cause}:{account.id}").where(
            MatterMessage.id == message.id
        ).execute()
        return Result(Outcome.POSTPONED, wait=LOOK_AGAIN)
    row = Subscription.get_or_none(Subscription.cause == message.subscription)
    if row is None or row.failed_at is not None:
        return None
    if row.done_at is None:
        return Result(Outcome.POSTPONED, wait=LOOK_AGAIN)
    return Result(Outcome.DONE)


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
        & MatterMessage.handed_over_at.is_null(False)
        & _MAY_HAVE_ARRIVED
    )  # fmt: skip
    document_number = message.line.document_number
    return any(one.line.document_number == document_number for one in earlier)


_MAY_HAVE_ARRIVED = MatterMessage.outcome.is_null() | MatterMessage.outcome.in_((SENT, DELIVERED))


def _is_limited(phone: str) -> bool:
    """Return whether the phone got its messages of this day; locks the phone."""
    lock(f"matter_message:{phone}")
    recent = MatterMessage.phone_index.matches(phone) & (
        MatterMessage.handed_over_at > clock.now() - PERIOD
    )
    count = MatterMessage.select().where(recent & _MAY_HAVE_ARRIVED).count()
    return int(count) >= MOST_PER_PHONE


def _ended(message: MatterMessage, result: Result) -> None:
    """Store the outcome; an invitation that was sent stays so on the lines."""
    outcome = FAILED if result.outcome is Outcome.FAILED else result.note or SENT
    MatterMessage.update(outcome=outcome).where(MatterMessage.id == message.id).execute()
    if message.kind in _ASKS and outcome != VOID:
        changed = [
            line.id
            for line in _lines(message)
            if outcome in (SENT, FAILED) or line.invitation not in (SENT, DELIVERED)
        ]
        Line.update(invitation=outcome).where(Line.id.in_(changed)).execute()


def note_report(message: MatterMessage, *, is_delivered: bool) -> None:
    """Store what the carrier reported, also on the lines of an invitation; in a transaction.

    A message that did not arrive does not count towards the limits of its phone and person.
    """
    outcome = DELIVERED if is_delivered else FAILED
    MatterMessage.update(outcome=outcome).where(MatterMessage.id == message.id).execute()
    if message.kind in _ASKS:
        asked = [line.id for line in _lines(message) if line.invitation == SENT]
        Line.update(invitation=outcome).where(Line.id.in_(asked)).execute()


def _letter(message: MatterMessage) -> Letter:
    recipient = masking.phone(message.phone) if message.phone else ""
    cause = word("dead_letters.sms", message.last_error)
    kind = word("dead_letters.matters", message.kind)
    return Letter(recipient, cause, text("dead_letters.matter", kind=kind))


CHANNEL = Channel(
    name="message",
    table=MatterMessage,
    letter=_letter,
    send=_send,
    retry_for=subscription_messages.RETRY_FOR,
    # It may have arrived.
    in_doubt=Result(Outcome.DONE),
    daytime_only=True,
    ended=_ended,
)
