"""Verification of the whole ledger: finds changed, removed and inserted lines."""

from collections.abc import Callable
from dataclasses import dataclass

from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import seals as ledger_seals
from models.desks import ledger as table
from models.desks.ledger import LedgerDetail, Stored
from models.storage.fields import DecryptionFailed, KeyRing, keys

MOST_FAULTS = 50
PROGRESS_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and the number of its line."""

    number: int
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Number of checked lines, of erased lines and of seals, and all faults."""

    lines: int
    erased: int
    seals: int
    faults: tuple[Fault, ...]


def verify(public_key: bytes, progress: Callable[[int], None] | None = None) -> Verdict:
    """Recompute every hash, personal parts included, and check the seals.

    ``progress`` gets the number of checked lines, every 5,000. Lines removed from the end after the
    last seal are not detectable in the database alone; an exported seal of a later line shows it
    (``ledger_seals.mismatch``).
    """
    checker = _Checker(keys())
    expected, previous, lines = 1, ledger.BEGINNING, 0
    seals = {seal.number: seal for seal in table.LedgerSeal.select()}
    sealed = list(seals.values())
    for stored in table.walk():
        number = stored.line.number
        if number != expected:
            checker.note(expected, _missing(expected, number))
        elif stored.line.previous_hash != previous:
            checker.note(number, "does not follow the line before it")
        checker.check(stored)
        seal = seals.pop(number, None)
        if seal is not None and bytes(seal.hash) != stored.hash:
            checker.note(number, f"is not what was sealed for {seal.month}")
        lines += 1
        if progress is not None and lines % PROGRESS_EVERY == 0:
            progress(lines)
        expected, previous = number + 1, stored.hash
    checker.finish()
    for number, seal in seals.items():
        checker.note(number, f"is missing: it was sealed for {seal.month}")
    for number in table.numbers_without_line():
        checker.note(number, "has a personal part but no line")
    for seal in sealed:
        if bytes(seal.public_key) != public_key or not ledger_seals.is_genuine(
            ledger_seals.of_row(seal)
        ):
            checker.note(seal.number, f"has a seal for {seal.month} that its key did not make")
    found = sorted(checker.faults, key=lambda fault: fault.number)[:MOST_FAULTS]
    return Verdict(lines, len(checker.erased), len(sealed), tuple(found))


class _Checker:
    """Checks one line after the other and collects the faults."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self.faults: list[Fault] = []
        self.erased: set[int] = set()
        self._recorded_as_erased: set[int] = set()

    def note(self, number: int, what: str) -> None:
        # Bounds the memory.
        if len(self.faults) <= 10 * MOST_FAULTS:
            self.faults.append(Fault(number, what))

    def check(self, stored: Stored) -> None:
        line = stored.line
        if ledger.line_hash(line) != stored.hash:
            self.note(line.number, "was changed")
        if line.action == "erased" and line.about_number is not None:
            self._recorded_as_erased.add(line.about_number)
        if stored.detail is None:
            self.note(line.number, "lost its personal part")
        elif stored.salt is None or stored.content is None:
            if stored.salt or stored.content or stored.id_number or stored.identity_index:
                self.note(line.number, "was erased in part")
            self.erased.add(line.number)
        else:
            self._check_person(stored, stored.salt, stored.content)

    def finish(self) -> None:
        for number in sorted(self.erased - self._recorded_as_erased):
            self.note(number, "is erased, and no line says so")

    def _check_person(self, stored: Stored, salt: bytes, content: bytes) -> None:
        number = stored.line.number
        id_number = None
        try:
            text = self._ring.decrypt(content, LedgerDetail.content.context)
            if stored.id_number is not None:
                id_number = self._ring.decrypt(stored.id_number, LedgerDetail.id_number.context)
        except DecryptionFailed:
            self.note(number, "has a personal part that cannot be decrypted")
            return
        if ledger.personal_hash(salt, id_number, text) != stored.line.personal_hash:
            self.note(number, "has another personal part than it had")
        if not self._is_indexed(id_number, stored.identity_index):
            self.note(number, "cannot be found by its person")

    def _is_indexed(self, id_number: str | None, index: bytes | None) -> bool:
        if id_number is None or index is None:
            return id_number is None and index is None
        return index in self._ring.digests(id_number, LedgerDetail.identity_index.context)


def _missing(expected: int, found: int) -> str:
    return "is missing" if found == expected + 1 else f"and those up to {found - 1} are missing"
