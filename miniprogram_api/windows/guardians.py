"""The guardian of a person under 14: an adult with proven identity who is not the clerk.

An account at level 4 proves it; for others the source is asked, and its no is final. A guardian
unknown to the source is registered at the window first, where a second member reviews the card. In
a matter it is the one that the matter names; ``posts`` tells who may hold a post under 18.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from miniprogram_api import clock, masking
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL
from miniprogram_api.desks import acts as desk
from miniprogram_api.identity import verification
from miniprogram_api.identity.documents import check as documents
from miniprogram_api.identity.documents import id_numbers, names
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.identity.documents.dates import ADULT_AGE
from miniprogram_api.ledger import lines as ledger_lines
from miniprogram_api.reasons import Reason, Refused, invalid_field
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import invalid, text, word, words
from models.accounts.accounts import ACTIVE
from models.desks.ledger import LedgerDetail, LedgerLine, by_numbers
from models.matters.matters import Line

# The source gives no answer; a clerk may rely on the card.
_NO_ANSWER = frozenset({Reason.IDENTITY_SOURCE_BUSY, Reason.IDENTITY_DAILY_LIMIT})
_NO = frozenset(
    {
        Reason.FOUR_ELEMENTS_MISMATCH,
        Reason.IDENTITY_NO_RECORD,
        Reason.IDENTITY_INVALID,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.INVALID_INPUT,
    }
)
# The acts that recorded a guardian for an account.
_ENROLLED = ("person_registered", "person_activated")


@dataclass(frozen=True, slots=True)
class Guardian:
    """The guardian of a person under 14, as typed."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    relation: str
    valid_from: str = ""
    valid_until: str = ""
    """The dates of the card; not needed with a verified account."""
    proof: str = ""
    """The paper that proves the relation: a key of ``words("guardians.proofs")``."""


@dataclass(frozen=True, slots=True)
class JudgedGuardian:
    """A guardian after the local check."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    relation: str
    proof: str
    elements: IdentityElements | None = field(repr=False)
    """For the source; None with a verified account."""

    def for_ledger(self) -> dict[str, str]:
        """Return what the ledger keeps."""
        return {
            "name": self.name,
            "id_number": self.id_number,
            "relation": self.relation,
            "relation_proof": word("guardians.proofs", self.proof),
        }


def judge(member: StaffMember, guardian: Guardian | None) -> JudgedGuardian:
    """Check locally that the guardian is an adult other than the clerk, with the dates needed.

    Raises Refused: INVALID_INPUT on ``guardian``, OWN_MATTER.
    """
    if guardian is None or not guardian.name.strip() or not guardian.relation.strip():
        raise invalid("window.guardian.required")
    if guardian.proof not in words("guardians.proofs"):
        raise invalid("window.guardian.proof_required")
    today = clock.today()
    holder = id_numbers.check(guardian.id_number, today).value
    if holder is None or holder.age_on(today) < ADULT_AGE:
        raise invalid("window.guardian.wrong_form")
    name = names.check(guardian.name).value or guardian.name.strip()
    desk.require_allowed(
        member,
        "person_registered",
        Permission.WORK_AT_WINDOW,
        id_number=holder.number,
        name=name,
    )
    relation = guardian.relation.strip()
    if _has_verified_account(holder.number, name):
        return JudgedGuardian(name, holder.number, relation, guardian.proof, None)
    if not guardian.valid_from.strip() or not guardian.valid_until.strip():
        raise invalid("window.guardian.dates_required")
    check = documents.check(name, holder.number, guardian.valid_from, guardian.valid_until, today)
    if check.elements is None:
        finding = check.refusals[0]
        raise invalid_field("guardian", finding.code, finding.message)
    return JudgedGuardian(name, holder.number, relation, guardian.proof, check.elements)


def confirm(
    services: Services,
    member: StaffMember,
    guardian: JudgedGuardian,
    *,
    address: str,
    despite_source: bool,
) -> str:
    """Ask the source about the guardian; return its answer as a word for the ledger.

    Outside of a transaction. Raises Refused: GUARDIAN_NOT_CONFIRMED, IDENTITY_CHECK_IN_PROGRESS;
    IDENTITY_SOURCE_BUSY and IDENTITY_DAILY_LIMIT unless ``despite_source``.
    """
    if guardian.elements is None:
        return "verified_account"
    try:
        with verification.claimed(services, guardian.id_number):
            verification.verify(
                services,
                guardian.elements,
                session=SessionInfo(b"", member.actor, None),
                address=address,
                purpose="window",
            )
    except Refused as refused:
        if refused.reason in _NO:
            raise Refused(Reason.GUARDIAN_NOT_CONFIRMED) from refused
        if refused.reason in _NO_ANSWER and despite_source:
            return refused.reason.name.lower()
        raise
    return "match"


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
    recorded = ledger_lines.read(by_numbers(numbers)[0]).content.get("guardian") or {}
    return bool(recorded) and recorded["id_number"] != guardian.id_number


def _has_verified_account(id_number: str, name: str) -> bool:
    account = desk.known_account(id_number)
    return (
        account is not None
        and account.status == ACTIVE
        and account.level >= VERIFIED_LEVEL
        and account.name == name
    )


def _rule(role: str) -> str:
    """Return the rule for a post; 普通合伙人 is a partner and no officer."""
    for rule in ("partner", "agent", "officer"):
        if any(part in role for part in word("guardians.post_words", rule).split("、")):
            return rule
    return "other"
