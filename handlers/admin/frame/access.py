"""Access to the pages: session cookie, CSRF token, permissions.

    @pages.page("/staff", may=Permission.READ_STAFF)
    def list_staff(visit: Visit) -> ResponseReturnValue:
        return render(visit, "system/staff.html", members=staff.members())

The cookies of the session and of the device are HttpOnly and SameSite=Strict; forms and htmx
requests also carry the CSRF token. An idle session continues on its device by the password alone;
a form sent meanwhile is asked for it and then carried out.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, partialmethod
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import ImmutableMultiDict

from handlers import page_headers
from handlers.api.uploads import read_upload, read_uploads
from handlers.auth import client_address
from handlers.errors import error_content
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import devices as staff_devices
from miniprogram_api.staff import members as staff
from miniprogram_api.staff import sessions as staff_sessions
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import text

COOKIE, DEVICE_COOKIE = "staff_session", "staff_device"
# The password that continues an idle session, beside the fields of the page's own form.
RESUME_FIELD = "resume_password"
CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"
FORM_LIMIT = 1024 * 1024


@dataclass(frozen=True)
class Page:
    """The declaration of a page; tests walk these."""

    path: str
    methods: tuple[str, ...]
    may: Permission | None = None
    writes: Permission | None = None
    public: bool = False
    pending: bool = False


# Endpoint → page.
PAGES: dict[str, Page] = {}


@dataclass(frozen=True)
class Visit:
    """A signed-in member of staff who requests a page."""

    services: Services
    member: StaffMember
    token: str = field(repr=False)

    @property
    def csrf(self) -> str:
        """The CSRF token of this session."""
        return hmac.digest(self.token.encode(), b"staff form", "sha256").hex()

    def require(self, permission: Permission) -> None:
        """Raise Refused FORBIDDEN, which is audited, unless the visitor has the permission."""
        staff.require_and_log(self.member, permission, f"{request.method} {request.endpoint}")


View = Callable[..., ResponseReturnValue]
Decorator = Callable[[View], View]


class Pages(Blueprint):
    """The pages of one folder: a blueprint whose routes name the permission that they take.

    ``page`` registers a view for GET, ``form`` for GET and POST, ``act`` for POST alone.
    ``may``: the permission to open the page (None: any member). ``writes``: the one to send its
    form where that is another; also named where readers may send it because it changes nothing
    (personal data does not go into an address). ``pending``: also open to members who must first
    set a password or a second factor. ``idle``: carried out in an idle session, too. ``largest``:
    the limit of a form in bytes. ``image``: the form is multipart with a file of that name, passed
    to the view and never written to disk. ``files``: the same for several; the view gets the text
    parts as ``form`` and the ``files`` by name, both empty but after a POST.
    """

    def page(  # noqa: PLR0913 - a row of the table of pages: what each may and takes.
        self,
        path: str,
        *,
        may: Permission | None = None,
        writes: Permission | None = None,
        pending: bool = False,
        idle: bool = False,
        largest: int = FORM_LIMIT,
        image: bool = False,
        files: tuple[str, ...] = (),
        methods: tuple[str, ...] = ("GET",),
    ) -> Decorator:
        """Register a view ``(visit, **path arguments)`` for signed-in staff."""
        page = Page(self._below(path), methods, may, writes, pending=pending)

        def opened(view: View, **arguments: Any) -> ResponseReturnValue:
            request.max_content_length = request.max_form_memory_size = largest
            is_form = request.method == "POST"
            visit = find_visit()
            if visit is None:
                visit = find_idle_visit()
                if visit is None:
                    return _to_sign_in()
                # Pages of one's own account hold passwords, which no hidden field repeats.
                is_kept = is_form and not image and not files and not pending
                refused = _resume_by_form(visit) if is_kept else _ask_to_resume()
                if refused is not None and not idle:
                    return refused
            if files:
                arguments |= {"form": {}, "files": {}}
            if is_form:
                form: Mapping[str, str] = {}
                if files and request.mimetype == "multipart/form-data":
                    form, arguments["files"] = read_uploads(request, files)
                    arguments["form"] = form
                elif files:
                    form = arguments["form"] = request.form.to_dict()
                elif not image:
                    form = request.form
                elif request.mimetype == "multipart/form-data":
                    form, arguments["image"] = read_upload(request)
                _require_own_form(visit, form)
            if visit.member.pending and not pending:
                return redirect(next_step(visit.member))
            # Before any look-up, so that a refusal does not tell what exists.
            needed = (writes if is_form else None) or may
            if needed is not None:
                visit.require(needed)
            return view(visit, **arguments)

        return self._add(page, opened)

    form = partialmethod(page, methods=("GET", "POST"))
    act = partialmethod(page, methods=("POST",))

    def public_form(self, path: str) -> Decorator:
        """Register a view ``()`` for GET and POST without a session."""

        def opened(view: View, **arguments: Any) -> ResponseReturnValue:
            request.max_content_length = FORM_LIMIT
            if request.method == "POST":
                _require_own_origin()
            return view(**arguments)

        return self._add(
            Page(self._below(path), ("GET", "POST"), public=True, pending=True), opened
        )

    def _below(self, path: str) -> str:
        return (self.url_prefix or "") + path

    def _add(self, page: Page, opened: View) -> Decorator:
        def decorate(view: View) -> View:
            name = view.__name__
            PAGES[f"admin.{self.name}.{name}"] = page
            rule = page.path.removeprefix(self.url_prefix or "")
            self.add_url_rule(rule, name, partial(opened, view), methods=list(page.methods))
            return view

        return decorate


def find_visit() -> Visit | None:
    """Return the visit of the cookie's session, None without a live one."""
    services: Services = current_app.extensions["services"]
    token = request.cookies.get(COOKIE, "")
    member = staff_sessions.find_session(services, token)
    return None if member is None else Visit(services, member, token)


