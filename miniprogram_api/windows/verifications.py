"""Verify a person at a window, and hand matters to the centre.

A manual verification is effective at once, as 经人工核验通过, and reviewed afterwards, because a
county's window has one clerk. What ``holding`` names is held: a second person approves it first
(``holds``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from miniprogram_api.accounts import accounts, consents, levels
from miniprogram_api.answers import answer_class
from miniprogram_api.captures import evidence_seen, pictures, taking
from miniprogram_api.captures.pictures import Taken
from miniprogram_api.captures.taking import Capture
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import asking, risks
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Person
from miniprogram_api.matter_lines import holders
from miniprogram_api.messaging import notices
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import invalid, text
from miniprogram_api.tickets import complaints, districts, opening, tickets
from miniprogram_api.tickets import news as ticket_news
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.windows import doubts, holding, holds
from miniprogram_api.windows.holding import HeldReason
from miniprogram_api.windows.holds import HeldAct
from models import second_person
from models.accounts.accounts import FROZEN, Account
from models.desks import tickets as table

LONGEST_REASON = 300
VERIFICATION = "manual_verification"
"""The ledger's action of a verification of an account."""


@dataclass(frozen=True, slots=True)
class OnSite:
    """A clerk's record of a person at the window."""

    evidence_seen: Sequence[str]
    """Of ``evidence_seen.Document``."""
    reason: str = field(repr=False)
    place: str = ""
    """Where it happened; empty for the clerk's own window."""
    taken: Taken = field(default_factory=Taken)
    """Pictures and the reading of the card."""


@answer_class
class VerifiedAtWindow:
    """A manual verification: its ticket, for pictures, and its line in the ledger."""

    verification_id: int
    ticket_id: str
    ledger_number: int
    account_id: int | None
    """Null while a registration is held."""
    effective: bool = True
    """False: it waits for a second person and gives no level yet."""
    held: HeldReason | None = None
    """Why it waits."""


def verify(
    services: Services, member: StaffMember, id_text: str, on_site: OnSite, capture: Capture
) -> VerifiedAtWindow:
    """Verify a person at the window with what the desk captured; as ``verify_on_site``.

    Refuses as ``taking.take``, too.
    """
    id_number = desk.read_id_number(id_text)
    known = desk.known_account(id_number)
    name = None if known is None else known.name
    desk.require_allowed(
        member, VERIFICATION, Permission.WORK_AT_WINDOW, id_number=id_number, name=name
    )
    judge(on_site)
    taken = taking.take(services, member, capture, name or "", id_number)
    return verify_on_site(member, id_number, replace(on_site, taken=taken))


def verify_on_site(member: StaffMember, id_text: str, on_site: OnSite) -> VerifiedAtWindow:
    """Raise the account of a person at the window to level 4 at once, to be reviewed, or hold it.

    Where the source denies the person it is held also to open a switch that a reset closed.
    """
    id_number = desk.read_id_number(id_text)
    judge(on_site)
    with desk.acting(member, VERIFICATION, Permission.WORK_AT_WINDOW):
        asking.require_reviewed(member, second_person.VERIFICATION)
        known = desk.known_account(id_number)
        desk.require_others_matter(member, id_number, known.name if known else None)
        row = _ticket(member, id_number, on_site)
        account = _verifiable(id_number)
        return verify_locked(member, row, account, on_site)


def verify_locked(
    member: StaffMember, row: table.Ticket, account: Account, on_site: OnSite
) -> VerifiedAtWindow:
    """Verify the holder of a locked account with its locked ticket, or hold it."""
    denied = doubts.denied(account.id_number)
    # One clerk reopens the switch of a person whom the source knows (``authorisations``).
    levels.require_checkable(account, "verify" if denied is None else "authorization")
    reason = holding.of_person(account.id_number, on_site.taken.evidence, denied)
    if reason is None:
        return conclude(member, row, account, on_site, VERIFICATION)
    said: dict[str, Any] = {} if denied is None else {"source_said": denied}
    person = Person(account.id_number, account.name, account.id)
    return hold(member, row, person, on_site, VERIFICATION, reason, **said)


def conclude(
    member: StaffMember,
    row: table.Ticket,
    account: Account,
    on_site: OnSite,
    action: str,
    *,
    before: Mapping[str, Any] = MappingProxyType({}),
    after: Mapping[str, Any] = MappingProxyType({}),
    **more: Any,
) -> VerifiedAtWindow:
    """Raise a locked account to level 4 with its locked ticket; the ledger line is the last step.

    ``before`` and ``after``: what the act changed besides.
    """
    holds.void(row.id)
    asked = asking.ask(
        member,
        second_person.VERIFICATION,
        account_id=account.id,
        ticket_id=row.id,
        evidence=on_site.taken.evidence,
    )
    risks.note(asked, member, account.id_number, account.phone, on_site.taken.evidence)
    pictures.store(member, asked.id, on_site.taken)
    consents.record(account.id, agreed_to(on_site.taken))
    row.window_id = member.window_id
    number = take_effect(member, row, account, on_site, action, before=before, after=after, **more)
    return VerifiedAtWindow(asked.id, row.number, number, account.id)


