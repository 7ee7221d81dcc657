"""The face check that raises an account to level 4.

In ``wechat`` mode WeChat looks at the living person and this service asks WeChat how it ended; what
the client says about it is never looked at. In ``photo`` mode (sandbox profile only: a still
picture proves no living person) a photo is judged locally and compared by the source.
"""

from datetime import timedelta

from miniprogram_api import audit, clock
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, consents, levels
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.answers import answer_class
from miniprogram_api.clients.face import FaceAnswer, FaceOutcome
from miniprogram_api.clients.redis import Limit
from miniprogram_api.operations import outages
from miniprogram_api.proofing import face_challenges, face_images
from miniprogram_api.proofing.face_challenges import Claim, Holder, Mode
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.accounts.accounts import Account
from models.storage.database import release, transaction

PHOTO_LIFETIME = timedelta(minutes=10)
# What WeChat documents for its verify_id; a challenge never outlives it.
LONGEST_LIFETIME = timedelta(hours=1)

# What the source says for good; every other outcome leaves the challenge usable.
_FINAL = {
    FaceOutcome.MISMATCH: Reason.FACE_MISMATCH,
    FaceOutcome.NO_PHOTO: Reason.FACE_NO_PHOTO,
    FaceOutcome.DATA_MISSING: Reason.FACE_DATA_MISSING,
}


@answer_class
class FaceChallenge:
    """A face check that was opened, for this session of this account alone."""

    challenge_id: str
    expires_in: int
    """Seconds until it cannot be used any more."""
    mode: Mode
    """wechat: call wx.requestFacialVerify; photo: upload a picture."""
    verify_id: str | None
    """For wx.requestFacialVerify; null in mode photo."""


def open_challenge(
    services: Services,
    *,
    session: SessionInfo,
    account_id: int,
    address: str,
    consent_version: str | None,
) -> FaceChallenge:
    """Open a face check; asking for one is the separate consent to it (PIPL art. 29), recorded.

    Raises Refused, in this order: UNAUTHENTICATED, ACCOUNT_FROZEN, CONSENT_REQUIRED,
    CONSENT_OUTDATED, ALREADY_VERIFIED, FACE_NOT_FINISHED (``cause`` no_wechat: the session has no
    WeChat user), TOO_MANY_ATTEMPTS, IDENTITY_DAILY_LIMIT, IDENTITY_SOURCE_BUSY.
    """
    account = accounts.get_for_change(account_id)
    _require_given(consent_version)
    levels.require_unverified(account)
    mode = services.settings.face_mode
    openid = _wechat_user(session) if mode == "wechat" else ""
    require_room(services, account, address)
    opened = attempts.face_checks_of_account(services.settings, account_id)
    attempts.require_room(services, [opened], scope="face_checks")
    outages.require_on("face", step="face")
    attempts.take(services, [opened], scope="face_checks")
    challenge_id = face_challenges.new_id()
    lifetime, verify_id = PHOTO_LIFETIME, None
    if mode == "wechat":
        release()
        ticket = services.clients.face.open_wechat_check(
            challenge_id, account.name, account.id_number, openid
        )
        if isinstance(ticket, FaceAnswer):
            raise refusal(ticket, mode, attempts_left=0)
        lifetime = min(timedelta(seconds=max(0, ticket.expires_in)), LONGEST_LIFETIME)
        verify_id = ticket.verify_id
    _open(challenge_id, Holder(session, account_id, mode), lifetime, verify_id)
    return FaceChallenge(challenge_id, int(lifetime.total_seconds()), mode, verify_id)


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
    """Raise the account to level 4 if the face is the person's; returns what it is then.

    A challenge is used up by a real answer of the source alone; busy, unfinished and a photo that
    cannot be judged leave it usable until it expires. In photo mode ``challenge_id`` may be None;
    then the consent must stand, or be given now with ``consent_version``. Only FACE_MISMATCH uses
    up an attempt.

    Raises Refused, in this order: UNAUTHENTICATED, ACCOUNT_FROZEN, INVALID_INPUT,
    CONSENT_REQUIRED, CONSENT_OUTDATED, ALREADY_VERIFIED, NOT_FOUND (unknown, used, expired or
    another's challenge), IDENTITY_CHECK_IN_PROGRESS (the same challenge at the same time),
    TOO_MANY_ATTEMPTS, FACE_IMAGE_QUALITY, and by the answer of the source FACE_MISMATCH,
    FACE_NO_PHOTO, FACE_DATA_MISSING, FACE_NOT_FINISHED, FACE_IMAGE_QUALITY, IDENTITY_DAILY_LIMIT,
    IDENTITY_SOURCE_BUSY.
    """
    account = accounts.get_for_change(account_id)
    holder = Holder(session, account_id, services.settings.face_mode)
    _require_form(holder.mode, challenge_id, image)
    if challenge_id is None:
        _require_standing(account_id, consent_version)
    levels.require_unverified(account)
    # Before a place among the attempts: of many calls with one challenge the others hear that it is
    # in use, not that they tried too often.
    claim = None if challenge_id is None else face_challenges.claim(challenge_id, holder)
    try:
        taken = attempts.take(services, _limits(services, account, address))
        counts = False
        try:
            if claim is None:
                claim = _claim_new(holder)
            answer = _ask(services, holder, account, claim, image)
            counts = answer.outcome is FaceOutcome.MISMATCH
            _conclude(claim, holder, answer, attempts_left=taken.remaining["day"])
        finally:
            if not counts:
                attempts.give_back(services, taken)
    finally:
        if claim is not None:
            face_challenges.give_back(claim)
    return accounts.current(account_id)


