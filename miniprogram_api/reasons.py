"""Every reason for a refusal, and the exception that carries it."""

from collections.abc import Callable
from enum import Enum
from typing import Any, ParamSpec

Arguments = ParamSpec("Arguments")


class Reason(Enum):
    """A reason for a refusal: HTTP status, problem case (1-16), slug of the explaining guide.

    The sentences are under ``reasons`` in the locale file.
    """

    def __new__(cls, status: int, case: int | None = None, guide: str | None = None) -> "Reason":
        """Make a member with a number as its value, so that equal rows are no aliases."""
        member = object.__new__(cls)
        member._value_ = len(cls.__members__) + 1
        member.status, member.case, member.guide = status, case, guide
        return member

    status: int
    case: int | None
    guide: str | None

    # The form of a request.
    INVALID_INPUT = 422
    MALFORMED_JSON = 400
    METHOD_NOT_ALLOWED = 405
    REQUEST_TIMEOUT = 408
    BODY_TOO_LARGE = 413
    UNSUPPORTED_MEDIA_TYPE = 415
    CLIENT_OUTDATED = 426, 14
    NOT_FOUND = 404
    IDEMPOTENCY_CONFLICT = 409
    IDEMPOTENCY_IN_PROGRESS = 409
    # Authentication.
    UNAUTHENTICATED = 401
    SIGNATURE_INVALID = 401
    REPLAYED = 409
    ACCOUNT_REQUIRED = 403, None, "registration_guide"
    FORBIDDEN = 403
    # WeChat's pushes.
    PUSH_UNREADABLE = 400
    # Outages.
    UPSTREAM_UNAVAILABLE = 503
    SERVICE_UNAVAILABLE = 503
    INTERNAL_ERROR = 500
    # Signing in.
    WECHAT_CODE_INVALID = 401
    WECHAT_UNAVAILABLE = 503
    WECHAT_USER_BLOCKED = 403, None, "windows"
    USER_NOT_FOUND = 404, 3
    WRONG_PASSWORD = 401, 8
    ACTIVATION_REQUIRED = 409, 9
    LOGIN_AMBIGUOUS = 409, 3
    ACCOUNT_LOCKED = 423, 8
    ACCOUNT_CANCELLED = 410, None, "registration_guide"
    ACCOUNT_FROZEN = 403, None, "account_frozen"
    # One-time codes and phones.
    PHONE_SEGMENT_UNSUPPORTED = 422, 2
    PHONE_NOT_ON_RECORD = 422, 15
    PHONE_FOREIGN = 422, None, "no_smartphone_other_phone"
    PHONE_ACCOUNT_LIMIT = 409, 7
    SMS_RATE_LIMITED = 429, 5
    SMS_NUMBER_BLOCKED = 422, 1
    SMS_UNAVAILABLE = 503, 1
    SMS_CODE_WRONG = 422, 1
    SMS_CODE_EXPIRED = 422, 5
    SMS_CODE_USED = 422, 5
    PHONE_PROOF_INVALID = 422
    TOO_MANY_ATTEMPTS = 429, 10
    # The four elements.
    IDENTITY_NEEDS_CONFIRMATION = 422, 4
    CONSENT_REQUIRED = 422, None, "privacy"
    CONSENT_OUTDATED = 409, None, "privacy"
    CANCELLATION_REQUIRED = 409, None, "cancel_account"
    FOUR_ELEMENTS_MISMATCH = 422, 4
    IDENTITY_NO_RECORD = 422, 4
    IDENTITY_INVALID = 422, 4
    DOCUMENT_NEEDS_WINDOW = 422, 10, "windows"
    ALREADY_REGISTERED = 409, None, "identity_taken"
    IDENTITY_RESERVED = 409, 10
    IDENTITY_CHECK_IN_PROGRESS = 409
    USERNAME_TAKEN = 409
    IDENTITY_SOURCE_BUSY = 503, 12
    IDENTITY_DAILY_LIMIT = 429, 12
    IDENTITY_DATES_LIMIT = 429, 16
    CARD_IMAGE_QUALITY = 422
    # Faces and CTID.
    FACE_IMAGE_QUALITY = 422, 12
    FACE_MISMATCH = 422, 12
    FACE_NO_PHOTO = 422, 12
    FACE_DATA_MISSING = 422, 12
    FACE_NOT_FINISHED = 422, 12
    ALREADY_VERIFIED = 409
    CTID_REJECTED = 422, 12
    CTID_UNAVAILABLE = 503, 12
    # Activating a synced account.
    ALREADY_ACTIVE = 409, None, "forgot_password"
    STEP_ORDER = 409, 9
    ACTIVATION_EXPIRED = 404, 9
    # The authorisation.
    LEVEL_TOO_LOW = 403, None, "registration_guide"
    # Tickets.
    TICKET_CLOSED = 409, None, "ticket_progress"
    EVIDENCE_LIMIT = 409
    # Staff.
    STAFF_SIGN_IN_REFUSED = 401
    STAFF_LOCKED = 423
    PASSKEY_REFUSED = 401
    PASSKEY_REQUIRED = 403
    ADMINISTRATORS_NEEDED = 409
    # Windows and the information centre.
    WINDOW_REQUIRED = 403
    PERSON_NOT_REGISTERED = 404
    OWN_MATTER = 403
    GUARDIAN_NOT_CONFIRMED = 422
    VERIFICATION_HELD = 409
    TICKET_OF_OTHERS = 403
    SECOND_PERSON_REQUIRED = 403
    APPROVAL_PENDING = 409
    REVIEWS_OVERDUE = 409
    APPROVAL_STALE = 409
    NOT_APPLICABLE = 409
    LOOKUP_LIMIT = 429
    # Registration systems.
    QUOTA_EXCEEDED = 429
    # Matters.
    MATTER_CHANGED = 409
    MATTER_CLOSED = 409
    MATTER_EXPIRED = 409
    LINE_DECIDED = 409
    SIGNATURE_UNREADABLE = 422
    MATTERS_OPEN = 409
    GUARDIAN_REQUIRED = 422
    MATTER_NOT_READY = 409
    PERSON_NOT_PRESENT = 403
    MATTER_NUMBER_TAKEN = 409
    DESK_CODE_INVALID = 422
    EXPORT_NOT_READY = 409
    REMINDER_LIMIT = 429
    # Changing and publishing the FAQ's content.
    DRAFT_CONFLICT = 409
    NOTHING_TO_PUBLISH = 409
    PUBLICATION_OUTDATED = 409
    PUBLICATION_LOSES_QUESTIONS = 409
    REVIEW_REQUIRED = 409
    ANOTHER_PERSON_REQUIRED = 403


