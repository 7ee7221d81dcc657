"""Who works here: letting people in, their roles, resetting and ending their access."""

from contextlib import suppress

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.rendering import field_errors, render
from miniprogram_api import desk, staff, staff_tries, windows
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.reasons import Reason, Refused, invalid_field
from miniprogram_api.staff import Permission, StaffMember
from miniprogram_api.texts.sentences import moment_in_words


@page(blueprint, "/staff", may=Permission.READ_STAFF, menu=Menu("系统", "工作人员", "users", 90))
def list_staff(visit: Visit) -> ResponseReturnValue:
    """Everybody who may sign in here, and who no longer may."""
    members = staff.members()
    return render(
        visit,
        "system/staff.html",
        members=members,
        locked=_locked_until(visit, members),
        windows=_windows(),
    )


@page(blueprint, "/staff/new", methods=("GET", "POST"), may=Permission.WRITE_STAFF)
def add_staff(visit: Visit) -> ResponseReturnValue:
    """Let somebody in; the first password is shown once."""
    form = request.form
    errors = {}
    if request.method == "POST":
        try:
            created = staff.create(
                visit.member,
                username=form.get("username", ""),
                name=form.get("name", ""),
                roles=form.getlist("roles"),
                window_id=_window_id(),
                id_number=_id_number(),
            )
        except Refused as refused:
            if refused.reason is Reason.USERNAME_TAKEN:
                errors = {"username": "这个用户名已有人使用，请换一个。"}
            else:
                errors = field_errors(refused)
        else:
            return render(visit, "frame/first_password.html", created=created, title="已新增人员")
    return render(
        visit,
        "system/staff_form.html",
        422 if errors else 200,
        person=None,
        form=form,
        chosen=set(form.getlist("roles")),
        errors=errors,
        roles=staff.ROLES,
        windows=_windows(),
    )


@page(
    blueprint,
    "/staff/<int:member_id>",
    methods=("GET", "POST"),
    may=Permission.READ_STAFF,
    writes=Permission.WRITE_STAFF,
)
def edit_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """The roles of one member; nobody changes his own."""
    person = staff.get(member_id)
    errors = {}
    if request.method == "POST":
        try:
            staff.change_roles(visit.member, member_id, request.form.getlist("roles"), _window_id())
        except Refused as refused:
            errors = _form_errors(refused)
        else:
            return redirect(url_for("admin.edit_staff", member_id=member_id, done="roles"))
    return _member_page(visit, person, errors)


@page(blueprint, "/staff/<int:member_id>/identity", methods=("POST",), may=Permission.WRITE_STAFF)
def identify_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Whose matters a member must leave to others: his own, known by his ID number."""
    try:
        staff.set_identity(visit.member, member_id, _id_number())
    except Refused as refused:
        return _member_page(visit, staff.get(member_id), field_errors(refused))
    return redirect(url_for("admin.edit_staff", member_id=member_id, done="saved"))


@page(blueprint, "/staff/<int:member_id>/end", methods=("POST",), may=Permission.WRITE_STAFF)
def end_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Let somebody in no more."""
    try:
        staff.deactivate(visit.member, member_id)
    except Refused as refused:
        return _member_page(visit, staff.get(member_id), _form_errors(refused))
    return redirect(url_for("admin.edit_staff", member_id=member_id, done="deactivated"))


@page(blueprint, "/staff/<int:member_id>/return", methods=("POST",), may=Permission.WRITE_STAFF)
def readmit_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Let somebody in again who was let in no more; the first password is shown once."""
    try:
        created = staff.readmit(
            visit.member, member_id, request.form.getlist("roles"), _window_id()
        )
    except Refused as refused:
        return _member_page(visit, staff.get(member_id), field_errors(refused))
    _forget_tries(visit, created.member)
    return render(visit, "frame/first_password.html", created=created, title="已重新启用")


@page(blueprint, "/staff/<int:member_id>/reset", methods=("POST",), may=Permission.WRITE_STAFF)
def reset_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """A new first password and second factor for somebody who lost his; shown once."""
    created = staff.reset(visit.member, member_id)
    _forget_tries(visit, created.member)
    return render(visit, "frame/first_password.html", created=created, title="已重置登录")


@page(blueprint, "/staff/<int:member_id>/unlock", methods=("POST",), may=Permission.WRITE_STAFF)
def unlock_staff(visit: Visit, member_id: int) -> ResponseReturnValue:
    """Let somebody who is locked try again at once."""
    staff_tries.unlock(visit.services, visit.member, member_id)
    return redirect(url_for("admin.edit_staff", member_id=member_id, done="unlocked"))


def _forget_tries(visit: Visit, member: StaffMember) -> None:
    # The new password is shown once: a Redis that is away must not take that.
    with suppress(StoreUnavailable):
        staff_tries.forget(visit.services, member)


def _member_page(visit: Visit, person: StaffMember, errors: dict[str, str]) -> ResponseReturnValue:
    chosen = set(request.form.getlist("roles")) if errors else set(person.roles)
    return render(
        visit,
        "system/staff_form.html",
        422 if errors else 200,
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
    """Member → until when he is locked; rounded up, so that nobody tries a moment too early."""
    found = staff_tries.locked_until(visit.services, members)
    return {member_id: moment_in_words(until) for member_id, until in found.items()}


def _form_errors(refused: Refused) -> dict[str, str]:
    if refused.reason is Reason.ADMINISTRATORS_NEEDED:
        return {"roles": "至少要保留两名系统管理员，请先增加一名。"}
    return field_errors(refused)


def _window_id() -> int | None:
    text = request.form.get("window_id", "")
    number = form_values.number(text)
    if text and number is None:
        raise invalid_field("window_id", "not_allowed", "没有这个窗口，请重新选择。")
    return number


def _id_number() -> str | None:
    text = request.form.get("id_number", "").strip()
    return desk.read_id_number(text) if text else None


def _windows() -> dict[int, str]:
    return {window.id: window.name for window in windows.listed()}
