"""Clear the limits that strangers filled, by a face check or CTID of a person.

A passed check of the name and ID number begins the user's attempts for this person anew, exempts
the user from the limit of all askers (``identity.limits``), and opens the lock of the person's
account after wrong passwords. Nothing else changes: no account, no level, even when the session
has another person's account.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from miniprogram_api import audit, clock
from miniprogram_api.access import attempts, password_attempts, refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from miniprogram_api.clients.ctid import CtidAnswer
from miniprogram_api.clients.face import FaceAnswer, FaceOutcome
from miniprogram_api.clients.redis import Limit
from miniprogram_api.identity.documents import id_numbers, names
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.proofing import ctid, face_challenges, faces
from miniprogram_api.proofing.face_challenges import Claim, Holder, Subject
from miniprogram_api.proofing.faces import FaceChallenge
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services
from models.accounts.accounts import ACTIVE, FROZEN, Account
from models.storage.database import transaction

PURPOSE: Literal["clear_limit"] = "clear_limit"


def open_challenge(
    services: Services,
    *,
    session: SessionInfo,
    name: str,
    id_number: str,
    address: str,
    consent_version: str | None,
) -> FaceChallenge:
    """Open a face check of this person for the session's WeChat user.

    Raises Refused, in this order: INVALID_INPUT, CONSENT_REQUIRED, CONSENT_OUTDATED,
    FACE_NOT_FINISHED (``cause`` no_wechat), TOO_MANY_ATTEMPTS, IDENTITY_DAILY_LIMIT,
    IDENTITY_SOURCE_BUSY.
    """
    subject = _subject(name, id_number, consent_version)
    holder = Holder(session, None, services.settings.face_mode)
    faces.require_wechat_user(session)
    attempts.require_room(services, _limits(services, session, subject.id_number, address))
    with _named():
        opened = faces.open_at_source(
            services, holder, session.asker, subject.name, subject.id_number
        )
    face_challenges.insert(
        opened.challenge_id,
        holder,
        timedelta(seconds=opened.expires_in),
        opened.verify_id,
        subject,
    )
    return replace(opened, purpose=PURPOSE)


def verify(
    services: Services,
    *,
    session: SessionInfo,
    address: str,
    challenge_id: str,
    image: bytes | None,
) -> None:
    """Clear the limits of the challenge's person for its WeChat user if the face is the person's.

    Every real refusal of the source counts, for this user only. Raises Refused as ``faces.verify``
    does for a challenge.
    """
    mode = services.settings.face_mode
    holder = Holder(session, None, mode)
    faces.require_form(mode, challenge_id, image)
    claim = face_challenges.claim(challenge_id, holder)
    subject = claim.subject
    assert subject is not None  # noqa: S101 - a challenge without an account has one.
    try:
        taken = attempts.take(services, _limits(services, session, subject.id_number, address))
        counts = False
        try:
            with _named():
                answer = faces.ask(services, session, subject.name, subject.id_number, claim, image)
                counts = answer.outcome in faces.FINAL
                if answer.outcome is not FaceOutcome.PASSED:
                    left = taken.remaining["day"]
                    faces.refuse(claim, mode, answer, attempts_left=left)
            _clear(services, session, claim, subject, answer)
        finally:
            if not counts:
                attempts.give_back(services, taken)
    finally:
        face_challenges.give_back(claim)


def verify_by_ctid(
    services: Services,
    *,
    session: SessionInfo,
    name: str,
    id_number: str,
    address: str,
    consent_version: str | None,
    ctid_token: str,
) -> None:
    """Clear the limits of a person for this user, also of a browser, if the token is the person's.

    Raises Refused, in this order: INVALID_INPUT, CONSENT_REQUIRED, CONSENT_OUTDATED and as
    ``ctid.prove_person``.
    """
    person = _person(name, id_number)
    consents.require(consent_version, [], [])
    with _named():
        answer = ctid.prove_person(
            services, session, *person, address=address, ctid_token=ctid_token
        )
    challenge_id, holder = face_challenges.new_id(), Holder(session, None, "ctid")
    subject = Subject(*person, consent_version or "")
    face_challenges.insert(challenge_id, holder, ctid.VALID, None, subject)
    claim = face_challenges.claim(challenge_id, holder)
    _clear(services, session, claim, subject, answer)


@contextmanager
def _named() -> Iterator[None]:
    """Name the purpose in a refusal, whose next steps differ from those with an account."""
    try:
        yield
    except Refused as refused:
        refused.details["purpose"] = PURPOSE
        raise


def _subject(name: str, id_number: str, consent_version: str | None) -> Subject:
    person = _person(name, id_number)
    faces.require_given(consent_version)
    return Subject(*person, consent_version or "")


def _person(name: str, id_number: str) -> tuple[str, str]:
    """Return name and ID number in their canonical forms. Raises Refused INVALID_INPUT."""
    refused = RefusedFields()
    checked_name = names.check(name)
    checked_number = id_numbers.check(id_number, clock.today())
    refused.add(checked_name.refusals)
    refused.add(checked_number.refusals)
    refused.raise_if_any()
    assert checked_name.value is not None  # noqa: S101 - nothing was refused.
    assert checked_number.value is not None  # noqa: S101
    return checked_name.value, checked_number.value.number


def _limits(services: Services, session: SessionInfo, id_number: str, address: str) -> list[Limit]:
    return [
        attempts.faces_of_asker(services.settings, id_number, session),
        *attempts.failures_of_address(services.settings, session, address),
    ]


def _clear(
    services: Services,
    session: SessionInfo,
    claim: Claim,
    subject: Subject,
    answer: FaceAnswer | CtidAnswer,
) -> None:
    account_id = (
        Account.select(Account.id)
        .where(
            Account.identity_index.matches(subject.id_number), Account.status.in_([ACTIVE, FROZEN])
        )
        .scalar()
    )
    if account_id is not None:
        password_attempts.unlock(services, account_id)
    with transaction():
        # The rule of the four elements reads the passed check.
        face_challenges.end(claim, answer, used_up=True)
        if session.openid is not None:
            refusals.forget_limits(session.openid)
        audit.write(
            "api:limit:cleared",
            actor=audit.by_wechat(session.openid)
            if session.openid
            else audit.by_account(session.account_id or 0),
            account_id=account_id,
            challenge=claim.challenge_id,
        )
