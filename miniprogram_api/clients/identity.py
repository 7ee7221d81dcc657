"""The source that knows whether the four elements belong together."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Protocol


class IdentityOutcome(Enum):
    """The nine results of CheckIdNameDate (Tencent Cloud FaceID, 2018-03-01), and no answer."""

    MATCH = 0
    MISMATCH = -1
    BAD_NUMBER = -2
    BAD_NAME = -3
    BAD_PERIOD = -4
    INVALID = -5
    SOURCE_ERROR = -6
    NO_RECORD = -7
    DAILY_LIMIT = -8
    NO_ANSWER = -99
    """Time-out, failed connection, an answer that cannot be read, or an open breaker."""

    @property
    def is_real_answer(self) -> bool:
        """Whether the source judged the person; only these count as an attempt."""
        return self in _REAL_ANSWERS


_REAL_ANSWERS = frozenset(
    {
        IdentityOutcome.MATCH,
        IdentityOutcome.MISMATCH,
        IdentityOutcome.INVALID,
        IdentityOutcome.NO_RECORD,
    }
)


@dataclass(frozen=True)
class IdentityAnswer:
    """What the source said, and its own number for the call (None when it gave none)."""

    outcome: IdentityOutcome
    request_id: str | None = None


class IdentitySource(Protocol):
    """Answers one check; never raises for anything that the outside does."""

    name: str

    def check(
        self, name: str, id_number: str, valid_from: date, valid_until: date | None
    ) -> IdentityAnswer:
        """Check the four elements; ``valid_until`` is None for 长期."""
