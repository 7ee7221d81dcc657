"""Confirm lines at a window: for a person at the desk, or by notarised papers.

A confirmation on site counts at once and is reviewed within two working days; papers count once a
second person has approved them (``second_person/matter_reviews``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from miniprogram_api import clock
from miniprogram_api.accounts import accounts, consents
from miniprogram_api.answers import answer_class
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL
from miniprogram_api.captures import evidence_seen
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import asking
from miniprogram_api.identity import other_documents
from miniprogram_api.identity.other_documents import SeenDocument
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.matter_lines import changes, content, finding, guard
from miniprogram_api.matter_lines.changes import Decided, Evidence
from miniprogram_api.pictures import photos, signatures
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import invalid, text
from miniprogram_api.tickets.opening import Subject
from miniprogram_api.windows import guardians, held_confirmations, holds, verifications
from miniprogram_api.windows import matter_acts as acts
from miniprogram_api.windows.guardians import Guardian
from miniprogram_api.windows.verifications import OnSite
from models.accounts.accounts import FROZEN, Account
from models.desks.tickets import Ticket
from models.matters.matters import Line, Matter
from models.second_person import (
    MINOR_CONFIRMATION,
    NOTARISED_PAPERS,
    ON_SITE_CONFIRMATION,
    VERIFICATION,
)

_ACTIONS = {
    ON_SITE_CONFIRMATION: "matter_confirmed",
    MINOR_CONFIRMATION: held_confirmations.HELD,
    NOTARISED_PAPERS: "matter_papers_filed",
}
LONGEST = 200
MOST_SCANS = 5


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a sitting took of the person at the desk; it counts for all lines."""

    on_site: OnSite
    photo: bytes | None = field(default=None, repr=False)
    no_photo: str = field(default="", repr=False)
    """Why there is no photo."""
    signature: bytes | None = field(default=None, repr=False)
    paper_signed: bool = False
    cannot_sign: str = field(default="", repr=False)
    """Why the person cannot sign, seen by ``witness``."""
    witness: str = field(default="", repr=False)
    document: SeenDocument = field(default_factory=SeenDocument)
    """What the clerk read off a passport or permit."""
    guardian: Guardian | None = None
    guardian_proof: bytes | None = field(default=None, repr=False)
    """A photo of the paper; a minor's confirmation without it is held."""
    despite_source: bool = False


@dataclass(frozen=True, slots=True)
class Papers:
    """Notarised papers of a person abroad."""

    notary: str = field(repr=False)
    number: str = field(repr=False)
    date: str
    scans: Sequence[bytes] = field(repr=False)


@answer_class
class DeskDecided:
    """A person's lines in one matter after an act of a window."""

    matter_id: str
    state: str
    line_ids: tuple[str, ...]
    ledger_number: int
    review_id: int | None
    """Of the review, of the approval of papers, or of the verification that is held."""
    effective: bool = True
    """False: the lines stay pending until a second person agrees to the verification."""


