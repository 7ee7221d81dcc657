"""Service windows: their public details, edited by operators."""

from datetime import date

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.rendering import Errors, render
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
    errors = Errors()
    form = request.form.to_dict()
    if request.method == "POST":
        with errors:
            window = WindowForm(
                name=form.get("name", ""),
                address=form.get("address", ""),
                hours=form.get("hours", ""),
                phone=form.get("phone", ""),
                districts=form_values.words(form.get("districts", "")),
                closed_days=_closed_days(form.get("closed_days", "")),
                active="active" in form,
            )
            if item is None:
                windows.add(visit.member, window)
            else:
                windows.change(visit.member, item.id, window)
            return redirect(url_for(".list_windows", done="saved"))
    elif item is not None:
        form = {
            "name": item.name,
            "address": item.address,
            "hours": item.hours,
            "phone": item.phone,
            "districts": "、".join(item.districts),
            "closed_days": "、".join(day.isoformat() for day in item.closed_days),
            **({"active": "1"} if item.active else {}),
        }
    else:
        form = {"active": "1"}
    return render(visit, "system/window_form.html", item=item, form=form, errors=errors)


def _closed_days(text: str) -> list[date]:
    days = [form_values.day("closed_days", word) for word in form_values.words(text)]
    return [day for day in days if day is not None]
