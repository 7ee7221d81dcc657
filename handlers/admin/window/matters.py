"""Matters at a window: the list, one matter and the acts on it."""

from typing import cast

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.admin.window.blueprint import pages
from handlers.admin.window.forms import AT_WINDOW, shown_by
from handlers.api.desk.matters import AcceptanceBody, WithdrawalBody
from miniprogram_api.accounts import desk_codes
from miniprogram_api.staff import sittings
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import invalid, words
from miniprogram_api.windows import matter_acts, matter_sheets, matter_views
from miniprogram_api.windows.matter_sheets import Present
from miniprogram_api.windows.matter_views import OPEN, State

LONGEST_REASON = 200


@pages.form("/matters", may=Permission.READ_WINDOW, writes=Permission.READ_WINDOW)
def list_matters(visit: Visit) -> ResponseReturnValue:
    """List the matters of this window; find those of any window."""
    states = {"open": None, **words("sheets.matter_states")}
    wanted = request.args.get("state", OPEN)
    state = cast("State", wanted if wanted in states else OPEN)
    form, listed = Form(beside=()), None
    if form.is_sent:
        number, document = form.text("number", 100), form.text("document", 30)
        with form:
            with desk_codes.reading(document, visit.member) as read:
                listed = matter_views.find(
                    visit.services, visit.member, number=number, document=read
                )
            if read:
                holder = matter_views.document_number(read)
                is_typed = read == document
                handle = sittings.begin(
                    visit.member,
                    holder,
                    typed=is_typed,
                    reason=AT_WINDOW,
                    present_by=shown_by(is_typed),
                ).handle
                return redirect(url_for(".confirm_matters", handle=handle))
    return render(
        visit,
        "window/matters.html",
        form=form,
        state=state,
        states=words("sheets.matter_states"),
        kinds=words("sheets.kinds"),
        found=listed,
        matters=matter_views.listed(visit.member, state),
    )


@pages.page("/matters/<matter_id>", may=Permission.READ_WINDOW)
def show_matter(visit: Visit, matter_id: str) -> ResponseReturnValue:
    """Show one matter with the state of each line."""
    return _matter_page(visit, matter_id, Form())


def _matter_page(visit: Visit, matter_id: str, form: Form) -> ResponseReturnValue:
    return render(
        visit,
        "window/matter.html",
        form=form,
        matter=matter_views.look(visit.services, visit.member, matter_id),
        states=words("sheets.matter_states"),
        line_states=words("desk_matters.line_states"),
        reasons=words("desk_matters.reasons"),
        ways=words("sheets.verified_ways"),
        kinds=words("sheets.kinds"),
        acts=words("desk_matters.acts"),
        documents=words("sheets.document_types"),
        invitations=words("desk_matters.invitations"),
    )


@pages.act("/matters/<matter_id>/acts", may=Permission.WORK_AT_WINDOW)
def act_on_matter(visit: Visit, matter_id: str) -> ResponseReturnValue:
    """Accept, withdraw or remind."""
    form = Form(beside=())
    act = form["act"]

    def done() -> str:
        if act == "accept":
            version = form.body(AcceptanceBody).version
            matter_acts.accept(visit.services, visit.member, matter_id, version)
        elif act == "withdraw":
            matter_acts.withdraw(visit.member, matter_id, form.body(WithdrawalBody).reason)
        else:
            matter_acts.remind(visit.member, matter_id)
        return url_for(".show_matter", matter_id=matter_id, done=f"matter_{act}")

    with form:
        return once(visit, done)
    return _matter_page(visit, matter_id, form)


@pages.act("/matters/<matter_id>/sheets", may=Permission.WORK_AT_WINDOW)
def print_matter_sheets(visit: Visit, matter_id: str) -> ResponseReturnValue:
    """Send the sheets as PDF, for a reason; another window's, of the person who is there."""
    form = Form(beside=())
    reason, shown = form.text("reason", LONGEST_REASON), form.text("present", 60)
    with form:
        if not reason:
            raise invalid("desk_matters.reason.required")
        with desk_codes.reading(shown, visit.member) as number:
            present = Present(number, shown_by(number == shown)) if number else None
            drawn = matter_sheets.print_sheets(
                visit.services, visit.member, matter_id, reason, present
            )
        return csv_files.file(drawn.pdf, "application/pdf")
    return _matter_page(visit, matter_id, form)


@pages.act("/matters/<matter_id>/lines/<line_id>/person", may=Permission.WORK_AT_WINDOW)
def begin_confirming(visit: Visit, matter_id: str, line_id: str) -> ResponseReturnValue:
    """Begin a sitting with the person of a line."""
    number = matter_views.document_of(visit.services, visit.member, matter_id, line_id)
    handle = sittings.begin(visit.member, number, typed=False, reason=AT_WINDOW).handle
    target = ".file_matter_papers" if "papers" in request.form else ".confirm_matters"
    return redirect(url_for(target, handle=handle))
