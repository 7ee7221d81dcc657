"""A second member reviews confirmations at a window: on site afterwards, papers before.

A revoked confirmation is lost; papers confirm their lines when they are approved.
"""

import json
from typing import ClassVar

from typing_extensions import override

from miniprogram_api import masking
from miniprogram_api.desks.acts import known_account
from miniprogram_api.matter_lines import changes, finding
from miniprogram_api.matter_lines.changes import Evidence, Way
from miniprogram_api.second_person.requests import About, Kind
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.windows import held_confirmations, matter_acts
from miniprogram_api.windows.held_confirmations import lines_of
from models.accounts.accounts import Account
from models.matters.decisions import Decision
from models.matters.matters import CONFIRMED, Line
from models.second_person import AGREED, DENIED, LATE, WAITING, SecondPersonRequest


class ConfirmationReview(Kind):
    """A confirmation on site: yes leaves it, no loses its lines."""

    agreed, denied = "matter_review_confirmed", "matter_review_revoked"
    states: ClassVar = {
        WAITING: "pending",
        AGREED: "confirmed",
        DENIED: "revoked",
    }

    @override
    def require_others(self, member: StaffMember, request: SecondPersonRequest) -> None:
        """Raise Refused OWN_MATTER when the matter has a line of the member's own."""
        matter_acts.require_others(member, request.decision.matter)

    @override
    def agree(
        self, services: Services, member: StaffMember, request: SecondPersonRequest, reason: str
    ) -> int:
        """Record that the confirmation is right; return the ledger line's number."""
        return self._append(member, self.agreed, request, reason)

    @override
    def deny(self, member: StaffMember, request: SecondPersonRequest, reason: str) -> int:
        """Lose the lines; return the ledger line's number."""
        _revoke(request.decision, lines_of(request.decision))
        return self._append(member, self.denied, request, reason)

    @override
    def about(self, request: SecondPersonRequest) -> About:
        """Return the masked name of the person, the subject of the matter and the roles."""
        lines = lines_of(request.decision)
        roles = "、".join(line.role for line in lines)
        name = masking.name(lines[0].name) if lines else ""
        return About(name, f"{request.decision.matter.subject_name} {roles}".strip())

    def _append(
        self, member: StaffMember, action: str, request: SecondPersonRequest, reason: str
    ) -> int:
        matter = finding.matter(request.decision.matter.public_id)
        return matter_acts.append_of_lines(
            member, action, matter, lines_of(request.decision), reason=reason
        )


class PapersApproval(ConfirmationReview):
    """Notarised papers: yes confirms their lines, no discards them."""

    way: ClassVar[Way] = "notarised"

    @override
    def agree(
        self, services: Services, member: StaffMember, request: SecondPersonRequest, reason: str
    ) -> int:
        """Confirm the lines; return the ledger line's number."""
        filed, lines = request.decision, lines_of(request.decision)
        evidence = Evidence(
            self.way,
            filed.account_id,
            filed.source_number,
            json.loads(filed.pictures),
            request.window_id,
            request.asked_by_id,
        )
        decided = changes.confirm_lines(
            services,
            filed.matter.public_id,
            [line.public_id for line in lines],
            person=changes.Person(lines[0].document_number, lines[0].name),
            digest=filed.digest,
            evidence=evidence,
        )
        pictures.move(filed.id, decided.decision.id)
        request.decision = decided.decision
        request.save(only=[SecondPersonRequest.decision])
        return self._append(member, self.agreed, request, reason)

    @override
    def deny(self, member: StaffMember, request: SecondPersonRequest, reason: str) -> int:
        """Discard the pictures; return the ledger line's number."""
        pictures.discard(request.decision_id)
        return self._append(member, self.denied, request, reason)


class MinorConfirmation(PapersApproval):
    """A minor's confirmation without a photographed proof of guardianship."""

    way: ClassVar[Way] = "on_site"
    states: ClassVar = {**PapersApproval.states, LATE: "lapsed"}

    @override
    def deny(self, member: StaffMember, request: SecondPersonRequest, reason: str) -> int:
        """Discard the pictures; the lines wait for the person; return the ledger line's number."""
        held_confirmations.free_lines(request.decision)
        return super().deny(member, request, reason)


def account_to_tell(request: SecondPersonRequest) -> Account | None:
    """Return the account that hears about a minor's confirmation: the own one or the guardian's."""
    own = Account.get_or_none(Account.id == request.decision.account_id)
    if own is not None and own.phone:
        return own
    guardian = json.loads(request.content or "{}").get("guardian", {})
    return known_account(guardian.get("id_number", "")) or own


def _revoke(decision: Decision, lines: list[Line]) -> None:
    """Lose the lines that this decision still confirms."""
    if decision.account_id is not None:
        Account.locked(decision.account_id)
    documents = {line.document_number for line in lines}
    _, present = finding.lock_matter(decision.matter.public_id, documents)
    ids = {line.id for line in lines}
    changes.lose_lines(
        [
            line
            for line in present
            if line.id in ids and line.state == CONFIRMED and line.confirmed_at == decision.at
        ],
        "revoked",
    )
