"""What gives or takes away an identity waits here for a second person's yes or no."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.centre.tickets import explained
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.api.fields import number
from miniprogram_api import approvals, ticket_desk
from miniprogram_api.approvals import Asked
from miniprogram_api.reasons import Refused, invalid_field
from miniprogram_api.staff import Permission
from miniprogram_api.texts import text, word, words

TABS = words("approvals.tabs")


class Change(NamedTuple):
    """One thing that an act changes, in words."""

    label: str
    before: str
    after: str


@page(
    blueprint,
    "/centre/approvals",
    may=Permission.READ_CENTRE,
    menu=Menu("信息中心", "待批准", "checklist", 21),
)
def centre_approvals(visit: Visit) -> ResponseReturnValue:
    """What waits, what nobody decided in time, and what was decided."""
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


@page(blueprint, "/centre/approvals/<approval_id>", may=Permission.READ_CENTRE)
def centre_approval(visit: Visit, approval_id: str) -> ResponseReturnValue:
    """What is asked, by whom, what changes, and the ticket with its evidence."""
    return _approval_page(visit, number(approval_id))


@page(
    blueprint,
    "/centre/approvals/<approval_id>/decision",
    methods=("POST",),
    may=Permission.READ_CENTRE,
    writes=Permission.WORK_AT_CENTRE,
)
def decide_centre_approval(visit: Visit, approval_id: str) -> ResponseReturnValue:
    """Approve, refuse, or take back what one asked for oneself."""
    try:
        return once(visit, lambda: _decided(visit, number(approval_id)))
    except Refused as refused:
        return _approval_page(visit, number(approval_id), refused)


def _decided(visit: Visit, approval_id: int) -> str:
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "")
    if decision == "withdraw":
        approvals.withdraw(visit.member, approval_id, reason)
        done = "withdrawn"
    elif decision in ("approve", "refuse"):
        approve = decision == "approve"
        approvals.decide(visit.services, visit.member, approval_id, approve=approve, reason=reason)
        done = "approved" if approve else "refused"
    else:
        raise invalid_field("decision", "not_allowed", "请选择批准或不予批准。")
    return url_for("admin.centre_approval", approval_id=approval_id, done=done)


def changes(asked: Asked) -> list[Change]:
    """Before and after in words, one line for each thing."""
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


def _approval_page(
    visit: Visit, approval_id: int, refused: Refused | None = None
) -> ResponseReturnValue:
    asked = approvals.get(visit.member, approval_id)
    ticket = ticket_desk.get(visit.member, asked.ticket_id)
    status, message, errors = explained(refused)
    return render(
        visit,
        "centre/approval.html",
        status,
        asked=asked,
        changes=changes(asked),
        act=word("desk.acts", asked.act),
        states=words("desk.approval_states"),
        ticket=ticket,
        names=actor_names({event.actor for event in ticket.history}),
        reasons=ticket_desk.OPENING_REASONS,
        message=message,
        errors=errors,
        form=request.form.to_dict(),
    )
