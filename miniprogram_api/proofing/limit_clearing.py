"""Clear the limits that strangers filled, by a face check or CTID of a person.

A passed check of the name and ID number begins the user's attempts for this person anew, exempts
the user from the limit of all askers (``identity.limits``), and opens the lock of the person's
account after wrong passwords. Nothing else changes: no account, no level, even when the session
has another person's account.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from miniprogram_api import audit
from miniprogram_api.access import password_attempts, refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from miniprogram_api.clients.ctid import CtidAnswer
from miniprogram_api.clients.face import FaceAnswer
from miniprogram_api.identity import checks
from miniprogram_api.proofing import ctid, face_challenges
from miniprogram_api.proofing.face_challenges import Claim, Holder, Subject
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services
from models.accounts.accounts import ACTIVE, FROZEN, Account
from models.storage.database import transaction

PURPOSE: Literal["clear_limit"] = "clear_limit"


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
    person = checks.parse_person(name, id_number)
    consents.require(consent_version, [], [])
    with named(PURPOSE):
        answer = ctid.prove_person(
            services, session, *person, address=address, ctid_token=ctid_token
        )
    challenge_id, holder = face_challenges.new_id(), Holder(session, None, "ctid")
    subject = Subject(*person, consent_version or "")
    face_challenges.insert(challenge_id, holder, ctid.VALID, None, subject)
    claim = face_challenges.claim(challenge_id, holder)
    clear(services, session, claim, subject, answer)


@contextmanager
def named(purpose: str) -> Iterator[None]:
    """Name the purpose in a refusal, whose next steps differ from those with an account."""
    try:
        yield
    except Refused as refused:
        refused.details["purpose"] = purpose
        raise


def clear(
    services: Services,
    session: SessionInfo,
    claim: Claim,
    subject: Subject,
    answer: FaceAnswer | CtidAnswer,
) -> None:
    """Clear the limits after a passed check of the challenge's person, for its user."""
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
