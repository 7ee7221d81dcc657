"""The clerk's desk: finding a person, opening the record for a reason, verifying on site.

Addresses name a person by the handle of a sitting; an ID number is only in forms.
"""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import looking_up
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.admin.window import captures
from handlers.admin.window.blueprint import pages
from handlers.admin.window.forms import (
    AT_WINDOW,
    COMMON_REASONS,
    denial_of,
    done_address,
    on_site,
    shown_by,
    ticked,
)
from handlers.api.desk.window import PersonOpeningBody
from handlers.api.uploads import Image
from miniprogram_api import masking
from miniprogram_api.accounts import desk_codes
from miniprogram_api.captures import evidence_seen
from miniprogram_api.captures.taking import Capture
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import lookups, past_verifications
from miniprogram_api.desks import people as desk_people
from miniprogram_api.desks import queue as ticket_queue
from miniprogram_api.desks import reminders as desk_reminders
from miniprogram_api.second_person import listing, verification_details
from miniprogram_api.staff import sittings, windows
from miniprogram_api.staff.members import Permission
from miniprogram_api.staff.sittings import Sitting
from miniprogram_api.texts import text, word
from miniprogram_api.windows import matter_views
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.verifications import OnSite

SHOWN_TICKETS = 6


@pages.form("", may=Permission.READ_WINDOW, writes=Permission.READ_WINDOW)
def window_desk_page(visit: Visit) -> ResponseReturnValue:
    """Find a person by ID number or scanned code; list the work of this window."""
    form = looking_up.person_form(AT_WINDOW)
    if form.is_sent:
        with form:
            return redirect(url_for(".show_person", handle=_found(visit, form).handle))
    return render(
        visit,
        "window/desk.html",
        form=form,
        lookup_reasons=looking_up.REASONS,
        place=windows.name_of(visit.member.window_id),
        without_window=visit.member.window_id is None,
        reminders=desk_reminders.of_member(visit.member),
        to_decide=listing.to_decide(visit.member),
        denied=past_verifications.denied_of(visit.member),
        questions=listing.questions_to(visit.member),
        tickets=ticket_queue.queue(visit.member)[:SHOWN_TICKETS],
        unfinished=[
            (sitting, masking.name(sitting.typed.get("name", "")))
            for sitting in sittings.unfinished(visit.member)
        ],
    )


def _found(visit: Visit, form: Form) -> Sitting:
    shown, reason, note = form.text("id_number"), form["reason"], form.text("note")
    with desk_codes.reading(shown, visit.member) as number:
        desk_people.find(visit.services, visit.member, number, reason, note)
        id_number = desk.read_id_number(number)
    is_typed = number == shown
    return sittings.begin(
        visit.member,
        id_number,
        typed=is_typed,
        reason=reason,
        note=note,
        present_by=shown_by(is_typed) if reason == AT_WINDOW else None,
    )


@pages.page("/persons/<handle>", may=Permission.READ_WINDOW)
def show_person(visit: Visit, handle: str) -> ResponseReturnValue:
    """Show a person, masked until opened."""
    return _person_page(visit, sittings.get(visit.member, handle), Form())


@pages.act("/persons/<handle>/open", may=Permission.READ_WINDOW, writes=Permission.READ_WINDOW)
def open_person(visit: Visit, handle: str) -> ResponseReturnValue:
    """Open a person for a preset reason or another one."""
    sitting = sittings.get(visit.member, handle)
    form = Form()
    with form:
        return once(visit, lambda: _opened(visit, sitting, form))
    return _person_page(visit, sitting, form)


def _opened(visit: Visit, sitting: Sitting, form: Form) -> str:
    reason, note = sitting.reason, sitting.note
    if "reason" in form:
        body = form.body(PersonOpeningBody)
        reason, note = body.reason, body.note or ""
    opened = desk_people.open_person(visit.member, sitting.id_number, reason, note)
    assert opened.ledger_number is not None  # noqa: S101 - it was just written.
    sittings.note_opened(visit.member, sitting.handle, opened.ledger_number)
    return url_for(".show_person", handle=sitting.handle)


def _person_page(visit: Visit, sitting: Sitting, form: Form) -> ResponseReturnValue:
    return render(
        visit,
        "window/person.html",
        form=form,
        handle=sitting.handle,
        person=desk_people.of_sitting(visit.member, sitting),
        open_matters=matter_views.open_lines_of(sitting.id_number),
        reasons=desk.PRESET_REASONS,
        given="：".join(filter(None, (lookups.WORDS.get(sitting.reason), sitting.note))),
    )


@pages.form(
    "/persons/<handle>/verification",
    may=Permission.WORK_AT_WINDOW,
    largest=captures.LARGEST,
    files=captures.FILES,
)
def verify_person(
    visit: Visit, handle: str, form: dict[str, str], files: dict[str, Image]
) -> ResponseReturnValue:
    """Record the on-site verification of a person: level 4 at once, unless it is held."""
    sitting = sittings.get(visit.member, handle)
    chosen = ticked(form)
    page_form = Form({"place": windows.name_of(visit.member.window_id)}, typed=form)
    if page_form.is_sent:
        capture = captures.received(sitting, form, files)
        with page_form:
            seen = on_site(form, chosen)
            return once(visit, lambda: _verified(visit, sitting, seen, capture), form)
        sitting = captures.keep(visit, sitting, capture, page_form)
    return render(
        visit,
        "window/verification.html",
        form=page_form,
        takes_photos=True,
        handle=handle,
        person=desk_people.of_sitting(visit.member, sitting),
        documents=evidence_seen.NAMES,
        chosen=chosen,
        **captures.shown(visit, sitting),
        common_reasons=COMMON_REASONS,
        no_account=text("reasons.PERSON_NOT_REGISTERED.sentence"),
        denied=denial_of(sitting.id_number),
    )


def _verified(visit: Visit, sitting: Sitting, seen: OnSite, capture: Capture) -> str:
    done = window_desk.verify(visit.services, visit.member, sitting.id_number, seen, capture)
    return done_address(visit, sitting, "verified", done, seen)


@pages.page("/persons/<handle>/done", may=Permission.READ_WINDOW)
def show_done(visit: Visit, handle: str) -> ResponseReturnValue:
    """Show the recorded ledger line, and the due time of its review."""
    sitting = sittings.get(visit.member, handle)
    if sitting.done is None:
        return redirect(url_for(".show_person", handle=handle))
    details = verification_details.get(visit.member, sitting.done["verification_id"])
    held = details.review.held
    return render(
        visit,
        "window/done.html",
        held_words="" if held is None else word("second_person.held_reasons", held),
        handle=handle,
        act=sitting.done["act"],
        ledger_number=sitting.done["ledger_number"],
        authorization=sitting.done.get("authorization"),
        open_matters=matter_views.open_lines_of(sitting.id_number),
        person=desk_people.of_sitting(visit.member, sitting),
        details=details,
    )
