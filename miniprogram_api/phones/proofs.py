"""Proofs of a phone without an SMS: by WeChat, or manually by a clerk.

A proof is an opaque token for one phone and one WeChat user, accepted in place of an SMS code. A
manual proof needs no token: it is on the WeChat user, the account or the person.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.answers import answer_class
from miniprogram_api.clients.wechat import (
    WeChatCodeInvalid,
    WeChatPhoneForeign,
    WeChatUnavailable,
    WeChatUserBlocked,
)
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones.sms_code_refusals import CHANGE_PHONE, for_closed_range
from miniprogram_api.reasons import Reason, Refused, refused_by
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from models.accounts.activations import Activation
from models.accounts.sms_codes import PhoneProofToken
from models.storage.database import release
from models.storage.removal import remove_before

VALID = timedelta(minutes=10)
VALID_MANUAL = timedelta(days=3)
"""For manual proofs, as the person has to return first."""
WECHAT = "wechat"
MANUAL = "manual"


@answer_class
class ProvedPhone:
    """A phone and the token that proves it."""

    phone: str = field(repr=False)
    """11 digits, not masked: the user's own number."""
    phone_proof: str = field(repr=False)
    """Accepted in place of sms_code; single use, 10 minutes, this WeChat user only."""


@dataclass(frozen=True, slots=True)
class PhoneProof:
    """What proves a phone, as typed: a code sent to it, or a token of this module in its place."""

    sms_code: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        """Return whether either was given."""
        return bool(self.sms_code or self.token)


NO_PROOF = PhoneProof()


class NamedPerson(NamedTuple):
    """A person by canonical name and ID number."""

    name: str
    id_number: str


class CheckedProof(NamedTuple):
    """A valid proof: the hash of its token, its method and its canonical phone."""

    token_hash: bytes
    method: str
    phone: str


def prove_by_wechat(services: Services, *, session: SessionInfo, code: str) -> ProvedPhone:
    """Exchange a getPhoneNumber code for the phone and a single-use proof, valid 10 minutes.

    Raises Refused: PHONE_PROOF_INVALID when WeChat rejects the code or the session has no WeChat
    user, WECHAT_USER_BLOCKED, PHONE_FOREIGN, WECHAT_UNAVAILABLE, PHONE_SEGMENT_UNSUPPORTED,
    INVALID_INPUT on ``phone``.
    """
    if session.wechat_user is None:
        raise Refused(Reason.PHONE_PROOF_INVALID)
    release()
    try:
        text = services.clients.wechat.phone_of_code(code, session.wechat_user)
    except WeChatCodeInvalid:
        raise Refused(Reason.PHONE_PROOF_INVALID) from None
    except WeChatUserBlocked:
        raise Refused(Reason.WECHAT_USER_BLOCKED) from None
    except WeChatPhoneForeign:
        raise Refused(Reason.PHONE_FOREIGN) from None
    except WeChatUnavailable as error:
        raise Refused(Reason.WECHAT_UNAVAILABLE, **error.details) from None
    phone = phone_numbers.parse_phone("phone", text)
    closed = refused_by(number_ranges.require_supported, phone)
    if closed is not None:
        purpose = "" if session.account_id is None else CHANGE_PHONE
        raise for_closed_range(closed, purpose, is_on_record=False)
    token = secrets.token_urlsafe(32)
    now = clock.now()
    PhoneProofToken.insert(
        token_hash=sessions.hash_of(token),
        phone=phone,
        phone_index=phone,
        method=WECHAT,
        openid=session.openid,
        created_at=now,
        expires_at=now + VALID,
    ).execute()
    return ProvedPhone(phone, token)


