"""Verification of the whole ledger: finds changed, removed and inserted lines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from config import Settings
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.ledger.faults import Fault, FaultKind
from miniprogram_api.ledger.seals import Seal
from models.desks import ledger as table
from models.desks import ledger_keys, ledger_triggers
from models.desks.ledger import LedgerDetail, Stored
from models.storage.fields import DecryptionFailed, KeyRing, keys

MOST_FAULTS = 50
PROGRESS_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Number of checked lines, of erased lines, of seals and of anchors, and all faults."""

    lines: int
    erased: int
    seals: int
    anchors: int
    faults: tuple[Fault, ...]


def verify(settings: Settings, progress: Callable[[int], None] | None = None) -> Verdict:
    """Recompute every hash, personal parts included; check triggers, seals and anchors.

    ``progress`` gets the number of checked lines, every 5,000. Without anchors, lines removed from
    the end together with their seals are not detectable.
    """
    checker = _Checker(keys())
    for part, trouble, name in ledger_triggers.faults():
        checker.note(0, FaultKind[f"{part}_{trouble}"], name=name)
    # In this order, because each anchor is of a seal, and each seal of a line.
    carried = ledger_anchors.carried_to_directory()
    outside = _anchors(settings, checker)
    seals = ledger_seals.all_seals()[::-1]
    given_up = _check_seals(settings, checker, seals)
    if outside is not None:
        outside = {n: seal for n, seal in outside.items() if n not in given_up}
        _check_anchors(checker, seals, outside, carried, given_up)
    expected = _Expected(seals, outside or {})
    number, previous, lines = 0, ledger.BEGINNING, 0
    for stored in table.walk():
        if stored.line.number < 1:
            checker.note(0, FaultKind.BEFORE_FIRST, line=stored.line.number)
            continue
        if stored.line.number != number + 1:
            _note_missing(checker, number + 1, stored.line.number - 1)
        elif stored.line.previous_hash != previous:
            checker.note(stored.line.number, FaultKind.DOES_NOT_FOLLOW)
        checker.check(stored)
        number, previous, lines = stored.line.number, stored.hash, lines + 1
        expected.check(checker, number, previous)
        if progress is not None and lines % PROGRESS_EVERY == 0:
            progress(lines)
    checker.finish()
    expected.finish(checker)
    for orphan in table.numbers_without_line():
        checker.note(orphan, FaultKind.NO_LINE)
    faults = sorted(checker.faults, key=lambda fault: fault.number)[:MOST_FAULTS]
    return Verdict(lines, len(checker.erased), len(seals), len(outside or {}), tuple(faults))


class _Witness(NamedTuple):
    """When a hash was kept, and what is wrong if the line differs or is missing."""

    day: str
    if_other: FaultKind
    if_missing: FaultKind


class _Expected:
    """The hashes that seals and anchors hold of some lines."""

    def __init__(self, seals: list[Seal], outside: dict[int, Seal]) -> None:
        self._hashes: dict[int, dict[bytes, _Witness]] = {}
        for seal in seals:
            self._add(seal, FaultKind.NOT_SEALED, FaultKind.SEALED_AND_MISSING)
        for seal in outside.values():
            self._add(seal, FaultKind.NOT_ANCHORED, FaultKind.ANCHORED_AND_MISSING)

    def _add(self, seal: Seal, if_other: FaultKind, if_missing: FaultKind) -> None:
        if seal.number:
            witness = _Witness(_day(seal), if_other, if_missing)
            self._hashes.setdefault(seal.number, {}).setdefault(seal.hash, witness)

    def check(self, checker: "_Checker", number: int, line_hash: bytes) -> None:
        """Note where a line has another hash, and forget its number."""
        for expected, witness in self._hashes.pop(number, {}).items():
            if expected != line_hash:
                checker.note(number, witness.if_other, day=witness.day)

    def finish(self, checker: "_Checker") -> None:
        """Note the numbers that were not walked."""
        for number, witnesses in self._hashes.items():
            for witness in witnesses.values():
                checker.note(number, witness.if_missing, day=witness.day)


