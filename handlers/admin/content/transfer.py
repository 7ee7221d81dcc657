"""Import and export: a preview shows the changes of a file before they are written."""

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.editing import drafts, question_sets
from faq.editing.example_overlaps import overlaps
from faq.interchange import exports, imports, uploads
from faq.interchange.imports import Preview
from faq.interchange.parsed import LARGEST_FILE
from faq.interchange.uploads import Upload
from faq.release import publishing
from faq.release.contradictions import contradictions
from faq.release.parts import ADMINISTERED
from handlers.admin.content.answers import namer
from handlers.admin.content.blueprint import pages
from handlers.admin.frame import csv_files
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import text, words

SHOWN_STEPS, SHOWN_PROBLEMS = 100, 200
# Form → its media type.
FORMS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "yaml": "application/yaml",
}
_COLOURS = {
    "new": "bg-green-lt",
    "changed": "bg-yellow-lt",
    "restored": "bg-blue-lt",
    "retired": "bg-red-lt",
}
ACTS = {name: (title, _COLOURS[name]) for name, title in words("content.import_acts").items()}


@pages.form(
    "/exchange",
    may=Permission.READ_CONTENT,
    writes=Permission.WRITE_CONTENT,
    largest=LARGEST_FILE + 1024 * 1024,
)
def exchange(visit: Visit) -> ResponseReturnValue:
    """Offer downloads in all forms; by POST upload a file."""
    form = Form(beside=())
    if form.is_sent:
        with form:
            return redirect(url_for(".preview_import", upload_id=taken(visit, None)))
    return render(visit, "content/transfer.html", form=form)


def taken(visit: Visit, target: int | None) -> int:
    """Keep the uploaded file and return its id. Raises Refused INVALID_INPUT."""
    file = request.files.get("file")
    return uploads.store(
        (file.filename or "") if file else "",
        file.read() if file else b"",
        target=target,
        replaces="replaces" in request.form,
        actor=visit.member.actor,
    )


@pages.page("/exchange/<which>.<form>", may=Permission.READ_CONTENT)
def export_content(visit: Visit, which: str, form: str) -> ResponseReturnValue:
    """Download the draft or the published content; CSV also in GB 18030."""
    if which not in ("draft", "published") or form not in FORMS:
        raise Refused(Reason.NOT_FOUND)
    asked = Form(typed=request.args, beside=())
    with asked:
        content = drafts.content() if which == "draft" else publishing.current().content
        data = exports.content_file(content, form, request.args.get("encoding", "utf-8"))
        return download(data, f"faq-{which}", form)
    return render(visit, "content/transfer.html", form=asked)


def download(data: bytes, name: str, form: str) -> Response:
    """Send a file for download."""
    # ``exports`` checked the encoding; only CSV has another one.
    encoding = request.args.get("encoding", "utf-8") if form == "csv" else "utf-8"
    kind = FORMS[form] + (f"; charset={encoding}" if form != "xlsx" else "")
    return csv_files.file(data, kind, f"{name}-{clock.today().isoformat()}.{form}")


@pages.page("/exchange/files/<int:upload_id>", may=Permission.READ_CONTENT)
def preview_import(visit: Visit, upload_id: int) -> ResponseReturnValue:
    """Show the changes of a file, and its invalid rows; nothing is written."""
    return _preview(visit, uploads.get(upload_id))


@pages.page("/exchange/files/<int:upload_id>/overlaps", may=Permission.READ_CONTENT)
def import_overlaps(visit: Visit, upload_id: int) -> ResponseReturnValue:
    """List the examples of a file that resemble those of other entries."""
    planned = _planned(visit, uploads.get(upload_id))
    overlapping = overlaps(planned.written)
    return render(visit, "content/overlaps.html", overlaps=overlapping, slug="")


@pages.act("/exchange/files/<int:upload_id>/import", may=Permission.WRITE_CONTENT)
def carry_out_import(visit: Visit, upload_id: int) -> ResponseReturnValue:
    """Import the previewed file, all of it or nothing."""
    upload = uploads.get(upload_id)
    skip_bad, actor = "skip_bad" in request.form, visit.member.actor
    form = Form(beside=())
    with form:
        if upload.target is not None:
            rows = imports.parse_questions(upload.data, upload.name)
            imports.put_questions(
                upload.target, rows, editor=actor, replace=upload.replaces, skip_bad=skip_bad
            )
            done = url_for(".show_question_set", set_id=upload.target, done="imported")
        else:
            planned = _planned(visit, upload)
            if planned.fingerprint != request.form.get("seen", ""):
                return _preview(visit, upload, text("content.imports.draft_changed"))
            imports.carry_out(planned, editor=actor, skip_bad=skip_bad)
            done = url_for(".publish", done="imported")
        uploads.delete(upload_id)
        return redirect(done)
    return _preview(visit, upload, text("content.imports.refused"))


@pages.act("/exchange/files/<int:upload_id>/drop", may=Permission.WRITE_CONTENT)
def drop_import(_visit: Visit, upload_id: int) -> ResponseReturnValue:
    """Delete the uploaded file."""
    target = uploads.get(upload_id).target
    uploads.delete(upload_id)
    if target is not None:
        return redirect(url_for(".show_question_set", set_id=target))
    return redirect(url_for(".exchange"))


def _planned(visit: Visit, upload: Upload) -> Preview:
    may_write_all = visit.member.may(Permission.WRITE_DISTRESS)
    return imports.preview(
        imports.parse(upload.data, upload.name),
        replace=upload.replaces,
        locked=frozenset() if may_write_all else ADMINISTERED,
    )


def _preview(visit: Visit, upload: Upload, message: str = "") -> ResponseReturnValue:
    status = 409 if message else 200
    form = Form(beside=())
    with form:
        if upload.target is None:
            planned = _planned(visit, upload)
            return render(
                visit,
                "content/import_preview.html",
                status,
                upload=upload,
                message=message,
                planned=planned,
                contradictions=contradictions(
                    planned.written, visit.services.settings, publishing.current().parts
                ),
                steps=planned.steps[:SHOWN_STEPS],
                problems=sorted(planned.problems, key=lambda p: p.line)[:SHOWN_PROBLEMS],
                bad_lines=len({problem.line for problem in planned.problems}),
                acts=ACTS,
            )
        return _question_preview(visit, upload, upload.target, message, status)
    return render(
        visit,
        "content/import_failed.html",
        form=form,
        upload=upload,
        target=None if upload.target is None else question_sets.get(upload.target),
    )


def _question_preview(
    visit: Visit, upload: Upload, set_id: int, message: str, status: int
) -> ResponseReturnValue:
    parsed = imports.parse_questions(upload.data, upload.name)
    known = set(question_sets.texts(set_id))
    named = {row.question for _, row in parsed.rows}
    bad_lines = {problem.line for problem in parsed.problems}
    return render(
        visit,
        "content/import_questions.html",
        status,
        upload=upload,
        message=message,
        target=question_sets.get(set_id),
        rows=parsed.rows[:SHOWN_STEPS],
        named=namer(),
        count=len(parsed.rows),
        in_file=len(bad_lines.union(line for line, _ in parsed.rows)),
        added=len(named - known),
        leaving=len(known - named) if upload.replaces else 0,
        problems=sorted(parsed.problems, key=lambda p: p.line)[:SHOWN_PROBLEMS],
        bad_lines=len(bad_lines),
    )
