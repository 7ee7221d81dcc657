"""What a second person leaves undecided: it goes to the centre, lapses or ends otherwise.

A review in effect that is overdue goes to the centre and counts against the window of its clerk;
after twice the term it blocks that clerk's next acts of the kind (``desks.asking``). What is held
lapses after ten working days; the person is told three working days before.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

from miniprogram_api import audit, clock
from miniprogram_api.desks import asking
from miniprogram_api.messaging import notices, subscriptions
from miniprogram_api.messaging.subscriptions import news
from miniprogram_api.second_person.held_verifications import held_person
from miniprogram_api.second_person.matter_reviews import account_to_tell
from miniprogram_api.staff import windows
from miniprogram_api.texts import word
from miniprogram_api.texts.sentences import day_in_words
from miniprogram_api.tickets import due, tickets
from miniprogram_api.windows import held_confirmations, holds
from models.desks.tickets import UNFINISHED, Ticket
from models.second_person import (
    HELD_VERIFICATION,
    LATE,
    MINOR_CONFIRMATION,
    ON_SITE_CONFIRMATION,
    VERIFICATION,
    WAITING,
    SecondPersonRequest,
)
from models.storage.database import transaction

KINDS = (VERIFICATION, HELD_VERIFICATION, ON_SITE_CONFIRMATION, MINOR_CONFIRMATION)
MOST_AT_ONCE = 500
ACTOR = "service"


def escalate() -> int:
    """Hand what is overdue to the centre, once for each; return how many."""
    asked = SecondPersonRequest
    is_due = _is_overdue() & asked.escalated_at.is_null()
    done = 0
    for row in list(asked.select(asked.id, asked.window_id).where(is_due).limit(MOST_AT_ONCE)):
        with transaction():
            # A decision at the same moment comes first.
            marked = asked.update(escalated_at=clock.now()).where(is_due & (asked.id == row.id))
            if marked.execute():
                audit.write(
                    "job:review:escalated", actor="worker", request=row.id, window=row.window_id
                )
                done += 1
    return done


def overdue_by_window() -> list[tuple[str, int]]:
    """Return the windows with overdue reviews of their clerks' acts, and how many, most first."""
    late = SecondPersonRequest.select(SecondPersonRequest.window_id).where(_is_overdue())
    counts = Counter(row.window_id for row in late)
    names = windows.names(counts)
    nowhere = word("second_person.figures", "no_window")
    return [(names.get(window, nowhere), count) for window, count in counts.most_common()]


def warn_lapsing() -> int:
    """Tell persons that what is held lapses in three working days; return how many."""
    told = 0
    for request in _held_before(due.HELD_WORKING_DAYS - due.HELD_WARNING_DAYS):
        if request.warned_at is None and due.is_overdue(due.held_warning(request.due_at)):
            with transaction():
                told += _warn(request)
    return told


def lapse() -> int:
    """End what is held and was not decided in ten working days; return how many."""
    ended = 0
    for request in _held_before(due.HELD_WORKING_DAYS):
        if due.is_overdue(due.held_lapse(request.due_at)):
            is_minor = request.kind == MINOR_CONFIRMATION
            with transaction():
                ended += _lapse_confirmation(request) if is_minor else _lapse(request)
    return ended


def _held_before(days: int) -> list[SecondPersonRequest]:
    """Return what is held for at least so many days, working days or not."""
    is_old = SecondPersonRequest.asked_at <= clock.now() - timedelta(days=days)
    held = SecondPersonRequest.select().where(asking.IS_WITHOUT_EFFECT & is_old)
    return list(held.order_by(SecondPersonRequest.id).limit(MOST_AT_ONCE))


def _still(request: SecondPersonRequest, **columns: Any) -> bool:
    """Change a request that is still held; return whether it was."""
    changed = SecondPersonRequest.update(**columns)
    is_same = asking.IS_WITHOUT_EFFECT & (SecondPersonRequest.id == request.id)
    return bool(changed.where(is_same).execute())


def _warn(request: SecondPersonRequest) -> bool:
    if not _still(request, warned_at=clock.now()):
        return False
    if request.kind == MINOR_CONFIRMATION:
        account = account_to_tell(request)
        account_id, phone = (None, None) if account is None else (account.id, account.phone)
        _tell(request, "confirmation_lapses", account_id, phone)
        audit.write("job:confirmation:lapse_told", actor="worker", request=request.id)
    else:
        _tell(request, "held_lapses", request.account_id, held_person(request)[1])
        audit.write("job:verification:lapse_told", actor="worker", request=request.id)
    return True


def _tell(
    request: SecondPersonRequest, occasion: str, account_id: int | None, phone: str | None
) -> None:
    if phone:
        notices.add(account_id, notices.VERIFICATION_LAPSES, phone)
    day = due.held_lapse(request.due_at)
    subscriptions.notify(
        "review",
        news(occasion, clock.now(), day=day_in_words(day.date())),
        cause=f"manual:{request.id}:lapses",
        account_id=account_id,
        openid=request.ticket.openid if request.ticket is not None else None,
    )


def _lapse(request: SecondPersonRequest) -> bool:
    ticket = Ticket.locked(request.ticket_id)
    content = holds.without_act(request)
    if ticket is None or not _still(request, state=LATE, content=content):
        return False
    held_confirmations.discard(ticket.id)
    if ticket.state in UNFINISHED:
        tickets.note(ticket, ACTOR, "verification_lapsed")
    audit.write("job:verification:lapsed", actor="worker", request=request.id)
    return True


def _lapse_confirmation(request: SecondPersonRequest) -> bool:
    if not _still(request, state=LATE):
        return False
    held_confirmations.open_again(request)
    audit.write("job:confirmation:lapsed", actor="worker", request=request.id)
    return True


def _is_overdue() -> Any:
    asked = SecondPersonRequest
    return asked.kind.in_(KINDS) & (asked.state == WAITING) & due.overdue(asked.due_at, clock.now())
