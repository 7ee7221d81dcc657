"""Approvals: acts that give or take away an identity wait for a second person's decision."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.centre.blueprint import pages
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.api.fields import number
from miniprogram_api.centre import approvals
from miniprogram_api.centre.approvals import ApprovalRequest
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import invalid, text, word, words

TABS = words("approvals.tabs")


class Change(NamedTuple):
    """One value that an act changes, in words."""

    label: str
    before: str
    after: str


@pages.page("/approvals", may=Permission.READ_CENTRE)
def centre_approvals(visit: Visit) -> ResponseReturnValue:
    """List the approvals that wait, that expired undecided, or that were decided."""
    which = request.args.get("which", "waiting")
    if which not in TABS:
        which = "waiting"
    before = request.args.get("before", "")
    found = approvals.listed(
        visit.member,
        which,  # type: ignore[arg-type]
        before=number(before) if before else None,
        most=approvals.PAGE + 1,
    )
    return render(
        visit,
        "centre/approvals.html",
        asked=found[: approvals.PAGE],
        older=found[approvals.PAGE - 1].id if len(found) > approvals.PAGE else None,
        which=which,
        tabs=TABS,
        acts=words("desk.acts"),
        states=words("desk.approval_states"),
    )


@pages.page("/approvals/<approval_id>", may=Permission.READ_CENTRE)
def centre_approval(visit: Visit, approval_id: str) -> ResponseReturnValue:
    """Show a request: its author, its changes, and the ticket with its evidence."""
    return _approval_page(visit, number(approval_id), Form())


@pages.act("/approvals/<approval_id>/decision", may=Permission.WORK_AT_CENTRE)
def decide_centre_approval(visit: Visit, approval_id: str) -> ResponseReturnValue:
    """Approve or refuse a request, or withdraw one's own."""
    form = Form(beside=("reason", "note"))
    with form:
        return once(visit, lambda: _decided(visit, number(approval_id), form))
    return _approval_page(visit, number(approval_id), form)


def _decided(visit: Visit, approval_id: int, form: Form) -> str:
    decision, reason = form["decision"], form["reason"]
    if decision == "withdraw":
        approvals.withdraw(visit.member, approval_id, reason)
        done = "withdrawn"
    elif decision in ("approve", "refuse"):
        approve = decision == "approve"
        approvals.decide(visit.services, visit.member, approval_id, approve=approve, reason=reason)
        done = "approved" if approve else "refused"
    else:
        raise invalid("pages.decision.not_allowed")
    return url_for(".centre_approval", approval_id=approval_id, done=done)


def changes(asked: ApprovalRequest) -> list[Change]:
    """List the changes of a request in words."""
    return [
        Change(
            word("approvals.fields", name),
            _words(name, asked.before) if name in asked.before else "—",
            _words(name, asked.after) if name in asked.after else "—",
        )
        for name in {**asked.before, **asked.after}
    ]


def _words(name: str, values: Mapping[str, Any]) -> str:
    value = values[name]
    if name == "status":
        return (
            text("approvals.active") if value == "active" else word("accounts.statuses", str(value))
        )
    if name == "valid_until" and value is None:
        return text("approvals.long_term")
    return text("approvals.not_recorded") if value is None else str(value)


def _approval_page(visit: Visit, approval_id: int, form: Form) -> ResponseReturnValue:
    asked = approvals.get(visit.member, approval_id)
    ticket = ticket_desk.get(visit.member, asked.ticket_id)
    return render(
        visit,
        "centre/approval.html",
        form=form,
        refusal=form.summary,
        asked=asked,
        changes=changes(asked),
        act=word("desk.acts", asked.act),
        states=words("desk.approval_states"),
        ticket=ticket,
        names=actor_names({event.actor for event in ticket.history}),
        reasons=ticket_desk.OPENING_REASONS,
    )
