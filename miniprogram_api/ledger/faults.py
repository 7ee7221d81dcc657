"""What a verification of the ledger finds: one kind for each fault, with its two sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from miniprogram_api.texts import text

LEDGER = "ledger"
"""The name of the ledger's own chain."""
MOST_FAULTS = 50


class FaultKind(Enum):
    """A kind of fault; its value is the English sentence after the number of the line.

    The Chinese sentence has the same placeholders and is under ``ledger.faults``, by the name in
    lower case.
    """

    MISSING = "is missing"
    MISSING_UP_TO = "and those up to {last} are missing"
    BEFORE_FIRST = "line {line} was inserted before line 1"
    DOES_NOT_FOLLOW = "does not follow the line before it"
    CHANGED = "was changed"
    LOST = "lost its personal part"
    ERASED_IN_PART = "was erased in part"
    ERASED_WITHOUT_LINE = "is erased, and no line says so"
    CLOSING_FORGED = "closes lines without a valid signature or names other lines"
    CLOSED_TOO_EARLY = "closes lines whose term had not ended, such as line {line}"
    CANNOT_BE_DECRYPTED = "has a personal part that cannot be decrypted"
    ANOTHER = "has another personal part than it had"
    NOT_FOUND = "cannot be found by its person"
    NO_LINE = "has a personal part but no line"
    NOT_SEALED = "is not what was sealed on {day}"
    SEALED_AND_MISSING = "is missing: it was sealed on {day}"
    NOT_ANCHORED = "is not what was anchored on {day}"
    ANCHORED_AND_MISSING = "is missing: it was anchored on {day}"
    FOREIGN_SEAL = "has a seal of {day} that its key did not make"
    UNKNOWN_KEY = "was written under the key “{key}”, which is unknown"
    RESTORED = "was erased and has a personal part again"
    ROW_GONE = "has lost its row or its personal part, and no link says so"
    ROW_CHANGED = "has a row that was changed"
    ROW_FORGED = "has a row that no key of the service wrote"
    ROW_NOT_CHAINED = "row {row} of {table} was inserted behind the chain"
    TRIGGER_MISSING = "the trigger {name} is missing"
    TRIGGER_CHANGED = "the trigger {name} was changed"
    TRIGGER_DISABLED = "the trigger {name} is disabled"
    TRIGGER_UNKNOWN = "the trigger {name} is unknown"
    FUNCTION_CHANGED = "the function {name} was changed"
    RULE_UNKNOWN = "the rule {name} is unknown"
    SEAL_MISSING = "seal {seal} is missing"
    SEAL_MISSING_ANCHORED = "seal {seal} is missing: it was anchored on {day}"
    SEAL_CHANGED = "seal {seal} is not the one anchored on {day}"
    SEAL_UNTRIGGERED = "seal {seal} was made without all triggers"
    ANCHOR_LOST = "seal {seal} has lost its anchor"
    ANCHOR_FORGED = "the anchor {name} is damaged or forged"
    ANCHORS_UNREADABLE = "the anchors cannot be read"
    EARLIER = "{sentence}"
    """A fault that a version before 0.8 stored as its English sentence."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and the number of its line or link; 0 for triggers, seals and anchors."""

    number: int
    kind: FaultKind
    values: Mapping[str, str | int] = field(default_factory=dict)
    """The placeholders of the sentences."""
    chain: str = LEDGER

    @property
    def sentence(self) -> str:
        """Return the English sentence for the command line, to follow the line's number."""
        return self.kind.value.format_map(self.values)

    @property
    def place(self) -> str:
        """Return the chain and number for the command line; empty for what has none."""
        if not self.number:
            return ""
        return f"{'line' if self.chain == LEDGER else f'{self.chain} link'} {self.number} "

    @property
    def text(self) -> str:
        """Return the Chinese sentence for pages, to follow the line's number."""
        return text(f"ledger.faults.{self.kind.name.lower()}", **self.values)

    def stored(self) -> list[Any]:
        """Return the fault as it is stored in JSON."""
        return [self.number, self.kind.name, self.values, self.chain]


class Faults:
    """The faults found so far, as many as the memory shall hold."""

    def __init__(self) -> None:
        self._found: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add one."""
        if len(self._found) <= 10 * MOST_FAULTS:
            self._found.append(fault)

    def first(self) -> tuple[Fault, ...]:
        """Return at most fifty, by chain and number."""
        order = {fault.chain: place for place, fault in enumerate(reversed(self._found))}
        by_place = sorted(self._found, key=lambda one: (-order[one.chain], one.number))
        return tuple(by_place[:MOST_FAULTS])


def of_stored(
    number: int,
    kind: str,
    values: Mapping[str, str | int] | None = None,
    chain: str = LEDGER,
) -> Fault:
    """Read a stored fault; without values ``kind`` is the sentence of an earlier version."""
    if values is None:
        return Fault(number, FaultKind.EARLIER, {"sentence": kind})
    return Fault(number, FaultKind[kind], values, chain)
