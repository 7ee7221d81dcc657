"""Hand a check of a browser's account over to WeChat by a code.

The check is of the account's holder in any WeChat, so another face does not pass. The code opens no
session: the WeChat user learns only the masked account. A person may be led to open the code of a
stranger's account in the person's own name, so the check counts at once only when the WeChat user's
own number is the phone on record; else it counts later (``accounts/delayed_levels``).
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Literal, cast

from peewee import Expression

from miniprogram_api import clock, masking
from miniprogram_api.access import attempts, sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, disputes, levels
from miniprogram_api.accounts.levels import Purpose
from miniprogram_api.answers import answer_class
from miniprogram_api.clients.ctid import CtidOutcome
from miniprogram_api.clients.redis import Limit
from miniprogram_api.clients.wechat import WeChatUnavailable
from miniprogram_api.phones import proofs
from miniprogram_api.proofing import ctid, face_challenges, faces, limits
from miniprogram_api.proofing.ctid import CtidChallenge
from miniprogram_api.proofing.face_challenges import Holder
from miniprogram_api.proofing.faces import FaceChallenge
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.accounts.own_data import FaceHandover
from models.accounts.sessions import Session
from models.accounts.verifications import FaceChallenge as Challenge
from models.storage.database import release, transaction

Way = Literal["face", "ctid"]
Need = Literal["phone_proof", "delay", "window"]

# Until a WeChat user opens the code, and then until that user has opened the check.
VALID = timedelta(minutes=2)
OPENED_VALID = timedelta(minutes=10)
PAGE = "pages/handover/index"
"""Of the mini program, which opens a code."""


@dataclass(frozen=True, slots=True)
class IssuedHandover:
    """A new code and its lifetime in seconds."""

    code: str = field(repr=False)
    expires_in: int
    link: str | None = field(default=None, repr=False)
    """Opens the code in WeChat from a phone's browser."""


@dataclass(frozen=True, slots=True)
class HandoverForm:
    """What a WeChat user sends with a code."""

    kind: Way = "face"
    consent_version: str | None = None
    """Starts a face check."""
    phone_proof: str | None = field(default=None, repr=False)
    """Of the user's own number."""
    is_delayed: bool = False
    """The user takes a result that counts later."""

    @property
    def starts(self) -> bool:
        """Return whether the user agreed to the check after seeing the account."""
        return self.kind == "ctid" or bool(self.consent_version)


@answer_class
class OpenedHandover:
    """What WeChat shows before it starts, and the check once the user agreed."""

    name: str
    """Masked."""
    id_number: str
    """Masked."""
    phone: str | None
    """Masked: an account in my name with the phone of another person is not mine."""
    needs: Need | None
    """Null: the check may start. phone_proof: prove the own number by WeChat, or send delayed;
    delay: the own number is another than the phone on record, so send delayed; window: an identity
    dispute is open, so only the own number or a window helps."""
    delayed: bool
    """Whether a check that starts now counts after 24 hours."""
    challenge: FaceChallenge | None
    """Null until consent_version is sent and nothing is needed."""
    ctid: CtidChallenge | None
    """For POST /ctid-verifications; null until kind ctid is sent and nothing is needed."""


def issue(
    services: Services, session: SessionInfo, account_id: int, purpose: Purpose = "verify"
) -> IssuedHandover:
    """Make the code of an account; it replaces the one before that opened no check.

    Without WeChat's link the code is as good.
    """
    levels.require_checkable(accounts.get_for_change(account_id), purpose)
    code = secrets.token_urlsafe(16)
    with transaction():
        Account.locked(account_id)
        FaceHandover.delete().where(
            (FaceHandover.account == account_id) & FaceHandover.challenge_id.is_null()
        ).execute()
        FaceHandover.insert(
            code_hash=_hash_of(code),
            account=account_id,
            purpose=purpose,
            session_hash=session.token_hash,
            expires_at=clock.now() + VALID,
        ).execute()
    return IssuedHandover(code, int(VALID.total_seconds()), _link_to(services, code))


