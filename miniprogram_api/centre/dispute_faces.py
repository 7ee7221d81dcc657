"""Face check for an identity dispute (冒名): passing it freezes the account of the impostor.

The check belongs to the ticket, because the claimant has no account. Only the person with this face
can pass it, so no stranger can be frozen.
"""

from datetime import timedelta

from miniprogram_api import audit, clock
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, consents
from miniprogram_api.answers import answer_class
from miniprogram_api.clients.face import FaceAnswer, FaceOutcome
from miniprogram_api.desks import acts as desk
from miniprogram_api.matter_lines import holders
from miniprogram_api.proofing import face_challenges, faces, limits
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.tickets import news as ticket_news
from miniprogram_api.tickets import own, tickets
from miniprogram_api.tickets.tickets import Ticket
from models.accounts.accounts import FROZEN
from models.desks import tickets as table
from models.desks.tickets import Ticket as Row
from models.desks.tickets import TicketFaceCheck
from models.storage.database import release, transaction

# After it a check whose process died is free again.
LEASE = timedelta(seconds=60)
_REAL = (
    FaceOutcome.PASSED,
    FaceOutcome.MISMATCH,
    FaceOutcome.NO_PHOTO,
    FaceOutcome.DATA_MISSING,
)


@answer_class
class TicketFaceChallenge:
    """A check for ``wx.requestFacialVerify``."""

    challenge_id: str
    verify_id: str
    """For wx.requestFacialVerify."""
    expires_in: int
    """Seconds until it expires."""


def open_check(
    services: Services,
    session: SessionInfo,
    ticket_id: str,
    *,
    consent_version: str | None,
    address: str,
) -> TicketFaceChallenge:
    """Open a face check of the person in a ticket of the session's holder.

    Raises Refused: NOT_FOUND, TICKET_CLOSED, NOT_APPLICABLE, CONSENT_REQUIRED, CONSENT_OUTDATED,
    FACE_NOT_FINISHED, TOO_MANY_ATTEMPTS, and as the source says.
    """
    row, name, id_number = about(session, ticket_id)
    if not consent_version:
        raise Refused(Reason.CONSENT_REQUIRED, missing=[consents.FACE])
    consents.require(consent_version, [consents.FACE], [consents.FACE])
    openid = _wechat_user(session)
    of_asker = limits.faces_of_asker(services.settings, session, id_number, address)
    attempts.require_room(services, of_asker)
    challenge_id = face_challenges.new_id()
    release()
    answer = services.clients.face.open_wechat_check(challenge_id, name, id_number, openid)
    if isinstance(answer, FaceAnswer):
        raise faces.refusal(answer, "wechat", attempts_left=0)
    lifetime = min(timedelta(seconds=max(0, answer.expires_in)), faces.LONGEST_LIFETIME)
    now = clock.now()
    TicketFaceCheck.insert(
        id=challenge_id,
        ticket=row.id,
        openid=openid,
        verify_id=answer.verify_id,
        consent_version=consent_version,
        created_at=now,
        expires_at=now + lifetime,
    ).execute()
    return TicketFaceChallenge(challenge_id, answer.verify_id, int(lifetime.total_seconds()))


def verify(
    services: Services, session: SessionInfo, ticket_id: str, challenge_id: str, *, address: str
) -> Ticket:
    """Fetch the result of the check from WeChat; if it passed, freeze the disputed account.

    Raises Refused: NOT_FOUND (also for an unknown, used or expired check), TICKET_CLOSED,
    NOT_APPLICABLE, IDENTITY_CHECK_IN_PROGRESS, TOO_MANY_ATTEMPTS, and as the source says.
    """
    row, name, id_number = about(session, ticket_id)
    openid = _wechat_user(session)
    check = _claimed(row.id, challenge_id, openid)
    of_asker = limits.faces_of_asker(services.settings, session, id_number, address)
    taken = attempts.take(services, of_asker)
    counts, answer = False, None
    try:
        release()
        answer = services.clients.face.wechat_result(
            check.verify_id, check.id, name, id_number, openid
        )
        counts = answer.outcome is FaceOutcome.MISMATCH
    finally:
        if not counts:
            attempts.give_back(services, taken)
        _note(check, answer)
    if answer.outcome is not FaceOutcome.PASSED:
        raise faces.refusal(answer, "wechat", attempts_left=taken.remaining["day"])
    with transaction():
        current = tickets.unfinished_locked(row.number)
        freeze(current, id_number, "face_passed", actor=tickets.actor_of(session))
    return tickets.view(current)


def remove_old() -> int:
    """Delete expired checks; return how many."""
    too_old = TicketFaceCheck.created_at <= Kept.DISPUTE_FACES.cutoff()
    return int(TicketFaceCheck.delete().where(too_old).execute())


def freeze(row: Row, id_number: str, step: str, *, actor: str) -> None:
    """Freeze the disputed account, within the transaction of the proof ``step``."""
    account = desk.account_with(id_number)
    row.state = table.WITH_CENTRE
    row.save(only=[Row.state])
    tickets.note(row, actor, step)
    ticket_news.notify_opener(row)
    if account is not None and account.status != FROZEN:
        accounts.freeze(account)
        audit.write("api:account:frozen", actor=actor, account_id=account.id, ticket=row.id)
        holders.disputed(account.id)


def about(session: SessionInfo, ticket_id: str) -> tuple[Row, str, str]:
    """Return the caller's open dispute, and the name and ID number that it is about."""
    row = own.readable(session, ticket_id)
    if row.closed_at is not None:
        raise Refused(Reason.TICKET_CLOSED)
    if row.kind != "identity_dispute" or row.name is None or row.id_number is None:
        raise Refused(Reason.NOT_APPLICABLE)
    return row, row.name, row.id_number


def _claimed(ticket_id: int, challenge_id: str, openid: str) -> TicketFaceCheck:
    """Return the check, leased by this caller until ``_note``."""
    now = clock.now()
    check = TicketFaceCheck.get_or_none(
        (TicketFaceCheck.id == challenge_id)
        & (TicketFaceCheck.ticket == ticket_id)
        & (TicketFaceCheck.openid == openid)
        & (TicketFaceCheck.expires_at > now)
        & TicketFaceCheck.outcome.is_null()
    )
    if check is None:
        raise Refused(Reason.NOT_FOUND)
    free = TicketFaceCheck.used_at.is_null() | (TicketFaceCheck.used_at <= now - LEASE)
    taken = (
        TicketFaceCheck.update(used_at=now)
        .where((TicketFaceCheck.id == challenge_id) & TicketFaceCheck.outcome.is_null() & free)
        .execute()
    )
    if not taken:
        raise Refused(Reason.IDENTITY_CHECK_IN_PROGRESS, retry_after=int(LEASE.total_seconds()))
    return check


def _note(check: TicketFaceCheck, answer: FaceAnswer | None) -> None:
    """Store a real answer, which uses the check up; otherwise release it for a retry."""
    values: dict[str, object] = {"used_at": None}
    if answer is not None and answer.outcome in _REAL:
        request_id = answer.request_id and answer.request_id[:64]
        values = {"outcome": answer.outcome.value, "source_request_id": request_id}
    TicketFaceCheck.update(**values).where(TicketFaceCheck.id == check.id).execute()


def _wechat_user(session: SessionInfo) -> str:
    if session.wechat_user is None:
        raise Refused(Reason.FACE_NOT_FINISHED, cause="no_wechat")
    return session.wechat_user