def find_idle_visit() -> Visit | None:
    """Return the visit of a session that the password alone continues, None without one."""
    services: Services = current_app.extensions["services"]
    token = request.cookies.get(COOKIE, "")
    member = staff_sessions.find_idle(services, token, device_cookie())
    return None if member is None else Visit(services, member, token)


def device_cookie() -> str:
    """Return the cookie of the device, empty without one."""
    return request.cookies.get(DEVICE_COOKIE, "")


def resume(visit: Visit) -> Refused | None:
    """Continue an idle session by the password of the form; return the refusal."""
    try:
        staff_sessions.resume(
            visit.services,
            visit.token,
            request.form.get(RESUME_FIELD, ""),
            address=client_address(request, visit.services.settings),
            device=device_cookie(),
        )
    except Refused as refused:
        return refused
    return None


def resume_page(visit: Visit, refused: Refused | None) -> Response:
    """Render the question for the password; the fields of a sent form come along."""
    message = ""
    if refused is not None and refused.reason is Reason.STAFF_SIGN_IN_REFUSED:
        message = text("pages.resume.wrong")
    elif refused is not None:
        message = error_content(refused)["message"]
    fields = [pair for pair in request.form.items(multi=True) if pair[0] != RESUME_FIELD]
    page = render_template(
        "frame/resume.html", member=visit.member, message=message, fields=fields, done=None
    )
    status = 401 if refused is None else refused.reason.status
    response = page_headers.secure(make_response(page, status))
    response.headers["Cache-Control"] = "no-store"
    return response


def next_step(member: StaffMember) -> str:
    """Return the address of what a pending member must do first, else of the start page."""
    if "password" in member.pending:
        return url_for("admin.frame.change_password")
    if "passkey" in member.pending:
        return url_for("admin.frame.manage_passkeys")
    if "totp" in member.pending:
        return url_for("admin.frame.set_up_totp")
    return url_for("admin.frame.start")


def set_cookies(response: Response, token: str, device: str) -> Response:
    """Set the cookies of a session, which ends with the browser, and of its device."""
    services: Services = current_app.extensions["services"]
    lasting = int(staff_devices.LASTS.total_seconds())
    for name, value, max_age in ((COOKIE, token, None), (DEVICE_COOKIE, device, lasting)):
        response.set_cookie(
            name,
            value,
            max_age=max_age,
            path="/admin",
            secure=request.is_secure or services.settings.profile != "sandbox",
            httponly=True,
            samesite="Strict",
        )
    return response


def delete_cookie(response: Response) -> Response:
    """Delete the cookie of a session."""
    response.delete_cookie(COOKIE, path="/admin")
    return response


def _to_sign_in() -> ResponseReturnValue:
    shown = _shown_page()
    is_start = shown in ("", url_for("admin.frame.start"))
    target = url_for("admin.frame.sign_in", next=None if is_start else shown)
    if "HX-Request" in request.headers:
        # htmx would insert the sign-in page into the current one.
        response = make_response("", 401)
        response.headers["HX-Redirect"] = target
        return response
    return redirect(target)


def _ask_to_resume() -> ResponseReturnValue:
    """Send an idle session to the question for the password, and then back to its page."""
    if "HX-Request" in request.headers:
        # The page around the part keeps what was typed; its own form asks for the password.
        part = render_template("frame/refusal_part.html", message=text("pages.resume.part"))
        return make_response(part, 401)
    return redirect(url_for("admin.frame.resume_session", next=_shown_page() or None))


def _shown_page() -> str:
    """Return the address of the page that the browser shows, or is about to show."""
    if request.method == "GET" and "HX-Request" not in request.headers:
        return request.full_path.rstrip("?")
    return urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "").path


def _resume_by_form(visit: Visit) -> ResponseReturnValue | None:
    """Ask for the password before a form is carried out; None when it was right."""
    if "HX-Request" in request.headers:
        return _ask_to_resume()
    _require_own_form(visit, request.form)
    if RESUME_FIELD not in request.form:
        return resume_page(visit, None)
    refused = resume(visit)
    if refused is not None:
        return resume_page(visit, refused)
    fields = request.form.items(multi=True)
    request.form = ImmutableMultiDict([pair for pair in fields if pair[0] != RESUME_FIELD])
    return None


def _require_own_form(visit: Visit, form: Mapping[str, str]) -> None:
    _require_own_origin()
    given = request.headers.get(CSRF_HEADER) or form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(given.encode(), visit.csrf.encode()):
        raise Refused(Reason.FORBIDDEN, cause="form")


def _require_own_origin() -> None:
    """Refuse a form of another site by the Origin that browsers send."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Refused(Reason.FORBIDDEN, cause="origin")
