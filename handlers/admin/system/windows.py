"""The windows where people are helped: what is said about them, edited by operators."""

from datetime import date

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.rendering import field_errors, render
from miniprogram_api import windows
from miniprogram_api.reasons import Refused
from miniprogram_api.staff import Permission
from miniprogram_api.windows import Window, WindowForm


@page(
    blueprint,
    "/windows",
    may=Permission.READ_OPERATIONS,
    menu=Menu("运行", "服务窗口", "building-store", 55),
)
def list_windows(visit: Visit) -> ResponseReturnValue:
    """All windows, those out of use included."""
    return render(visit, "system/windows.html", items=windows.everything())


@page(blueprint, "/windows/new", methods=("GET", "POST"), may=Permission.WRITE_OPERATIONS)
def add_window(visit: Visit) -> ResponseReturnValue:
    """Open a window."""
    return _form(visit, None)


@page(
    blueprint,
    "/windows/<int:window_id>",
    methods=("GET", "POST"),
    may=Permission.WRITE_OPERATIONS,
)
def edit_window(visit: Visit, window_id: int) -> ResponseReturnValue:
    """Change what is said about a window."""
    return _form(visit, windows.get(window_id))


def _form(visit: Visit, item: Window | None) -> ResponseReturnValue:
    errors = {}
    form = request.form.to_dict()
    if request.method == "POST":
        try:
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
        except Refused as refused:
            errors = field_errors(refused)
        else:
            return redirect(url_for("admin.list_windows", done="saved"))
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
    return render(
        visit,
        "system/window_form.html",
        422 if errors else 200,
        item=item,
        form=form,
        errors=errors,
    )


def _closed_days(text: str) -> list[date]:
    days = [form_values.day("closed_days", word) for word in form_values.words(text)]
    return [day for day in days if day is not None]
