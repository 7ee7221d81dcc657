"""Who may open which page: the session in a cookie, the proof against forged forms, permissions.

    @page(blueprint, "/staff", may=Permission.READ_STAFF, menu=Menu("系统", "人员", "users", 10))
    def list_staff(visit: Visit) -> ResponseReturnValue:
        return render(visit, "system/staff.html", members=staff.members())

The cookie is HttpOnly and SameSite=Strict; each form and each htmx request besides carries a value
that only a page of this session can know.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.api.uploads import read_upload
from miniprogram_api import staff, staff_sessions
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import Permission, StaffMember

COOKIE = "staff_session"
CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"
FORM_LIMIT = 1024 * 1024


@dataclass(frozen=True)
class Menu:
    """Where a page stands in the side navigation."""

    group: str
    title: str
    icon: str
    order: int


@dataclass(frozen=True)
class Page:
    """What a page declares of itself; tests walk these."""

    endpoint: str
    methods: tuple[str, ...]
    may: Permission | None = None
    writes: Permission | None = None
    public: bool = False
    pending: bool = False
    menu: Menu | None = None
    path: str = ""


PAGES: dict[str, Page] = {}


@dataclass(frozen=True)
class Visit:
    """Who looks at a page, and with what."""

    services: Services
    member: StaffMember
    token: str = field(repr=False)

    @property
    def csrf(self) -> str:
        """What a form of this session must carry."""
        return hmac.digest(self.token.encode(), b"staff form", "sha256").hex()

    def require(self, permission: Permission) -> None:
        """Raise Refused FORBIDDEN, which is audited, unless the visitor may do that."""
        staff.require_at_door(self.member, permission, f"{request.method} {request.endpoint}")


View = Callable[..., ResponseReturnValue]


def page(
    blueprint: Blueprint,
    path: str,
    *,
    may: Permission | None = None,
    writes: Permission | None = None,
    methods: tuple[str, ...] = ("GET",),
    pending: bool = False,
    menu: Menu | None = None,
    largest: int = FORM_LIMIT,
    image: bool = False,
) -> Callable[[View], View]:
    """Register a view ``(visit, **path arguments)`` for signed-in staff.

    ``may``: the permission that it takes (None: any member). ``writes``: the one that sending a
    form takes where whoever may read should not write; also named where a form only asks, because
    what is personal does not go into an address. ``pending``: also open to somebody who must first
    set a password or a second factor. ``largest``: so many bytes a form may have. ``image``: its
    form is multipart with a file of that name, which the view gets as one more argument; it is
    never on the disk.
    """

    def decorate(view: View) -> View:
        def opened(**arguments: Any) -> ResponseReturnValue:
            request.max_content_length = request.max_form_memory_size = largest
            visit = find_visit()
            if visit is None:
                return _to_sign_in()
            is_form = request.method not in ("GET", "HEAD")
            if is_form:
                form: Mapping[str, str] = {}
                if not image:
                    form = request.form
                elif request.mimetype == "multipart/form-data":
                    form, arguments["image"] = read_upload(request)
                _require_own_form(visit, form)
            if visit.member.pending and not pending:
                return redirect(next_step(visit.member))
            # Before anything is looked up, so that a refusal does not tell what there is.
            needed = writes if is_form and writes is not None else may
            if needed is not None:
                visit.require(needed)
            return view(visit, **arguments)

        declared = Page("", methods, may, writes, pending=pending, menu=menu)
        _add(blueprint, path, view, opened, declared)
        return view

    return decorate


def public_page(
    blueprint: Blueprint, path: str, *, methods: tuple[str, ...] = ("GET",)
) -> Callable[[View], View]:
    """Register a view ``()`` that needs no session: signing in."""

    def decorate(view: View) -> View:
        def opened(**arguments: Any) -> ResponseReturnValue:
            request.max_content_length = FORM_LIMIT
            if request.method not in ("GET", "HEAD"):
                _require_own_origin()
            return view(**arguments)

        _add(blueprint, path, view, opened, Page("", methods, public=True, pending=True))
        return view

    return decorate


def _add(blueprint: Blueprint, path: str, view: View, opened: View, declared: Page) -> None:
    name = view.__name__
    endpoint = f"{blueprint.name}.{name}"
    PAGES[endpoint] = replace(declared, endpoint=endpoint, path=path)
    blueprint.add_url_rule(path, name, opened, methods=list(declared.methods))


def menu_of(page: Page) -> Menu | None:
    """Where a page stands in the navigation, or the page does that its address lies under."""
    above = [
        other
        for other in PAGES.values()
        if other.menu is not None and page.path.startswith(f"{other.path}/")
    ]
    return page.menu or max(above, key=lambda other: len(other.path), default=page).menu


def find_visit() -> Visit | None:
    """The visit of the cookie's session, when it lives."""
    services: Services = current_app.extensions["services"]
    token = request.cookies.get(COOKIE, "")
    member = staff_sessions.find_session(services, token)
    return None if member is None else Visit(services, member, token)


def next_step(member: StaffMember) -> str:
    """The address of what a member must do before anything else; the start page when nothing."""
    if "password" in member.pending:
        return url_for("admin.change_password")
    if "totp" in member.pending:
        return url_for("admin.set_up_totp")
    return url_for("admin.start")


def let_in(response: Response, token: str) -> Response:
    """Give the browser the session's cookie; it ends with the browser, or with the session."""
    services: Services = current_app.extensions["services"]
    response.set_cookie(
        COOKIE,
        token,
        path="/admin",
        secure=services.settings.profile == "production",
        httponly=True,
        samesite="Strict",
    )
    return response


def let_out(response: Response) -> Response:
    """Take the cookie away."""
    response.delete_cookie(COOKIE, path="/admin")
    return response


def _to_sign_in() -> ResponseReturnValue:
    target = url_for("admin.sign_in")
    if request.method == "GET" and request.path != url_for("admin.start"):
        target = url_for("admin.sign_in", next=request.path)
    if "HX-Request" in request.headers:
        # htmx would put the sign-in page into the middle of the present one.
        response = make_response("", 401)
        response.headers["HX-Redirect"] = url_for("admin.sign_in")
        return response
    return redirect(target)


def _require_own_form(visit: Visit, form: Mapping[str, str]) -> None:
    _require_own_origin()
    given = request.headers.get(CSRF_HEADER) or form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(given.encode(), visit.csrf.encode()):
        raise Refused(Reason.FORBIDDEN, cause="form")


def _require_own_origin() -> None:
    """Browsers name the page that sends a form; one of somebody else is turned away."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Refused(Reason.FORBIDDEN, cause="origin")
