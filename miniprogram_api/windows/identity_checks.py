"""The local check of a person's card at a window; nothing is asked upstream or stored."""

from dataclasses import dataclass, field

from miniprogram_api import clock
from miniprogram_api.accounts import accounts
from miniprogram_api.answers import answer_class
from miniprogram_api.desks import acts as desk
from miniprogram_api.identity import checks as identity_checks
from miniprogram_api.identity.checks import NormalisedElements, Warned
from miniprogram_api.identity.documents import check as documents
from miniprogram_api.identity.documents import id_numbers, names, terms
from miniprogram_api.identity.documents.check import Check, IdentityElements
from miniprogram_api.identity.documents.id_numbers import IdNumber
from miniprogram_api.identity.documents.terms import Term
from miniprogram_api.identity.refused_fields import RefusedFields, entry
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import invalid
from miniprogram_api.windows import doubts


@answer_class
class CheckAtWindow:
    """The result of the local check of a person at the window."""

    normalised: NormalisedElements = field(repr=False)
    warnings: list[Warned] = field(repr=False)
    needs_guardian: bool
    """The user is under 14."""
    account_status: str | None
    """The status of the user's account, if there is one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The four elements, without the refusals that send the user to a window."""

    check: Check
    name: str | None = field(repr=False)
    holder: IdNumber | None = field(repr=False)
    term: Term | None

    def require_elements(self) -> IdentityElements:
        """Return the elements. Raises Refused INVALID_INPUT for a card that is not registered."""
        if self.name is None or self.holder is None or self.term is None:
            # A document without an ID number, unknown to the source.
            raise invalid("window.id_number.not_supported")
        return IdentityElements(
            self.name, self.holder.number, self.term.valid_from, self.term.valid_until
        )


def see(
    refused: RefusedFields, name: str, id_number: str, valid_from: str, valid_until: str
) -> Seen:
    """Check the four elements of a card and add what cannot be registered to ``refused``."""
    today = clock.today()
    check = documents.check(name, id_number, valid_from, valid_until, today)
    refused.add(finding for finding in check.refusals if not finding.leads_to_window)
    holder = id_numbers.check(id_number, today).value
    term = terms.check(valid_from, valid_until, holder, today).value
    return Seen(check, names.check(name).value, holder, term)


def check_identity(
    member: StaffMember, name: str, id_number: str, valid_from: str, valid_until: str
) -> CheckAtWindow:
    """Check a person's data locally; nothing is asked upstream or stored.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, OWN_MATTER, INVALID_INPUT with every refused field.
    """
    desk.require_allowed(member, "identity_check", Permission.WORK_AT_WINDOW)
    refused = RefusedFields()
    seen = see(refused, name, id_number, valid_from, valid_until)
    refused.raise_if_any()
    elements = seen.require_elements()
    desk.require_allowed(
        member,
        "identity_check",
        Permission.WORK_AT_WINDOW,
        id_number=elements.id_number,
        name=elements.name,
    )
    account = desk.known_account(elements.id_number)
    warnings = [*seen.check.warnings, *doubts.of_person(elements.id_number)]
    return CheckAtWindow(
        identity_checks.normalised(elements),
        [Warned(**entry(warning)) for warning in warnings],
        seen.check.needs_guardian,
        None if account is None else accounts.status_of(account.status, account.level),
    )
