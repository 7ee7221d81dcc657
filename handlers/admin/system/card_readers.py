"""Card readers of the windows: registered and withdrawn by administrators."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from handlers.admin.system.blueprint import pages
from miniprogram_api.captures import readers
from miniprogram_api.captures.readers import ReaderForm
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission


@pages.form("/card-readers", may=Permission.READ_STAFF, writes=Permission.WRITE_STAFF)
def list_card_readers(visit: Visit) -> ResponseReturnValue:
    """List the readers, and register one."""
    form = Form()
    if form.is_sent:
        with form:
            reader = ReaderForm(
                form["name"], form["serial"], form["public_key"], form.number("window")
            )
            readers.add(visit.member, reader)
            return redirect(url_for(".list_card_readers", done="saved"))
    return render(
        visit,
        "system/card_readers.html",
        form=form,
        items=readers.listed(visit.member),
        windows=windows.all_windows(),
    )


@pages.act("/card-readers/<int:reader_id>/withdrawal", may=Permission.WRITE_STAFF)
def withdraw_card_reader(visit: Visit, reader_id: int) -> ResponseReturnValue:
    """Withdraw a reader."""
    readers.withdraw(visit.member, reader_id)
    return redirect(url_for(".list_card_readers", done="saved"))
