"""Looking through the whole ledger: any line changed, taken out or put in is named."""

from collections.abc import Callable
from dataclasses import dataclass

from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import seals as ledger_seals
from models.desks import ledger as table
from models.desks.ledger import LedgerDetail, Stored
from models.storage.fields import DecryptionFailed, KeyRing, keys

# Whoever has to look at more than this looks at everything.
MOST_FAULTS = 50
TOLD_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and at which line."""

    number: int
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many lines were looked at, how many are erased, and everything that is wrong."""

    lines: int
    erased: int
    seals: int
    faults: tuple[Fault, ...]


def verify(public_key: bytes, progress: Callable[[int], None] | None = None) -> Verdict:
    """Recompute every hash, personal parts included, and compare the seals with their key's half.

    ``progress`` gets how many lines were looked at, every 5,000.
    Only lines taken off the end after the last seal cannot be seen in the database alone; an
    exported seal of a later line shows it (``ledger_seals.agrees``).
    """
    look = _Look(keys())
    expected, previous, lines = 1, ledger.BEGINNING, 0
    seals = {seal.number: seal for seal in table.LedgerSeal.select()}
    sealed = list(seals.values())
    for stored in table.walk():
        number = stored.line.number
        if number != expected:
            look.note(expected, _missing(expected, number))
        elif stored.line.previous_hash != previous:
            look.note(number, "does not follow the line before it")
        look.at(stored)
        seal = seals.pop(number, None)
        if seal is not None and bytes(seal.hash) != stored.hash:
            look.note(number, f"is not what was sealed for {seal.month}")
        lines += 1
        if progress is not None and lines % TOLD_EVERY == 0:
            progress(lines)
        expected, previous = number + 1, stored.hash
    look.finish()
    for number, seal in seals.items():
        look.note(number, f"is missing: it was sealed for {seal.month}")
    for number in table.numbers_without_line():
        look.note(number, "has a personal part but no line")
    for seal in sealed:
        if bytes(seal.public_key) != public_key or not ledger_seals.is_genuine(
            ledger_seals.of_row(seal)
        ):
            look.note(seal.number, f"has a seal for {seal.month} that its key did not make")
    found = sorted(look.faults, key=lambda fault: fault.number)[:MOST_FAULTS]
    return Verdict(lines, len(look.erased), len(sealed), tuple(found))


class _Look:
    """Looks at one line after the other and keeps what is wrong."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self.faults: list[Fault] = []
        self.erased: set[int] = set()
        self._said_to_be_erased: set[int] = set()

    def note(self, number: int, what: str) -> None:
        # More faults than are shown tell nothing more, and must not fill the memory.
        if len(self.faults) <= 10 * MOST_FAULTS:
            self.faults.append(Fault(number, what))

    def at(self, stored: Stored) -> None:
        line = stored.line
        if ledger.line_hash(line) != stored.hash:
            self.note(line.number, "was changed")
        if line.action == "erased" and line.about_number is not None:
            self._said_to_be_erased.add(line.about_number)
        if stored.detail is None:
            self.note(line.number, "lost its personal part")
        elif stored.salt is None or stored.content is None:
            if stored.salt or stored.content or stored.id_number or stored.identity_index:
                self.note(line.number, "was erased in part")
            self.erased.add(line.number)
        else:
            self._at_person(stored, stored.salt, stored.content)

    def finish(self) -> None:
        for number in sorted(self.erased - self._said_to_be_erased):
            self.note(number, "is erased, and no line says so")

    def _at_person(self, stored: Stored, salt: bytes, content: bytes) -> None:
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
        if not self._is_found(id_number, stored.identity_index):
            self.note(number, "cannot be found by its person")

    def _is_found(self, id_number: str | None, index: bytes | None) -> bool:
        if id_number is None or index is None:
            return id_number is None and index is None
        return index in self._ring.digests(id_number, LedgerDetail.identity_index.context)


def _missing(expected: int, found: int) -> str:
    return "is missing" if found == expected + 1 else f"and those up to {found - 1} are missing"
