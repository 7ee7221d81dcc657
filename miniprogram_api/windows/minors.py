"""Minors in a matter: which posts they may hold, and whether the guardian is the recorded one."""

import json
from collections.abc import Iterable, Sequence

from miniprogram_api import masking
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.texts import invalid, text, word
from miniprogram_api.windows.guardians import JudgedGuardian
from models.desks import ledger as table
from models.desks.ledger import LedgerDetail, LedgerLine
from models.matters.matters import Line

# The acts that recorded a guardian for an account.
_ENROLLED = ("person_registered", "person_activated")


def posts(roles: Iterable[str]) -> list[str]:
    """Return for each post, in words, who may hold it under 18."""
    return [text(f"guardians.posts.{_rule(role)}", role=role) for role in dict.fromkeys(roles)]


def require_recorded(lines: Sequence[Line], guardian: JudgedGuardian) -> None:
    """Raise Refused INVALID_INPUT on ``guardian`` unless it is the one named in the matters."""
    for line in lines:
        stored = {} if line.guardian is None else json.loads(line.guardian)
        if stored and stored["document"]["number"] != guardian.id_number:
            name = masking.name(stored["name"])
            raise invalid("window.guardian.other_in_matter", field="guardian", name=name)


def differs_from_account(id_number: str, guardian: JudgedGuardian) -> bool:
    """Return whether the child's account was opened with another guardian, for the reviewer."""
    rows = (
        LedgerLine.select(LedgerLine.number)
        .join(LedgerDetail, on=(LedgerDetail.number == LedgerLine.number))
        .where(LedgerDetail.identity_index.matches(id_number) & LedgerLine.action.in_(_ENROLLED))
        .order_by(LedgerLine.number.desc())
        .limit(1)
    )
    numbers = [row.number for row in rows]
    if not numbers:
        return False
    recorded = ledger.read(table.by_numbers(numbers)[0]).content.get("guardian") or {}
    return bool(recorded) and recorded["id_number"] != guardian.id_number


def _rule(role: str) -> str:
    """Return the rule for a post; 普通合伙人 is a partner and no officer."""
    for rule in ("partner", "agent", "officer"):
        if any(part in role for part in word("guardians.post_words", rule).split("、")):
            return rule
    return "other"
