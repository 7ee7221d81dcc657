"""The order of a chain: numbers without a gap, each with its predecessor's hash."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from miniprogram_api.ledger.faults import Fault, FaultKind, Faults
from miniprogram_api.ledger.lines import BEGINNING
from miniprogram_api.ledger.seals import Seal

PROGRESS_EVERY = 5_000


class Step(NamedTuple):
    """A line or link as its chain sees it."""

    number: int
    previous_hash: bytes
    hash: bytes


class Checker(Protocol):
    """Checks what is in the lines or links of one chain, beside their order."""

    chain: str
    erased: set[int]

    def steps(self) -> Iterator[Step]:
        """Yield all by number."""

    def finish(self) -> None:
        """Check what only the whole chain tells."""


def walk(
    checker: Checker, expected: "Expected", faults: Faults, progress: Callable[[int], None]
) -> int:
    """Walk one chain and collect its faults; return its length.

    ``progress`` gets the number of steps, every 5,000.
    """

    def note(number: int, kind: FaultKind, **values: str | int) -> None:
        faults.add(Fault(number, kind, values, checker.chain))

    number, previous, count = 0, BEGINNING, 0
    for step in checker.steps():
        if step.number < 1:
            note(0, FaultKind.BEFORE_FIRST, line=step.number)
            continue
        if step.number != number + 1:
            _note_missing(note, number + 1, step.number - 1)
        elif step.previous_hash != previous:
            note(step.number, FaultKind.DOES_NOT_FOLLOW)
        number, previous, count = step.number, step.hash, count + 1
        expected.check(note, number, previous)
        if count % PROGRESS_EVERY == 0:
            progress(count)
    checker.finish()
    expected.finish(note)
    return count


class _Witness(NamedTuple):
    """When a hash was kept, and what is wrong if the step differs or is missing."""

    day: str
    if_other: FaultKind
    if_missing: FaultKind


class Expected:
    """The hashes that seals and anchors hold of some steps of one chain."""

    def __init__(self, chain: str, seals: list[Seal], outside: dict[int, Seal]) -> None:
        self._chain = chain
        self._hashes: dict[int, dict[bytes, _Witness]] = {}
        for seal in seals:
            self._add(seal, FaultKind.NOT_SEALED, FaultKind.SEALED_AND_MISSING)
        for seal in outside.values():
            self._add(seal, FaultKind.NOT_ANCHORED, FaultKind.ANCHORED_AND_MISSING)

    def _add(self, seal: Seal, if_other: FaultKind, if_missing: FaultKind) -> None:
        head = seal.head_of(self._chain)
        if head is not None and head.number:
            witness = _Witness(day_of(seal), if_other, if_missing)
            self._hashes.setdefault(head.number, {}).setdefault(head.hash, witness)

    def check(self, note: Callable[..., None], number: int, step_hash: bytes) -> None:
        """Note where a step has another hash, and forget its number."""
        for expected, witness in self._hashes.pop(number, {}).items():
            if expected != step_hash:
                note(number, witness.if_other, day=witness.day)

    def finish(self, note: Callable[..., None]) -> None:
        """Note the numbers that were not walked."""
        for number, witnesses in self._hashes.items():
            for witness in witnesses.values():
                note(number, witness.if_missing, day=witness.day)


def day_of(seal: Seal) -> str:
    """Return the day of a seal as faults name it."""
    return f"{seal.sealed_at:%Y-%m-%d}"


def _note_missing(note: Callable[..., None], first: int, last: int) -> None:
    if first == last:
        note(first, FaultKind.MISSING)
    else:
        note(first, FaultKind.MISSING_UP_TO, last=last)
