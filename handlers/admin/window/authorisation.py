"""Asking a person whether to register businesses (是否办理工商登记注册), until which day."""

from flask import url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.admin.window.blueprint import pages
from handlers.api.desk.window import WindowAuthorizationBody
from miniprogram_api import clock
from miniprogram_api.accounts import authorisation
from miniprogram_api.captures import evidence_seen
from miniprogram_api.desks import people as desk_people
from miniprogram_api.staff import sittings
from miniprogram_api.staff.members import Permission
from miniprogram_api.staff.sittings import Sitting
from miniprogram_api.texts import invalid, text
from miniprogram_api.windows import authorisations as window_authorisations

ANSWERS = {"yes": True, "no": False}


@pages.form("/persons/<handle>/authorization", may=Permission.WORK_AT_WINDOW)
def authorise_person(visit: Visit, handle: str) -> ResponseReturnValue:
    """Record the person's answer: the last step of a sitting, or an act of its own."""
    sitting = sittings.get(visit.member, handle)
    form = Form()
    if form.is_sent:
        with form:
            return once(visit, lambda: _recorded(visit, sitting, form))
    latest = authorisation.latest(visit.services)
    return render(
        visit,
        "window/authorization.html",
        form=form,
        handle=handle,
        person=desk_people.of_sitting(visit.member, sitting),
        in_steps=sitting.done is not None and sitting.done["act"] != "verified",
        documents={} if _seen_before(sitting) else evidence_seen.NAMES,
        chosen=form.all("evidence_seen"),
        today=clock.today(),
        latest=latest.day,
        last_day=authorisation.last_in_words(latest),
        verify_first=window_authorisations.needs_second_person(sitting.id_number)
        and text("reasons.VERIFICATION_HELD.first"),
    )


def _recorded(visit: Visit, sitting: Sitting, form: Form) -> str:
    if form["answer"] not in ANSWERS:
        raise invalid("window.answer.required")
    body = form.body(
        WindowAuthorizationBody, id_number=sitting.id_number, enabled=ANSWERS[form["answer"]]
    )
    done = window_authorisations.record(
        visit.services,
        visit.member,
        sitting.id_number,
        enabled=body.enabled,
        until=body.until,
        ticked=_seen_before(sitting) or body.evidence_seen,
        place="" if sitting.done is None else sitting.done["place"],
    )
    if sitting.done is None:
        return url_for(".show_person", handle=sitting.handle, done="authorised")
    # The documents of the sitting serve one answer.
    result = {**sitting.done, "authorization": done.ledger_number, "evidence_seen": []}
    sittings.keep(visit.member, sitting.handle, done=result)
    return url_for(".show_done", handle=sitting.handle)


def _seen_before(sitting: Sitting) -> list[str]:
    """Return the documents seen in this sitting, until it has an answer."""
    return [] if sitting.done is None else list(sitting.done["evidence_seen"])
