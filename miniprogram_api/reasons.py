"""Every way to say no. A Reason knows the problem case that explains it, and nothing of HTTP."""

from collections.abc import Callable
from enum import Enum
from typing import Any, ParamSpec

Arguments = ParamSpec("Arguments")


class Reason(Enum):
    """One way to say no; the value is the problem case (1-16) that explains it, or None."""

    def __new__(cls, case: int | None) -> "Reason":
        # Members with the same case must not become aliases of each other, so the value counts up.
        member = object.__new__(cls)
        member._value_ = len(cls.__members__) + 1
        member.case = case
        return member

    case: int | None

    # The form of a request.
    INVALID_INPUT = None
    MALFORMED_JSON = None
    METHOD_NOT_ALLOWED = None
    BODY_TOO_LARGE = None
    UNSUPPORTED_MEDIA_TYPE = None
    CLIENT_OUTDATED = 14
    NOT_FOUND = None
    IDEMPOTENCY_CONFLICT = None
    IDEMPOTENCY_IN_PROGRESS = None
    # Who is asking.
    UNAUTHENTICATED = None
    SIGNATURE_INVALID = None
    REPLAYED = None
    ACCOUNT_REQUIRED = None
    FORBIDDEN = None
    # WeChat's pushes.
    PUSH_UNREADABLE = None
    # What is down.
    UPSTREAM_UNAVAILABLE = None
    SERVICE_UNAVAILABLE = None
    INTERNAL_ERROR = None
    # Signing in.
    WECHAT_CODE_INVALID = None
    WECHAT_UNAVAILABLE = None
    USER_NOT_FOUND = 3
    WRONG_PASSWORD = 8
    ACTIVATION_REQUIRED = 9
    LOGIN_AMBIGUOUS = 3
    ACCOUNT_LOCKED = 8
    ACCOUNT_CANCELLED = None
    ACCOUNT_FROZEN = None
    # One-time codes and phones.
    PHONE_SEGMENT_UNSUPPORTED = 2
    PHONE_NOT_ON_RECORD = 15
    PHONE_ACCOUNT_LIMIT = 7
    SMS_RATE_LIMITED = 5
    SMS_UNAVAILABLE = 1
    SMS_CODE_WRONG = 1
    SMS_CODE_EXPIRED = 5
    SMS_CODE_USED = 5
    PHONE_PROOF_INVALID = None
    TOO_MANY_ATTEMPTS = 10
    # The four elements.
    IDENTITY_NEEDS_CONFIRMATION = 4
    CONSENT_REQUIRED = None
    CONSENT_OUTDATED = None
    CANCELLATION_REQUIRED = None
    FOUR_ELEMENTS_MISMATCH = 4
    IDENTITY_NO_RECORD = 4
    IDENTITY_INVALID = 4
    DOCUMENT_NEEDS_WINDOW = 10
    ALREADY_REGISTERED = None
    IDENTITY_CHECK_IN_PROGRESS = None
    USERNAME_TAKEN = None
    IDENTITY_SOURCE_BUSY = 12
    IDENTITY_DAILY_LIMIT = 12
    IDENTITY_DATES_LIMIT = 16
    # Faces and CTID.
    FACE_IMAGE_QUALITY = 12
    FACE_MISMATCH = 12
    FACE_NO_PHOTO = 12
    FACE_DATA_MISSING = 12
    FACE_NOT_FINISHED = 12
    ALREADY_VERIFIED = None
    CTID_REJECTED = 12
    CTID_UNAVAILABLE = 12
    # Activating a synced account.
    ALREADY_ACTIVE = None
    STEP_ORDER = 9
    ACTIVATION_EXPIRED = 9
    # The authorisation.
    LEVEL_TOO_LOW = None
    # Tickets.
    TICKET_CLOSED = None
    EVIDENCE_LIMIT = None
    # Staff.
    STAFF_SIGN_IN_REFUSED = None
    STAFF_LOCKED = None
    ADMINISTRATORS_NEEDED = None
    # Windows and the information centre.
    WINDOW_REQUIRED = None
    OWN_MATTER = None
    TICKET_OF_OTHERS = None
    SECOND_PERSON_REQUIRED = None
    APPROVAL_PENDING = None
    APPROVAL_STALE = None
    NOT_APPLICABLE = None
    # Registration systems.
    QUOTA_EXCEEDED = None
    # Changing and publishing the FAQ's content.
    DRAFT_CONFLICT = None
    NOTHING_TO_PUBLISH = None
    PUBLICATION_OUTDATED = None
    PUBLICATION_LOSES_QUESTIONS = None
    REVIEW_REQUIRED = None
    ANOTHER_PERSON_REQUIRED = None


# In the place of a case: none explains the situation, though one explains the reason.
NO_CASE = 0


class Refused(Exception):
    """A rule said no.

    ``details`` is what the caller may know (it becomes ``data`` of the answer): for limits
    ``retry_after`` in whole seconds, rounded up; for INVALID_INPUT ``fields``. ``case`` overrides
    the problem case of the reason where the situation explains more than the reason does
    (``NO_CASE``: less). ``account_id`` is the account that the caller had named, so that it can be
    asked later whether this still holds; he is never told it.
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
        super().__init__(reason.name)


def refused_by(
    rule: Callable[Arguments, object], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Refused | None:
    """What a rule refuses with, or None where it lets pass: so the bot asks what the API asks."""
    try:
        rule(*args, **kwargs)
    except Refused as refused:
        return refused
    return None


def invalid_field(
    field: str, code: str, message: str, *, suggestion: str | None = None, case: int | None = None
) -> Refused:
    """The refusal of one field of the input."""
    entry = {"field": field, "code": code, "message": message}
    if suggestion is not None:
        entry["suggestion"] = suggestion
    return Refused(Reason.INVALID_INPUT, case=case, fields=[entry])
