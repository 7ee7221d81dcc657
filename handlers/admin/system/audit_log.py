"""The audit log: filters, pages, and download."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask import request, stream_with_context
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files, form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.filters import Filters
from handlers.admin.frame.rendering import cut, render
from handlers.admin.system import audit_words
from handlers.admin.system.blueprint import pages
from miniprogram_api import audit, clock
from miniprogram_api.operations.maintenance import release
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words

PAGE = 50
EXPORT_PAGE = 1_000
MOST_EXPORTED = 200_000


@pages.page("/audit", may=Permission.READ_AUDIT)
def audit_log(visit: Visit) -> ResponseReturnValue:
    """List the newest lines that match the filters."""
    return _page(visit, _filters())


def _page(visit: Visit, filters: Filters) -> ResponseReturnValue:
    tags = audit.tags()
    wanted = _wanted(filters, tags)
    before = form_values.before()
    if before is None and request.args.get("before"):
        raise Refused(Reason.NOT_FOUND)
    entries = [] if filters.errors else audit.search(**wanted, before=before, limit=PAGE + 1)
    lines, last = cut(entries, PAGE)
    return render(
        visit,
        "system/audit.html",
        422 if filters.errors else 200,
        lines=audit_words.read(lines),
        older=last and last.id,
        tags={tag: audit_words.what(tag) for tag in tags},
        filters=filters.shown,
        errors=filters.errors,
    )


@pages.page("/audit.csv", may=Permission.READ_AUDIT)
def export_audit(visit: Visit) -> ResponseReturnValue:
    """Download the lines that match, at most MOST_EXPORTED; the download itself is audited."""
    filters = _filters()
    wanted = _wanted(filters, audit.tags())
    if filters.errors:
        return _page(visit, filters)
    noted: dict[str, Any] = filters.shown
    if wanted["actors"] is not None:
        # Codes of actors: the log holds no names of people.
        noted["actor"] = wanted["actors"]
    audit.write_own("admin:audit:exported", actor=visit.member.actor, filters=noted)
    name = f"audit-{clock.today().isoformat()}.csv"
    return csv_files.response(stream_with_context(_rows(wanted)), name)


def _rows(wanted: dict[str, Any]) -> Iterator[str]:
    yield csv_files.line(words("audit.columns").values())
    before, left = None, MOST_EXPORTED
    while left > 0:
        lines = audit.search(**wanted, before=before, limit=min(EXPORT_PAGE, left))
        for one in audit_words.read(lines):
            line = one.line
            at = line.at.isoformat(sep=" ", timespec="seconds")
            details = "；".join(f"{label}：{text}" for label, text in one.details)
            act, actor = (one.what, line.tag), (one.who, line.actor)
            yield csv_files.line([line.id, at, *act, *actor, line.account_id or "", details])
        if len(lines) < EXPORT_PAGE:
            break
        before, left = lines[-1].id, left - len(lines)
    release()


def _filters() -> Filters:
    return Filters(request.args, ("tag", "actor", "account_id", "first_day", "last_day"))


def _wanted(filters: Filters, tags: Iterable[str]) -> dict[str, Any]:
    """Return the arguments for ``audit.search``; errors stay in the filters.

    ``tags``: all that were ever written.
    """
    first, last = filters.days()
    return {
        "tag": filters.one_of("tag", {*words("audit.tags"), *tags}),
        "actors": filters.actors("actor"),
        "account_id": filters.whole("account_id"),
        "first_day": first,
        "last_day": last,
    }
