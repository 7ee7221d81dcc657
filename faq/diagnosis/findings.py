"""The result of a diagnosis."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from faq.content.entries import Entry
from faq.content.talk import QuestionBack

Severity = Literal["info", "warn", "block"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about the asker, with masked numbers; `severity` `block` is an obstacle.

    `probe`: the name of the probe that found it.
    """

    code: str
    message: str
    severity: Severity
    data: dict[str, Any] = field(default_factory=dict)
    probe: str = field(default="", compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return the form of the API."""
        return {
            "code": self.code,
            "message": self.message,
            "severity": self.severity,
            "data": self.data,
        }


@dataclass(frozen=True, slots=True)
class Instead:
    """Answer and steps that replace an entry's general ones, as plain text."""

    answer: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the record adds to an answer.

    `decided`: the entry that the record selects. `actions`: buttons, each `{"type", "label", TYPE:
    target}`, to put first. `hidden`: buttons that would be refused. `question_back`: a question
    whose reply would decide. `instead`: the text of the entry for the state of the asker or the
    tables, `state`; the entry's title and buttons are then outdated, too. `states`: all states that
    were seen, each with the values of its placeholders.
    """

    findings: tuple[Finding, ...] = ()
    decided: Entry | None = None
    actions: tuple[dict[str, str], ...] = ()
    question_back: QuestionBack | None = None
    hidden: tuple[dict[str, str], ...] = ()
    instead: Instead | None = None
    state: str | None = None
    states: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


NOTHING = Diagnosis()


class Recorded(NamedTuple):
    """What is stored of a diagnosis: codes alone, no data of the asker.

    `state`: see `Diagnosis`. `findings`: probe and severity of each finding.
    """

    state: str | None = None
    findings: tuple[tuple[str, str], ...] = ()


def dump(diagnosis: Diagnosis) -> str | None:
    """Return what is stored of a diagnosis as JSON; None for nothing."""
    seen = [(finding.probe, finding.severity) for finding in diagnosis.findings]
    return json.dumps([diagnosis.state, seen]) if diagnosis.state or seen else None


def load(stored: str | None) -> Recorded:
    """Read what `dump` returned."""
    if not stored:
        return Recorded()
    state, seen = json.loads(stored)
    return Recorded(state, tuple((probe, severity) for probe, severity in seen))
