"""A matter as its maker sees it, and the receipts of a registration system."""

import json
from datetime import date, datetime

from miniprogram_api.answers import answer_class
from miniprogram_api.matter_lines import finding, guard
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.matters import matters as table
from models.matters.matters import Line, Matter
from models.registrars import RegistrarReceipt


@answer_class
class LineView:
    """One person in one post, without name and number."""

    line_id: str
    role: str
    state: str
    """``pending``, ``confirmed``, ``refused`` or ``lost``."""
    reason: str
    """``ok``, or why the line is not confirmed, refused or lost."""
    confirmed_by: str | None
    """``face``, ``ctid``, ``on_site`` or ``notarised``."""
    confirmed_at: datetime | None
    receipt: str | None
    invitation: str | None
    """``sent``, ``limit``, ``no_phone`` or ``failed``."""


@answer_class
class MatterView:
    """The present version of a matter; lines are in the order of the persons."""

    matter_id: str
    number: str
    version: int
    state: str
    """``waiting``, ``confirmed``, ``refused``, ``accepted``, ``withdrawn`` or ``expired``."""
    expires_at: datetime
    lines: tuple[LineView, ...]


@answer_class
class ReceiptView:
    """The answer of a query, or the confirmation of a line, by its number."""

    receipt: str
    matter: str
    """The system's own number."""
    matter_id: str | None
    """Null for the receipt of a query."""
    line_id: str | None
    role: str
    at: datetime
    """When it was asked or confirmed."""
    verified: bool
    """Whether the person was verified, or the line counts now."""
    verified_by: str | None
    """``switch``: the line was accepted by the switch, which held until ``authorized_until``."""
    level: int | None
    authorized_until: date | None
    reason: str


def of_matter(services: Services, matter: Matter) -> MatterView:
    """Return a matter with its present lines and their reasons."""
    lines = finding.lines(matter)
    known = guard.accounts_of(lines)
    return MatterView(
        matter.public_id,
        matter.number,
        matter.version,
        finding.state_now(matter),
        matter.expires_at,
        tuple(
            LineView(
                line.public_id,
                line.role,
                line.state,
                guard.reason_of(services.settings, line, known.get(line.document_number)),
                line.confirmed_by,
                line.confirmed_at,
                line.receipt,
                line.invitation,
            )
            for line in lines
        ),
    )


def receipt(key_id: str, number: str) -> ReceiptView:
    """Return a receipt of a system's own query or line. Raises Refused NOT_FOUND."""
    # PostgreSQL cannot compare with NUL.
    if not (number.isascii() and number.isalnum()):
        raise Refused(Reason.NOT_FOUND)
    query = RegistrarReceipt.get_or_none(
        (RegistrarReceipt.number == number) & (RegistrarReceipt.key == key_id)
    )
    if query is not None:
        answer = json.loads(query.answer)
        until = answer.pop("authorized_until")
        return ReceiptView(
            receipt=number,
            matter=query.matter,
            matter_id=None,
            line_id=None,
            role=query.role,
            at=query.asked_at,
            authorized_until=None if until is None else date.fromisoformat(until),
            **answer,
        )
    line = Line.select(Line, Matter).join(Matter).where(
        (Line.receipt == number) & (Matter.key == key_id)
    ).first()  # fmt: skip
    if line is None:
        raise Refused(Reason.NOT_FOUND)
    return _of_line(line)


def _of_line(line: Line) -> ReceiptView:
    matter: Matter = line.matter
    # An accepted line counts for good, also one that the switch stood for.
    is_accepted = matter.state == table.ACCEPTED
    counts = line.removed_in is None and (line.state == table.CONFIRMED or is_accepted)
    return ReceiptView(
        receipt=line.receipt or "",
        matter=matter.number,
        matter_id=matter.public_id,
        line_id=line.public_id,
        role=line.role,
        at=line.confirmed_at or matter.ended_at or matter.changed_at,
        verified=counts,
        verified_by="switch" if line.switch_until else line.confirmed_by,
        level=None,
        authorized_until=line.switch_until,
        reason=guard.OK if counts else line.reason or "pending",
    )
