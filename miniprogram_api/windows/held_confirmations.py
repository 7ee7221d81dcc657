"""Confirmations of a sitting whose verification is held: they count when it takes effect."""

import json
from collections.abc import Mapping
from typing import Any

from miniprogram_api import clock
from miniprogram_api.accounts import consents
from miniprogram_api.desks import asking
from miniprogram_api.matter_lines import changes, finding
from miniprogram_api.matter_lines.changes import Decided, Evidence
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import due
from miniprogram_api.windows import matter_acts
from models.accounts.accounts import Account
from models.matters.decisions import Decision
from models.matters.matters import PENDING, Line
from models.second_person import (
    HELD_CONFIRMATION,
    MINOR_CONFIRMATION,
    ON_SITE_CONFIRMATION,
    VOID,
    WAITING,
    SecondPersonRequest,
)

HELD = "matter_confirmation_held"
"""The ledger's action."""


def of_ticket(ticket_id: int) -> list[SecondPersonRequest]:
    """Return the confirmations that wait for the verification of a ticket, in their order."""
    of_sitting = (
        (SecondPersonRequest.kind == HELD_CONFIRMATION)
        & (SecondPersonRequest.state == WAITING)
        & (SecondPersonRequest.ticket == ticket_id)
    )
    return list(SecondPersonRequest.select().where(of_sitting).order_by(SecondPersonRequest.id))


def lines_of(decision: Decision) -> list[Line]:
    """Return the lines that a decision is about, in their order."""
    line_ids = [line["line_id"] for line in json.loads(decision.lines)]
    return list(Line.select().where(Line.public_id.in_(line_ids)).order_by(Line.position))


def locked(ticket_id: int) -> list[SecondPersonRequest]:
    """Return the confirmations of a ticket with their matters locked, before the ledger is."""
    waiting = of_ticket(ticket_id)
    for request in sorted(waiting, key=lambda one: one.decision.matter_id):
        documents = {line.document_number for line in lines_of(request.decision)}
        finding.lock_matter(request.decision.matter.public_id, documents)
    return waiting


def keep(member: StaffMember, ticket_id: int, decided: Decided, recorded: Mapping[str, Any]) -> int:
    """Store one with its held verification; return the ledger line's number."""
    asking.ask(
        member, HELD_CONFIRMATION, recorded, ticket_id=ticket_id, decision_id=decided.decision.id
    )
    return matter_acts.append_of_lines(
        member, HELD, decided.matter, decided.lines, ticket_id=ticket_id, **recorded
    )


def take_effect(
    services: Services, member: StaffMember, waiting: list[SecondPersonRequest], account: Account
) -> None:
    """Confirm the lines of a person who is verified now; each is reviewed like others.

    What cannot be confirmed any more, because the matter ended or changed, is discarded. A
    minor's without a photographed proof of guardianship waits on, for a decision of its own.
    """
    for request in waiting:
        filed, lines = request.decision, lines_of(request.decision)
        if _is_unproven(request):
            request.kind, request.due_at = MINOR_CONFIRMATION, due.second_person_due(clock.now())
            request.save()
            continue
        evidence = Evidence(
            "on_site",
            account.id,
            pictures=json.loads(filed.pictures),
            window_id=request.window_id,
            staff_id=request.asked_by_id,
        )
        try:
            decided = changes.confirm_lines(
                services,
                filed.matter.public_id,
                [line.public_id for line in lines],
                person=changes.Person(lines[0].document_number, lines[0].name),
                digest=filed.digest,
                evidence=evidence,
            )
        except Refused:
            _discard(request)
            continue
        if json.loads(filed.pictures):
            consents.record(account.id, [consents.MATTER])
        pictures.move(filed.id, decided.decision.id)
        request.kind, request.decision = ON_SITE_CONFIRMATION, decided.decision
        request.due_at = due.second_person_due(decided.decision.at)
        request.save()
        matter_acts.append_of_lines(
            member,
            "matter_confirmed",
            decided.matter,
            decided.lines,
            requested_by=f"staff:{request.asked_by_id}",
            **json.loads(request.content or "{}"),
        )


def _is_unproven(request: SecondPersonRequest) -> bool:
    has_guardian = "guardian" in json.loads(request.content or "{}")
    return has_guardian and pictures.GUARDIAN_PROOF not in json.loads(request.decision.pictures)


def discard(ticket_id: int) -> None:
    """End those of a verification that does not take effect; the lines wait for the person."""
    for request in locked(ticket_id):
        _discard(request)


def free_lines(decision: Decision) -> None:
    """Let the lines of a held decision be confirmed again."""
    ids = [line.id for line in lines_of(decision)]
    is_held = (Line.state == PENDING) & (Line.reason == changes.HELD)
    Line.update(reason="").where(Line.id.in_(ids) & is_held).execute()


def open_again(request: SecondPersonRequest) -> None:
    """Delete the pictures of a confirmation without effect; its lines wait for the person."""
    pictures.discard(request.decision_id)
    free_lines(request.decision)


def _discard(request: SecondPersonRequest) -> None:
    open_again(request)
    ended = SecondPersonRequest.update(state=VOID, content=None)
    ended.where(SecondPersonRequest.id == request.id).execute()
