"""Passed face checks of a person without an account: for one session, one purpose, one use.

Such a check opens a forgotten password (``reset``) or the activation of a synced account
(``activate``) where the phone on record is dead. It counts for 30 minutes
(``proofing/person_checks``).
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from peewee import Expression

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.phones.sms_code_refusals import CHANGE_PHONE
from miniprogram_api.reasons import Reason, Refused
from models.accounts.verifications import PASSED, FaceChallenge

Purpose = Literal["reset", "activate"]
PURPOSES: tuple[Purpose, ...] = ("reset", "activate")
PASSED_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class PassedFace:
    """A passed check that is not used yet, and its person."""

    challenge_id: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)


def require(session: SessionInfo, challenge_id: str, *purposes: Purpose) -> PassedFace:
    """Return the passed check of this session for one of the purposes.

    Raises Refused NOT_FOUND (``cause`` face): unknown, not passed, used, older than 30 minutes, of
    another session or for another purpose.
    """
    row = FaceChallenge.get_or_none(
        _usable(challenge_id)
        & (FaceChallenge.session_hash == session.token_hash)
        & FaceChallenge.bound.in_(purposes)
    )
    if row is None:
        raise Refused(Reason.NOT_FOUND, cause="face")
    return PassedFace(row.id, row.name, row.id_number)


def require_of(
    session: SessionInfo,
    challenge_id: str,
    purpose: Purpose,
    *,
    id_number: str,
    name: str | None = None,
) -> PassedFace:
    """Return the passed check if it is of this person; ``name``: compared where it is given.

    Raises Refused NOT_FOUND (``cause`` face) as ``require``, and for another person.
    """
    face = require(session, challenge_id, purpose)
    if face.id_number != id_number or name not in (None, face.name):
        raise Refused(Reason.NOT_FOUND, cause="face")
    return face


def require_for_code(session: SessionInfo, purpose: str, challenge_id: str | None) -> None:
    """Require an account, or a passed face, for a code to a new phone.

    Raises Refused: ACCOUNT_REQUIRED without either; as ``require``.
    """
    if purpose != CHANGE_PHONE or (session.account_id is not None and challenge_id is None):
        return
    if challenge_id is None:
        raise Refused(Reason.ACCOUNT_REQUIRED)
    require(session, challenge_id, *PURPOSES)


def way(session: SessionInfo, purpose: Purpose) -> dict[str, Any]:
    """Return the detail that names a face check as the way where the phone on record is dead."""
    return {} if session.wechat_user is None else {"by_face": purpose}


def spend(face: PassedFace) -> None:
    """Use up a check, in the transaction of its act.

    Raises Refused NOT_FOUND (``cause`` face) when another call was faster.
    """
    spent = FaceChallenge.update(expires_at=clock.now()).where(_usable(face.challenge_id))
    if not spent.execute():
        raise Refused(Reason.NOT_FOUND, cause="face")


def _usable(challenge_id: str) -> Expression:
    return (
        (FaceChallenge.id == challenge_id)
        & FaceChallenge.account.is_null()
        & (FaceChallenge.outcome == PASSED)
        & (FaceChallenge.expires_at > clock.now())
    )