def check(token: str, *, session: SessionInfo) -> CheckedProof:
    """Validate a proof for this caller without spending it; the caller compares its phone.

    Raises Refused(PHONE_PROOF_INVALID) when it is unknown, expired, used, or belongs to another
    WeChat user.
    """
    if session.openid is None:
        raise Refused(Reason.PHONE_PROOF_INVALID)
    token_hash = sessions.hash_of(token)
    row = PhoneProofToken.get_or_none(
        (PhoneProofToken.token_hash == token_hash)
        & (PhoneProofToken.openid == session.openid)
        & PhoneProofToken.used_at.is_null()
        & (PhoneProofToken.expires_at > clock.now())
    )
    if row is None:
        raise Refused(Reason.PHONE_PROOF_INVALID)
    return CheckedProof(token_hash, row.method, row.phone)


def prove_manually(
    phone: str,
    *,
    openid: str | None = None,
    account_id: int | None = None,
    person: NamedPerson | None = None,
) -> None:
    """Allow a WeChat user, an account or a person to use this canonical phone once in 3 days."""
    now = clock.now()
    PhoneProofToken.insert(
        # The token is never issued; the proof is found by its owner.
        token_hash=sessions.hash_of(secrets.token_urlsafe(32)),
        phone=phone,
        phone_index=phone,
        method=MANUAL,
        openid=openid,
        account_id=account_id,
        name=None if person is None else person.name,
        id_number=None if person is None else person.id_number,
        identity_index=None if person is None else person.id_number,
        created_at=now,
        expires_at=now + VALID_MANUAL,
    ).execute()


def manual_proof(
    *,
    session: SessionInfo,
    phone: str,
    person: NamedPerson | None = None,
    account_id: int | None = None,
) -> CheckedProof | None:
    """Return an unused manual proof of this canonical phone without spending it.

    It is the caller's, or that of ``person``, whose name must match too, or of ``account_id``, by
    default the session's.
    """
    conditions = [
        column == value
        for column, value in (
            (PhoneProofToken.openid, session.openid),
            (PhoneProofToken.account_id, account_id or session.account_id),
        )
        if value is not None
    ]
    if person is not None:
        conditions.append(PhoneProofToken.identity_index.matches(person.id_number))
    if not conditions:
        return None
    usable = PhoneProofToken.select(PhoneProofToken.token_hash, PhoneProofToken.name).where(
        PhoneProofToken.phone_index.matches(phone)
        & (PhoneProofToken.method == MANUAL)
        & PhoneProofToken.used_at.is_null()
        & (PhoneProofToken.expires_at > clock.now())
        & reduce(or_, conditions)
    )
    for row in usable:
        if row.name is None or (person is not None and row.name == person.name):
            return CheckedProof(bytes(row.token_hash), MANUAL, phone)
    return None


def phone_of(token_hash: bytes) -> str | None:
    """Return the phone of a proof that is still kept, spent or not."""
    row = PhoneProofToken.get_or_none(PhoneProofToken.token_hash == token_hash)
    return None if row is None else str(row.phone)


def spend(token_hash: bytes) -> None:
    """Mark a proof as used. Raises Refused(PHONE_PROOF_INVALID) when another call was faster."""
    spent = (
        PhoneProofToken.update(used_at=clock.now())
        .where((PhoneProofToken.token_hash == token_hash) & PhoneProofToken.used_at.is_null())
        .execute()
    )
    if not spent:
        raise Refused(Reason.PHONE_PROOF_INVALID)


def last_used(openid: str) -> tuple[str, datetime] | None:
    """Return the phone and the time of the last proof that a WeChat user spent, or None."""
    is_theirs = (PhoneProofToken.openid == openid) & PhoneProofToken.used_at.is_null(False)
    query = PhoneProofToken.select(PhoneProofToken.phone, PhoneProofToken.created_at).where(
        is_theirs
    )
    newest = query.order_by(PhoneProofToken.created_at.desc()).first()
    return None if newest is None else (newest.phone, newest.created_at)


def remove_old() -> int:
    """Delete expired proofs; return how many."""
    in_use = Activation.select(Activation.phone_proof).where(Activation.phone_proof.is_null(False))
    is_unused = PhoneProofToken.token_hash.not_in(in_use)
    return remove_before(PhoneProofToken.created_at, Kept.PHONE_PROOFS.cutoff(), is_unused)
