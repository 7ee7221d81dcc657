"""Staff: adding members, roles, resetting and ending access."""

from contextlib import suppress

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render, told
from handlers.admin.system.blueprint import pages
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.desks import acts as desk
from miniprogram_api.reasons import Reason
from miniprogram_api.staff import attempts as staff_attempts
from miniprogram_api.staff import members as staff
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import invalid, text
from miniprogram_api.texts.sentences import moment_in_words

_FIELDS = {Reason.USERNAME_TAKEN: "username", Reason.ADMINISTRATORS_NEEDED: "roles"}


@pages.page("/staff", may=Permission.READ_STAFF)
def list_staff(visit: Visit) -> ResponseReturnValue:
    """List all members, former ones included."""
    members = staff.members()
    locked = _locked_until(visit, members)
    return render(visit, "system/staff.html", members=members, locked=locked, windows=_windows())


@pages.form("/staff/new", may=Permission.WRITE_STAFF)
def add_staff(visit: Visit) -> ResponseReturnValue:
    """Add a member; the first password is shown once."""
    form = Form(at=_FIELDS)
    if form.is_sent:
        with form:
            created = staff.create(
                visit.member,
                username=form["username"],
                name=form["name"],
                roles=form.all("roles"),
                window_id=_window_id(form),
                id_number=_id_number(form),
            )
            return render(
                visit,
                "frame/first_password.html",
                created=created,
                title=text("staff.first_password.added"),
            )
    return render(
        visit,
        "system/staff_form.html",
        form=form,
        person=None,
        chosen=set(form.all("roles")),
        roles=staff.ROLES,
        windows=_windows(),
    )


@pages.form("/staff/<int:member_id>", may=Permission.READ_STAFF, writes=Permission.WRITE_STAFF)
def edit_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Change the roles of a member other than oneself."""
    person = staff.get(member_id)
    form = _member_form(person)
    if form.is_sent:
        with form:
            changed = staff.change_roles(
                visit.member, member_id, form.all("roles"), _window_id(form)
            )
            done = told(
                (changed.roles, changed.window_id) != (person.roles, person.window_id), "roles"
            )
            return redirect(url_for(".edit_staff", member_id=member_id, done=done))
    return _member_page(visit, person, form)


@pages.act("/staff/<int:member_id>/identity", may=Permission.WRITE_STAFF)
def identify_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Set a member's ID number, which bars the member from matters about that person."""
    person = staff.get(member_id)
    form = _member_form(person)
    with form:
        staff.set_identity(visit.member, member_id, _id_number(form))
        return redirect(url_for(".edit_staff", member_id=member_id, done="saved"))
    return _member_page(visit, person, form)


@pages.act("/staff/<int:member_id>/end", may=Permission.WRITE_STAFF)
def end_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Deactivate a member."""
    person = staff.get(member_id)
    form = _member_form(person)
    with form:
        staff.deactivate(visit.member, member_id)
        return redirect(url_for(".edit_staff", member_id=member_id, done="deactivated"))
    return _member_page(visit, person, form)


@pages.act("/staff/<int:member_id>/return", may=Permission.WRITE_STAFF)
def readmit_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Reactivate a member; the first password is shown once."""
    person = staff.get(member_id)
    form = _member_form(person)
    with form:
        created = staff.readmit(visit.member, member_id, form.all("roles"), _window_id(form))
        _forget_tries(visit, created.member)
        return render(
            visit,
            "frame/first_password.html",
            created=created,
            title=text("staff.first_password.readmitted"),
        )
    return _member_page(visit, person, form)


@pages.act("/staff/<int:member_id>/reset", may=Permission.WRITE_STAFF)
def reset_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Reset the password and second factor of a member; the new password is shown once."""
    created = staff.reset(visit.member, member_id)
    _forget_tries(visit, created.member)
    return render(
        visit,
        "frame/first_password.html",
        created=created,
        title=text("staff.first_password.reset"),
    )


@pages.act("/staff/<int:member_id>/unlock", may=Permission.WRITE_STAFF)
def unlock_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Unlock a member at once."""
    staff_attempts.unlock(visit.services, visit.member, member_id)
    return redirect(url_for(".edit_staff", member_id=member_id, done="unlocked"))


def _forget_tries(visit: Visit, member: StaffMember) -> None:
    # The new password is shown once; an unavailable Redis must not prevent that.
    with suppress(StoreUnavailable):
        staff_attempts.forget(visit.services, member)


def _member_form(person: StaffMember) -> Form:
    return Form({"window_id": str(person.window_id or "")}, at=_FIELDS)


def _member_page(visit: Visit, person: StaffMember, form: Form) -> ResponseReturnValue:
    return render(
        visit,
        "system/staff_form.html",
        form=form,
        person=person,
        locked=_locked_until(visit, [person]).get(person.id),
        chosen=set(form.all("roles") if form.is_sent else person.roles),
        roles=staff.ROLES,
        windows=_windows(),
        is_own=person.id == visit.member.id,
    )


def _locked_until(visit: Visit, members: list[StaffMember]) -> dict[int, str]:
    """Map locked members to the end of their lock, rounded up to a minute."""
    locked = staff_attempts.locked_until(visit.services, members)
    return {member_id: moment_in_words(until) for member_id, until in locked.items()}


def _window_id(form: Form) -> int | None:
    number = form.number("window_id")
    if form["window_id"] and number is None:
        raise invalid("staff.window_id.not_allowed")
    return number


def _id_number(form: Form) -> str | None:
    text = form["id_number"].strip()
    return desk.read_id_number(text) if text else None


def _windows() -> dict[int, str]:
    return {window.id: window.name for window in windows.listed()}
