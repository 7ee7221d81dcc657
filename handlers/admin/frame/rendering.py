"""Rendering of admin pages, and of refusals as pages."""

from functools import partial
from typing import Any, TypeVar

from flask import Response, g, make_response, render_template, request

from handlers import page_headers
from handlers.admin.frame import menu, work
from handlers.admin.frame.access import Visit, find_visit
from handlers.admin.frame.form import Form
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import missing
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import has, text, words
from miniprogram_api.texts.sentences import sentence

Row = TypeVar("Row")


def render(
    visit: Visit,
    template: str,
    status: int | None = None,
    *,
    form: Form | None = None,
    takes_photos: bool = False,
    **values: Any,
) -> Response:
    """Render a page for this visitor, with the values and errors of its form.

    ``status`` is by default the form's. ``takes_photos``: the page may use the camera; with a value
    ``reader`` also the card reader's program at that address.
    """
    if form is not None:
        values = {"form": form.values, "errors": form.errors, "refusal": form.message, **values}
        status = status or form.status
    status = status or 200
    values = {"errors": {}, "refusal": "", **values}
    content = render_template(
        template,
        visit=visit,
        member=visit.member,
        csrf=visit.csrf,
        menu=menu.shown(visit),
        # Called by whole pages alone.
        menu_counts=partial(work.menu_counts, visit),
        here=menu.nearest(request.endpoint or ""),
        permissions=Permission,
        done=_done(status),
        **values,
    )
    return _finished(content, status, takes_photos=takes_photos, reader=values.get("reader", ""))


def render_public(
    template: str, status: int = 200, *, form: Form | None = None, **values: Any
) -> Response:
    """Render a page for a visitor without a session."""
    if form is not None:
        values, status = {"form": form.values, "refusal": form.message, **values}, form.status
    return _finished(render_template(template, done=_done(status), **values), status)


def cut(rows: list[Row], most: int) -> tuple[list[Row], Row | None]:
    """Split off the row that was read beyond a page.

    Returns the rows of the page, and the last of them when there are more behind it.
    """
    shown = rows[:most]
    return shown, shown[-1] if len(rows) > most else None


# Pages of these need no database and no Redis, which may be what fails.
_OUR_FAULTS = frozenset({Reason.SERVICE_UNAVAILABLE, Reason.INTERNAL_ERROR})


def refusal_page(refused: Refused) -> Response:
    """Render a refusal as a page, for htmx as the sentence alone."""
    g.refused = refused
    status = refused.reason.status
    message = _message(refused)
    if "HX-Request" in request.headers:
        return _finished(render_template("frame/refusal_part.html", message=message), status)
    visit = None if refused.reason in _OUR_FAULTS else find_visit()
    if visit is None:
        return render_public("frame/refusal_public.html", status, message=message)
    return render(visit, "frame/refusal.html", status, message=message, reason=refused.reason.name)


def _message(refused: Refused) -> str:
    if refused.reason is Reason.FORBIDDEN and "cause" in refused.details:
        # Refused by ``access``, not for want of a permission.
        return text(f"pages.foreign_forms.{refused.details['cause']}")
    if refused.lacks:
        return missing.sentence(refused.lacks)
    own = f"reasons.{refused.reason.name}.page"
    if has(own) and not refused.details:
        return text(own)
    return sentence(refused.reason, refused.details)


def told(changed: bool, done: str = "saved") -> str:
    """Return the message for an address: `done` only if something changed."""
    return done if changed else "unchanged"


def _done(status: int) -> str | None:
    """Return the message of the address.

    Only after a GET without an error: a refused form has the address of the act before it.
    """
    if status >= 400 or request.method not in ("GET", "HEAD"):
        return None
    return words("pages.done").get(request.args.get("done", ""))


def _finished(content: str, status: int, **headers: Any) -> Response:
    response = page_headers.secure(make_response(content, status), **headers)
    response.headers["Cache-Control"] = "no-store"
    return response
