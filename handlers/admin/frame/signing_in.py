"""Signing in and out, first password, second factor, passkeys."""

import io

import segno
from flask import Response, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import (
    RESUME_FIELD,
    Visit,
    delete_cookie,
    device_cookie,
    find_idle_visit,
    find_visit,
    next_step,
    resume,
    resume_page,
    set_cookies,
)
from handlers.admin.frame.blueprint import pages
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render, render_public
from handlers.auth import client_address
from handlers.errors import error_content
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import devices as staff_devices
from miniprogram_api.staff import passkeys
from miniprogram_api.staff import sessions as staff_sessions
from miniprogram_api.staff.sessions import SignedIn
from miniprogram_api.texts import invalid, text


@pages.public_form("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the form; by POST sign in."""
    services: Services = current_app.extensions["services"]
    if request.method == "GET":
        visit = find_visit()
        if visit is not None:
            return redirect(next_step(visit.member))
        return _sign_in_page(Form())
    form = Form()
    with form:
        signed_in = staff_sessions.sign_in(
            services,
            form["username"].strip(),
            form["password"],
            form["totp"].strip() or None,
            address=client_address(request, services.settings),
            device=device_cookie(),
        )
        return _signed_in(signed_in)
    return _sign_in_page(form)


@pages.public_form("/sign-in/passkey")
def sign_in_by_passkey() -> ResponseReturnValue:
    """Sign in by the answer of a passkey."""
    if request.method == "GET":
        return redirect(url_for(".sign_in"))
    services: Services = current_app.extensions["services"]
    form = Form()
    with form:
        return _signed_in(
            staff_sessions.sign_in_by_passkey(
                services, form["credential"], origin=_origin(services)
            )
        )
    return _sign_in_page(form)


@pages.public_form("/resume")
def resume_session() -> ResponseReturnValue:
    """Ask for the password alone after idle time; then return to the page."""
    target = _own_path(request.args.get("next", "")) or url_for("admin.frame.start")
    if find_visit() is not None:
        return redirect(target)
    visit = find_idle_visit()
    if visit is None:
        return redirect(url_for("admin.frame.sign_in", next=request.args.get("next")))
    refused = None
    if request.method == "POST" and RESUME_FIELD in request.form:
        refused = resume(visit)
        if refused is None:
            return redirect(target)
    return resume_page(visit, refused)


@pages.public_form("/session")
def sign_in_again() -> ResponseReturnValue:
    """Answer a page of a member with the session's CSRF token, or 401; by POST sign in again.

    An idle session continues by the password alone. Pages that keep typed text call this.
    """
    services: Services = current_app.extensions["services"]
    form, visit, idle = request.form, find_visit(), find_idle_visit()
    if request.method == "GET":
        if visit is not None:
            return _session(visit)
        return _unstored(jsonify(member=idle and idle.member.id), 401)
    username = form.get("username", "")
    if idle is not None and idle.member.username == username:
        refused = resume(idle)
        return _session(idle) if refused is None else _not_signed_in(refused)
    try:
        signed_in = staff_sessions.sign_in(
            services,
            username,
            form.get(RESUME_FIELD, ""),
            form.get("totp", "").strip() or None,
            address=client_address(request, services.settings),
            device=device_cookie(),
        )
    except Refused as refused:
        return _not_signed_in(refused)
    device = staff_devices.remember(device_cookie(), signed_in.member.id)
    answer = _session(Visit(services, signed_in.member, signed_in.token))
    return set_cookies(answer, signed_in.token, device)


@pages.act("/sign-out", pending=True, idle=True)
def sign_out(visit: Visit) -> ResponseReturnValue:
    """End this session, with ``everywhere`` all sessions of the member."""
    if request.form.get("everywhere"):
        staff_sessions.end_all(visit.member)
    else:
        staff_sessions.end(visit.token)
    done = "signed_out_everywhere" if request.form.get("everywhere") else "signed_out"
    return delete_cookie(redirect(url_for("admin.frame.sign_in", done=done)))  # type: ignore[arg-type]


@pages.form("/password", pending=True)
def change_password(visit: Visit) -> ResponseReturnValue:
    """Change one's own password."""
    if request.method == "GET":
        return render(visit, "frame/password.html")
    form = Form(at={Reason.STAFF_LOCKED: "present"})
    with form:
        if form["password"] != form["again"]:
            raise invalid("staff.again.different")
        staff_sessions.change_password(
            visit.services,
            visit.member,
            form["present"],
            form["password"],
            token=visit.token,
            address=client_address(request, visit.services.settings),
            device=device_cookie(),
        )
        visit = find_visit() or visit
        return redirect(next_step(visit.member) if visit.member.pending else _profile("password"))
    return render(visit, "frame/password.html", form=form)


@pages.form("/totp", pending=True)
def set_up_totp(visit: Visit) -> ResponseReturnValue:
    """Show a new secret, and activate it with a code made from it."""
    if visit.member.has_totp:
        return redirect(url_for("admin.frame.profile"))
    form = Form()
    if form.is_sent:
        with form:
            codes = staff_sessions.confirm_totp(visit.member, form["totp"])
            return render(find_visit() or visit, "frame/recovery_codes.html", codes=codes)
    return _totp_page(visit, form)


@pages.form("/passkeys", pending=True)
def manage_passkeys(visit: Visit) -> ResponseReturnValue:
    """Show one's own passkeys; register a new one, or prove one and so raise the session."""
    form = Form()
    origin, member = _origin(visit.services), visit.member
    if form.is_sent:
        with form:
            if form["act"] == "raise":
                passkeys.raise_session(member, visit.token, form["credential"], origin=origin)
                done = "passkey_proved"
            else:
                name = form.text("name")
                passkeys.register(member, visit.token, form["credential"], name, origin=origin)
                done = "passkey_added"
            if member.pending:
                return redirect(next_step((find_visit() or visit).member))
            return redirect(url_for(".manage_passkeys", done=done))
    own = passkeys.listed(member)
    return render(
        visit,
        "frame/passkeys.html",
        form=form,
        passkeys=own,
        may_change=member.by_passkey or not own,
        registering=passkeys.registration_options(member, origin),
        raising=passkeys.raising_options(member, origin),
        longest=passkeys.LONGEST_NAME,
    )


@pages.act("/passkeys/<int:passkey_id>/removal", pending=True)
def remove_passkey(visit: Visit, passkey_id: int) -> ResponseReturnValue:
    """Remove one of one's own passkeys."""
    passkeys.remove(visit.member, passkey_id)
    return redirect(url_for(".manage_passkeys", done="passkey_removed"))


@pages.page("/profile", pending=True)
def profile(visit: Visit) -> ResponseReturnValue:
    """Show one's own account."""
    return render(visit, "frame/profile.html")


def _totp_page(visit: Visit, form: Form) -> ResponseReturnValue:
    address = staff_sessions.begin_totp(visit.member)
    image = io.BytesIO()
    segno.make(address, error="m").save(
        image,
        kind="svg",
        scale=5,
        xmldecl=False,
        svgns=True,
        nl=False,
        title=text("staff.totp_image"),
    )
    return render(
        visit,
        "frame/totp.html",
        form=form,
        code=image.getvalue().decode(),
        secret=address.partition("secret=")[2].partition("&")[0],
    )


def _sign_in_page(form: Form) -> ResponseReturnValue:
    services: Services = current_app.extensions["services"]
    options = passkeys.sign_in_options(_origin(services))
    return render_public("frame/sign_in.html", form=form, passkey_options=options)


def _signed_in(signed_in: SignedIn) -> ResponseReturnValue:
    """Set the cookies of a new session and go to the page that was asked for."""
    target = _own_path(request.args.get("next", "")) or url_for("admin.frame.start")
    if signed_in.member.pending:
        target = next_step(signed_in.member)
    device = staff_devices.remember(device_cookie(), signed_in.member.id)
    return set_cookies(redirect(target), signed_in.token, device)  # type: ignore[arg-type]


def _origin(services: Services) -> str:
    """Return scheme and host of the pages, to which passkeys are bound."""
    if services.settings.profile != "sandbox":
        return services.settings.public_origin.rstrip("/")
    return request.host_url.rstrip("/")


def _session(visit: Visit) -> Response:
    return _unstored(jsonify(member=visit.member.id, csrf=visit.csrf))


def _not_signed_in(refused: Refused) -> Response:
    message = error_content(refused)["message"]
    return _unstored(jsonify(message=message), refused.reason.status)


def _unstored(answer: Response, status: int = 200) -> Response:
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _profile(done: str) -> str:
    return url_for("admin.frame.profile", done=done)


def _own_path(text: str) -> str | None:
    """Return the path if it is one of the admin pages."""
    is_own = text.startswith("/admin/") and "//" not in text and "\\" not in text
    # A control character or half a surrogate pair cannot be sent in a header.
    return text if is_own and text.isprintable() else None
