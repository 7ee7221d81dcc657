"""Confirming for a person in front of the clerk, by notarised papers, and refusals said there."""

import json
from collections.abc import Iterator, Sequence

from flask import redirect as to
from flask import request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files, form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.admin.window.blueprint import pages
from handlers.admin.window.forms import COMMON_REASONS
from handlers.api.desk.matters import DeskRefusalBody
from handlers.api.uploads import Image
from handlers.auth import client_address
from miniprogram_api.captures import evidence_seen
from miniprogram_api.identity import other_documents
from miniprogram_api.identity.other_documents import SeenDocument
from miniprogram_api.staff import sittings, windows
from miniprogram_api.staff.members import Permission
from miniprogram_api.staff.sittings import Sitting as DeskSitting
from miniprogram_api.texts import text, words
from miniprogram_api.windows import (
    guardians,
    matter_acts,
    matter_confirmations,
    matter_sheets,
    matter_views,
)
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.guardians import Guardian
from miniprogram_api.windows.matter_confirmations import Papers, Sitting
from miniprogram_api.windows.matter_sheets import Present
from miniprogram_api.windows.matter_views import DeskLine, PersonMatter
from miniprogram_api.windows.verifications import OnSite

SCANS = tuple(f"scan_{one}" for one in range(1, matter_confirmations.MOST_SCANS + 1))
_GUARDIAN = ("name", "id_number", "relation", "valid_from", "valid_until")
_OPEN = ("pending", "lost", "refused")


@pages.form(
    "/persons/<handle>/matters",
    may=Permission.WORK_AT_WINDOW,
    largest=25 * 1024 * 1024,
    files=("photo", "signature", "guardian_proof"),
)
def confirm_matters(
    visit: Visit, handle: str, form: dict[str, str], files: dict[str, Image]
) -> ResponseReturnValue:
    """Confirm all open lines of the person at the desk at once."""
    sitting = sittings.get(visit.member, handle)
    page_form = Form({"place": windows.name_of(visit.member.window_id)}, typed=form)
    if page_form.is_sent:
        with page_form:
            decided = matter_confirmations.confirm_on_site(
                visit.services,
                visit.member,
                form.get("line_ids", "").split(","),
                _taken(sitting, form, files),
                address=client_address(request, visit.services.settings),
                digests=json.loads(form.get("digests", "{}")),
            )
            sittings.note_present(visit.member, handle, "card")
            done = "matter_confirmed" if decided[0].effective else "matter_held"
            return to(url_for(".confirm_matters", handle=handle, done=done))
    return _page(visit, sitting, page_form)


def _page(visit: Visit, sitting: DeskSitting, form: Form) -> ResponseReturnValue:
    of_person = matter_views.of_person(visit.services, visit.member, sitting.id_number)
    todo = [one for one in of_person if any(map(_is_open, one.lines))]
    settings = visit.services.settings
    return render(
        visit,
        "window/matter_confirming.html",
        form=form,
        handle=sitting.handle,
        found=of_person,
        line_ids=[line.line_id for line in _lines(todo)],
        digests=json.dumps({one.matter.matter_id: one.digest for one in todo}),
        enrols_first=matter_views.account_needed(sitting.id_number, _lines(todo)),
        other_document=any(line.document_type in other_documents.NUMBERS for line in _lines(todo)),
        is_minor=any(one.minor for one in of_person),
        proofs=words("guardians.proofs"),
        posts=guardians.posts(line.role for line in _lines(todo)),
        seen=(sitting.done or {}).get("evidence_seen"),
        evidence=evidence_seen.NAMES,
        common_reasons=COMMON_REASONS,
        line_states=words("desk_matters.line_states"),
        reasons=words("desk_matters.reasons"),
        kinds=words("sheets.kinds"),
        photo_policy=settings.matter_desk_photo,
        signature_policy=settings.matter_signature,
        refusals=words("desk_matters.refusals"),
        prints=sitting.present_by is not None,
    )


def _lines(found: Sequence[PersonMatter]) -> Iterator[DeskLine]:
    """Yield the open lines of a person in all matters."""
    for one in found:
        yield from filter(_is_open, one.lines)


