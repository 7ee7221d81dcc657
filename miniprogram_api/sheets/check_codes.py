"""Check codes of sheets: find the record of a decision and verify its signature."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config import Settings
from miniprogram_api import masking
from miniprogram_api.access import attempts
from miniprogram_api.ledger import decision_records
from miniprogram_api.matter_lines import finding
from miniprogram_api.services import Services
from models.matters import matters as table
from models.matters.decisions import CONFIRMATION, Decision
from models.matters.matters import Line

LONGEST = 40
_LOOK_ALIKES = str.maketrans("ILO", "110")
# Of sheets and slips, and of receipts: the letter T, the number of a line, and 12 characters.
_FORM = re.compile(r"[0-9A-Z]{16}|T[1-9][0-9]{0,17}[0-9A-Z]{12}")
REFUSAL, REPLACED, LOST, TAMPERED = "refusal", "replaced", "lost", "tampered"
"""Validities beside the states of the matter, keys of ``sheets.validity`` too."""


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
    validity: str
    """Whether it counts now and why not: the state of the matter, or one of the above."""
    until: datetime
    """When a confirmation expires whose matter is open, or when the matter ended."""

    @property
    def counts(self) -> bool:
        """Return whether it is a confirmation in force."""
        return self.validity in (*table.OPEN, table.ACCEPTED)


def grouped(code: str) -> str:
    """Return a check code as it is printed, in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def canonical(typed: str) -> str:
    """Return a check code as it is stored, typed with or without hyphens, in any case."""
    code = "".join(character for character in typed[:LONGEST].upper() if character.isalnum())
    return code.translate(_LOOK_ALIKES)


def has_form(typed: str) -> bool:
    """Return whether what is typed can be a check code at all."""
    return len(typed) <= LONGEST and _FORM.fullmatch(canonical(typed)) is not None


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
    matter = decision.matter
    return Verified(
        code=grouped(decision.code),
        subject=matter.subject_name,
        matter_kind=matter.kind,
        matter_state=finding.state_now(matter),
        roles=tuple(dict.fromkeys(one["role"] for one in said)),
        name=masking.name(lines[0].name) if lines else "",
        is_confirmation=decision.kind == CONFIRMATION,
        way=decision.way,
        at=decision.at,
        validity=_validity(settings, decision, lines if len(lines) == len(said) else []),
        until=matter.ended_at or matter.expires_at,
    )


def _validity(settings: Settings, decision: Decision, lines: Sequence[Line]) -> str:
    """Return the validity of a decision on these lines; none: one of them is erased."""
    if not decision_records.is_genuine(settings, decision):
        return TAMPERED
    if decision.kind != CONFIRMATION:
        return REFUSAL
    state = finding.state_now(decision.matter)
    if state in (table.WITHDRAWN, table.EXPIRED):
        return state
    if any(line.state == table.LOST and line.confirmed_at == decision.at for line in lines):
        return LOST
    still_counts = lines and all(_still_counts(line, decision) for line in lines)
    return state if still_counts else REPLACED


def _still_counts(line: Line, decision: Decision) -> bool:
    """Return whether a line is confirmed by this decision and not by a later one."""
    is_present = line.state == table.CONFIRMED and line.removed_in is None
    return bool(is_present and line.confirmed_at == decision.at)
