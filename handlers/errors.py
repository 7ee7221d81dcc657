"""Build the body of a refusal, with ``help`` from the published FAQ entry of its problem case."""

from typing import Any

from faq.conversation.help import help_of
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts.sentences import sentence

# A retry of the same call may get another answer, so these are not stored under its key.
_TRANSIENT = frozenset({401, 403, 408, 423, 425, 426, 429})
_TRANSIENT_REASONS = frozenset(
    {
        # A corrected form may be sent again under the same key.
        Reason.INVALID_INPUT,
        Reason.IDENTITY_CHECK_IN_PROGRESS,
        Reason.IDEMPOTENCY_IN_PROGRESS,
        Reason.FACE_NOT_FINISHED,
    }
)


def is_final(refused: Refused) -> bool:
    """Return whether a retry of the same call would be refused in the same way."""
    reason = refused.reason
    is_transient = reason.status in _TRANSIENT or reason in _TRANSIENT_REASONS
    return 400 <= reason.status < 500 and not is_transient


def error_content(refused: Refused) -> dict[str, Any]:
    """Return ``code``, ``message``, ``data`` and ``help`` of a refusal."""
    return {
        "code": refused.reason.name,
        "message": sentence(refused.reason, refused.details),
        "data": refused.details,
        "help": help_of(refused),
    }
