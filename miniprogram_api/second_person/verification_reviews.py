"""A second member reviews a manual verification, and may revoke it.

It takes effect at once and is reviewed within two working days, possible later; no member reviews
an own verification.
"""

from typing import ClassVar

from typing_extensions import override

from miniprogram_api import clock, masking
from miniprogram_api.accounts import lowering
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL
from miniprogram_api.desks import acts as desk
from miniprogram_api.ledger import lines as ledger_lines
from miniprogram_api.ledger.lines import Person
from miniprogram_api.messaging import subscriptions
from miniprogram_api.messaging.subscriptions import news
from miniprogram_api.second_person.requests import About, Kind
from miniprogram_api.services import Services
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import words
from miniprogram_api.tickets import news as ticket_news
from miniprogram_api.tickets import tickets
from models.accounts.accounts import Account
from models.desks.tickets import Ticket
from models.second_person import AGREED, DENIED, WAITING, SecondPersonRequest

CONFIRMED, REVOKED = "verification_confirmed", "verification_revoked"
"""The ledger's actions of the decision."""
DENIAL_CAUSES = words("second_person.denial_causes")
"""Key → words of the reasons for a no to a verification."""


class VerificationReview(Kind):
    """A verification in effect: yes leaves it, no returns the account to level 3."""

    agreed, denied = CONFIRMED, REVOKED
    causes = DENIAL_CAUSES
    states: ClassVar = {
        WAITING: "pending",
        AGREED: "confirmed",
        DENIED: "revoked",
    }

    @override
    def lock_ticket(self, member: StaffMember, request: SecondPersonRequest) -> None:
        """Lock the ticket, which a no opens again."""
        Ticket.locked(request.ticket_id)

    @override
    def require_others(self, member: StaffMember, request: SecondPersonRequest) -> None:
        """Raise Refused OWN_MATTER for the member's own account, which is locked."""
        account = _account(request)
        desk.require_others_matter(member, account.id_number, account.name)

    @override
    def agree(
        self, services: Services, member: StaffMember, request: SecondPersonRequest, reason: str
    ) -> int:
        """Record that the verification is right; return the ledger line's number."""
        account = _account(request)
        return _append(member, CONFIRMED, request, account, {"level": account.level}, reason=reason)

    @override
    def deny(self, member: StaffMember, request: SecondPersonRequest, reason: str) -> int:
        """Take the level and the switch away; return the ledger line's number."""
        account = _account(request)
        before: dict[str, object] = {"level": account.level}
        after = dict(before)
        if account.verified_by == "manual":
            after["level"] = VERIFIED_LEVEL - 1
            if account.authorization_enabled:
                before["authorization_enabled"], after["authorization_enabled"] = True, False
            lowering.lower(account, "revoked", actor=member.actor)
            self._tell(request, account, reason)
            _reopen(member, request, account, reason)
        return _append(member, REVOKED, request, account, before, after, reason=reason)

    def _tell(self, request: SecondPersonRequest, account: Account, reason: str) -> None:
        subscriptions.notify(
            "review",
            news("revoked", clock.now(), reason=reason),
            cause=f"manual:{request.id}:revoked",
            account_id=account.id,
        )

    @override
    def about(self, request: SecondPersonRequest) -> About:
        """Return the masked name of the person."""
        account = request.account
        return About(masking.name(account.name or "") if account is not None else "")


def _account(request: SecondPersonRequest) -> Account:
    account = Account.locked(request.account_id)
    assert account is not None  # noqa: S101 - accounts are never deleted.
    return account


def _reopen(
    member: StaffMember, request: SecondPersonRequest, account: Account, reason: str
) -> None:
    """Let the ticket tell the truth: it is open again at the window, with the reason.

    Its window informs a person without a phone, by letter or call.
    """
    ticket = request.ticket
    ticket.phone = account.phone
    tickets.reopen(ticket, reason, actor=member.actor)
    ticket_news.notify_opener(ticket)


def _append(
    member: StaffMember,
    action: str,
    request: SecondPersonRequest,
    account: Account,
    before: dict[str, object],
    after: dict[str, object] | None = None,
    *,
    reason: str,
) -> int:
    return ledger_lines.append(
        member,
        action,
        Person(account.id_number, account.name, account.id),
        reason=reason,
        ticket_id=request.ticket_id,
        before=before,
        after=before if after is None else after,
    )
