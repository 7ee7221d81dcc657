"""What is chained besides the ledger: rows of other tables, read as a link's hash covers them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from config import Settings
from miniprogram_api.ledger import decision_records
from miniprogram_api.ledger.lines import canonical
from models.desks import stamps
from models.desks.audit import AuditEntry
from models.desks.links import AuditLink, ChainLink, DecisionLink
from models.desks.tickets import TicketEvent
from models.matters.decisions import Decision
from models.storage.database import database, instant
from models.storage.fields import DecryptionFailed, EncryptedField, keys


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source."""

    id: int
    content: bytes
    """All that is kept for good, in its canonical form."""
    personal: str | None = field(default=None, repr=False)
    """What a lawful erasure removes; None where there is none, or none any more."""
    is_readable: bool = True
    """Whether the personal part can be decrypted."""
    is_stamped: bool = True
    """Whether it says by which key of the service it was written."""
    is_genuine: bool = True
    """Whether that is so; judged with settings alone, and true without a stamp."""


@dataclass(frozen=True, slots=True)
class Source:
    """A table whose rows are chained."""

    table: Any
    _read: Callable[[Any, Settings | None], list[Row]]

    @property
    def name(self) -> str:
        """Return the name of the table."""
        return str(self.table._meta.table_name)

    def read(self, query: Any, settings: Settings | None = None) -> list[Row]:
        """Read the rows of a query; with ``settings`` judge who wrote them."""
        return self._read(query, settings)

    def rows(self, ids: Collection[int], settings: Settings) -> dict[int, Row]:
        """Return id → row of those that exist."""
        query = self.table.select().where(self.table.id.in_(list(ids)))
        return {row.id: row for row in self.read(query, settings)}


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of links over the rows of its sources."""

    name: str
    """A key of ``ledger.chains``."""
    links: type[ChainLink]
    sources: tuple[Source, ...]
    most_unsealed: int
    """Links after which a seal is made on the same day, too."""
    salted: bool = False
    """Whether rows have a personal part, whose salt is in ``DecisionSalt``."""


def _decisions(query: Any, settings: Settings | None) -> list[Row]:
    kept = [one for one in Decision._meta.sorted_fields if one is not Decision.note]
    names = [one.name for one in kept]
    rows = []
    for *values, note in database.execute(query.select(*kept, Decision.note)):
        decision = Decision(**dict(zip(names, values, strict=True)))
        decision.at = instant(decision.at)
        decision.typed_name = bool(decision.typed_name)
        signed = [decision.signature, decision.public_key]
        content = canonical([decision_records.canonical(decision).decode(), *signed])
        rows.append(
            Row(
                decision.id,
                content.encode(),
                *_personal(note, Decision.note),
                is_stamped=decision.signature is not None,
                is_genuine=settings is None or decision_records.is_genuine(settings, decision),
            )
        )
    return rows


def _ticket_steps(query: Any, settings: Settings | None) -> list[Row]:
    step = TicketEvent
    columns = (step.id, step.ticket, step.at, step.state, step.actor, step.action)
    return [
        Row(
            row_id,
            canonical(values).encode(),
            *_personal(note, step.note),
            is_stamped=stamp is not None,
            is_genuine=_is_stamped(settings, stamp, step, values),
        )
        for row_id, *values, stamp, note in database.execute(
            query.select(*columns, step.stamp, step.note)
        )
    ]


def _audit_lines(query: Any, settings: Settings | None) -> list[Row]:
    line = AuditEntry
    columns = (line.id, line.at, line.tag, line.actor, line.account_id, line.details, line.stamp)
    return [
        Row(
            row_id,
            canonical(values).encode(),
            is_stamped=stamp is not None,
            is_genuine=_is_stamped(settings, stamp, line, values),
        )
        for row_id, *values, stamp in database.execute(query.select(*columns))
    ]


def _is_stamped(
    settings: Settings | None, stamp: str | None, table: Any, values: list[Any]
) -> bool:
    if settings is None or stamp is None:
        return True
    return stamps.is_genuine(stamp, table._meta.table_name, *values)


def _personal(stored: Any, column: EncryptedField) -> tuple[str | None, bool]:
    """Return the plain text, and whether there is one or nothing to decrypt."""
    if stored is None:
        return None, True
    try:
        return keys().decrypt(bytes(stored), column.context), True
    except DecryptionFailed:
        return None, False


DECISIONS = Chain(
    "decisions",
    DecisionLink,
    (Source(Decision, _decisions), Source(TicketEvent, _ticket_steps)),
    most_unsealed=1_000,
    salted=True,
)
AUDIT = Chain("audit", AuditLink, (Source(AuditEntry, _audit_lines),), most_unsealed=20_000)
CHAINS = (DECISIONS, AUDIT)
"""The chains of links; that of the ledger's own lines is in ``lines``."""
