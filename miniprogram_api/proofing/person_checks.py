"""Check the face of a person by name and ID number, without an account.

Purposes: ``clear_limit`` (``limit_clearing``), and ``reset`` and ``activate`` for holders whose
phone on record is dead (``phones/passed_faces``). Opening looks at no account: whether one exists
is judged only after the face has passed, so a stranger learns nothing. Every real refusal of the
source counts, five in 24 hours for a person and asker.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Literal, NoReturn

from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.face import FaceAnswer, FaceOutcome
from miniprogram_api.identity import checks
from miniprogram_api.phones import passed_faces
from miniprogram_api.proofing import face_challenges, faces, limit_clearing, limits
from miniprogram_api.proofing.face_challenges import Claim, Holder, Mode, Subject
from miniprogram_api.proofing.faces import FaceChallenge
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services

PersonPurpose = Literal["clear_limit", "reset", "activate"]


def open_challenge(
    services: Services,
    *,
    session: SessionInfo,
    name: str,
    id_number: str,
    address: str,
    consent_version: str | None,
    purpose: PersonPurpose = "clear_limit",
) -> FaceChallenge:
    """Open a face check of this person for the session's WeChat user.

    Raises Refused, in this order: INVALID_INPUT, CONSENT_REQUIRED, CONSENT_OUTDATED,
    FACE_NOT_FINISHED (``cause`` no_wechat), TOO_MANY_ATTEMPTS, IDENTITY_DAILY_LIMIT,
    IDENTITY_SOURCE_BUSY.
    """
    person = checks.parse_person(name, id_number)
    faces.require_given(consent_version)
    subject = Subject(*person, consent_version or "")
    bound = None if purpose == "clear_limit" else purpose
    holder = Holder(session, None, services.settings.face_mode, bound)
    with limit_clearing.named(purpose):
        faces.require_wechat_user(session)
        of_asker = limits.faces_of_asker(services.settings, session, subject.id_number, address)
        attempts.require_room(services, of_asker)
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
    return replace(opened, purpose=purpose)


def verify(
    services: Services,
    *,
    session: SessionInfo,
    address: str,
    challenge_id: str,
    image: bytes | None,
) -> None:
    """Finish a check of a person: clear the limits, or keep the passed face for its purpose.

    Raises Refused as ``faces.verify`` does for a challenge.
    """
    mode = services.settings.face_mode
    bound = face_challenges.bound_of(session, challenge_id)
    holder = Holder(session, None, mode, bound)
    faces.require_form(mode, challenge_id, image)
    claim = face_challenges.claim(challenge_id, holder)
    if claim.passed_with is not None:
        return
    subject = claim.subject
    assert subject is not None  # noqa: S101 - a challenge without an account has one.
    try:
        of_asker = limits.faces_of_asker(services.settings, session, subject.id_number, address)
        taken = attempts.take(services, of_asker)
        counts = False
        try:
            with limit_clearing.named(bound or "clear_limit"):
                answer = faces.ask(services, session, subject.name, subject.id_number, claim, image)
                counts = answer.outcome in faces.FINAL
                if answer.outcome is not FaceOutcome.PASSED:
                    _refuse(claim, mode, answer, taken.remaining["day"] if counts else None)
            if bound is None:
                limit_clearing.clear(services, session, claim, subject, answer)
            else:
                face_challenges.passed(claim, answer.request_id, passed_faces.PASSED_FOR)
        finally:
            if not counts:
                attempts.give_back(services, taken)
    finally:
        face_challenges.give_back(claim)


def _refuse(claim: Claim, mode: Mode, answer: FaceAnswer, left: int | None) -> NoReturn:
    """Raise the refusal of an answer; every one that counts says how many are left."""
    try:
        faces.refuse(claim, mode, answer, attempts_left=left)
    except Refused as refused:
        if left is not None:
            refused.details["attempts_left"] = left
        raise
