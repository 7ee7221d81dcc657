"""The one table Reason → HTTP status, and the body that says no.

``help`` comes from the published FAQ entry of the refusal's problem case, so an editor's change
shows in API errors too.
"""

from typing import Any

from faq.help import Help, help_for_case, help_for_slug
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sentences import sentence

STATUS: dict[Reason, int] = {
    Reason.INVALID_INPUT: 422,
    Reason.MALFORMED_JSON: 400,
    Reason.METHOD_NOT_ALLOWED: 405,
    Reason.BODY_TOO_LARGE: 413,
    Reason.UNSUPPORTED_MEDIA_TYPE: 415,
    Reason.CLIENT_OUTDATED: 426,
    Reason.NOT_FOUND: 404,
    Reason.IDEMPOTENCY_CONFLICT: 409,
    Reason.IDEMPOTENCY_IN_PROGRESS: 409,
    Reason.UNAUTHENTICATED: 401,
    Reason.SIGNATURE_INVALID: 401,
    Reason.REPLAYED: 409,
    Reason.PUSH_UNREADABLE: 400,
    Reason.ACCOUNT_REQUIRED: 403,
    Reason.FORBIDDEN: 403,
    Reason.UPSTREAM_UNAVAILABLE: 503,
    Reason.SERVICE_UNAVAILABLE: 503,
    Reason.INTERNAL_ERROR: 500,
    Reason.WECHAT_CODE_INVALID: 401,
    Reason.WECHAT_UNAVAILABLE: 503,
    Reason.USER_NOT_FOUND: 404,
    Reason.WRONG_PASSWORD: 401,
    Reason.ACTIVATION_REQUIRED: 409,
    Reason.LOGIN_AMBIGUOUS: 409,
    Reason.ACCOUNT_LOCKED: 423,
    Reason.ACCOUNT_CANCELLED: 410,
    Reason.ACCOUNT_FROZEN: 403,
    Reason.PHONE_SEGMENT_UNSUPPORTED: 422,
    Reason.PHONE_NOT_ON_RECORD: 422,
    Reason.PHONE_ACCOUNT_LIMIT: 409,
    Reason.SMS_RATE_LIMITED: 429,
    Reason.SMS_UNAVAILABLE: 503,
    Reason.SMS_CODE_WRONG: 422,
    Reason.SMS_CODE_EXPIRED: 422,
    Reason.SMS_CODE_USED: 422,
    Reason.PHONE_PROOF_INVALID: 422,
    Reason.TOO_MANY_ATTEMPTS: 429,
    Reason.IDENTITY_NEEDS_CONFIRMATION: 422,
    Reason.CONSENT_REQUIRED: 422,
    Reason.CONSENT_OUTDATED: 409,
    Reason.CANCELLATION_REQUIRED: 409,
    Reason.FOUR_ELEMENTS_MISMATCH: 422,
    Reason.IDENTITY_NO_RECORD: 422,
    Reason.IDENTITY_INVALID: 422,
    Reason.DOCUMENT_NEEDS_WINDOW: 422,
    Reason.ALREADY_REGISTERED: 409,
    Reason.IDENTITY_CHECK_IN_PROGRESS: 409,
    Reason.USERNAME_TAKEN: 409,
    Reason.IDENTITY_SOURCE_BUSY: 503,
    Reason.IDENTITY_DAILY_LIMIT: 429,
    Reason.IDENTITY_DATES_LIMIT: 429,
    Reason.FACE_IMAGE_QUALITY: 422,
    Reason.FACE_MISMATCH: 422,
    Reason.FACE_NO_PHOTO: 422,
    Reason.FACE_DATA_MISSING: 422,
    Reason.FACE_NOT_FINISHED: 422,
    Reason.ALREADY_VERIFIED: 409,
    Reason.CTID_REJECTED: 422,
    Reason.CTID_UNAVAILABLE: 503,
    Reason.ALREADY_ACTIVE: 409,
    Reason.STEP_ORDER: 409,
    Reason.ACTIVATION_EXPIRED: 404,
    Reason.LEVEL_TOO_LOW: 403,
    Reason.TICKET_CLOSED: 409,
    Reason.EVIDENCE_LIMIT: 409,
    Reason.STAFF_SIGN_IN_REFUSED: 401,
    Reason.STAFF_LOCKED: 423,
    Reason.ADMINISTRATORS_NEEDED: 409,
    Reason.WINDOW_REQUIRED: 403,
    Reason.OWN_MATTER: 403,
    Reason.TICKET_OF_OTHERS: 403,
    Reason.SECOND_PERSON_REQUIRED: 403,
    Reason.APPROVAL_PENDING: 409,
    Reason.APPROVAL_STALE: 409,
    Reason.NOT_APPLICABLE: 409,
    Reason.QUOTA_EXCEEDED: 429,
    Reason.DRAFT_CONFLICT: 409,
    Reason.NOTHING_TO_PUBLISH: 409,
    Reason.PUBLICATION_OUTDATED: 409,
    Reason.PUBLICATION_LOSES_QUESTIONS: 409,
    Reason.REVIEW_REQUIRED: 409,
    Reason.ANOTHER_PERSON_REQUIRED: 403,
}

# The guide for a reason that no problem case explains, or not this time (``NO_CASE``).
_GUIDES = {
    Reason.ACCOUNT_REQUIRED: "registration_guide",
    Reason.ACCOUNT_CANCELLED: "registration_guide",
    Reason.ACCOUNT_FROZEN: "account_frozen",
    Reason.CONSENT_REQUIRED: "privacy",
    Reason.CONSENT_OUTDATED: "privacy",
    Reason.CANCELLATION_REQUIRED: "cancel_account",
    Reason.ALREADY_REGISTERED: "identity_taken",
    Reason.DOCUMENT_NEEDS_WINDOW: "windows",
    Reason.LEVEL_TOO_LOW: "registration_guide",
    Reason.TICKET_CLOSED: "ticket_progress",
}

# Answers that a repetition of the same call may change; they are not kept under its key.
_PASSING = frozenset({401, 403, 423, 425, 426, 429})
_PASSING_REASONS = frozenset(
    {
        # Nothing was done, and whoever corrects a form may send it under the key that it had.
        Reason.INVALID_INPUT,
        Reason.IDENTITY_CHECK_IN_PROGRESS,
        Reason.IDEMPOTENCY_IN_PROGRESS,
        # The person may finish the check that he was told to finish.
        Reason.FACE_NOT_FINISHED,
    }
)


def is_final(refused: Refused) -> bool:
    """Whether the same call would be refused in the same way again (kept for a repetition)."""
    status = STATUS[refused.reason]
    return 400 <= status < 500 and status not in _PASSING and refused.reason not in _PASSING_REASONS


def error_content(refused: Refused) -> dict[str, Any]:
    """``code``, ``message``, ``data`` and ``help`` of a refusal."""
    return {
        "code": refused.reason.name,
        "message": sentence(refused.reason, refused.details),
        "data": refused.details,
        "help": _help(refused),
    }


def _help(refused: Refused) -> Help | None:
    if refused.case is not None:
        return help_for_case(refused.case)
    guide = _GUIDES.get(refused.reason)
    return None if guide is None else help_for_slug(guide)
