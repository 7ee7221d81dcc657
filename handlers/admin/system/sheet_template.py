"""The template of the sheet 登记注册身份认证人像信息, edited by operators."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from handlers.admin.system.blueprint import pages
from miniprogram_api.sheets import sample, templates
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words


@pages.form("/sheet-template", may=Permission.READ_OPERATIONS, writes=Permission.WRITE_OPERATIONS)
def edit_sheet_template(visit: Visit) -> ResponseReturnValue:
    """Edit the template; the form shows the version in force, or ``version`` of the query."""
    versions, form = _form()
    if form.is_sent:
        with form:
            templates.save(visit.member, templates.read(request.form))
            return redirect(url_for(".edit_sheet_template", done="saved"))
    return _page(visit, versions, form)


@pages.act(
    "/sheet-template/preview",
    may=Permission.READ_OPERATIONS,
    writes=Permission.READ_OPERATIONS,
)
def preview_sheet_template(visit: Visit) -> ResponseReturnValue:
    """Show the typed template as PDF, filled in for made-up people."""
    versions, form = _form()
    with form:
        drawn = sample.draw(templates.read(request.form))
        return csv_files.file(drawn.pdf, "application/pdf")
    return _page(visit, versions, form)


def _shown(versions: list[templates.Version]) -> templates.Version:
    wanted = request.args.get("version", "")
    return next((one for one in versions if str(one.number) == wanted), versions[0])


def _form() -> tuple[list[templates.Version], Form]:
    versions = templates.versions()
    return versions, Form(templates.as_form(_shown(versions).template))


def _page(visit: Visit, versions: list[templates.Version], form: Form) -> ResponseReturnValue:
    return render(
        visit,
        "system/sheet_template.html",
        form=form,
        versions=versions,
        names=words("sheets.fields"),
        shown=_shown(versions),
        first_page=templates.FIRST_PAGE,
        second_page=templates.SECOND_PAGE,
        longest_notes=templates.LONGEST_NOTES,
        longest_title=templates.LONGEST_TITLE,
        longest_label=templates.LONGEST_LABEL,
        writable=visit.member.may(Permission.WRITE_OPERATIONS),
    )
