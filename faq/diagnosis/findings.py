"""What a look at an asker's own record comes to."""

from dataclasses import dataclass, field
from typing import Any, Literal

from faq.content.entries import Entry
from faq.diagnosis.questions import QuestionBack

Severity = Literal["info", "warn", "block"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that holds for this person now, in plain words; numbers in it are masked.

    `severity`: `block` when it stands in his way, `warn` when it may, else `info`. A `code` is
    stable.
    """

    code: str
    message: str
    severity: Severity
    data: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The form in which clients get it."""
        return {
            "code": self.code,
            "message": self.message,
            "severity": self.severity,
            "data": self.data,
        }


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the record adds to an answer.

    `decided`: the entry that explains what happened to this person, when the record says so and
    the wording does not say otherwise. `actions`: what he can do now, each as
    `{"type", "label", TYPE: target}`, to stand before the entry's own. `closed`: what would be
    refused to him now in that form, so that it is not offered. `question_back`: the one question
    whose reply would decide, where nothing is known of him. `instead`: an answer and steps in the
    place of the entry's own and of its title and buttons, where these are out of date.
    """

    findings: tuple[Finding, ...] = ()
    decided: Entry | None = None
    actions: tuple[dict[str, str], ...] = ()
    question_back: QuestionBack | None = None
    closed: tuple[dict[str, str], ...] = ()
    instead: tuple[str, ...] = ()


NOTHING = Diagnosis()
