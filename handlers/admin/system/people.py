"""Staff: adding members, roles, resetting and ending access."""

from contextlib import suppress

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.rendering import Errors, render, told
from handlers.admin.system.blueprint import pages
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.desks import acts as desk
from miniprogram_api.reasons import Reason
from miniprogram_api.staff import attempts as staff_attempts
from miniprogram_api.staff import members as staff
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import invalid
from miniprogram_api.texts.sentences import moment_in_words

_SENTENCES = {
    Reason.USERNAME_TAKEN: ("username", "这个用户名已有人使用，请换一个。"),
    Reason.ADMINISTRATORS_NEEDED: ("roles", "至少要保留两名系统管理员，请先增加一名。"),
}


@pages.page("/staff", may=Permission.READ_STAFF)
def list_staff(visit: Visit) -> ResponseReturnValue:
    """List all members, former ones included."""
    members = staff.members()
    locked = _locked_until(visit, members)
    return render(visit, "system/staff.html", members=members, locked=locked, windows=_windows())


@pages.form("/staff/new", may=Permission.WRITE_STAFF)
def add_staff(visit: Visit) -> ResponseReturnValue:
    """Add a member; the first password is shown once."""
    form = request.form
    errors = Errors(_SENTENCES)
    if request.method == "POST":
        with errors:
            created = staff.create(
                visit.member,
                username=form.get("username", ""),
                name=form.get("name", ""),
                roles=form.getlist("roles"),
                window_id=_window_id(),
                id_number=_id_number(),
            )
            return render(visit, "frame/first_password.html", created=created, title="已新增人员")
    return render(
        visit,
        "system/staff_form.html",
        person=None,
        form=form,
        chosen=set(form.getlist("roles")),
        errors=errors,
        roles=staff.ROLES,
        windows=_windows(),
    )


@pages.form("/staff/<int:member_id>", may=Permission.READ_STAFF, writes=Permission.WRITE_STAFF)
def edit_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Change the roles of a member other than oneself."""
    person = staff.get(member_id)
    errors = Errors(_SENTENCES)
    if request.method == "POST":
        with errors:
            roles = request.form.getlist("roles")
            found = staff.change_roles(visit.member, member_id, roles, _window_id())
            done = told((found.roles, found.window_id) != (person.roles, person.window_id), "roles")
            return redirect(url_for(".edit_staff", member_id=member_id, done=done))
    return _member_page(visit, person, errors)


@pages.act("/staff/<int:member_id>/identity", may=Permission.WRITE_STAFF)
def identify_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Set a member's ID number, which bars the member from matters about that person."""
    errors = Errors()
    with errors:
        staff.set_identity(visit.member, member_id, _id_number())
        return redirect(url_for(".edit_staff", member_id=member_id, done="saved"))
    return _member_page(visit, staff.get(member_id), errors)


@pages.act("/staff/<int:member_id>/end", may=Permission.WRITE_STAFF)
def end_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Deactivate a member."""
    errors = Errors(_SENTENCES)
    with errors:
        staff.deactivate(visit.member, member_id)
        return redirect(url_for(".edit_staff", member_id=member_id, done="deactivated"))
    return _member_page(visit, staff.get(member_id), errors)


@pages.act("/staff/<int:member_id>/return", may=Permission.WRITE_STAFF)
def readmit_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Reactivate a member; the first password is shown once."""
    errors, roles = Errors(), request.form.getlist("roles")
    with errors:
        created = staff.readmit(visit.member, member_id, roles, _window_id())
        _forget_tries(visit, created.member)
        return render(visit, "frame/first_password.html", created=created, title="已重新启用")
    return _member_page(visit, staff.get(member_id), errors)


@pages.act("/staff/<int:member_id>/reset", may=Permission.WRITE_STAFF)
def reset_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Reset the password and second factor of a member; the new password is shown once."""
    created = staff.reset(visit.member, member_id)
    _forget_tries(visit, created.member)
    return render(visit, "frame/first_password.html", created=created, title="已重置登录")


@pages.act("/staff/<int:member_id>/unlock", may=Permission.WRITE_STAFF)
def unlock_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Unlock a member at once."""
    staff_attempts.unlock(visit.services, visit.member, member_id)
    return redirect(url_for(".edit_staff", member_id=member_id, done="unlocked"))


def _forget_tries(visit: Visit, member: StaffMember) -> None:
    # The new password is shown once; an unavailable Redis must not prevent that.
    with suppress(StoreUnavailable):
        staff_attempts.forget(visit.services, member)


def _member_page(visit: Visit, person: StaffMember, errors: dict[str, str]) -> ResponseReturnValue:
    chosen = set(request.form.getlist("roles")) if errors else set(person.roles)
    return render(
        visit,
        "system/staff_form.html",
        person=person,
        locked=_locked_until(visit, [person]).get(person.id),
        form=request.form if errors else {"window_id": str(person.window_id or "")},
        chosen=chosen,
        errors=errors,
        roles=staff.ROLES,
        windows=_windows(),
        is_own=person.id == visit.member.id,
    )


def _locked_until(visit: Visit, members: list[StaffMember]) -> dict[int, str]:
    """Map locked members to the end of their lock, rounded up to a minute."""
    found = staff_attempts.locked_until(visit.services, members)
    return {member_id: moment_in_words(until) for member_id, until in found.items()}


def _window_id() -> int | None:
    text = request.form.get("window_id", "")
    number = form_values.number(text)
    if text and number is None:
        raise invalid("staff.window_id.not_allowed")
    return number


def _id_number() -> str | None:
    text = request.form.get("id_number", "").strip()
    return desk.read_id_number(text) if text else None


def _windows() -> dict[int, str]:
    return {window.id: window.name for window in windows.listed()}
