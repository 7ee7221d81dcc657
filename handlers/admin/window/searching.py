"""Searching a person without an ID number: by phone and name, or by a passport's number."""

from flask import url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import looking_up
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from handlers.admin.window.blueprint import pages
from handlers.admin.window.forms import AT_WINDOW
from miniprogram_api.counter import searches
from miniprogram_api.counter.searches import Hit
from miniprogram_api.staff import sittings
from miniprogram_api.staff.members import Permission


@pages.form("/search", may=Permission.READ_WINDOW, writes=Permission.READ_WINDOW)
def search_person(visit: Visit) -> ResponseReturnValue:
    """Show masked hits, each the beginning of a sitting of this clerk."""
    form = looking_up.search_form(AT_WINDOW)
    hits = None
    if form.is_sent:
        with form:
            hits = [(hit, _address(visit, hit, form)) for hit in _found(visit, form)]
    return render(
        visit, "window/search.html", form=form, hits=hits, lookup_reasons=looking_up.REASONS
    )


def _found(visit: Visit, form: Form) -> list[Hit]:
    reason, note = form["reason"], form.text("note")
    if form.text("document"):
        return searches.by_document(
            visit.services, visit.member, form.text("document"), reason, note
        )
    return searches.by_phone(
        visit.services, visit.member, form.text("phone"), form.text("name"), reason, note
    )


def _address(visit: Visit, hit: Hit, form: Form) -> str:
    """Begin a sitting and return where it goes on: with matters where there is no account."""
    sitting = sittings.begin(
        visit.member, hit.number, typed=False, reason=form["reason"], note=form.text("note")
    )
    page = ".confirm_matters" if hit.status is None else ".show_person"
    return url_for(page, handle=sitting.handle)