NO_CASE = 0
"""Overrides the case of a reason with none."""


class Refused(Exception):
    """The refusal of a rule.

    ``details`` becomes ``data`` of the answer: for limits ``retry_after`` in whole seconds, rounded
    up; for INVALID_INPUT ``fields``. ``case`` overrides the reason's problem case; ``NO_CASE``
    removes it. ``account_id`` is the account that the caller named, for later diagnosis; it is
    never disclosed.
    """

    def __init__(
        self,
        reason: Reason,
        /,
        *,
        case: int | None = None,
        account_id: int | None = None,
        **details: Any,
    ) -> None:
        self.reason = reason
        self.account_id = account_id
        self.case = reason.case if case is None else case or None
        self.details = details
        # What the record knows beyond it, in words: the first step of the help.
        self.known = ""
        # The permission that a member of staff lacks, for the pages.
        self.lacks = ""
        super().__init__(reason.name)


def refused_by(
    rule: Callable[Arguments, object], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Refused | None:
    """Call a rule and return its refusal, or None."""
    try:
        rule(*args, **kwargs)
    except Refused as refused:
        return refused
    return None


def invalid_field(
    field: str, code: str, message: str, *, suggestion: str | None = None, case: int | None = None
) -> Refused:
    """Return the refusal of one input field."""
    entry = {"field": field, "code": code, "message": message}
    if suggestion is not None:
        entry["suggestion"] = suggestion
    return Refused(Reason.INVALID_INPUT, case=case, fields=[entry])
