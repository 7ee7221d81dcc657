"""What waits for a second person, and what was decided: lists by group, and the figures."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from peewee import JOIN, fn

from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import questions
from miniprogram_api.second_person.kinds import GROUPS, KINDS, LAPSING
from miniprogram_api.second_person.requests import is_overdue, is_own
from miniprogram_api.staff.members import StaffMember, names_of, require, require_and_log
from miniprogram_api.tickets import due
from miniprogram_api.windows import holds
from models.desks.tickets import UNFINISHED, Ticket
from models.second_person import (
    AGREED,
    DENIED,
    HELD_VERIFICATION,
    LATE,
    VOID,
    WAITING,
    WITHDRAWN,
    SecondPersonRequest,
)

_BY_RISK = (
    (SecondPersonRequest.kind != HELD_VERIFICATION),
    fn.COALESCE(SecondPersonRequest.risks, 0).desc(),
    SecondPersonRequest.due_at,
    SecondPersonRequest.id,
)
Which = Literal["waiting", "late", "decided"]
MOST_LISTED = 200
PAGE = 50
DECIDED = (AGREED, DENIED, WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Listed:
    """One request in the list; names are masked."""

    id: int
    group: str
    kind: str
    state: str
    name: str = field(repr=False)
    detail: str = field(repr=False)
    asked_by: str = field(repr=False)
    asked_at: datetime
    due_at: datetime
    overdue: bool
    own: bool
    decided_by: str | None = field(repr=False)
    decided_at: datetime | None
    window_id: int | None
    held: str | None
    """Why it is held: a key of ``words("second_person.held_reasons")``."""
    risks: tuple[str, ...]
    """Keys of ``words("second_person.risks")``."""
    escalated: bool
    question_open: bool


def find(member: StaffMember, request_id: int, group: str | None = None) -> SecondPersonRequest:
    """Return one request, decided or not."""
    if group is not None:
        require(member, _readers(group))
    of_group = SecondPersonRequest.kind.in_(_kinds(group))
    row = _query().where((SecondPersonRequest.id == request_id) & of_group).first()
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    require_and_log(member, KINDS[row.kind].readers, "second_person_read")
    return row


def rows(
    member: StaffMember,
    group: str | None = None,
    which: Which = "waiting",
    *,
    before: int | None = None,
    most: int = MOST_LISTED,
) -> list[SecondPersonRequest]:
    """Return what waits by risk, or what is late or decided, newest first.

    First what is held, then by the number of unusual things, then by the due time.

    ``group``: None for all that the member may read. ``before``: the last id on the previous page.
    """
    if group is not None:
        require(member, _readers(group))
    kinds = [name for name in _kinds(group) if member.may(KINDS[name].readers)]
    query = _query().where(SecondPersonRequest.kind.in_(kinds) & _is(which))
    if which == "waiting":
        query = query.order_by(*_BY_RISK)
    else:
        query = query.order_by(SecondPersonRequest.id.desc())
        if before is not None:
            query = query.where(SecondPersonRequest.id < before)
    return list(query.limit(most))


def listed(
    member: StaffMember,
    group: str | None = None,
    which: Which = "waiting",
    *,
    before: int | None = None,
    most: int = PAGE,
) -> list[Listed]:
    """Return the rows of one page of the list; the arguments are those of ``rows``."""
    requests = rows(member, group, which, before=before, most=most)
    people = {row.asked_by_id for row in requests} | {row.decided_by for row in requests}
    names = names_of([person for person in people if person is not None])
    return [_listed(row, names, member) for row in requests]


def get(member: StaffMember, request_id: int) -> Listed:
    """Return one request as the list shows it."""
    row = find(member, request_id)
    people = [row.asked_by_id] if row.decided_by is None else [row.asked_by_id, row.decided_by]
    return _listed(row, names_of(people), member)


def may_read(member: StaffMember, group: str) -> bool:
    """Return whether the member may read the requests of a group."""
    return member.may(_readers(group))


def questions_to(member: StaffMember) -> list[Listed]:
    """Return the own requests of a clerk about which a second person has asked a question."""
    own = (SecondPersonRequest.asked_by == member.id) & (SecondPersonRequest.state == WAITING)
    asked = [row for row in _query().where(own) if questions.waits_for_clerk(row)]
    return [_listed(row, names_of({member.id}), member) for row in asked]


def to_decide(member: StaffMember) -> dict[str, int]:
    """Count by group what other members ask and this one may decide; for every page, by index."""
    kinds = [name for name, kind in KINDS.items() if any(map(member.may, kind.deciders))]
    of_others = SecondPersonRequest.asked_by != member.id
    query = (
        SecondPersonRequest.select(SecondPersonRequest.kind, fn.COUNT(SecondPersonRequest.id))
        .join(Ticket, JOIN.LEFT_OUTER)
        .where(SecondPersonRequest.kind.in_(kinds) & _is("waiting") & of_others)
        .group_by(SecondPersonRequest.kind)
    )
    counts: dict[str, int] = dict(query.tuples()) if kinds else {}  # type: ignore[arg-type]
    return {group: sum(counts.get(name, 0) for name in GROUPS[group]) for group in GROUPS}


def _query() -> Any:
    return SecondPersonRequest.select(SecondPersonRequest, Ticket).join(Ticket, JOIN.LEFT_OUTER)


def _is(which: Which) -> Any:
    """Return the condition of a part of the list; the query joins the ticket."""
    is_over = due.overdue(SecondPersonRequest.due_at, clock.now())
    has_lapsed = SecondPersonRequest.kind.in_(LAPSING) & (is_over | Ticket.state.not_in(UNFINISHED))
    is_waiting = SecondPersonRequest.state == WAITING
    if which == "waiting":
        return is_waiting & ~has_lapsed
    if which == "late":
        return SecondPersonRequest.state.in_([LATE, VOID]) | (is_waiting & has_lapsed)
    return SecondPersonRequest.state.in_(DECIDED)


def _kinds(group: str | None) -> list[str]:
    return [*(KINDS if group is None else GROUPS[group])]


def _readers(group: str) -> Any:
    return next(iter(GROUPS[group].values())).readers


def _listed(row: SecondPersonRequest, names: dict[int, str], member: StaffMember) -> Listed:
    kind = KINDS[row.kind]
    about = kind.about(row)
    return Listed(
        id=row.id,
        group=next(group for group, kinds in GROUPS.items() if row.kind in kinds),
        kind=row.kind,
        state=kind.state_of(row),
        name=about.name,
        detail=about.detail,
        asked_by=names.get(row.asked_by_id, ""),
        asked_at=row.asked_at,
        due_at=row.due_at,
        overdue=is_overdue(row),
        own=is_own(member, row),
        decided_by=None if row.decided_by is None else names.get(row.decided_by, ""),
        decided_at=row.decided_at,
        window_id=row.window_id,
        held=holds.held_because(row),
        risks=tuple(filter(None, (row.risk or "").split(","))),
        escalated=row.state == WAITING and row.escalated_at is not None,
        question_open=questions.waits_for_clerk(row),
    )