@pages.act("/persons/<handle>/sheets", may=Permission.WORK_AT_WINDOW)
def print_own_sheet(visit: Visit, handle: str) -> ResponseReturnValue:
    """Send the person's own sheet of one matter as PDF, while the person is there."""
    sitting = sittings.get(visit.member, handle)
    by = sitting.present_by
    drawn = matter_sheets.print_sheets(
        visit.services,
        visit.member,
        request.form.get("matter_id", ""),
        text("desk_matters.own_sheet"),
        None if by is None else Present(sitting.id_number, by),
    )
    return csv_files.file(drawn.pdf, "application/pdf")


@pages.act("/persons/<handle>/refusal", may=Permission.WORK_AT_WINDOW)
def refuse_matter(visit: Visit, handle: str) -> ResponseReturnValue:
    """Record that the person refuses own lines of one matter."""
    sitting = sittings.get(visit.member, handle)
    form = Form({"place": windows.name_of(visit.member.window_id)})
    with form:
        return once(visit, lambda: _refused(visit, handle, form))
    return _page(visit, sitting, form)


def _refused(visit: Visit, handle: str, form: Form) -> str:
    body = form.body(DeskRefusalBody, line_ids=form["line_ids"].split(","))
    matter_acts.refuse(
        visit.services, visit.member, form["matter_id"], body.line_ids, reason=body.reason
    )
    return url_for(".confirm_matters", handle=handle, done="matter_refused")


@pages.form(
    "/persons/<handle>/papers",
    may=Permission.WORK_AT_WINDOW,
    largest=60 * 1024 * 1024,
    files=SCANS,
)
def file_matter_papers(
    visit: Visit, handle: str, form: dict[str, str], files: dict[str, Image]
) -> ResponseReturnValue:
    """Record notarised papers for all open lines of a person abroad."""
    sitting, page_form = sittings.get(visit.member, handle), Form(typed=form)
    if page_form.is_sent:
        papers = Papers(
            form.get("notary", ""),
            form.get("number", ""),
            form.get("date", ""),
            [files[name].content for name in SCANS if name in files and files[name].content],
        )
        with page_form:
            matter_confirmations.file_papers(
                visit.services, visit.member, form.get("line_ids", "").split(","), papers
            )
            return to(
                url_for(
                    "admin.second_person.list_requests", group="confirmations", done="matter_papers"
                )
            )
    of_person = matter_views.of_person(visit.services, visit.member, sitting.id_number)
    return render(
        visit,
        "window/matter_papers.html",
        form=page_form,
        handle=handle,
        found=of_person,
        line_ids=[line.line_id for line in _lines(of_person)],
        scans=SCANS,
        line_states=words("desk_matters.line_states"),
        reasons=words("desk_matters.reasons"),
        kinds=words("sheets.kinds"),
    )


def _is_open(line: DeskLine) -> bool:
    """Return whether a line can be confirmed: not in a sitting whose verification is held."""
    return line.state in _OPEN and line.reason != "held"


def _taken(sitting: DeskSitting, form: dict[str, str], files: dict[str, Image]) -> Sitting:
    """Return what this sitting took; papers seen before are not asked for again."""
    before = (sitting.done or {}).get("evidence_seen")
    chosen = [key for key in evidence_seen.Document if f"seen_{key}" in form]
    content = {name: file.content for name, file in files.items() if file.content}
    sign = form.get("sign", "pad")
    guardian = {name: form.get(f"guardian_{name}", "") for name in _GUARDIAN}
    on_site = OnSite(
        before or chosen,
        form_values.text(form, "reason", window_desk.LONGEST_REASON),
        form_values.text(form, "place", window_desk.LONGEST_REASON),
    )
    return Sitting(
        on_site=on_site,
        photo=content.get("photo"),
        no_photo=form_values.text(form, "no_photo"),
        signature=content.get("signature") if sign == "pad" else None,
        paper_signed=sign == "paper",
        cannot_sign=form_values.text(form, "cannot_sign") if sign == "cannot" else "",
        witness=form_values.text(form, "witness") if sign == "cannot" else "",
        document=SeenDocument(
            form_values.text(form, "document_valid_until"),
            form_values.text(form, "document_issued_by"),
        ),
        guardian=Guardian(**guardian, proof=form.get("guardian_paper", ""))
        if guardian["name"] or guardian["id_number"]
        else None,
        guardian_proof=content.get("guardian_proof"),
        despite_source="despite_source" in form,
    )
