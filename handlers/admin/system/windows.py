"""Service windows: their public details, edited by operators."""

from datetime import date

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from handlers.admin.system.blueprint import pages
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission
from miniprogram_api.staff.windows import Window, WindowForm


@pages.page("/windows", may=Permission.READ_OPERATIONS)
def list_windows(visit: Visit) -> ResponseReturnValue:
    """List all windows, closed ones included."""
    return render(visit, "system/windows.html", items=windows.all_windows())


@pages.form("/windows/new", may=Permission.WRITE_OPERATIONS)
def add_window(visit: Visit) -> ResponseReturnValue:
    """Create a window."""
    return _form(visit, None)


@pages.form("/windows/<int:window_id>", may=Permission.WRITE_OPERATIONS)
def edit_window(visit: Visit, window_id: int) -> ResponseReturnValue:
    """Change a window."""
    return _form(visit, windows.get(window_id))


def _form(visit: Visit, item: Window | None) -> ResponseReturnValue:
    form = Form({"active": "1"} if item is None else _texts_of(item))
    if form.is_sent:
        with form:
            window = WindowForm(
                name=form["name"],
                address=form["address"],
                hours=form["hours"],
                phone=form["phone"],
                districts=form.words("districts"),
                closed_days=_closed_days(form.words("closed_days")),
                active="active" in form,
            )
            if item is None:
                windows.add(visit.member, window)
            else:
                windows.change(visit.member, item.id, window)
            return redirect(url_for(".list_windows", done="saved"))
    return render(visit, "system/window_form.html", form=form, item=item)


def _texts_of(item: Window) -> dict[str, str]:
    return {
        "name": item.name,
        "address": item.address,
        "hours": item.hours,
        "phone": item.phone,
        "districts": "、".join(item.districts),
        "closed_days": "、".join(day.isoformat() for day in item.closed_days),
        **({"active": "1"} if item.active else {}),
    }


def _closed_days(words: list[str]) -> list[date]:
    days = [form_values.day("closed_days", word) for word in words]
    return [day for day in days if day is not None]
