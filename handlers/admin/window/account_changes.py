"""What changes in a person's record at the window: the dates of the card, the phone."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.admin.window.blueprint import pages
from handlers.admin.window.forms import on_site
from handlers.auth import client_address
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL
from miniprogram_api.captures import evidence_seen
from miniprogram_api.counter import phone_changes, renewals
from miniprogram_api.counter.phone_changes import NewPhone
from miniprogram_api.desks import people
from miniprogram_api.staff import sittings, windows
from miniprogram_api.staff.members import Permission
from miniprogram_api.staff.sittings import Sitting
from miniprogram_api.texts import text, word
from miniprogram_api.windows import registration
from miniprogram_api.windows.registration import SOURCE_SAYS_NO


@pages.form("/persons/<handle>/renewal", may=Permission.WORK_AT_WINDOW)
def renew_card(visit: Visit, handle: str) -> ResponseReturnValue:
    """Take the dates of a renewed card, which the source confirms."""
    sitting = sittings.get(visit.member, handle)
    form = Form(_usual(visit, "renewed"))
    if form.is_sent:
        with form:
            return once(visit, lambda: _renewed(visit, sitting, form))
    return render(
        visit,
        "window/renewal.html",
        form=form,
        says_no=form.reason in SOURCE_SAYS_NO,
        **_about(visit, sitting, form),
    )


def _renewed(visit: Visit, sitting: Sitting, form: Form) -> str:
    renewals.renew(
        visit.services,
        visit.member,
        sitting.id_number,
        (form.text("valid_from"), form.text("valid_until")),
        on_site(form.values, form.all("evidence_seen")),
        address=client_address(request, visit.services.settings),
    )
    sittings.note_present(visit.member, sitting.handle, "card")
    return url_for(".show_person", handle=sitting.handle, done="renewed")


@pages.form("/persons/<handle>/phone", may=Permission.WORK_AT_WINDOW)
def change_phone(visit: Visit, handle: str) -> ResponseReturnValue:
    """Take another phone of a person at level 4, to be approved by the centre."""
    sitting = sittings.get(visit.member, handle)
    form, sent_to = Form(_usual(visit, "phone_lost")), ""
    if form.is_sent:
        with form:
            if "send_code" in form:
                sent_to = form_values.text(form.values, "phone")
                registration.send_code(visit.services, visit.member, sent_to)
            else:
                return once(visit, lambda: _asked(visit, sitting, form))
    about = _about(visit, sitting, form)
    account = about["person"].account
    is_ready = account is not None and account.level >= VERIFIED_LEVEL
    return render(
        visit,
        "window/phone_change.html",
        form=form,
        sent_to=sent_to,
        verify_first="" if is_ready else text("reasons.LEVEL_TOO_LOW.at_desk"),
        **about,
    )


def _asked(visit: Visit, sitting: Sitting, form: Form) -> str:
    code = form.text("sms_code") if form["proved_by"] == "sms" else None
    phone_changes.ask(
        visit.services,
        visit.member,
        sitting.id_number,
        NewPhone(form.text("phone"), code),
        on_site(form.values, form.all("evidence_seen")),
    )
    sittings.note_present(visit.member, sitting.handle, "card")
    return url_for(".show_person", handle=sitting.handle, done="phone_asked")


def _usual(visit: Visit, reason: str) -> dict[str, str]:
    """Return what the form begins with."""
    place = windows.name_of(visit.member.window_id)
    return {"place": place, "reason": word("desk.usual_reasons", reason)}


def _about(visit: Visit, sitting: Sitting, form: Form) -> dict[str, Any]:
    return {
        "handle": sitting.handle,
        "person": people.of_sitting(visit.member, sitting),
        "documents": evidence_seen.NAMES,
        "chosen": form.all("evidence_seen"),
    }