def _link_to(services: Services, code: str) -> str | None:
    """Return WeChat's link to the page of a code; None where it is off or WeChat fails."""
    if services.settings.wechat_url_link == "off":
        return None
    release()
    expires_at = clock.now() + VALID + OPENED_VALID
    try:
        return services.clients.wechat.url_link(PAGE, f"code={code}", expires_at)
    except WeChatUnavailable:
        return None


def open_code(
    services: Services, code: str, form: HandoverForm, *, session: SessionInfo, address: str
) -> OpenedHandover:
    """Show the account of a code to a WeChat user; with an agreement, open its check.

    The first WeChat user keeps it, and may open another check after one that failed, or in place of
    one that was left. A newer code does not end its check.

    Raises Refused: FACE_NOT_FINISHED (``cause`` no_wechat), NOT_FOUND (unknown, passed, expired,
    another's, or the browser signed out), ACCOUNT_FROZEN, ALREADY_VERIFIED, PHONE_PROOF_INVALID,
    CONSENT_OUTDATED, TOO_MANY_ATTEMPTS, CTID_UNAVAILABLE, and as ``faces.open_at_source``.
    """
    openid = faces.require_wechat_user(session)
    row = _claim(code, openid)
    account = accounts.get_for_change(row.account_id)
    levels.require_checkable(account, purpose_of(row))
    if form.phone_proof:
        _take_proof(row, account, form.phone_proof, session)
    is_own = is_own_number(row, account)
    needs = None if is_own else _needs(account, form)
    face, by_ctid = None, None
    if needs is None and form.starts:
        if form.kind == "face":
            faces.require_given(form.consent_version)
        of_code = limits_of(services, row, session, address)
        attempts.require_room(services, of_code, scope="handed")
        if form.kind == "face":
            face = _open_face(services, row, account, session)
        else:
            by_ctid = _open_ctid(services, row, account, session)
    return OpenedHandover(
        masking.name(account.name),
        masking.id_number(account.id_number),
        account.phone and masking.phone(account.phone),
        needs,
        not is_own and form.is_delayed,
        face,
        by_ctid,
    )


def of_challenge(session: SessionInfo, challenge_id: str | None) -> FaceHandover | None:
    """Return the code by which the session's WeChat user opened a check last, or None."""
    if challenge_id is None or session.wechat_user is None:
        return None
    row: FaceHandover | None = FaceHandover.get_or_none(
        (FaceHandover.challenge_id == challenge_id) & (FaceHandover.openid == session.wechat_user)
    )
    return row


def purpose_of(row: FaceHandover) -> Purpose:
    """Return what the check of a code is for."""
    return cast(Purpose, row.purpose)


def is_own_number(row: FaceHandover, account: Account) -> bool:
    """Return whether the number that the WeChat user proved is the phone on record now."""
    proof = row.phone_proof
    return proof is not None and proofs.phone_of(bytes(proof)) == account.phone


def limits_of(
    services: Services, row: FaceHandover, session: SessionInfo, address: str
) -> list[Limit]:
    """Return the limits of failed checks by a code."""
    openid = faces.require_wechat_user(session)
    code = bytes(row.code_hash)
    return limits.handed_checks(services.settings, session, openid, code, address)


def remove_old() -> int:
    """Delete expired codes; return how many."""
    over = FaceHandover.expires_at < Kept.FACE_HANDOVERS.cutoff()
    return int(FaceHandover.delete().where(over).execute())


def _claim(code: str, openid: str) -> FaceHandover:
    """Return the code, which the first WeChat user to open it keeps."""
    now, code_hash = clock.now(), _hash_of(code)
    valid = (
        (FaceHandover.code_hash == code_hash)
        & _opens_a_check()
        & (FaceHandover.expires_at > now)
        & FaceHandover.session_hash.in_(Session.select(Session.token_hash))
    )
    with transaction():
        FaceHandover.update(openid=openid, expires_at=now + OPENED_VALID).where(
            valid & FaceHandover.openid.is_null()
        ).execute()
        row: FaceHandover | None = FaceHandover.get_or_none(valid & (FaceHandover.openid == openid))
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return row


