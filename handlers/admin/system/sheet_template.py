"""The template of the sheet 登记注册身份认证人像信息, edited by operators."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files
from handlers.admin.frame.access import Visit
from handlers.admin.frame.rendering import Errors, render
from handlers.admin.system.blueprint import pages
from miniprogram_api.sheets import sample, templates
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words


@pages.form("/sheet-template", may=Permission.READ_OPERATIONS, writes=Permission.WRITE_OPERATIONS)
def edit_sheet_template(visit: Visit) -> ResponseReturnValue:
    """Edit the template; the form shows the version in force, or ``version`` of the query."""
    errors = Errors()
    versions = templates.versions()
    if request.method == "POST":
        with errors:
            templates.save(visit.member, templates.read(request.form))
            return redirect(url_for(".edit_sheet_template", done="saved"))
    return _form(visit, versions, errors)


@pages.act(
    "/sheet-template/preview",
    may=Permission.READ_OPERATIONS,
    writes=Permission.READ_OPERATIONS,
)
def preview_sheet_template(visit: Visit) -> ResponseReturnValue:
    """Show the typed template as PDF, filled in for made-up people."""
    errors = Errors()
    with errors:
        drawn = sample.draw(templates.read(request.form))
        return csv_files.file(drawn.pdf, "application/pdf")
    return _form(visit, templates.versions(), errors)


def _form(visit: Visit, versions: list[templates.Version], errors: Errors) -> ResponseReturnValue:
    wanted = request.args.get("version", "")
    shown = next((one for one in versions if str(one.number) == wanted), versions[0])
    return render(
        visit,
        "system/sheet_template.html",
        versions=versions,
        names=words("sheets.fields"),
        shown=shown,
        form=request.form if errors else templates.as_form(shown.template),
        first_page=templates.FIRST_PAGE,
        second_page=templates.SECOND_PAGE,
        longest_notes=templates.LONGEST_NOTES,
        longest_title=templates.LONGEST_TITLE,
        longest_label=templates.LONGEST_LABEL,
        errors=errors,
        writable=visit.member.may(Permission.WRITE_OPERATIONS),
    )
