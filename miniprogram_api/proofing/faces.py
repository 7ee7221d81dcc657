"""Raise an account to level 4 by a face check, or open its switch after a reset.

In ``wechat`` mode WeChat checks the living person and this service fetches the result from WeChat,
ignoring the client's claim. In ``photo`` mode (sandbox profile only: a still picture proves no
living person) a photo is checked locally and compared by the source.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Literal, NoReturn

from miniprogram_api import audit, clock
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, consents, levels
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.accounts.levels import Purpose
from miniprogram_api.answers import answer_class
from miniprogram_api.clients.face import FaceAnswer, FaceOutcome
from miniprogram_api.clients.guards.slots import RETRY_AFTER_SECONDS
from miniprogram_api.operations import outages
from miniprogram_api.proofing import face_challenges, face_images, limits
from miniprogram_api.proofing.face_challenges import Claim, Holder, Mode
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.accounts.accounts import Account
from models.storage.database import release, transaction

PHOTO_LIFETIME = timedelta(minutes=10)
# The documented limit of WeChat's verify_id.
LONGEST_LIFETIME = timedelta(hours=1)

FINAL = {
    FaceOutcome.MISMATCH: Reason.FACE_MISMATCH,
    FaceOutcome.NO_PHOTO: Reason.FACE_NO_PHOTO,
    FaceOutcome.DATA_MISSING: Reason.FACE_DATA_MISSING,
}
_NOT_FINISHED = (
    FaceOutcome.BAD_IMAGE,
    FaceOutcome.NOT_FINISHED,
    FaceOutcome.NOT_PASSED,
    FaceOutcome.MISCONFIGURED,
)
"""Real refusals of the source, which use up the challenge."""


@answer_class
class FaceChallenge:
    """Face check, open for this session of this account only."""

    challenge_id: str
    expires_in: int
    """Seconds until it expires."""
    mode: Mode
    """wechat: call wx.requestFacialVerify; photo: upload a picture."""
    verify_id: str | None
    """For wx.requestFacialVerify; null in mode photo."""
    purpose: Literal[Purpose, "clear_limit", "reset", "activate", "matter"] = "verify"
    """verify: raises the level of the account; authorization: after a reset, permits switching
    是否办理 on again; clear_limit: the attempts count anew; reset, activate: opens, with a new
    phone, POST /password-resets or the activation; matter: confirms own lines of a matter."""


def open_challenge(
    services: Services,
    *,
    session: SessionInfo,
    account_id: int,
    address: str,
    consent_version: str | None,
    purpose: Purpose = "verify",
) -> FaceChallenge:
    """Open a face check and record the separate consent given by it (PIPL art. 29).

    Raises Refused, in this order: UNAUTHENTICATED, ACCOUNT_FROZEN, CONSENT_REQUIRED,
    CONSENT_OUTDATED, ALREADY_VERIFIED, FACE_NOT_FINISHED (``cause`` no_wechat: the session has no
    WeChat user), TOO_MANY_ATTEMPTS, IDENTITY_DAILY_LIMIT, IDENTITY_SOURCE_BUSY.
    """
    account = accounts.get_for_change(account_id)
    require_given(consent_version)
    levels.require_checkable(account, purpose)
    mode = face_challenges.mode_of(services.settings, session)
    holder = Holder(session, account_id, mode)
    opened = open_for(services, holder, account, address, [consents.FACE])
    return replace(opened, purpose=purpose)


def open_for(
    services: Services, holder: Holder, account: Account, address: str, given: list[str]
) -> FaceChallenge:
    """Open a check of the account's holder and record the consents ``given`` by it.

    Raises Refused as ``open_challenge`` from FACE_NOT_FINISHED on.
    """
    if holder.mode == "wechat":
        require_wechat_user(holder.session)
    require_room(services, holder.session, account, address)
    opened = open_at_source(services, holder, account.id, account.name, account.id_number)
    lifetime = timedelta(seconds=opened.expires_in)
    _open(opened.challenge_id, holder, account.id, lifetime, opened.verify_id, given)
    return opened


def open_at_source(
    services: Services, holder: Holder, opener: int | str, name: str, id_number: str
) -> FaceChallenge:
    """Ask WeChat for a check in its mode; the caller stores the challenge.

    ``opener`` as for ``limits.face_checks_of``.
    """
    limit = limits.face_checks_of(services.settings, opener)
    attempts.require_room(services, [limit], scope="face_checks")
    outages.require_on("face", step="face")
    taken = attempts.take(services, [limit], scope="face_checks")
    challenge_id, seconds = face_challenges.new_id(), int(PHOTO_LIFETIME.total_seconds())
    if holder.mode == "photo":
        return FaceChallenge(challenge_id, seconds, "photo", None)
    openid = require_wechat_user(holder.session)
    release()
    ticket = services.clients.face.open_wechat_check(challenge_id, name, id_number, openid)
    if isinstance(ticket, FaceAnswer):
        if ticket.outcome is FaceOutcome.NO_SLOT:
            attempts.give_back(services, taken)
        raise refusal(ticket, "wechat", attempts_left=0)
    seconds = min(max(0, ticket.expires_in), int(LONGEST_LIFETIME.total_seconds()))
    return FaceChallenge(challenge_id, seconds, "wechat", ticket.verify_id)


def verify(
    services: Services,
    *,
    session: SessionInfo,
    account_id: int,
    address: str,
    challenge_id: str | None,
    image: bytes | None,
    consent_version: str | None = None,
) -> AccountSummary:
    """Raise the account to level 4 if the face is the person's; return the account.

    At level 4 a challenge opens the switch that a reset closed. Only a real answer of the source
    uses up a challenge. In photo mode ``challenge_id`` may be None; then a consent must exist or be
    given with ``consent_version``. Only FACE_MISMATCH counts as an attempt.

    Raises Refused, in this order: UNAUTHENTICATED, ACCOUNT_FROZEN, INVALID_INPUT, CONSENT_REQUIRED,
    CONSENT_OUTDATED, ALREADY_VERIFIED, NOT_FOUND (unknown, used, expired or another's challenge),
    IDENTITY_CHECK_IN_PROGRESS (the same challenge at the same time), TOO_MANY_ATTEMPTS,
    FACE_IMAGE_QUALITY, and by the answer of the source FACE_MISMATCH, FACE_NO_PHOTO,
    FACE_DATA_MISSING, FACE_NOT_FINISHED, FACE_IMAGE_QUALITY, IDENTITY_DAILY_LIMIT,
    IDENTITY_SOURCE_BUSY.
    """
    account = accounts.get_for_change(account_id)
    mode = face_challenges.mode_of(services.settings, session)
    holder = Holder(session, account_id, mode)
    require_form(mode, challenge_id, image)
    if challenge_id is None:
        _require_valid_consent(account_id, consent_version)
    # A challenge was opened for what the account lacks; a photo alone raises the level.
    levels.require_checkable(account, "verify" if challenge_id is None else "authorization")
    # Before counting an attempt, so that concurrent calls report the challenge as in use.
    claim = None if challenge_id is None else face_challenges.claim(challenge_id, holder)
    try:
        of_holder = limits.faces_of_holder(services.settings, session, account.id_number, address)
        taken = attempts.take(services, of_holder, scope="faces")
        counts = False
        try:
            if claim is None:
                claim = _claim_new(holder, account_id)
            answer = ask(services, session, account.name, account.id_number, claim, image)
            counts = answer.outcome is FaceOutcome.MISMATCH
            left = taken.remaining["day"]
            _apply_answer(claim, account_id, mode, answer, attempts_left=left)
        finally:
            if not counts:
                attempts.give_back(services, taken)
    finally:
        if claim is not None:
            face_challenges.give_back(claim)
    return accounts.current(account_id)


def _claim_new(holder: Holder, account_id: int) -> Claim:
    """Open and claim a challenge for a photo that came without one."""
    challenge_id = face_challenges.new_id()
    _open(challenge_id, holder, account_id, PHOTO_LIFETIME)
    return face_challenges.claim(challenge_id, holder)


def require_room(services: Services, session: SessionInfo, account: Account, address: str) -> None:
    """Raise Refused TOO_MANY_ATTEMPTS as a check would, without counting."""
    of_holder = limits.faces_of_holder(services.settings, session, account.id_number, address)
    attempts.require_room(services, of_holder, scope="faces")


def require_given(consent_version: str | None) -> None:
    """Require the consent to a face check."""
    if not consent_version:
        raise Refused(Reason.CONSENT_REQUIRED, missing=[consents.FACE])
    consents.require(consent_version, [consents.FACE], [consents.FACE])


def _require_valid_consent(account_id: int, consent_version: str | None) -> None:
    """Require a consent for a photo without a challenge: given now or still valid."""
    if consent_version is None:
        valid = (
            consent.version
            for consent in consents.latest(account_id)
            if consent.key == consents.FACE and consent.withdrawn_at is None
        )
        consent_version = next(valid, None)
    require_given(consent_version)


def require_wechat_user(session: SessionInfo) -> str:
    """Return the openid. Raises Refused FACE_NOT_FINISHED without one."""
    if session.wechat_user is None:
        raise Refused(Reason.FACE_NOT_FINISHED, cause="no_wechat")
    return session.wechat_user


def require_form(mode: Mode, challenge_id: str | None, image: bytes | None) -> None:
    """Require the fields of the mode."""
    if mode == "photo":
        if image is None:
            raise invalid("faces.image.required")
        return
    if image is not None:
        raise invalid("faces.image.not_allowed")
    if challenge_id is None:
        raise invalid("faces.challenge_id.required")


def _open(
    challenge_id: str,
    holder: Holder,
    account_id: int,
    lifetime: timedelta,
    verify_id: str | None = None,
    given: Iterable[str] = (consents.FACE,),
) -> None:
    with transaction():
        consents.record(account_id, given)
        face_challenges.insert(challenge_id, holder, lifetime, verify_id)


def ask(
    services: Services,
    session: SessionInfo,
    name: str,
    id_number: str,
    claim: Claim,
    image: bytes | None,
) -> FaceAnswer:
    """Ask the source, without an open connection or transaction."""
    if image is not None:
        outages.require_on("face", step="face")
    release()
    if image is not None:
        photo = face_images.prepare(image)
        return services.clients.face.compare_photo(photo, name, id_number)
    return services.clients.face.wechat_result(
        claim.verify_id or "", claim.challenge_id, name, id_number, require_wechat_user(session)
    )


def _apply_answer(
    claim: Claim, account_id: int, mode: Mode, answer: FaceAnswer, *, attempts_left: int
) -> None:
    """Store the answer and what it changes, or raise its refusal."""
    if answer.outcome is FaceOutcome.PASSED:
        with transaction():
            levels.prove(
                account_id,
                "face",
                actor=audit.by_account(account_id),
                mode=mode,
                challenge=claim.challenge_id,
            )
            face_challenges.end(claim, answer, used_up=True)
        return
    refuse(claim, mode, answer, attempts_left=attempts_left)


def refuse(claim: Claim, mode: Mode, answer: FaceAnswer, *, attempts_left: int | None) -> NoReturn:
    """Store any answer but PASSED and raise its refusal."""
    if answer.outcome is not FaceOutcome.NO_SLOT:
        face_challenges.end(claim, answer, used_up=answer.outcome in FINAL)
    raise refusal(answer, mode, attempts_left=attempts_left)


def refusal(answer: FaceAnswer, mode: Mode, *, attempts_left: int | None) -> Refused:
    """Return the refusal for any answer but PASSED; ``attempts_left`` None: not known."""
    outcome = answer.outcome
    if outcome is FaceOutcome.MISMATCH:
        left = {} if attempts_left is None else {"attempts_left": attempts_left}
        return Refused(Reason.FACE_MISMATCH, **left)
    if outcome in FINAL:
        return Refused(FINAL[outcome])
    if outcome is FaceOutcome.DAILY_LIMIT:
        again = clock.seconds_to_midnight()
        return Refused(Reason.IDENTITY_DAILY_LIMIT, step="face", retry_after=again)
    if outcome is FaceOutcome.BAD_IMAGE and mode == "photo":
        return Refused(Reason.FACE_IMAGE_QUALITY, reason=answer.cause or "unreadable")
    if outcome in _NOT_FINISHED:
        return Refused(Reason.FACE_NOT_FINISHED, cause=answer.cause or "other")
    wait = {"retry_after": RETRY_AFTER_SECONDS} if outcome is FaceOutcome.NO_SLOT else {}
    return Refused(Reason.IDENTITY_SOURCE_BUSY, step="face", **wait)
