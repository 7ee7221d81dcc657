"""The audit log: who did what, with filters, page by page, and as a file."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import request, stream_with_context
from flask.typing import ResponseReturnValue

from handlers.admin import audit_words, csv_files
from handlers.admin.access import Menu, Visit, page
from handlers.admin.blueprint import blueprint
from handlers.admin.rendering import render
from miniprogram_api import audit, clock
from miniprogram_api.maintenance import release_connection
from miniprogram_api.staff import Permission

PAGE = 50
EXPORT_PAGE = 1_000
MOST_EXPORTED = 200_000


@page(
    blueprint,
    "/audit",
    may=Permission.READ_AUDIT,
    menu=Menu("系统", "审计日志", "list-search", 95),
)
def audit_log(visit: Visit) -> ResponseReturnValue:
    """The newest lines that fit the filters."""
    filters, shown = _filters()
    before = request.args.get("before", "")
    lines = audit.search(
        **filters, before=int(before) if before.isdecimal() else None, limit=PAGE + 1
    )
    return render(
        visit,
        "admin/audit.html",
        lines=audit_words.read(lines[:PAGE]),
        older=lines[PAGE - 1].id if len(lines) > PAGE else None,
        tags={tag: audit_words.what(tag) for tag in audit.tags()},
        filters=shown,
    )


@page(blueprint, "/audit.csv", may=Permission.READ_AUDIT)
def export_audit(visit: Visit) -> ResponseReturnValue:
    """The same lines as a file, at most MOST_EXPORTED of them; that it was taken is a line, too."""
    filters, shown = _filters()
    audit.write_own("admin:audit:exported", actor=visit.member.actor, filters=shown)
    name = f"audit-{clock.today().isoformat()}.csv"
    return csv_files.response(stream_with_context(_rows(filters)), name)


def _rows(filters: dict[str, Any]) -> Iterator[str]:
    yield csv_files.line(["编号", "时间", "事项", "事项代码", "操作人", "账号", "详情"])
    before, left = None, MOST_EXPORTED
    while left > 0:
        lines = audit.search(**filters, before=before, limit=min(EXPORT_PAGE, left))
        for one in audit_words.read(lines):
            line = one.line
            at = line.at.isoformat(sep=" ", timespec="seconds")
            details = "；".join(f"{label}：{text}" for label, text in one.details)
            yield csv_files.line(
                [line.id, at, one.what, line.tag, line.actor, line.account_id or "", details]
            )
        if len(lines) < EXPORT_PAGE:
            break
        before, left = lines[-1].id, left - len(lines)
    release_connection()


def _filters() -> tuple[dict[str, Any], dict[str, str]]:
    """What ``audit.search`` takes, and the same as it was typed; nonsense filters nothing."""
    names = ("tag", "actor", "account_id", "first_day", "last_day")
    typed = {name: request.args.get(name, "").strip()[:80] for name in names}
    number = typed["account_id"]
    filters: dict[str, Any] = {
        "tag": typed["tag"] or None,
        "actor": typed["actor"] or None,
        "account_id": int(number) if number.isdecimal() and len(number) < 19 else None,
        "first_day": _day(typed["first_day"]),
        "last_day": _day(typed["last_day"]),
    }
    return filters, {name: text for name, text in typed.items() if filters[name] is not None}


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Days at the very ends of the calendar have no midnight after them.
    return min(max(day, date(2000, 1, 1)), clock.today() + timedelta(days=3660))
