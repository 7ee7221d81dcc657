"""The audit log: who did what, with filters, page by page, and as a file."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask import request, stream_with_context
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files, form_values
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.filters import Filters
from handlers.admin.frame.rendering import render
from handlers.admin.system import audit_words
from miniprogram_api import audit, clock
from miniprogram_api.maintenance import release_connection
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import Permission
from miniprogram_api.texts import words

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
    return _page(visit, _filters())


def _page(visit: Visit, filters: Filters) -> ResponseReturnValue:
    tags = audit.tags()
    wanted = _wanted(filters, tags)
    before = form_values.number(request.args.get("before", ""))
    if before is None and request.args.get("before"):
        raise Refused(Reason.NOT_FOUND)
    lines = [] if filters.errors else audit.search(**wanted, before=before, limit=PAGE + 1)
    return render(
        visit,
        "system/audit.html",
        422 if filters.errors else 200,
        lines=audit_words.read(lines[:PAGE]),
        older=lines[PAGE - 1].id if len(lines) > PAGE else None,
        tags={tag: audit_words.what(tag) for tag in tags},
        filters=filters.shown,
        errors=filters.errors,
    )


@page(blueprint, "/audit.csv", may=Permission.READ_AUDIT)
def export_audit(visit: Visit) -> ResponseReturnValue:
    """The same lines as a file, at most MOST_EXPORTED of them; that it was taken is a line, too."""
    filters = _filters()
    wanted = _wanted(filters, audit.tags())
    if filters.errors:
        return _page(visit, filters)
    noted: dict[str, Any] = filters.shown
    if wanted["actors"] is not None:
        # By their codes: names of people do not go into the log.
        noted["actor"] = wanted["actors"]
    audit.write_own("admin:audit:exported", actor=visit.member.actor, filters=noted)
    name = f"audit-{clock.today().isoformat()}.csv"
    return csv_files.response(stream_with_context(_rows(wanted)), name)


def _rows(wanted: dict[str, Any]) -> Iterator[str]:
    yield csv_files.line(
        ["编号", "时间", "事项", "事项代码", "操作人", "操作人代码", "账号", "详情"]
    )
    before, left = None, MOST_EXPORTED
    while left > 0:
        lines = audit.search(**wanted, before=before, limit=min(EXPORT_PAGE, left))
        for one in audit_words.read(lines):
            line = one.line
            at = line.at.isoformat(sep=" ", timespec="seconds")
            details = "；".join(f"{label}：{text}" for label, text in one.details)
            yield csv_files.line(
                [
                    line.id,
                    at,
                    one.what,
                    line.tag,
                    one.who,
                    line.actor,
                    line.account_id or "",
                    details,
                ]
            )
        if len(lines) < EXPORT_PAGE:
            break
        before, left = lines[-1].id, left - len(lines)
    release_connection()


def _filters() -> Filters:
    return Filters(request.args, ("tag", "actor", "account_id", "first_day", "last_day"))


def _wanted(filters: Filters, tags: Iterable[str]) -> dict[str, Any]:
    """What ``audit.search`` takes; what is wrong stands in the filters' errors.

    ``tags``: those that were ever written.
    """
    first, last = filters.days()
    return {
        "tag": filters.one_of("tag", {*words("audit.tags"), *tags}, "事项"),
        "actors": filters.actors("actor"),
        "account_id": filters.number("account_id", "账号"),
        "first_day": first,
        "last_day": last,
    }
