"""Look-ups of people at the desks, for the auditor: who, at whom, why; and download."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from flask import request
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files, form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.filters import Filters
from handlers.admin.frame.names import actor_names, ticket_numbers, window_names
from handlers.admin.frame.rendering import cut, render
from handlers.admin.system.blueprint import pages
from miniprogram_api import audit, clock
from miniprogram_api.desks import lookup_report
from miniprogram_api.desks.lookup_report import KINDS, Lookup, Period
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import text, word, words
from miniprogram_api.texts.ledger import truth

PAGE = 50
MOST_MEMBERS = 20
USUAL_DAYS = 7


class _Asked(NamedTuple):
    filters: Filters
    first: date
    last: date
    kind: str | None
    period: Period | None
    """None with a filter that was refused."""

    def find(self, before: int | None = None, limit: int | None = None) -> list[Lookup]:
        """Return the look-ups that match, newest first."""
        return [] if self.period is None else self.period.find(self.kind, before, limit)


@pages.page("/lookups", may=Permission.READ_AUDIT)
def show_lookups(visit: Visit) -> ResponseReturnValue:
    """Show who looked most, and the look-ups that match the filters."""
    return _page(visit, _asked(visit))


def _page(visit: Visit, asked: _Asked) -> ResponseReturnValue:
    shown, last = cut(asked.find(form_values.before(), PAGE + 1), PAGE)
    members = [] if asked.period is None else asked.period.by_member()[:MOST_MEMBERS]
    return render(
        visit,
        "system/lookups.html",
        422 if asked.filters.errors else 200,
        lookups=shown,
        older=last and last.id,
        members=members,
        names=actor_names({*(one.actor for one in members), *(one.actor for one in shown)}),
        windows=window_names(),
        tickets=ticket_numbers(one.ticket_id for one in shown),
        kinds=words("pages.lookups.kinds"),
        reasons=words("desk.lookup_reasons"),
        hours=visit.services.settings.desk_hours,
        first=asked.first,
        last=asked.last,
        filters=asked.filters.shown,
        errors=asked.filters.errors,
    )


@pages.page("/lookups.csv", may=Permission.READ_AUDIT)
def export_lookups(visit: Visit) -> ResponseReturnValue:
    """Download the look-ups that match the filters; the download itself is audited."""
    asked = _asked(visit)
    if asked.filters.errors:
        return _page(visit, asked)
    period = {"first_day": asked.first.isoformat(), "last_day": asked.last.isoformat()}
    audit.write_own("admin:lookups:exported", actor=visit.member.actor, filters=period)
    return csv_files.response(_rows(asked.find()), f"lookups-{clock.today().isoformat()}.csv")


def _rows(lookups: list[Lookup]) -> Iterable[str]:
    names, windows = actor_names({one.actor for one in lookups}), window_names()
    tickets = ticket_numbers(one.ticket_id for one in lookups)
    yield csv_files.line(words("pages.lookups.columns").values())
    for one in lookups:
        yield csv_files.line(
            [
                one.id,
                one.at.isoformat(sep=" ", timespec="seconds"),
                names[one.actor],
                one.actor,
                "" if one.window_id is None else windows.get(one.window_id, one.window_id),
                word("desk.lookup_reasons", one.reason),
                one.note,
                one.account_id,
                one.person[-8:],
                "" if one.ticket_id is None else tickets.get(one.ticket_id, ""),
                truth(one.followed),
                truth(one.outside),
            ]
        )


def _asked(visit: Visit) -> _Asked:
    filters = Filters(request.args, ("actor", "kind", "first_day", "last_day"))
    first, last = filters.days()
    last = last or clock.today()
    first = first or last - timedelta(days=USUAL_DAYS - 1)
    if (last - first).days >= lookup_report.MOST_DAYS:
        filters.errors["first_day"] = text("pages.lookups.too_long", most=lookup_report.MOST_DAYS)
    kind = filters.one_of("kind", KINDS)
    actors = filters.actors("actor")
    if filters.errors:
        return _Asked(filters, first, last, kind, None)
    period = Period(visit.services.settings, first, last, actors)
    return _Asked(filters, first, last, kind, period)
