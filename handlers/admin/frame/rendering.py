"""Rendering of admin pages, and of refusals as pages."""

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

from flask import Response, g, make_response, render_template, request

from handlers import page_headers
from handlers.admin.frame import menu, work
from handlers.admin.frame.access import Visit, find_visit
from handlers.errors import error_content
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import has, text, words
from miniprogram_api.texts.sentences import sentence

Row = TypeVar("Row")


class Errors(dict[str, str]):
    """The sentences of a refused form by field, collected by ``with``.

    errors = Errors()
    if request.method == "POST":
        with errors:
            number_ranges.remove(prefix)
            return redirect(url_for(".list", done="saved"))
    return render(visit, "system/form.html", errors=errors)

    ``also``: the field and the sentence for refusals that are not about fields.
    """

    def __init__(self, also: Mapping[Reason, tuple[str, str]] | None = None) -> None:
        super().__init__()
        self._also = also or {}

    def __enter__(self) -> None:
        """Begin to collect."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        """Keep the sentences of a refusal that is about fields; raise anything else."""
        if not isinstance(error, Refused):
            return False
        if error.reason is Reason.INVALID_INPUT:
            self.update(field_errors(error))
        elif error.reason in self._also:
            self.update([self._also[error.reason]])
        else:
            return False
        return True


def render(visit: Visit, template: str, status: int | None = None, **values: Any) -> Response:
    """Render a page for this visitor.

    The status is by default 422 for a form that comes back (with ``errors`` or a ``message``).
    """
    if status is None:
        status = 422 if values.get("errors") or values.get("message") else 200
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
    return _finished(content, status)


def render_public(template: str, status: int = 200, **values: Any) -> Response:
    """Render a page for a visitor without a session."""
    return _finished(render_template(template, done=_done(status), **values), status)


def cut(found: list[Row], most: int) -> tuple[list[Row], Row | None]:
    """Split off the row that was read beyond a page.

    Returns the rows of the page, and the last of them when there are more behind it.
    """
    shown = found[:most]
    return shown, shown[-1] if len(found) > most else None


def field_errors(refused: Refused) -> dict[str, str]:
    """Map the fields of a refused form to sentences; raise any other refusal again."""
    if refused.reason is not Reason.INVALID_INPUT:
        raise refused
    return {item["field"]: item["message"] for item in refused.details["fields"]}


# Pages of these need no database and no Redis, which may be what fails.
_OUR_FAULTS = frozenset({Reason.SERVICE_UNAVAILABLE, Reason.INTERNAL_ERROR})


def message_of(refused: Refused) -> str:
    """Return the sentence of a refusal, or those of its fields."""
    if refused.reason is Reason.INVALID_INPUT:
        return "".join(str(item["message"]) for item in refused.details["fields"])
    return str(error_content(refused)["message"])


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


def _finished(content: str, status: int) -> Response:
    response = page_headers.secure(make_response(content, status))
    response.headers["Cache-Control"] = "no-store"
    return response
