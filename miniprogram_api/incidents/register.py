"""The register of incidents: entered, reported within hours, told to persons, closed.

The provincial authority hears of a network security incident within INCIDENT_REPORT_HOURS of the
moment that it was known (国家网络安全事件报告管理办法), persons without delay (PIPL, article 57).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast, get_args

from config import Settings
from miniprogram_api import audit, clock, outbox
from miniprogram_api.incidents import persons
from miniprogram_api.incidents.persons import PersonQuery
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.staff import another_member
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import invalid, text, word
from models.incidents import Incident
from models.storage.database import transaction

Kind = Literal["leak", "misuse", "tampering", "loss", "attack", "outage"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST_TITLE, LONGEST_TEXT = 60, 4000
JOB = "incident.tell"


@dataclass(frozen=True)
class IncidentView:
    """One incident; ``report_due_at`` is None once it is reported or needs no report."""

    id: int
    title: str
    kind: Kind
    description: str
    measures: str
    known_at: datetime
    persons: PersonQuery | None
    report_due_at: datetime | None
    reported_at: datetime | None
    reported_as: str
    notice_asked_by: str
    notice_at: datetime | None
    notice_count: int
    no_notice: str
    closed_at: datetime | None
    closing_report: str

    def is_late(self, now: datetime) -> bool:
        """Return whether the report is overdue."""
        return self.report_due_at is not None and self.report_due_at < now

    def seconds_left(self, now: datetime) -> int:
        """Return the seconds until the report is due; 0 when it is over or done."""
        left = 0.0 if self.report_due_at is None else (self.report_due_at - now).total_seconds()
        return max(0, int(left))


def list_all(settings: Settings, limit: int | None = 200) -> list[IncidentView]:
    """Return the incidents, open ones first, latest first; None: all of them."""
    rows = (
        Incident.select()
        .order_by(Incident.closed_at.is_null(False), Incident.known_at.desc())
        .limit(limit)
    )
    return [_of_row(settings, row) for row in rows]


def get(settings: Settings, incident_id: int) -> IncidentView:
    """Return one incident. Raises Refused NOT_FOUND."""
    row = Incident.get_or_none(Incident.id == incident_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return _of_row(settings, row)


def enter(*, title: str, kind: str, description: str, known_at: datetime | None, actor: str) -> int:
    """Enter an incident and return its id; the clock runs from ``known_at``, None: now.

    Raises Refused INVALID_INPUT (title, kind, description, known_at).
    """
    now = clock.now()
    if kind not in KINDS:
        raise invalid("incidents.kind.required")
    if known_at is not None and known_at > now:
        raise invalid("incidents.known_at.future")
    values = {
        "title": _fit("title", title, LONGEST_TITLE),
        "kind": kind,
        "description": _fit("description", description),
        "known_at": known_at or now,
        "entered_at": now,
        "entered_by": actor,
    }
    with transaction():
        incident_id = int(Incident.insert(**values).execute())
        audit.write("admin:incident:entered", actor=actor, incident=incident_id, kind=kind)
    return incident_id


def describe(incident_id: int, *, description: str, measures: str, actor: str) -> None:
    """Change what is known and what was done. Raises Refused: NOT_FOUND, INVALID_INPUT."""
    values = {
        "description": _fit("description", description),
        "measures": _fit("measures", measures, least=0),
    }
    _change(incident_id, "described", values, actor)


def choose_persons(incident_id: int, found_by: PersonQuery, *, actor: str) -> None:
    """Store whom it concerns. Raises Refused: NOT_FOUND, INVALID_INPUT.

    Not after the notice was begun; one that was asked for is asked anew.
    """
    values = {"persons": persons.to_text(found_by), "notice_asked_by": ""}
    with transaction():
        row = _open(incident_id)
        if row.notice_at is not None:
            raise invalid("incidents.way.told_already")
        number = persons.count(found_by)
        _change(incident_id, "persons_chosen", values, actor, number=number)


def report(incident_id: int, *, reported_as: str, at: datetime | None, actor: str) -> None:
    """Note to whom it was reported and when (None: now), or why no report is due.

    Raises Refused: NOT_FOUND, INVALID_INPUT (reported_as, reported_at).
    """
    now = clock.now()
    values = {"reported_as": _fit("reported_as", reported_as), "reported_at": at or now}
    with transaction():
        row = _open(incident_id)
        if at is not None and not row.known_at <= at <= now:
            raise invalid("incidents.reported_at.not_between")
        _change(incident_id, "reported", values, actor)


def ask_notice(incident_id: int, *, number: int | None, actor: str) -> None:
    """Ask for the notice by SMS to all accounts of the query; ``number`` confirms how many.

    Raises Refused: NOT_FOUND, INVALID_INPUT (number).
    """
    with transaction():
        _require_number(_open(incident_id), number)
        _change(incident_id, "notice_asked", {"notice_asked_by": actor}, actor, number=number)


def begin_notice(
    services: Services, member: StaffMember, incident_id: int, number: int | None
) -> None:
    """Begin the notice that another member asked for; ``number`` confirms how many.

    Raises Refused: NOT_FOUND, INVALID_INPUT (number), SECOND_PERSON_REQUIRED, PASSKEY_REQUIRED.
    """
    another_member.require_decider(services, member)
    with transaction():
        row = _open(incident_id)
        _require_number(row, number)
        if not row.notice_asked_by:
            raise invalid("incidents.number.not_now")
        another_member.require_another(member, {row.notice_asked_by})
        begun = {"notice_at": clock.now()}
        _change(incident_id, "notice_begun", begun, member.actor, number=number)
        outbox.add(JOB, {"incident": incident_id}, unique_key=f"{JOB}:{incident_id}")


def _require_number(row: Incident, number: int | None) -> None:
    """Raise Refused INVALID_INPUT unless so many accounts can be told now."""
    if row.persons is None or row.notice_at is not None:
        raise invalid("incidents.number.not_now")
    if number != persons.count(persons.of_text(row.persons)):
        raise invalid("incidents.number.differs")


def close(incident_id: int, *, closing_report: str, no_notice: str, actor: str) -> None:
    """Close it with a report. Raises Refused: NOT_FOUND, INVALID_INPUT.

    Nothing is closed before the report to the authority is noted and persons were told, or
    ``no_notice`` says why they are not.
    """
    with transaction():
        row = _open(incident_id)
        if row.reported_at is None:
            raise invalid("incidents.closing_report.not_reported")
        fit = _fit("closing_report", closing_report)
        values = {"closing_report": fit, "closed_at": clock.now()}
        if row.notice_at is None:
            values["no_notice"] = _fit("no_notice", no_notice)
        _change(incident_id, "closed", values, actor)


def report_text(settings: Settings, incident: IncidentView) -> str:
    """Return the draft of the report to the authority."""
    number = 0 if incident.persons is None else persons.count(incident.persons)
    return text(
        "incidents.report",
        operator=settings.operator_name,
        dpo=settings.operator_dpo,
        phone=settings.operator_phone,
        kind=word("incidents.kinds", incident.kind),
        known=f"{incident.known_at:%Y-%m-%d %H:%M}",
        title=incident.title,
        description=incident.description,
        measures=incident.measures or text("incidents.not_yet"),
        number=number,
    )


def announcement_text(settings: Settings, incident: IncidentView) -> str:
    """Return the draft of the public notice to persons (PIPL, article 57)."""
    return text(
        "incidents.announcement",
        operator=settings.operator_name,
        phone=settings.operator_phone,
        known=f"{incident.known_at:%Y-%m-%d}",
        measures=incident.measures or text("incidents.not_yet"),
    )


def remove_old() -> int:
    """Delete incidents that were closed long ago; return how many."""
    return int(Incident.delete().where(Incident.closed_at < Kept.INCIDENTS.cutoff()).execute())


def _change(
    incident_id: int, change: str, values: Mapping[str, object], actor: str, **details: Any
) -> None:
    with transaction():
        changed = (
            Incident.update(**values)
            .where((Incident.id == incident_id) & Incident.closed_at.is_null())
            .execute()
        )
        if not changed:
            raise Refused(Reason.NOT_FOUND)
        audit.write(f"admin:incident:{change}", actor=actor, incident=incident_id, **details)


def _open(incident_id: int) -> Incident:
    """Return the open incident, locked until the transaction ends."""
    row = Incident.locked(incident_id)
    if row is None or row.closed_at is not None:
        raise Refused(Reason.NOT_FOUND)
    return row


def _fit(field: str, typed: str, most: int = LONGEST_TEXT, *, least: int = 1) -> str:
    fit = typed.replace("\r\n", "\n").strip()
    if not least <= len(fit) <= most:
        raise invalid("incidents.any.wrong_length", field=field, most=most)
    return fit


def _of_row(settings: Settings, row: Incident) -> IncidentView:
    due = row.known_at + timedelta(hours=settings.incident_report_hours)
    return IncidentView(
        row.id,
        row.title,
        cast(Kind, row.kind),
        row.description,
        row.measures,
        row.known_at,
        None if row.persons is None else persons.of_text(row.persons),
        None if row.reported_at is not None else due,
        row.reported_at,
        row.reported_as,
        row.notice_asked_by,
        row.notice_at,
        row.notice_count,
        row.no_notice,
        row.closed_at,
        row.closing_report,
    )
