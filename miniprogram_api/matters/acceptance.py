"""Look up, accept and withdraw the matters of one maker, each in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import structlog

from miniprogram_api import audit
from miniprogram_api.matter_lines import changes, finding
from miniprogram_api.matter_lines.integrity import EVIDENCE_MISSING
from miniprogram_api.matters import views
from miniprogram_api.matters.views import MatterView
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import text, word
from miniprogram_api.tickets import districts, opening, tickets
from miniprogram_api.tickets.opening import Opening
from models.desks import tickets as ticket_table
from models.matters.matters import Line, Matter
from models.storage.database import transaction

ACTOR = "service"

log = structlog.get_logger("matters")


def show(services: Services, matter_id: str, *, maker: str) -> MatterView:
    """Return a matter of this maker. Raises Refused NOT_FOUND."""
    return views.of_matter(services, finding.matter(matter_id, maker=maker))


def accept(
    services: Services, matter_id: str, version: int, *, maker: str, actor: str
) -> tuple[Matter, Sequence[Line]]:
    """Accept a matter of this maker and return it with its lines; as ``changes.accept``."""
    finding.matter(matter_id, maker=maker)
    with losing_unproved(services, matter_id), transaction():
        lines = changes.accept(services, matter_id, version, actor=actor)
    return finding.matter(matter_id), lines


def withdraw(matter_id: str, reason: str | None, *, maker: str, actor: str) -> Matter:
    """Withdraw a matter of this maker; as ``changes.withdraw``."""
    finding.matter(matter_id, maker=maker)
    with transaction():
        return changes.withdraw(matter_id, reason, actor=actor)


@contextmanager
def losing_unproved(services: Services, matter_id: str) -> Iterator[None]:
    """Lose the lines for whose missing evidence an acceptance inside was refused.

    The refusal rolls its own transaction back, so the loss, the alarm and the centre's ticket
    follow in another one: this goes around the outermost transaction.
    """
    try:
        yield
    except Refused as refused:
        if refused.reason is Reason.MATTER_NOT_READY and any(
            line["reason"] == EVIDENCE_MISSING for line in refused.details["lines"]
        ):
            # Another version came between, which the next acceptance judges.
            with suppress(Refused):
                _lose_unproved(services, matter_id)
        raise


def _lose_unproved(services: Services, matter_id: str) -> None:
    with transaction():
        lost = changes.lose_unproved(services, matter_id)
        if not lost:
            return
        audit.write("matter:evidence:missing", actor=ACTOR, matter=matter_id, lines=len(lost))
        _open_ticket(finding.matter(matter_id), lost)
    log.error("matter_evidence_missing", matter=matter_id, lines=len(lost))


def _open_ticket(matter: Matter, lost: Sequence[Line]) -> None:
    """Tell the centre, once a matter until the ticket is ended."""
    opening.insert(
        Opening(
            kind=tickets.EVIDENCE,
            source="service",
            description=text(
                "matters.evidence_missing",
                number=matter.number,
                subject=matter.subject_name,
                kind=word("sheets.kinds", matter.kind),
                count=len(lost),
            ),
            facts={"matter": matter.public_id},
            window_id=matter.office_id,
            district=districts.served(matter.district),
        ),
        f"{tickets.EVIDENCE}:{matter.public_id}",
        actor=ACTOR,
        state=ticket_table.WITH_CENTRE,
    )


def evidence_tickets() -> int:
    """Count the unfinished tickets about missing evidence, for the alarm."""
    is_open = ticket_table.Ticket.state.in_(ticket_table.UNFINISHED)
    of_kind = ticket_table.Ticket.kind == tickets.EVIDENCE
    return int(ticket_table.Ticket.select().where(of_kind & is_open).count())