def confirm_on_site(
    services: Services,
    member: StaffMember,
    line_ids: Collection[str],
    sitting: Sitting,
    *,
    address: str,
    digests: Mapping[str, str] | None = None,
) -> list[DeskDecided]:
    """Confirm lines of one person in any matters; an account below level 4 is verified by it.

    ``digests``: what was shown, by matter; without it the present content. Raises Refused:
    FORBIDDEN, WINDOW_REQUIRED, OWN_MATTER, INVALID_INPUT, SIGNATURE_UNREADABLE, GUARDIAN_REQUIRED
    (``cause`` at_desk), PERSON_NOT_REGISTERED, NOT_APPLICABLE (another name on the account),
    REVIEWS_OVERDUE, and as ``verifications.conclude``, ``guardians.confirm`` and
    ``changes.confirm_lines``. While the verification is held the lines stay pending.
    """
    stored = _taken(services, sitting)
    lines = _lines_of(line_ids)
    document = _document(lines[0], sitting)
    guardian = _guardian(services, member, lines, sitting, address)
    is_unproven = guardian is not None and pictures.GUARDIAN_PROOF not in stored
    with desk.acting(member, "matter_confirmed", acts.CLERK):
        asking.require_reviewed(member, ON_SITE_CONFIRMATION)
        matters, person = _matters(member, lines, line_ids)
        held = holds.locked_of(person.document_number, person.name)
        account, row = _account(lines[0], is_held=held is not None), None
        if held is None and account is not None and account.level < VERIFIED_LEVEL:
            asking.require_reviewed(member, VERIFICATION)
            subject = Subject(account.name, account.id_number, phone=account.phone)
            row = verifications.ticket_about(member, subject, account.id, sitting.on_site)
        _lock(account, matters, person)
        if account is not None and row is not None:
            held = _verify(member, row, account, sitting)
        evidence = Evidence(
            "on_site",
            None if account is None else account.id,
            pictures=pictures.digests(stored),
            window_id=member.window_id,
            staff_id=member.id,
        )
        about = {} if guardian is None else {"guardian": guardian}
        recorded = {**_recorded(sitting), **document, **about}
        done = []
        for matter in matters:
            chosen, digest = _chosen(matter, lines, person, digests)
            how = changes.file_held if is_unproven or held is not None else changes.confirm_lines
            decided = how(
                services, matter.public_id, chosen, person=person, digest=digest, evidence=evidence
            )
            if held is not None:
                done.append(_keep_held(services, member, decided, held, stored, recorded))
                continue
            if stored and account is not None:
                # The page asks the person for it before a picture is taken.
                consents.record(account.id, [consents.MATTER])
            kind = MINOR_CONFIRMATION if is_unproven else ON_SITE_CONFIRMATION
            done.append(_keep(services, member, decided, kind, stored, recorded))
        return done


def file_papers(
    services: Services, member: StaffMember, line_ids: Collection[str], papers: Papers
) -> list[DeskDecided]:
    """Record notarised papers for lines of one person, to be approved by a second person."""
    recorded = _judged(papers)
    stored = {
        f"scan_{number}": photos.prepared(scan, "scans")
        for number, scan in enumerate(papers.scans, 1)
    }
    lines = _lines_of(line_ids)
    with desk.acting(member, "matter_papers_filed", acts.CLERK):
        matters, person = _matters(member, lines, line_ids)
        account = desk.known_account(person.document_number)
        if account is not None and account.name != person.name:
            account = None
        _lock(account, matters, person)
        evidence = Evidence(
            "notarised",
            None if account is None else account.id,
            recorded["notarial_number"],
            pictures.digests(stored),
            member.window_id,
            member.id,
        )
        done = []
        for matter in matters:
            chosen, digest = _chosen(matter, lines, person, None)
            decided = changes.file_held(
                services, matter.public_id, chosen, person=person, digest=digest, evidence=evidence
            )
            done.append(_keep(services, member, decided, NOTARISED_PAPERS, stored, recorded))
        return done


def _keep(
    services: Services,
    member: StaffMember,
    decided: Decided,
    kind: str,
    stored: Mapping[str, bytes],
    recorded: Mapping[str, Any],
) -> DeskDecided:
    """Store pictures, the row to review or to approve, and the line of the ledger."""
    pictures.store(services.settings, decided.decision.id, stored)
    asked = asking.ask(member, kind, recorded, decision_id=decided.decision.id)
    number = acts.append_of_lines(member, _ACTIONS[kind], decided.matter, decided.lines, **recorded)
    return _answer(decided, number, asked.id, effective=kind != MINOR_CONFIRMATION)