def _opens_a_check() -> Expression:
    """Match a code whose check has failed for good or was left, or that opened none."""
    outcomes = (*faces.FINAL, CtidOutcome.REJECTED)
    failed = Challenge.used_at.is_null(False) & Challenge.outcome.in_(
        [outcome.value for outcome in outcomes]
    )
    over = Challenge.select(Challenge.id).where(failed | face_challenges.is_free())
    return FaceHandover.challenge_id.is_null() | FaceHandover.challenge_id.in_(over)


def _take_proof(row: FaceHandover, account: Account, token: str, session: SessionInfo) -> None:
    """Spend a proof of the phone on record for the code; another number stays unspent.

    Raises Refused PHONE_PROOF_INVALID, also for a proof that is not WeChat's: a code of an SMS can
    be read out to a stranger.
    """
    token_hash = sessions.hash_of(token)
    if row.phone_proof is not None and bytes(row.phone_proof) == token_hash:
        return
    proof = proofs.check(token, session=session)
    if proof.method != proofs.WECHAT:
        raise Refused(Reason.PHONE_PROOF_INVALID)
    if proof.phone == account.phone:
        with transaction():
            proofs.spend(token_hash)
            FaceHandover.update(phone_proof=token_hash).where(
                FaceHandover.code_hash == row.code_hash
            ).execute()
        row.phone_proof = token_hash


def _needs(account: Account, form: HandoverForm) -> Need | None:
    """Return what an opener without the phone on record needs."""
    if disputes.is_open(account.id_number):
        # A result that waits would end by the dispute.
        return "window"
    if form.is_delayed:
        return None
    return "delay" if form.phone_proof else "phone_proof"


def _open_face(
    services: Services, row: FaceHandover, account: Account, session: SessionInfo
) -> FaceChallenge:
    mode = face_challenges.mode_of(services.settings, session)
    holder = Holder(session, account.id, mode)
    # By the WeChat user: many opened checks must not use up the holder's own.
    opened = faces.open_at_source(services, holder, session.asker, account.name, account.id_number)
    lifetime = timedelta(seconds=opened.expires_in)
    _begin(row, holder, opened.challenge_id, lifetime, opened.verify_id)
    return replace(opened, purpose=purpose_of(row))


def _open_ctid(
    services: Services, row: FaceHandover, account: Account, session: SessionInfo
) -> CtidChallenge:
    opened = ctid.serial_of(services)
    challenge_id, lifetime = face_challenges.new_id(), ctid.lifetime_of(opened)
    _begin(row, Holder(session, account.id, "ctid"), challenge_id, lifetime, opened.serial)
    seconds = int(lifetime.total_seconds())
    return CtidChallenge(challenge_id, seconds, opened.serial, purpose_of(row))


def _begin(
    row: FaceHandover,
    holder: Holder,
    challenge_id: str,
    lifetime: timedelta,
    verify_id: str | None = None,
) -> None:
    """Store the check. Raises Refused NOT_FOUND when another call opened or asks one meanwhile."""
    before = row.challenge_id
    unchanged = (
        FaceHandover.challenge_id.is_null()
        if before is None
        else (FaceHandover.challenge_id == before)
    )
    with transaction():
        begun = FaceHandover.update(challenge_id=challenge_id).where(
            (FaceHandover.code_hash == row.code_hash) & unchanged & _opens_a_check()
        )
        if not begun.execute():
            raise Refused(Reason.NOT_FOUND)
        face_challenges.insert(challenge_id, holder, lifetime, verify_id)


def _hash_of(code: str) -> bytes:
    return sha256(code.encode()).digest()
