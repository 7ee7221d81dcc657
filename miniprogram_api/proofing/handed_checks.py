"""The results of checks that a browser handed over to WeChat, and what their WeChat users hear.

A WeChat user who gave the face learns of it afterwards, too, and may say 不是我: that opens an
identity dispute and ends a result that waits. A lent WeChat alone freezes no account.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from miniprogram_api import masking
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, consents, delayed_levels, disputes, levels
from miniprogram_api.answers import answer_class
from miniprogram_api.clients.ctid import CtidOutcome
from miniprogram_api.clients.face import FaceAnswer, FaceOutcome
from miniprogram_api.messaging import chat_replies
from miniprogram_api.operations import outages
from miniprogram_api.proofing import ctid, face_challenges, faces, handovers
from miniprogram_api.proofing.face_challenges import Claim, Holder
from miniprogram_api.proofing.handovers import Way
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import text, word
from miniprogram_api.texts.sentences import moment_in_words
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.tickets.tickets import Ticket
from models.accounts.accounts import CANCELLED, Account
from models.accounts.own_data import FaceHandover
from models.accounts.verifications import WAITING, HandedCheck
from models.storage.database import release, transaction

CheckState = Literal["waiting", "counted", "void"]

MOST_LISTED = 20
_ID = re.compile("[0-9a-f]{32}")


@answer_class
class GivenCheck:
    """A check that this WeChat user passed for an account."""

    id: str
    way: Way
    name: str
    """Masked."""
    phone: str | None
    """The account's, masked."""
    passed_at: datetime
    state: CheckState
    """waiting: counts at counts_at unless it is disputed; void: ended without effect."""
    counts_at: datetime
    ticket: str | None
    """The number of the dispute that this user opened by it."""


@dataclass(slots=True)
class _Attempt:
    """A claimed check while its source is asked."""

    claim: Claim
    left: int
    """Failed checks that the WeChat user has left after this one."""
    counts: bool = False
    """Whether it failed, which counts for the WeChat user and the code."""


def verify_face(
    services: Services,
    row: FaceHandover,
    *,
    session: SessionInfo,
    address: str,
    image: bytes | None,
) -> None:
    """Ask the source about the face check of a code; passed, it counts at once or later.

    Raises Refused as ``faces.verify`` does for a challenge; failures count for the WeChat user and
    for the code, not for the account's holder.
    """
    account = _checkable(row)
    mode = face_challenges.mode_of(services.settings, session)
    faces.require_form(mode, row.challenge_id, image)
    holder = Holder(session, account.id, mode)
    with _attempt(services, row, holder, address) as attempt:
        answer = faces.ask(services, session, account.name, account.id_number, attempt.claim, image)
        attempt.counts = answer.outcome is FaceOutcome.MISMATCH
        if answer.outcome is not FaceOutcome.PASSED:
            faces.refuse(attempt.claim, mode, answer, attempts_left=attempt.left)
        _pass(attempt.claim, "face", session, answer, row.account_id)


def verify_ctid(
    services: Services, row: FaceHandover, *, session: SessionInfo, address: str, ctid_token: str
) -> None:
    """Ask CTID about the check of a code; passed, it counts as a face check does.

    Raises Refused: UNAUTHENTICATED, ACCOUNT_FROZEN, ALREADY_VERIFIED, NOT_FOUND (used, expired or
    another's challenge), IDENTITY_CHECK_IN_PROGRESS, TOO_MANY_ATTEMPTS, CTID_REJECTED (with
    ``attempts_left``), CTID_UNAVAILABLE.
    """
    account = _checkable(row)
    name, id_number = account.name, account.id_number
    with _attempt(services, row, Holder(session, account.id, "ctid"), address) as attempt:
        outages.require_on("ctid")
        release()
        serial = attempt.claim.verify_id
        answer = services.clients.ctid.verify(ctid_token, name, id_number, serial)
        attempt.counts = answer.outcome is CtidOutcome.REJECTED
        if attempt.counts:
            face_challenges.end(attempt.claim, answer, used_up=True)
        if answer.outcome is not CtidOutcome.PASSED:
            raise ctid.refusal(answer, attempts_left=attempt.left)
        passed = FaceAnswer(FaceOutcome.PASSED, request_id=answer.request_id)
        _pass(attempt.claim, "ctid", session, passed, row.account_id)


