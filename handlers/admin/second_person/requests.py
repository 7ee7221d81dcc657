"""What waits for a second person: the list with its filters, and the page of a request."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import cut, render
from handlers.admin.second_person.blueprint import pages
from handlers.api.fields import number
from miniprogram_api.desks import lookups
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.reasons import Reason
from miniprogram_api.second_person import (
    act_pictures,
    approvals,
    deciding,
    escalation,
    figures,
    letters,
    listing,
    matter_review_details,
    questions,
    verification_details,
)
from miniprogram_api.second_person.approvals import ApprovalRequest
from miniprogram_api.second_person.kinds import GROUPS
from miniprogram_api.second_person.listing import Listed
from miniprogram_api.second_person.requests import LONGEST_REASON
from miniprogram_api.staff import passkeys, sittings
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import has, invalid, text, word, words
from miniprogram_api.texts.sentences import sentence

TABS = words("second_person.which")
# Buttons of the decision, what they need, and the questions before them.
LABELS = ("agree", "deny", "hint", "ask_agree", "ask_deny")
# Kind → the messages after yes and no; the acts of the centre share theirs.
DONE = {
    "verification": ("confirmed", "revoked"),
    "held_verification": ("held_approved", "held_refused"),
    "on_site_confirmation": ("matter_reviewed", "matter_revoked"),
    "minor_confirmation": ("matter_reviewed", "matter_revoked"),
    "notarised_papers": ("matter_reviewed", "matter_revoked"),
    "centre_act": ("approved", "refused"),
}


class Change(NamedTuple):
    """One value that an act changes, in words."""

    label: str
    before: str
    after: str


@pages.page("/second-person", may=Permission.READ_WINDOW)
def list_requests(visit: Visit) -> ResponseReturnValue:
    """List what waits, the first due first; or what is late or decided, newest first."""
    which = request.args.get("which", "waiting")
    which = which if which in TABS else "waiting"
    group = request.args.get("group")
    group = group if group in _groups(visit) else None
    before = request.args.get("before", "")
    shown, last = cut(
        listing.listed(
            visit.member,
            group,
            which,  # type: ignore[arg-type]
            before=number(before) if before else None,
            most=listing.PAGE + 1 if which != "waiting" else listing.MOST_LISTED,
        ),
        listing.PAGE if which != "waiting" else listing.MOST_LISTED,
    )
    return render(
        visit,
        "second_person/requests.html",
        requests=shown,
        older=None if last is None else last.id,
        which=which,
        group=group,
        tabs=TABS,
        groups=_groups(visit),
        to_decide=listing.to_decide(visit.member),
        kinds=words("second_person.kinds"),
        held_reasons=words("second_person.held_reasons"),
        risk_words=words("second_person.risks"),
        state_words=_state_words,
        **_figures(visit, group),
    )


@pages.form(
    "/second-person/<int:request_id>", may=Permission.READ_WINDOW, writes=Permission.READ_WINDOW
)
def show_request(visit: Visit, request_id: int) -> ResponseReturnValue:
    """Show a request, and take the decision of another member or the withdrawal of one's own."""
    form = Form(beside=("reason", "cause", "question"))
    if form.is_sent:
        with form:
            return once(visit, lambda: _decided(visit, request_id, form))
    asked = listing.get(visit.member, request_id)
    return render(
        visit,
        "second_person/request.html",
        form=form,
        asked=asked,
        state=_state_words(asked),
        title=word("second_person.kinds", asked.kind),
        labels=_labels(asked),
        needs_passkey=passkeys.is_required(visit.services) and not visit.member.by_passkey,
        longest=LONGEST_REASON,
        **_PARTS[asked.group](visit, asked),
    )


@pages.act(
    "/second-person/<int:request_id>/person",
    may=Permission.READ_WINDOW,
    writes=Permission.READ_WINDOW,
)
def find_reviewed_person(visit: Visit, request_id: int) -> ResponseReturnValue:
    """Go to the person of a verification, masked until opened for a reason."""
    id_number = verification_details.id_number_of(visit.member, request_id)
    lookups.record(visit.services, visit.member, id_number, "review")
    sitting = sittings.begin(visit.member, id_number, typed=False, reason="review")
    return redirect(url_for("admin.window.show_person", handle=sitting.handle))


@pages.page("/second-person/<int:request_id>/letter", may=Permission.READ_WINDOW)
def show_letter(visit: Visit, request_id: int) -> ResponseReturnValue:
    """Show the letter to a person whose verification was revoked, for printing."""
    letter = letters.read(visit.member, request_id)
    return render(visit, "second_person/letter.html", letter=letter, request_id=request_id)


@pages.page("/second-person/<int:request_id>/<name>.jpg", may=Permission.READ_WINDOW)
def show_matter_picture(visit: Visit, request_id: int, name: str) -> ResponseReturnValue:
    """Send one picture of a confirmation."""
    content = matter_review_details.picture(visit.services, visit.member, request_id, name)
    is_png = content.startswith(b"\x89PNG")
    return csv_files.file(content, "image/png" if is_png else "image/jpeg")


@pages.page("/second-person/<int:request_id>/pictures/<name>.jpg", may=Permission.READ_WINDOW)
def show_act_picture(visit: Visit, request_id: int, name: str) -> ResponseReturnValue:
    """Send one picture of a registration or verification at a window."""
    content = act_pictures.picture(visit.services, visit.member, request_id, name)
    return csv_files.file(content, "image/jpeg")