def hold(
    member: StaffMember,
    row: table.Ticket,
    person: Person,
    on_site: OnSite,
    action: str,
    reason: HeldReason,
    *,
    enrolment: Mapping[str, Any] | None = None,
    **more: Any,
) -> VerifiedAtWindow:
    """Record an act that is held, with its locked ticket; as ``holds.hold``."""
    place = windows.place_of_act(on_site.place, member.window_id)
    act = HeldAct(action, on_site.evidence_seen, on_site.reason, place, enrolment, more)
    if enrolment is not None:
        phone = enrolment["phone"]
    else:
        phone = Account.get_by_id(person.account_id).phone
    held, number = holds.hold(member, row, person, act, reason, phone=phone, taken=on_site.taken)
    if person.account_id is not None:
        consents.record(person.account_id, agreed_to(on_site.taken))
    return VerifiedAtWindow(
        held, row.number, number, person.account_id, effective=False, held=reason
    )


def take_effect(
    member: StaffMember,
    row: table.Ticket,
    account: Account,
    on_site: OnSite,
    action: str,
    *,
    before: Mapping[str, Any] = MappingProxyType({}),
    after: Mapping[str, Any] = MappingProxyType({}),
    **more: Any,
) -> int:
    """Give what the account lacks, end the locked ticket; return the number of the ledger line."""
    levels.prove(account.id, "manual", actor=member.actor, ticket=row.id)
    proved = Account.get_by_id(account.id)
    tickets.close(row, table.RESOLVED, text("tickets.verified_on_site"), actor=member.actor)
    ticket_news.notify_opener(row)
    return ledger.append(
        member,
        action,
        Person(account.id_number, account.name, account.id),
        reason=on_site.reason,
        ticket_id=row.id,
        evidence=evidence_seen.names(on_site.evidence_seen),
        before={**before, "level": account.level, "verified_by": account.verified_by},
        after={**after, "level": proved.level, "verified_by": proved.verified_by},
        place=windows.place_of_act(on_site.place, member.window_id),
        **on_site.taken.for_ledger(),
        **more,
    )


def file_ticket(
    member: StaffMember,
    kind: tickets.FiledKind,
    subject: Subject,
    description: str,
    district: str | None = None,
) -> tuple[table.Ticket, int]:
    """Hand a person's matter to the centre; return the ticket and the ledger line's number.

    The person's own unfinished ticket for the same matter is used, for a phone with the name and
    number given now. ``district``: by default the window's. Raises Refused: FORBIDDEN, OWN_MATTER,
    INVALID_INPUT on ``kind`` for a complaint, on ``id_number``, and on ``name`` for a phone, whose
    proof may be on the person.
    """
    if kind == complaints.KIND:
        raise invalid("tickets.kind.not_at_window")
    if subject.id_number is None:
        raise invalid("fields.any.required", field="id_number")
    if kind == "phone_verification" and subject.name is None:
        raise invalid("fields.any.required", field="name")
    with desk.acting(member, "ticket_filed", Permission.WORK_AT_WINDOW):
        desk.require_others_matter(member, subject.id_number, subject.name)
        account = desk.known_account(subject.id_number)
        # The holder of a disputed account is not the person at the window.
        holder = None if kind == "identity_dispute" else account
        row = opening.insert(
            Opening(
                kind=kind,
                source="clerk",
                account_id=None if holder is None else holder.id,
                description=description,
                facts={"valid_from": subject.valid_from, "valid_until": subject.valid_until},
                window_id=member.window_id,
                district=district or districts.of_window(member.window_id),
                subject=subject,
            ),
            opening.matter_of_person(kind, subject.id_number),
            actor=member.actor,
            state=table.WITH_CENTRE,
        )
        row = tickets.unfinished_locked(row.number)
        # Another window may have had it; the person is here now.
        row.window_id = member.window_id
        if kind == "phone_verification":
            # Filed again, the first name or phone may have been wrong; ``_hand_on`` saves the row.
            row.name, row.phone = subject.name, subject.phone or row.phone
        if kind == "identity_dispute" and subject.phone is not None:
            # Of the person at the window; the phone on record is the suspect's.
            row.phone = subject.phone
            notices.add(None, notices.DISPUTE_FILED, subject.phone)
        return row, _hand_on(member, row, account, description)


