"""Check an account's holder again for one act, by face or CTID.

These are the checks of level 4: the same calls, leases and limits of failures. A check is bound to
what it confirms; passed, it counts until the act is stored, so nothing is checked again when
storing fails. It counts for nothing else: it does not open the switch that a reset closed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.ctid import CtidOutcome
from miniprogram_api.clients.face import FaceOutcome
from miniprogram_api.operations import outages
from miniprogram_api.proofing import ctid, face_challenges, faces, limits
from miniprogram_api.proofing.face_challenges import Holder
from miniprogram_api.proofing.faces import FaceChallenge
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.storage.database import release


@dataclass(frozen=True, slots=True)
class Asker:
    """The holder of an account who is checked."""

    session: SessionInfo
    account: Account
    address: str


@dataclass(frozen=True, slots=True)
class PassedCheck:
    """A passed check; use it up with ``face_challenges.spend`` when its act is stored."""

    way: Literal["face", "ctid"]
    challenge_id: str
    number: str
    """Of the check at its source."""


def open_face(
    services: Services, asker: Asker, bound: str, consents_given: Iterable[str]
) -> FaceChallenge:
    """Open a face check for what has the digest ``bound``; record the consents given by it."""
    mode = face_challenges.mode_of(services.settings, asker.session)
    holder = Holder(asker.session, asker.account.id, mode, bound)
    opened = faces.open_for(services, holder, asker.account, asker.address, list(consents_given))
    return replace(opened, purpose="matter")


def face(
    services: Services, asker: Asker, bound: str, challenge_id: str, image: bytes | None
) -> PassedCheck:
    """Return the passed face check, asking its source unless it has passed already.

    Raises Refused as ``faces.verify`` from NOT_FOUND on.
    """
    mode, account = face_challenges.mode_of(services.settings, asker.session), asker.account
    holder = Holder(asker.session, account.id, mode, bound)
    claim = face_challenges.claim(challenge_id, holder)
    if claim.passed_with is not None:
        return PassedCheck("face", challenge_id, claim.passed_with)
    try:
        of_holder = limits.faces_of_holder(
            services.settings, asker.session, account.id_number, asker.address
        )
        taken, counts = attempts.take(services, of_holder), False
        try:
            answer = faces.ask(
                services, asker.session, account.name, account.id_number, claim, image
            )
            counts = answer.outcome is FaceOutcome.MISMATCH
            if answer.outcome is not FaceOutcome.PASSED:
                faces.refuse(claim, mode, answer, attempts_left=taken.remaining["day"])
            return PassedCheck(
                "face", challenge_id, face_challenges.passed(claim, answer.request_id)
            )
        finally:
            if not counts:
                attempts.give_back(services, taken)
    finally:
        face_challenges.give_back(claim)


def by_ctid(services: Services, asker: Asker, bound: str, ctid_token: str) -> PassedCheck:
    """Return the passed CTID check, asking CTID unless this token has passed already.

    Raises Refused: NOT_FOUND for a token that is used up, IDENTITY_CHECK_IN_PROGRESS,
    TOO_MANY_ATTEMPTS, CTID_REJECTED (with ``attempts_left``), CTID_UNAVAILABLE.
    """
    account = asker.account
    holder = Holder(asker.session, account.id, "ctid", bound)
    token = sha256(asker.session.token_hash + f"{bound}{ctid_token}".encode())
    challenge_id = token.hexdigest()[:32]
    face_challenges.insert(challenge_id, holder, face_challenges.PASSED_FOR)
    claim = face_challenges.claim(challenge_id, holder)
    if claim.passed_with is not None:
        return PassedCheck("ctid", challenge_id, claim.passed_with)
    try:
        of_holder = limits.ctid_of_holder(
            services.settings, asker.session, account.id_number, asker.address
        )
        taken, counts = attempts.take(services, of_holder), False
        try:
            outages.require_on("ctid")
            release()
            answer = services.clients.ctid.verify(ctid_token, account.name, account.id_number)
            counts = answer.outcome is CtidOutcome.REJECTED
            if answer.outcome is not CtidOutcome.PASSED:
                raise ctid.refusal(answer, attempts_left=taken.remaining["day"])
            return PassedCheck(
                "ctid", challenge_id, face_challenges.passed(claim, answer.request_id)
            )
        finally:
            if not counts:
                attempts.give_back(services, taken)
    finally:
        face_challenges.give_back(claim)