class _Checker:
    """Checks one line after the other and collects the faults."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self.faults: list[Fault] = []
        self.erased: set[int] = set()
        self._recorded_as_erased: set[int] = set()

    def note(self, number: int, kind: FaultKind, **values: str | int) -> None:
        # Bounds the memory.
        if len(self.faults) <= 10 * MOST_FAULTS:
            self.faults.append(Fault(number, kind, values))

    def check(self, stored: Stored) -> None:
        line = stored.line
        if not ledger_keys.known(line.key_id):
            self.note(line.number, FaultKind.UNKNOWN_KEY, key=line.key_id)
        elif ledger.line_hash(line) != stored.hash:
            self.note(line.number, FaultKind.CHANGED)
        elif line.action == "erased" and line.about_number is not None:
            self._recorded_as_erased.add(line.about_number)
        if stored.detail is None:
            self.note(line.number, FaultKind.LOST)
        elif stored.salt is None or stored.content is None:
            if stored.salt or stored.content or stored.id_number or stored.identity_index:
                self.note(line.number, FaultKind.ERASED_IN_PART)
            self.erased.add(line.number)
        else:
            self._check_person(stored, stored.salt, stored.content)

    def finish(self) -> None:
        for number in sorted(self.erased - self._recorded_as_erased):
            self.note(number, FaultKind.ERASED_WITHOUT_LINE)
        # Read again: a line may have been erased after it was checked.
        for stored in table.by_numbers(list(self._recorded_as_erased - self.erased)):
            if stored.salt is not None:
                self.note(stored.line.number, FaultKind.RESTORED)

    def _check_person(self, stored: Stored, salt: bytes, content: bytes) -> None:
        number = stored.line.number
        id_number = None
        try:
            text = self._ring.decrypt(content, LedgerDetail.content.context)
            if stored.id_number is not None:
                id_number = self._ring.decrypt(stored.id_number, LedgerDetail.id_number.context)
        except DecryptionFailed:
            self.note(number, FaultKind.CANNOT_BE_DECRYPTED)
            return
        if ledger.personal_hash(salt, id_number, text) != stored.line.personal_hash:
            self.note(number, FaultKind.ANOTHER)
        if not self._is_indexed(id_number, stored.identity_index):
            self.note(number, FaultKind.NOT_FOUND)

    def _is_indexed(self, id_number: str | None, index: bytes | None) -> bool:
        if id_number is None or index is None:
            return id_number is None and index is None
        return index in self._ring.digests(id_number, LedgerDetail.identity_index.context)


def _anchors(settings: Settings, checker: _Checker) -> dict[int, Seal] | None:
    """Return the anchors by sequence; None where none are configured or none can be read."""
    try:
        outside = ledger_anchors.read(settings)
    except OSError:
        checker.note(0, FaultKind.ANCHORS_UNREADABLE)
        return None
    if outside is None:
        return None
    for name in outside.forged:
        checker.note(0, FaultKind.ANCHOR_FORGED, name=name)
    return outside.seals


def _check_seals(settings: Settings, checker: _Checker, seals: list[Seal]) -> set[int]:
    """Check the seals, oldest first; return the sequences that accepted restores gave up."""
    genuine = [seal for seal in seals if ledger_seals.is_genuine(settings, seal)]
    given_up = {number for seal in genuine for number in seal.given_up}
    for seal in seals:
        if seal not in genuine:
            checker.note(seal.number, FaultKind.FOREIGN_SEAL, day=_day(seal))
    before, known = 0, given_up | {seal.sequence for seal in seals}
    for seal in genuine:
        for missing in sorted({*range(before + 1, seal.sequence)} - known):
            checker.note(0, FaultKind.SEAL_MISSING, seal=missing)
        if seal.trigger_faults:
            checker.note(0, FaultKind.SEAL_UNTRIGGERED, seal=seal.sequence)
        before = seal.sequence
    return given_up


def _check_anchors(
    checker: _Checker,
    seals: list[Seal],
    outside: dict[int, Seal],
    carried: int,
    given_up: set[int],
) -> None:
    own = {seal.sequence: seal for seal in seals}
    for sequence, seal in outside.items():
        if sequence not in own:
            checker.note(0, FaultKind.SEAL_MISSING_ANCHORED, seal=sequence, day=_day(seal))
        elif own[sequence] != seal:
            checker.note(0, FaultKind.SEAL_CHANGED, seal=sequence, day=_day(seal))
    for sequence in sorted(own.keys() - outside.keys() - given_up):
        if sequence <= carried:
            checker.note(0, FaultKind.ANCHOR_LOST, seal=sequence)


def _day(seal: Seal) -> str:
    return f"{seal.sealed_at:%Y-%m-%d}"


def _note_missing(checker: _Checker, first: int, last: int) -> None:
    if first == last:
        checker.note(first, FaultKind.MISSING)
    else:
        checker.note(first, FaultKind.MISSING_UP_TO, last=last)
