"""Build the body of a refusal.

``help`` comes from the published FAQ entry of the refusal's problem case, so an editor's change
shows in API errors too.
"""

from typing import Any

from faq.conversation.help import help_of
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts.sentences import sentence

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
    status = refused.reason.status
    return 400 <= status < 500 and status not in _PASSING and refused.reason not in _PASSING_REASONS


def error_content(refused: Refused) -> dict[str, Any]:
    """``code``, ``message``, ``data`` and ``help`` of a refusal."""
    return {
        "code": refused.reason.name,
        "message": sentence(refused.reason, refused.details),
        "data": refused.details,
        "help": help_of(refused),
    }
