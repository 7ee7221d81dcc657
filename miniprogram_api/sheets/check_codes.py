"""Check codes of sheets: find the record of a decision and verify its signature."""

import json
from dataclasses import dataclass
from datetime import datetime

from miniprogram_api import masking
from miniprogram_api.access import attempts
from miniprogram_api.ledger import decision_records
from miniprogram_api.matter_lines import finding
from miniprogram_api.services import Services
from models.matters.decisions import CONFIRMATION, Decision
from models.matters.matters import CONFIRMED, Line

LONGEST = 40
_LOOK_ALIKES = str.maketrans("ILO", "110")


@dataclass(frozen=True, slots=True)
class Verified:
    """A record as the page ``/verify/{code}`` shows it."""

    code: str
    subject: str
    matter_kind: str
    matter_state: str
    roles: tuple[str, ...]
    name: str
    """Masked."""
    is_confirmation: bool
    way: str
    at: datetime
    is_genuine: bool
    """Whether the signature of the record holds."""
    counts: bool
    """Whether every line of a confirmation is still confirmed."""


def grouped(code: str) -> str:
    """Return a check code as it is printed, in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def canonical(typed: str) -> str:
    """Return a check code as it is stored, typed with or without hyphens, in any case."""
    code = "".join(character for character in typed[:LONGEST].upper() if character.isalnum())
    return code.translate(_LOOK_ALIKES)


def verify(services: Services, typed: str, *, address: str) -> Verified | None:
    """Find the record of a check code, typed with or without hyphens.

    Raises Refused TOO_MANY_ATTEMPTS for an address that looks up many.
    """
    settings = services.settings
    attempts.take(services, attempts.checks_from_address(settings, address), scope="checks")
    decision = Decision.get_or_none(Decision.code == canonical(typed))
    if decision is None:
        return None
    said = json.loads(decision.lines)
    lines = list(Line.select().where(Line.public_id.in_([one["line_id"] for one in said])))
    is_confirmation = decision.kind == CONFIRMATION
    return Verified(
        code=grouped(decision.code),
        subject=decision.matter.subject_name,
        matter_kind=decision.matter.kind,
        matter_state=finding.state_now(decision.matter),
        roles=tuple(dict.fromkeys(one["role"] for one in said)),
        name=masking.name(lines[0].name) if lines else "",
        is_confirmation=is_confirmation,
        way=decision.way,
        at=decision.at,
        is_genuine=decision_records.is_genuine(settings, decision),
        counts=is_confirmation
        and len(lines) == len(said)
        and all(_still_counts(line, decision) for line in lines),
    )


def _still_counts(line: Line, decision: Decision) -> bool:
    """Return whether a line is confirmed by this decision and not by a later one."""
    is_present = line.state == CONFIRMED and line.removed_in is None
    return bool(is_present and line.confirmed_at == decision.at)
