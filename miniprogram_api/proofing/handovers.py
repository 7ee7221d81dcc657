"""Hand the face check of a browser's session over to WeChat.

The check is of the account's holder in any WeChat, so another face does not pass. The code
opens no session: the WeChat user learns only the masked account.
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from miniprogram_api import clock, masking
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, levels
from miniprogram_api.answers import answer_class
from miniprogram_api.proofing import faces
from miniprogram_api.proofing.faces import FaceChallenge
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.accounts.own_data import FaceHandover
from models.accounts.sessions import Session
from models.storage.database import transaction

# The code itself; the check that it opened may last longer.
VALID = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class IssuedHandover:
    """A new code and its lifetime in seconds."""

    code: str = field(repr=False)
    expires_in: int


@answer_class
class OpenedHandover:
    """What WeChat shows before it starts, and the check once the user agreed."""

    name: str
    """Masked."""
    id_number: str
    """Masked."""
    phone: str | None
    """Masked: an account in my name with the phone of another person is not mine."""
    challenge: FaceChallenge | None
    """Null until consent_version is sent."""


def issue(session: SessionInfo, account_id: int) -> IssuedHandover:
    """Make the code of an account; it replaces the one before.

    Raises Refused: ACCOUNT_FROZEN, ALREADY_VERIFIED.
    """
    levels.require_checkable(accounts.get_for_change(account_id), "authorization")
    code = secrets.token_urlsafe(16)
    with transaction():
        Account.locked(account_id)
        FaceHandover.delete().where(FaceHandover.account == account_id).execute()
        FaceHandover.insert(
            code_hash=_hash_of(code),
            account=account_id,
            session_hash=session.token_hash,
            expires_at=clock.now() + VALID,
        ).execute()
    return IssuedHandover(code, int(VALID.total_seconds()))


def open_code(
    services: Services,
    code: str,
    *,
    session: SessionInfo,
    address: str,
    consent_version: str | None,
) -> OpenedHandover:
    """Show the account of a code to a WeChat user; with a consent, open its face check, once.

    The first WeChat user keeps it; a newer code does not end its check. Raises Refused:
    FACE_NOT_FINISHED (``cause`` no_wechat), NOT_FOUND (unknown, used, expired, another's, or the
    browser signed out), and as ``faces.open_challenge``.
    """
    openid = faces.require_wechat_user(session)
    row = _claim(code, openid)
    account = accounts.get_for_change(row.account_id)
    challenge = None
    if consent_version:
        challenge = faces.open_challenge(
            services,
            session=session,
            account_id=account.id,
            address=address,
            consent_version=consent_version,
            purpose="authorization",
        )
        unused = (FaceHandover.code_hash == row.code_hash) & FaceHandover.challenge_id.is_null()
        if not (FaceHandover.update(challenge_id=challenge.challenge_id).where(unused).execute()):
            raise Refused(Reason.NOT_FOUND)
    return OpenedHandover(
        masking.name(account.name),
        masking.id_number(account.id_number),
        account.phone and masking.phone(account.phone),
        challenge,
    )


def remove_old() -> int:
    """Delete expired codes; return how many."""
    over = FaceHandover.expires_at < Kept.FACE_HANDOVERS.cutoff()
    return int(FaceHandover.delete().where(over).execute())


def _claim(code: str, openid: str) -> FaceHandover:
    valid = (
        (FaceHandover.code_hash == _hash_of(code))
        & FaceHandover.challenge_id.is_null()
        & (FaceHandover.expires_at > clock.now())
        & FaceHandover.session_hash.in_(Session.select(Session.token_hash))
    )
    free = FaceHandover.openid.is_null() | (FaceHandover.openid == openid)
    with transaction():
        FaceHandover.update(openid=openid).where(valid & free).execute()
        row: FaceHandover | None = FaceHandover.get_or_none(valid & (FaceHandover.openid == openid))
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return row


def _hash_of(code: str) -> bytes:
    return sha256(code.encode()).digest()
