"""CTID (网证): the state's own identity credential, a way round a failing face check."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class CtidOutcome(Enum):
    """What CTID said of a token."""

    PASSED = "passed"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class CtidAnswer:
    outcome: CtidOutcome
    request_id: str | None = None


class Ctid(Protocol):
    """Answers one verification; never raises for anything that the outside does."""

    def verify(self, token: str, name: str, id_number: str) -> CtidAnswer:
        """Whether ``token`` proves that its holder is this person."""
