"""Check the lines of the ledger and the links of the other chains one by one."""

import json
from collections.abc import Iterator

from config import Settings
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import links
from miniprogram_api.ledger.faults import LEDGER, Fault, FaultKind, Faults
from miniprogram_api.ledger.signing import LEAST_YEARS, TERM_ENDED, YEAR_MS, read_closing
from miniprogram_api.ledger.sources import Chain, Row
from miniprogram_api.ledger.steps import Step
from models.desks import ledger as line_table
from models.desks import ledger_keys
from models.desks import links as link_table
from models.desks.ledger import LedgerDetail, Stored
from models.desks.links import ERASED, Link, StoredLink
from models.storage.fields import DecryptionFailed, KeyRing


class LineChecker:
    """Checks the ledger's lines in their order; ``erased`` are those without a personal part."""

    chain = LEDGER

    def __init__(self, settings: Settings, ring: KeyRing, faults: Faults) -> None:
        self._settings, self._ring = settings, ring
        self._faults = faults
        self.erased: set[int] = set()
        self._recorded_as_erased: set[int] = set()
        self._written: dict[int, tuple[int, bytes]] = {}
        """Time and hash of the erased lines."""
        self._closings: dict[int, tuple[int, str]] = {}
        """Time and content of the lines that close others."""

    def steps(self) -> Iterator[Step]:
        """Yield all lines by number, each checked when the next one is asked for."""
        for stored in line_table.walk():
            yield Step(stored.line.number, stored.line.previous_hash, stored.hash)
            if stored.line.number > 0:
                self._check(stored)

    def finish(self) -> None:
        """Compare the erased lines with the lines that record erasures and ends of terms."""
        for number, (at, content) in self._closings.items():
            self._check_closing(number, at, content)
        for number in sorted(self.erased - self._recorded_as_erased):
            self._note(number, FaultKind.ERASED_WITHOUT_LINE)
        # Read again: a line may have been erased after it was checked.
        for stored in line_table.by_numbers(list(self._recorded_as_erased - self.erased)):
            if stored.salt is not None:
                self._note(stored.line.number, FaultKind.RESTORED)
        for orphan in line_table.numbers_without_line():
            self._note(orphan, FaultKind.NO_LINE)

    def _note(self, number: int, kind: FaultKind, **values: str | int) -> None:
        self._faults.add(Fault(number, kind, values))

    def _check(self, stored: Stored) -> None:
        line = stored.line
        if not ledger_keys.known(line.key_id):
            self._note(line.number, FaultKind.UNKNOWN_KEY, key=line.key_id)
        elif ledger.line_hash(line) != stored.hash:
            self._note(line.number, FaultKind.CHANGED)
        elif line.action == "erased" and line.about_number is not None:
            self._recorded_as_erased.add(line.about_number)
        if stored.detail is None:
            self._note(line.number, FaultKind.LOST)
        elif stored.salt is None or stored.content is None:
            if stored.salt or stored.content or stored.id_number or stored.identity_index:
                self._note(line.number, FaultKind.ERASED_IN_PART)
            self.erased.add(line.number)
            self._written[line.number] = line.at, stored.hash
            if line.action == TERM_ENDED:
                self._note(line.number, FaultKind.CLOSING_FORGED)
        else:
            self._check_person(stored, stored.salt, stored.content)

    def _check_closing(self, number: int, at: int, content: str) -> None:
        """Accept the lines of a genuine closing as erased, but for those that were not due."""
        closing = read_closing(self._settings, json.loads(content))
        if closing is None:
            self._note(number, FaultKind.CLOSING_FORGED)
            return
        numbers = closing.numbers
        _, last_hash = self._written.get(closing.last, (0, None))
        ends = (closing.first, closing.last, closing.count)
        if ends != (min(numbers), max(numbers), len(numbers)) or (
            last_hash is not None and last_hash.hex() != closing.last_hash
        ):
            self._note(number, FaultKind.CLOSING_FORGED)
            return
        is_short = closing.years < LEAST_YEARS or closing.before + closing.years * YEAR_MS > at
        early = {one for one in numbers if self._written.get(one, (0,))[0] >= closing.before}
        early = numbers if is_short else early
        if early:
            self._note(number, FaultKind.CLOSED_TOO_EARLY, line=min(early))
        self._recorded_as_erased |= numbers - early

    def _check_person(self, stored: Stored, salt: bytes, content: bytes) -> None:
        number = stored.line.number
        id_number = None
        try:
            text = self._ring.decrypt(content, LedgerDetail.content.context)
            if stored.id_number is not None:
                id_number = self._ring.decrypt(stored.id_number, LedgerDetail.id_number.context)
        except DecryptionFailed:
            self._note(number, FaultKind.CANNOT_BE_DECRYPTED)
            return
        if ledger.personal_hash(salt, id_number, text) != stored.line.personal_hash:
            self._note(number, FaultKind.ANOTHER)
        elif stored.line.action == TERM_ENDED:
            self._closings[number] = stored.line.at, text
        if not self._is_indexed(id_number, stored.identity_index):
            self._note(number, FaultKind.NOT_FOUND)

    def _is_indexed(self, id_number: str | None, index: bytes | None) -> bool:
        if id_number is None or index is None:
            return id_number is None and index is None
        return index in self._ring.digests(id_number, LedgerDetail.identity_index.context)


