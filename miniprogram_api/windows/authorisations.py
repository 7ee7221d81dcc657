"""Record the switch 是否办理工商登记注册 as said by a person at the window.

The rule is that of the holder's own switch; the clerk sees the card instead of an SMS code, which
also proves the person after a reset. Where the source denies the person, a second person approves a
verification first.
"""

from collections.abc import Sequence
from datetime import date

from miniprogram_api import clock
from miniprogram_api.accounts import authorisation
from miniprogram_api.answers import answer_class
from miniprogram_api.authorisation_effect import AuthorisationState, is_closed, judge
from miniprogram_api.captures import evidence_seen
from miniprogram_api.desks import acts as desk
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Person
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.windows import doubts
from models.accounts.accounts import Account

ENABLED, DECLINED = "authorization_enabled", "authorization_declined"


@answer_class
class AuthorisedAtWindow:
    """The switch as recorded, and its line in the ledger."""

    account_id: int
    ledger_number: int
    authorization: AuthorisationState


def record(
    services: Services,
    member: StaffMember,
    id_text: str,
    *,
    enabled: bool,
    until: str | None,
    ticked: Sequence[str],
    place: str = "",
) -> AuthorisedAtWindow:
    """Switch it on until the day that the person says, or off for the answer no.

    ``ticked``: the documents seen. ``place``: empty for the member's window. Raises Refused:
    FORBIDDEN, WINDOW_REQUIRED, INVALID_INPUT on ``id_number``, ``evidence_seen`` or ``until``,
    OWN_MATTER, PERSON_NOT_REGISTERED, ACCOUNT_FROZEN, LEVEL_TOO_LOW, VERIFICATION_HELD (``cause``
    first: a reset closed the switch and the source denies the person).
    """
    id_number = desk.read_id_number(id_text)
    action = ENABLED if enabled else DECLINED
    with desk.acting(member, action, Permission.WORK_AT_WINDOW):
        account = desk.account_with(id_number)
        desk.require_others_matter(member, id_number, None if account is None else account.name)
        if account is None:
            raise Refused(Reason.PERSON_NOT_REGISTERED)
        day = _judge(services, account, until, ticked, enabled=enabled)
        if enabled and needs_second_person(id_number):
            raise Refused(Reason.VERIFICATION_HELD, cause="first")
        if day is None:
            authorisation.switch_off(account.id, actor=member.actor)
        else:
            authorisation.switch_on(account.id, day, actor=member.actor, proved=True)
        changed = Account.get_by_id(account.id)
        number = ledger.append(
            member,
            action,
            Person(id_number, account.name, account.id),
            evidence=evidence_seen.names(ticked),
            before=_recorded(account),
            after=_recorded(changed),
            place=windows.place_of_act(place, member.window_id),
        )
    return AuthorisedAtWindow(account.id, number, judge(changed, clock.today()))


def needs_second_person(id_number: str) -> bool:
    """Return whether one clerk must not reopen the switch: the source denies the person."""
    account = desk.known_account(id_number)
    return account is not None and is_closed(account) and doubts.denied(id_number) is not None


def _judge(
    services: Services,
    account: Account,
    until: str | None,
    ticked: Sequence[str],
    *,
    enabled: bool,
) -> date | None:
    """Return the last day, None for the answer no. Raises Refused with every refused field."""
    refused = RefusedFields()
    refused.attempt(lambda: evidence_seen.require(ticked))
    day = None
    if enabled:
        day = refused.attempt(
            lambda: authorisation.judge_until(services, account, until, proved=True)
        )
    refused.raise_if_any()
    return day


def _recorded(account: Account) -> dict[str, object]:
    until = account.authorization_until
    return {
        "authorization_enabled": account.authorization_enabled,
        "authorized_until": None if until is None else until.isoformat(),
    }