def _verify(member: StaffMember, row: Ticket, account: Account, sitting: Sitting) -> int | None:
    """Verify a person on the way; return the ticket when it is held."""
    taken = sitting.on_site.taken
    is_taken = taken.evidence.photo_taken or bool(sitting.photo)
    taken = replace(taken, evidence=replace(taken.evidence, photo_taken=is_taken))
    on_site = replace(sitting.on_site, taken=taken)
    done = verifications.verify_locked(member, row, account, on_site)
    return None if done.effective else row.id


def _keep_held(
    services: Services,
    member: StaffMember,
    decided: Decided,
    ticket_id: int,
    stored: Mapping[str, bytes],
    recorded: Mapping[str, Any],
) -> DeskDecided:
    """Store what was confirmed in a sitting whose verification is held."""
    pictures.store(services.settings, decided.decision.id, stored)
    number = held_confirmations.keep(member, ticket_id, decided, recorded)
    return _answer(decided, number, asking.held(ticket_id), effective=False)


def _answer(
    decided: Decided, number: int, request_id: int | None, *, effective: bool
) -> DeskDecided:
    matter, line_ids = decided.matter, tuple(line.public_id for line in decided.lines)
    return DeskDecided(matter.public_id, matter.state, line_ids, number, request_id, effective)


def _chosen(
    matter: Matter,
    lines: Sequence[Line],
    person: changes.Person,
    digests: Mapping[str, str] | None,
) -> tuple[list[str], str]:
    """Return the chosen line ids of a locked matter, and the digest of what is confirmed."""
    chosen = [line.public_id for line in lines if line.matter_id == matter.id]
    if digests is not None and matter.public_id in digests:
        return chosen, digests[matter.public_id]
    present = finding.matter(matter.public_id)
    own = finding.of_person(finding.lines(present), person.document_number, person.name)
    return chosen, content.digest_of(present, own)


def _lines_of(line_ids: Collection[str]) -> list[Line]:
    wanted = Line.public_id.in_(list(line_ids)) & finding.PRESENT
    lines = list(Line.select(Line, Matter).join(Matter).where(wanted).order_by(Line.id))
    if not lines:
        raise Refused(Reason.NOT_FOUND)
    return lines


def _matters(
    member: StaffMember, lines: Sequence[Line], line_ids: Collection[str]
) -> tuple[list[Matter], changes.Person]:
    """Return the matters in the order of locking, and the person."""
    person = acts.person_of(lines, line_ids)
    matters = {line.matter_id: line.matter for line in lines}
    for matter in matters.values():
        acts.require_others(member, matter)
    return [matters[key] for key in sorted(matters)], person


def _account(line: Line, *, is_held: bool = False) -> Account | None:
    """Return the account of a line's person; None for a document that needs none.

    ``is_held``: the account is made or activated by what is held.
    """
    account = desk.known_account(line.document_number)
    if account is None:
        if not is_held and line.document_type in guard.ONLINE_DOCUMENTS:
            raise Refused(Reason.PERSON_NOT_REGISTERED)
        return None
    if account.name != line.name:
        raise Refused(Reason.NOT_APPLICABLE)
    if account.status == FROZEN:
        raise Refused(Reason.ACCOUNT_FROZEN)
    if not is_held:
        accounts.require_activated(account)
    return account


def _lock(account: Account | None, matters: Sequence[Matter], person: changes.Person) -> None:
    """Lock account, person and matters before the ledger."""
    if account is not None:
        Account.locked(account.id)
    for matter in matters:
        finding.lock_matter(matter.public_id, (person.document_number,))