def changes(asked: ApprovalRequest) -> list[Change]:
    """List the changes of a request in words."""
    return [
        Change(
            word("approvals.fields", name),
            _value(name, asked.before) if name in asked.before else "—",
            _value(name, asked.after) if name in asked.after else "—",
        )
        for name in {**asked.before, **asked.after}
    ]


def _decided(visit: Visit, request_id: int, form: Form) -> str:
    decision, reason = form["decision"], form["reason"]
    if decision == "withdraw":
        approvals.withdraw(visit.member, request_id, reason)
        done = "withdrawn"
    elif decision in ("agree", "deny"):
        agrees = decision == "agree"
        deciding.decide(
            visit.services,
            visit.member,
            request_id,
            agrees=agrees,
            reason=reason,
            cause=form.text("cause"),
        )
        done = DONE[_key(listing.get(visit.member, request_id))][0 if agrees else 1]
    elif decision in ("ask", "answer"):
        say = questions.ask if decision == "ask" else questions.answer
        say(visit.member, request_id, form.text("question"))
        done = f"review_{decision}"
    else:
        raise invalid("pages.decision.required")
    return url_for(".show_request", request_id=request_id, done=done)


def _figures(visit: Visit, group: str | None) -> dict[str, Any]:
    """Return the figures above the list: of held acts, and the overdue ones of each window."""
    if group not in (None, verification_details.GROUP):
        return {}
    held, names = figures.of_held(), words("second_person.figures")
    wait = held.median_wait
    shown = {
        "waiting": held.waiting,
        "waiting_longer": held.waiting_longer,
        "within_target": text(
            "second_person.figures.share", part=held.within_target, whole=held.decided
        ),
        "median_wait": "—"
        if wait is None
        else text("second_person.figures.minutes", count=round(wait.total_seconds() / 60)),
    }
    late: list[tuple[str, int]] = []
    if visit.member.may(Permission.READ_CENTRE):
        late = escalation.overdue_by_window()
    return {
        "held_figures": [(names[key], value) for key, value in shown.items()],
        "late_windows": late,
    }


def _groups(visit: Visit) -> dict[str, str]:
    """Return the groups that the member may read, with their titles."""
    titles = words("second_person.groups")
    return {name: titles[name] for name in GROUPS if listing.may_read(visit.member, name)}


def _key(asked: Listed) -> str:
    """Return the key of the texts of a kind; the acts of the centre share theirs."""
    return "centre_act" if asked.group == approvals.GROUP else asked.kind


def _state_words(asked: Listed) -> str:
    return text(f"second_person.states.{_key(asked)}.{asked.state}")


def _labels(asked: Listed) -> dict[str, str]:
    """Return the texts of the form of a decision, those that the kind has."""
    keys = {name: f"second_person.decisions.{_key(asked)}.{name}" for name in LABELS}
    return {name: text(key) for name, key in keys.items() if has(key)}


def _verification(visit: Visit, asked: Listed) -> dict[str, Any]:
    details = verification_details.get(visit.member, asked.id)
    held, member = details.review.held, visit.member
    is_same_window = asked.window_id == member.window_id and not member.may(
        Permission.WORK_AT_CENTRE
    )
    return {
        "details": details,
        "held_words": word("second_person.held_reasons", held) if held else "",
        "obstacle": None if details.obstacle is None else _sentence(Reason[details.obstacle]),
        "risk_words": words("second_person.risks"),
        "outcome_words": words("second_person.outcomes"),
        "causes": words("second_person.denial_causes"),
        "is_same_window": asked.kind == "held_verification" and is_same_window,
        "letter": letters.is_needed(member, asked.id),
        "picture_words": words("captures.pictures"),
        "card_words": words("second_person.card"),
        "pictures": act_pictures.thumbnails(asked.id),
        "card_seen": act_pictures.card_seen(asked.id),
    }


def _confirmation(visit: Visit, asked: Listed) -> dict[str, Any]:
    return {
        "details": matter_review_details.get(visit.services, visit.member, asked.id),
        "fields": words("ledger.fields"),
        "ways": words("sheets.verified_ways"),
    }


def _centre_act(visit: Visit, asked: Listed) -> dict[str, Any]:
    details = approvals.get(visit.member, asked.id)
    ticket = ticket_desk.get(visit.member, details.ticket_id)
    return {
        "details": details,
        "changes": changes(details),
        "ticket": ticket,
        "names": actor_names({event.actor for event in ticket.history}),
        "reasons": ticket_desk.OPENING_REASONS,
    }


# Group → the further values of its part of the page.
_PARTS = {
    verification_details.GROUP: _verification,
    matter_review_details.GROUP: _confirmation,
    approvals.GROUP: _centre_act,
}


def _value(name: str, values: Mapping[str, Any]) -> str:
    value = values[name]
    if name == "status":
        return (
            text("approvals.active") if value == "active" else word("accounts.statuses", str(value))
        )
    if name == "valid_until" and value is None:
        return text("approvals.long_term")
    return text("approvals.not_recorded") if value is None else str(value)


def _sentence(reason: Reason) -> str:
    """Return the sentence of a refusal, as a desk reads it."""
    own = f"reasons.{reason.name}.desk"
    return text(own) if has(own) else sentence(reason)
