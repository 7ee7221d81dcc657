"""The ledger: looking for lines, one line with all that it says, printing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.filters import Filters
from handlers.admin.frame.rendering import field_errors, render
from miniprogram_api import clock, desk, ledger, ledger_seals, ledger_view, staff, windows
from miniprogram_api.ledger import Wanted
from miniprogram_api.reasons import Refused
from miniprogram_api.staff import Permission
from miniprogram_api.texts import words

PAGE = 50
MOST_PRINTED = 500
FILTERS = ("number", "actor", "action", "window", "ticket", "first_day", "last_day", "person")


@page(
    blueprint,
    "/ledger",
    may=Permission.READ_LEDGER,
    menu=Menu("台账", "台账查询", "clipboard-list", 70),
)
def search_ledger(visit: Visit) -> ResponseReturnValue:
    """The newest lines that fit the filters; who they are about is masked."""
    return search_page(visit)


@page(
    blueprint,
    "/ledger/person",
    methods=("POST",),
    may=Permission.READ_LEDGER,
    writes=Permission.READ_LEDGER,
)
def search_ledger_person(visit: Visit) -> ResponseReturnValue:
    """Look for a person; the address that this leads to names a line about him."""
    try:
        id_number = desk.read_id_number(request.form.get("id_number", ""))
    except Refused as refused:
        return search_page(visit, 422, errors=field_errors(refused))
    number = ledger.newest_about(visit.member, id_number)
    if number is None:
        return search_page(visit, 404, errors={"id_number": "台账里没有这个人的记录。"})
    return redirect(url_for("admin.search_ledger", person=number))


@page(blueprint, "/ledger/print", may=Permission.READ_LEDGER)
def print_ledger(visit: Visit) -> ResponseReturnValue:
    """The lines that fit, oldest first, on paper."""
    wanted, filters = filters_of(request.args)
    if filters.errors:
        return search_page(visit)
    entries = ledger.page(visit.member, wanted, most=MOST_PRINTED + 1)
    return render(
        visit,
        "ledger/print.html",
        lines=[ledger_view.shown(entry) for entry in reversed(entries[:MOST_PRINTED])],
        cut=len(entries) > MOST_PRINTED,
        most=MOST_PRINTED,
        filters=filters.shown,
        printed_at=clock.now(),
        **_names(),
    )


@page(
    blueprint,
    "/ledger/<int:number>",
    methods=("GET", "POST"),
    may=Permission.READ_LEDGER,
    writes=Permission.SEE_PERSONAL_DATA,
)
def show_ledger_line(visit: Visit, number: int) -> ResponseReturnValue:
    """One line, masked; by POST with everything in it, for a reason."""
    errors: dict[str, str] = {}
    line = ledger_view.shown(ledger.get(visit.member, number))
    if request.method == "POST":
        try:
            line = ledger_view.reveal(visit.member, number, request.form.get("reason", ""))
        except Refused as refused:
            errors = field_errors(refused)
    return _line_page(visit, line, errors=errors)


@page(
    blueprint,
    "/ledger/<int:number>/erase",
    methods=("POST",),
    may=Permission.WORK_AT_CENTRE,
    writes=Permission.WORK_AT_CENTRE,
)
def erase_ledger_line(visit: Visit, number: int) -> ResponseReturnValue:
    """Erase what is personal in a line, as the law demands."""
    try:
        ledger.erase(visit.member, number, request.form.get("basis", ""))
    except Refused as refused:
        errors = {"basis": field_errors(refused)["reason"]}
        line = ledger_view.shown(ledger.get(visit.member, number))
        return _line_page(visit, line, errors=errors)
    return redirect(url_for("admin.show_ledger_line", number=number, done="erased"))


def search_page(
    visit: Visit, status: int = 200, *, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    """The page with filters and lines; also where a form comes back with its errors."""
    given = request.form if request.method == "POST" else request.args
    wanted, filters = filters_of(given)
    entries = (
        []
        if filters.errors
        else ledger.page(
            visit.member, wanted, before=form_values.number(given.get("before", "")), most=PAGE + 1
        )
    )
    return render(
        visit,
        "ledger/lines.html",
        422 if filters.errors else status,
        lines=[ledger_view.shown(entry) for entry in entries[:PAGE]],
        older=entries[PAGE - 1].number if len(entries) > PAGE else None,
        filters=filters.shown,
        faulty=filters.errors,
        form=request.form,
        errors=errors or {},
        actions=words("ledger.actions"),
        members=staff.members(),
        **_names(),
    )


def filters_of(given: Any) -> tuple[Wanted, Filters]:
    """What ``ledger.page`` takes, and the same as it was typed, with what is wrong in it."""
    filters = Filters(given, FILTERS)
    first, last = filters.days()
    wanted = Wanted(
        number=filters.number("number", "编号"),
        actor=filters.typed["actor"] or None,
        action=filters.one_of("action", words("ledger.actions"), "事项"),
        window_id=filters.number("window", "窗口"),
        ticket_id=filters.number("ticket", "工单号"),
        since=None if first is None else clock.midnight(first),
        until=None if last is None else clock.midnight(last + timedelta(days=1)),
        person_of=filters.number("person", "编号"),
    )
    return wanted, filters


def _line_page(visit: Visit, line: Any, errors: dict[str, str]) -> ResponseReturnValue:
    entry = ledger.get(visit.member, line.number)
    number = line.number
    around = ledger.page(visit.member, replace(Wanted(), person_of=number), most=PAGE)
    return render(
        visit,
        "ledger/line.html",
        422 if errors else 200,
        line=line,
        previous_hash=entry.previous_hash.hex(),
        personal_hash=entry.personal_hash.hex(),
        seal=ledger_seals.covering(number),
        of_person=[ledger_view.shown(other) for other in around if other.number != number],
        is_last=not ledger.page(visit.member, Wanted(number=number + 1), most=1),
        form=request.form,
        errors=errors,
        **_names(),
    )


def _names() -> dict[str, Any]:
    return {"windows": {window.id: window.name for window in windows.everything()}}
