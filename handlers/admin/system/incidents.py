"""The register of incidents with its clock: entered, reported, persons told, closed."""

from dataclasses import astuple

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.names import actor_names, actors_called
from handlers.admin.frame.rendering import render
from handlers.admin.system.blueprint import pages
from miniprogram_api import audit, clock
from miniprogram_api.incidents import persons, register
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import invalid, words

SHOWN = 20
MOST_LISTED = 1_000_000


@pages.page("/system/incidents", may=Permission.READ_OPERATIONS)
def list_incidents(visit: Visit) -> ResponseReturnValue:
    """List the incidents, open ones first."""
    return render(
        visit,
        "system/incidents.html",
        items=register.list_all(visit.services.settings),
        kinds=words("incidents.kinds"),
        now=clock.now(),
    )


@pages.form("/system/incidents/new", may=Permission.WRITE_OPERATIONS)
def enter_incident(visit: Visit) -> ResponseReturnValue:
    """Enter an incident; its clock begins."""
    form = Form()
    if form.is_sent:
        with form:
            incident_id = register.enter(
                title=form["title"],
                kind=form["kind"],
                description=form["description"],
                known_at=form.moment("known_at"),
                actor=visit.member.actor,
            )
            return redirect(url_for(".show_incident", incident_id=incident_id, done="saved"))
    return render(
        visit,
        "system/incident_form.html",
        form=form,
        kinds=words("incidents.kinds"),
        hours=visit.services.settings.incident_report_hours,
    )


@pages.form(
    "/system/incidents/<int:incident_id>",
    may=Permission.READ_OPERATIONS,
    writes=Permission.WRITE_OPERATIONS,
)
def show_incident(visit: Visit, incident_id: int) -> ResponseReturnValue:
    """Show an incident with its drafts; carry out one of its steps."""
    settings = visit.services.settings
    form = Form()
    if form.is_sent:
        with form:
            _carry_out(visit, form, incident_id)
            return redirect(url_for(".show_incident", incident_id=incident_id, done="saved"))
    incident = register.get(settings, incident_id)
    found_by = incident.persons
    may_list = visit.member.may(Permission.WRITE_OPERATIONS)
    return render(
        visit,
        "system/incident.html",
        form=form,
        item=incident,
        kinds=words("incidents.kinds"),
        called=actor_names({incident.notice_asked_by}),
        ways=words("incidents.ways"),
        now=clock.now(),
        hours=settings.incident_report_hours,
        number=None if found_by is None else persons.count(found_by),
        listed=persons.listed(found_by, SHOWN) if found_by is not None and may_list else [],
        report=register.report_text(settings, incident),
        announcement=register.announcement_text(settings, incident),
    )


def _member(typed: str) -> str:
    """Return the only actor of a name or user name; an empty text stays. Raises Refused."""
    called = actors_called(typed) if typed else [typed]
    if len(called) != 1:
        raise invalid("incidents.actor.unknown")
    return called[0]


def _carry_out(visit: Visit, form: Form, incident_id: int) -> None:
    act, actor = form["act"], visit.member.actor
    if act == "describe":
        register.describe(
            incident_id, description=form["description"], measures=form["measures"], actor=actor
        )
    elif act == "persons":
        found_by = persons.query(
            form["way"],
            begins=form.moment("begins"),
            ends=form.moment("ends"),
            actor=_member(form["actor"]) if form["way"] == "handled_by" else "",
            ids=form["ids"],
        )
        register.choose_persons(incident_id, found_by, actor=actor)
    elif act == "report":
        register.report(
            incident_id,
            reported_as=form["reported_as"],
            at=form.moment("reported_at"),
            actor=actor,
        )
    elif act == "ask_notice":
        register.ask_notice(incident_id, number=form.number("number"), actor=actor)
    elif act == "begin_notice":
        number = form.number("number")
        register.begin_notice(visit.services, visit.member, incident_id, number)
    elif act == "close":
        register.close(
            incident_id,
            closing_report=form["closing_report"],
            no_notice=form["no_notice"],
            actor=actor,
        )
    else:
        raise Refused(Reason.NOT_FOUND)


@pages.act("/system/incidents/<int:incident_id>/persons", may=Permission.WRITE_OPERATIONS)
def export_incident_persons(visit: Visit, incident_id: int) -> ResponseReturnValue:
    """Download the accounts concerned as CSV, masked; the audit log keeps who took it."""
    incident = register.get(visit.services.settings, incident_id)
    if incident.persons is None:
        raise Refused(Reason.NOT_FOUND)
    rows = persons.listed(incident.persons, MOST_LISTED)
    audit.write_own(
        "admin:incident:exported",
        actor=visit.member.actor,
        incident=incident_id,
        number=len(rows),
    )
    table = [words("incidents.columns").values(), *map(astuple, rows)]
    return csv_files.response(map(csv_files.line, table), f"incident-{incident_id}.csv")