class LinkChecker:
    """Checks a chain's links in their order; ``erased`` are those whose row lost a part."""

    def __init__(self, settings: Settings, chain: Chain, faults: Faults) -> None:
        self.chain = chain.name
        self._settings, self._of, self._faults = settings, chain, faults
        self.erased: set[int] = set()
        self._recorded_as_erased: set[int] = set()
        self._still_there: set[int] = set()
        self._stamped: set[str] = set()
        """Sources that stamp their rows from some link on."""

    def steps(self) -> Iterator[Step]:
        """Yield all links by number, each checked when the next one is asked for."""
        for batch in link_table.walk(self._of.links):
            rows = self._rows_of(batch)
            salts = link_table.salts([one.link.number for one in batch]) if self._of.salted else {}
            for stored in batch:
                link = stored.link
                yield Step(link.number, link.previous_hash, stored.hash)
                if link.number > 0:
                    self._check(stored, rows.get((link.source, link.row_id)), salts)

    def finish(self) -> None:
        """Compare what is erased with its records, and find rows inserted behind the chain."""
        for number in sorted(self.erased - self._recorded_as_erased):
            self._note(number, FaultKind.ROW_GONE)
        for number in sorted(self._recorded_as_erased & self._still_there):
            self._note(number, FaultKind.RESTORED)
        for source, row_id in links.unchained(self._of):
            self._note(0, FaultKind.ROW_NOT_CHAINED, table=source.name, row=row_id)

    def _note(self, number: int, kind: FaultKind, **values: str | int) -> None:
        self._faults.add(Fault(number, kind, values, self.chain))

    def _rows_of(self, batch: list[StoredLink]) -> dict[tuple[str, int], Row]:
        found: dict[tuple[str, int], Row] = {}
        for source in self._of.sources:
            ids = [one.link.row_id for one in batch if one.link.source == source.name]
            rows = source.rows(ids, self._settings) if ids else {}
            found |= {(source.name, row_id): row for row_id, row in rows.items()}
        return found

    def _check(self, stored: StoredLink, row: Row | None, salts: dict[int, bytes | None]) -> None:
        link = stored.link
        if not ledger_keys.known(link.key_id):
            self._note(link.number, FaultKind.UNKNOWN_KEY, key=link.key_id)
        elif links.link_hash(self._of, link) != stored.hash:
            self._note(link.number, FaultKind.CHANGED)
        elif link.source == ERASED:
            self._recorded_as_erased.add(link.row_id)
        if link.source == ERASED:
            return
        if row is None:
            self.erased.add(link.number)
            return
        if links.content_hash(row.content) != link.content_hash:
            self._note(link.number, FaultKind.ROW_CHANGED)
        self._check_stamp(link.number, link.source, row)
        self._check_person(link, row, salts)

    def _check_stamp(self, number: int, source: str, row: Row) -> None:
        if row.is_stamped:
            self._stamped.add(source)
        if not row.is_genuine or (not row.is_stamped and source in self._stamped):
            self._note(number, FaultKind.ROW_FORGED)

    def _check_person(self, link: Link, row: Row, salts: dict[int, bytes | None]) -> None:
        if not row.is_readable:
            self._note(link.number, FaultKind.CANNOT_BE_DECRYPTED)
        elif link.personal_hash is None:
            if row.personal is not None:
                self._note(link.number, FaultKind.ANOTHER)
            self._still_there.add(link.number)
        elif row.personal is None:
            if salts.get(link.number) is not None:
                self._note(link.number, FaultKind.ERASED_IN_PART)
            self.erased.add(link.number)
        else:
            self._still_there.add(link.number)
            salt = salts.get(link.number)
            if salt is None or links.personal_hash(salt, row.personal) != link.personal_hash:
                self._note(link.number, FaultKind.ANOTHER)