def of_user(session: SessionInfo) -> list[GivenCheck]:
    """Return the checks that the session's WeChat user passed lately, newest first."""
    if session.wechat_user is None:
        return []
    rows = (
        HandedCheck.select(HandedCheck, Account)
        .join(Account)
        .where((HandedCheck.openid == session.wechat_user) & (Account.status != CANCELLED))
        .order_by(HandedCheck.passed_at.desc(), HandedCheck.id)
        .limit(MOST_LISTED)
    )
    return [
        GivenCheck(
            row.id,
            cast(Way, row.way),
            masking.name(row.account.name),
            row.account.phone and masking.phone(row.account.phone),
            row.passed_at,
            cast(CheckState, row.state),
            row.due_at,
            row.ticket,
        )
        for row in rows
    ]


def dispute(services: Services, session: SessionInfo, check_id: str) -> Ticket:
    """Say that the account of a check is not one's own (不是我).

    Ends what waits of the account at once and opens an identity dispute, by which the person's face
    or CTID freezes the account. Raises Refused: NOT_FOUND for any check but the WeChat user's own,
    TOO_MANY_ATTEMPTS as ``opening.open_ticket``.
    """
    if not _ID.fullmatch(check_id):
        raise Refused(Reason.NOT_FOUND)
    given = (HandedCheck.id == check_id) & (HandedCheck.openid == session.wechat_user)
    check = HandedCheck.get_or_none(given)
    if check is None or (account := Account.get_by_id(check.account_id)).status == CANCELLED:
        raise Refused(Reason.NOT_FOUND)
    # Before the ticket, which has a limit.
    with transaction():
        delayed_levels.dispute(account.id)
    ticket = opening.open_ticket(
        services,
        Opening(
            kind=disputes.KIND,
            source="user",
            account_id=session.account_id,
            openid=session.openid,
            description=text("handovers.not_mine", **_said(account, check)),
            subject=Subject(name=account.name, id_number=account.id_number),
        ),
        address=session.address,
    )
    HandedCheck.update(ticket=ticket.id).where(given).execute()
    return ticket


def _checkable(row: FaceHandover) -> Account:
    account = accounts.get_for_change(row.account_id)
    levels.require_checkable(account, handovers.purpose_of(row))
    return account


@contextmanager
def _attempt(
    services: Services, row: FaceHandover, holder: Holder, address: str
) -> Iterator[_Attempt]:
    """Hold the check of a code and a place in its limits."""
    claim = face_challenges.claim(row.challenge_id or "", holder)
    try:
        of_code = handovers.limits_of(services, row, holder.session, address)
        taken = attempts.take(services, of_code, scope="handed")
        attempt = _Attempt(claim, taken.remaining["day"])
        try:
            yield attempt
        finally:
            if not attempt.counts:
                attempts.give_back(services, taken)
    finally:
        face_challenges.give_back(claim)


def _pass(
    claim: Claim, way: Way, session: SessionInfo, answer: FaceAnswer, account_id: int
) -> None:
    """Store a passed check, which counts at once only with the phone on record.

    Raises Refused NOT_FOUND when the code ended or opened another check while the source was asked.
    """
    openid = faces.require_wechat_user(session)
    with transaction():
        account = accounts.locked_for_change(account_id)
        # A withdrawn consent deletes the code, under the same lock.
        row = handovers.of_challenge(session, claim.challenge_id)
        if row is None:
            raise Refused(Reason.NOT_FOUND)
        purpose = handovers.purpose_of(row)
        levels.require_checkable(account, purpose)
        is_own = handovers.is_own_number(row, account)
        store = delayed_levels.count if is_own else delayed_levels.delay
        check = store(account, claim.challenge_id, openid, way, purpose)
        if way == "face":
            # Before, any person may have agreed.
            consents.record(account.id, [consents.FACE])
        face_challenges.end(claim, answer, used_up=True)
        told = "handovers.waits" if check.state == WAITING else "handovers.counts"
        chat_replies.add_notice(openid, chat_replies.text(text(told, **_said(account, check))))


def _said(account: Account, check: HandedCheck) -> dict[str, str]:
    """Return the values of the sentences about a check, masked."""
    phone = text("truth.nothing") if account.phone is None else masking.phone(account.phone)
    return {
        "name": masking.name(account.name),
        "phone": phone,
        "way": word("handovers.ways", check.way),
        "at": moment_in_words(check.due_at),
    }