def _taken(services: Services, sitting: Sitting) -> dict[str, bytes]:
    """Return the pictures to store. Raises Refused INVALID_INPUT with every missing part."""
    settings, refused = services.settings, RefusedFields()
    refused.attempt(lambda: verifications.judge(sitting.on_site))
    needs_photo = settings.matter_desk_photo == "required" and not sitting.photo
    if needs_photo and not sitting.no_photo.strip():
        refused.refuse(invalid("desk_matters.no_photo.required"))
    is_signed = bool(sitting.signature) or sitting.paper_signed
    if sitting.cannot_sign and not is_signed:
        if not sitting.witness.strip():
            refused.refuse(invalid("desk_matters.witness.required"))
    elif settings.matter_signature == "required" and not is_signed:
        refused.refuse(invalid("desk_matters.signature.required"))
    for name in ("no_photo", "cannot_sign", "witness"):
        if len(getattr(sitting, name)) > LONGEST:
            refused.refuse(invalid("window.any.required", field=name, most=LONGEST))
    refused.raise_if_any()
    stored = {}
    if sitting.photo and settings.matter_desk_photo != "off":
        stored[pictures.PHOTO] = photos.prepared(sitting.photo, "photo")
    if sitting.guardian is not None and sitting.guardian_proof:
        stored[pictures.GUARDIAN_PROOF] = photos.prepared(sitting.guardian_proof, "guardian_proof")
    if sitting.signature and settings.matter_signature != "off":
        stored[pictures.SIGNATURE] = signatures.judged(sitting.signature)
    return stored


def _document(line: Line, sitting: Sitting) -> dict[str, str]:
    """Return what is recorded of a document that no source knows; empty for the others.

    Raises Refused INVALID_INPUT on ``evidence_seen`` unless that very document is ticked.
    """
    if line.document_type not in other_documents.NUMBERS:
        return {}
    if line.document_type not in sitting.on_site.evidence_seen:
        raise invalid("desk_matters.evidence_seen.not_this_document")
    return other_documents.judge(sitting.document, clock.today())


def _recorded(sitting: Sitting) -> dict[str, Any]:
    """Return what the ledger and the reviewer read."""
    on_site = sitting.on_site
    said: dict[str, Any] = {
        "evidence": evidence_seen.names(on_site.evidence_seen),
        "reason": on_site.reason,
        "no_photo": sitting.no_photo.strip(),
        "cannot_sign": sitting.cannot_sign.strip(),
        "witness": sitting.witness.strip(),
    }
    if sitting.paper_signed:
        said["paper_signed"] = True
    if on_site.place.strip():
        said["place"] = on_site.place.strip()
    return {name: value for name, value in said.items() if value}


def _guardian(
    services: Services,
    member: StaffMember,
    lines: Sequence[Line],
    sitting: Sitting,
    address: str,
) -> dict[str, str] | None:
    """Verify the guardian of a minor; return what is recorded. Outside of a transaction."""
    if not any(map(guard.is_minor, lines)):
        return None
    desk.require_allowed(member, "matter_confirmed", acts.CLERK)
    if sitting.guardian is None:
        raise Refused(Reason.GUARDIAN_REQUIRED, cause="at_desk")
    judged = guardians.judge(member, sitting.guardian)
    guardians.require_recorded(lines, judged)
    said = guardians.confirm(
        services, member, judged, address=address, despite_source=sitting.despite_source
    )
    recorded = {**judged.for_ledger(), "guardian_said": said}
    if guardians.differs_from_account(lines[0].document_number, judged):
        recorded["guardian_differs"] = text("guardians.differs")
    return recorded


def _judged(papers: Papers) -> dict[str, str]:
    refused = RefusedFields()
    for name in ("notary", "number"):
        if not 1 <= len(getattr(papers, name).strip()) <= LONGEST:
            refused.refuse(invalid("window.any.required", field=name, most=LONGEST))
    try:
        is_day = date.fromisoformat(papers.date) <= clock.today()
    except ValueError:
        is_day = False
    if not is_day:
        refused.refuse(invalid("desk_matters.date.wrong_form"))
    if not 1 <= len(papers.scans) <= MOST_SCANS:
        refused.refuse(invalid("desk_matters.scans.required", most=MOST_SCANS))
    refused.raise_if_any()
    return {
        "notary": papers.notary.strip(),
        "notarial_number": papers.number.strip(),
        "notarised_on": papers.date,
    }