def _claim_new(holder: Holder) -> Claim:
    """A challenge for a photo that came without one."""
    challenge_id = face_challenges.new_id()
    _open(challenge_id, holder, PHOTO_LIFETIME)
    return face_challenges.claim(challenge_id, holder)


def require_room(services: Services, account: Account, address: str) -> None:
    """Refuse as a check would when the attempts are used up; asking uses nothing up.

    Raises Refused: TOO_MANY_ATTEMPTS.
    """
    attempts.require_room(services, _limits(services, account, address))


def _limits(services: Services, account: Account, address: str) -> tuple[Limit, Limit]:
    return (
        attempts.faces_of_person(services.settings, account.id_number),
        attempts.failures_of_address(services.settings, address),
    )


def _require_given(consent_version: str | None) -> None:
    if not consent_version:
        raise Refused(Reason.CONSENT_REQUIRED, missing=[consents.FACE])
    consents.require(consent_version, [consents.FACE], [consents.FACE])


def _require_standing(account_id: int, consent_version: str | None) -> None:
    """The consent to a photo that comes without a challenge: given now, or before and not ended."""
    if consent_version is None:
        standing = (
            consent.version
            for consent in consents.latest(account_id)
            if consent.key == consents.FACE and consent.withdrawn_at is None
        )
        consent_version = next(standing, None)
    _require_given(consent_version)


def _wechat_user(session: SessionInfo) -> str:
    if session.openid is None:
        raise Refused(Reason.FACE_NOT_FINISHED, cause="no_wechat")
    return session.openid


def _require_form(mode: Mode, challenge_id: str | None, image: bytes | None) -> None:
    """Each mode wants its own way to send a check."""
    if mode == "photo":
        if image is None:
            raise invalid("faces.image.required")
        return
    if image is not None:
        raise invalid("faces.image.not_allowed")
    if challenge_id is None:
        raise invalid("faces.challenge_id.required")


def _open(
    challenge_id: str, holder: Holder, lifetime: timedelta, verify_id: str | None = None
) -> None:
    with transaction():
        consents.record(holder.account_id, [consents.FACE])
        face_challenges.insert(challenge_id, holder, lifetime, verify_id)


def _ask(
    services: Services, holder: Holder, account: Account, claim: Claim, image: bytes | None
) -> FaceAnswer:
    """What the source says; no connection or transaction is held meanwhile."""
    name, id_number = account.name, account.id_number
    if image is not None:
        outages.require_on("face", step="face")
    release()
    if image is not None:
        photo = face_images.prepare(image)
        return services.clients.face.compare_photo(photo, name, id_number)
    return services.clients.face.wechat_result(
        claim.verify_id or "", claim.challenge_id, name, id_number, _wechat_user(holder.session)
    )


def _conclude(claim: Claim, holder: Holder, answer: FaceAnswer, *, attempts_left: int) -> None:
    """Keep the answer and refuse by it, or raise the level."""
    if answer.outcome is FaceOutcome.PASSED:
        with transaction():
            levels.raise_to_verified(
                holder.account_id,
                "face",
                actor=audit.by_account(holder.account_id),
                mode=holder.mode,
                challenge=claim.challenge_id,
            )
            face_challenges.end(claim, answer, used_up=True)
        return
    face_challenges.end(claim, answer, used_up=answer.outcome in _FINAL)
    raise refusal(answer, holder.mode, attempts_left=attempts_left)


def refusal(answer: FaceAnswer, mode: Mode, *, attempts_left: int) -> Refused:
    """What a person is told to any answer but PASSED."""
    outcome = answer.outcome
    if outcome is FaceOutcome.MISMATCH:
        return Refused(Reason.FACE_MISMATCH, attempts_left=attempts_left)
    if outcome in _FINAL:
        return Refused(_FINAL[outcome])
    if outcome is FaceOutcome.DAILY_LIMIT:
        again = clock.seconds_to_midnight()
        return Refused(Reason.IDENTITY_DAILY_LIMIT, step="face", retry_after=again)
    if outcome is FaceOutcome.BAD_IMAGE and mode == "photo":
        return Refused(Reason.FACE_IMAGE_QUALITY, reason=answer.cause or "unreadable")
    if outcome in (FaceOutcome.BAD_IMAGE, FaceOutcome.NOT_FINISHED):
        return Refused(Reason.FACE_NOT_FINISHED, cause=answer.cause or "other")
    return Refused(Reason.IDENTITY_SOURCE_BUSY, step="face")