def hand_on(member: StaffMember, ticket_id: str, note: str) -> tuple[table.Ticket, int]:
    """Hand a user's own ticket to the centre."""
    with desk.acting(member, "ticket_filed", Permission.WORK_AT_WINDOW):
        row = desk.locked_ticket(member, ticket_id)
        return row, _hand_on(member, row, None, note)


def card_seen(member: StaffMember, ticket_id: str, on_site: OnSite) -> int:
    """Freeze a disputed account, because the clerk has seen the claimant's card.

    Returns the ledger line's number.
    """
    judge(on_site)
    with desk.acting(member, "account_frozen", Permission.WORK_AT_WINDOW):
        row = desk.locked_ticket(member, ticket_id)
        if row.kind != "identity_dispute":
            raise Refused(Reason.NOT_APPLICABLE)
        place = windows.place_of_act(on_site.place, member.window_id)
        return freeze(member, row, on_site.reason, on_site.evidence_seen, place=place)


def freeze(
    member: StaffMember,
    row: table.Ticket,
    reason: str,
    ticked: Sequence[str],
    *,
    place: str = "",
) -> int:
    """Freeze the account of a locked ticket, within ``acting``; return the ledger line's number.

    ``ticked``: the documents that the clerk saw.
    """
    account = desk.subject_of(row)
    before = account.status
    accounts.freeze(account)
    holders.disputed(account.id)
    row.state = table.WITH_CENTRE
    row.save(only=[table.Ticket.state])
    tickets.note(row, member.actor, "account_frozen")
    return ledger.append(
        member,
        "account_frozen",
        desk.person_of(row, account),
        reason=reason,
        ticket_id=row.id,
        evidence=evidence_seen.names(ticked),
        before={"status": before},
        after={"status": FROZEN},
        place=place,
    )


def agreed_to(taken: Taken) -> tuple[consents.SeparateKey, ...]:
    """Return the separate consents that the desk asked for before it took this."""
    asked: list[consents.SeparateKey] = [consents.DESK] if taken.pictures else []
    if taken.evidence.comparison is not None:
        asked.append(consents.COMPARE)
    return tuple(asked)


def judge(on_site: OnSite) -> None:
    """Raise Refused INVALID_INPUT with every invalid field."""
    refused = RefusedFields()
    refused.attempt(lambda: evidence_seen.require(on_site.evidence_seen))
    if not 1 <= len(on_site.reason.strip()) <= LONGEST_REASON:
        refused.refuse(invalid("window.any.required", field="reason", most=LONGEST_REASON))
    if len(on_site.place) > LONGEST_REASON:
        refused.refuse(invalid("window.any.required", field="place", most=LONGEST_REASON))
    refused.raise_if_any()


def _verifiable(id_number: str) -> Account:
    account = desk.account_with(id_number)
    if account is None:
        raise Refused(Reason.PERSON_NOT_REGISTERED)
    if account.status == FROZEN:
        raise Refused(Reason.ACCOUNT_FROZEN)
    accounts.require_activated(account)
    return account


def _ticket(member: StaffMember, id_number: str, on_site: OnSite) -> table.Ticket:
    """Return the person's unfinished ticket for a manual verification, or a new one; locked.

    Tickets are always locked before accounts, so that desks cannot deadlock.
    """
    account = desk.known_account(id_number)
    if account is None:
        raise Refused(Reason.PERSON_NOT_REGISTERED)
    subject = Subject(account.name, account.id_number, phone=account.phone)
    return ticket_about(member, subject, account.id, on_site)


def ticket_about(
    member: StaffMember, subject: Subject, account_id: int | None, on_site: OnSite
) -> table.Ticket:
    """Return the unfinished ticket for this person's manual verification, or a new one; locked.

    One of another window too, since the person is here: the verification ends it.
    """
    assert subject.id_number is not None  # noqa: S101 - known at a window.
    kind = VERIFICATION
    row = opening.insert(
        Opening(
            kind=kind,
            source="clerk",
            account_id=account_id,
            description=on_site.reason,
            window_id=member.window_id,
            district=districts.of_window(member.window_id),
            subject=subject,
        ),
        opening.matter_of_person(kind, subject.id_number),
        actor=member.actor,
    )
    row = tickets.unfinished_locked(row.number)
    desk.require_others_matter(member, row.id_number, row.name)
    return row


def _hand_on(member: StaffMember, row: table.Ticket, account: Account | None, note: str) -> int:
    row.state, row.window_id = table.WITH_CENTRE, row.window_id or member.window_id
    row.owner_id = row.owned_since = None
    row.save()
    tickets.note(row, member.actor, "with_centre", note)
    ticket_news.notify_opener(row)
    return ledger.append(
        member, "ticket_filed", desk.person_of(row, account), reason=note, ticket_id=row.id
    )
