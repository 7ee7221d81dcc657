"""The form of a matter at a window: 收件, with a row for each person and post."""

import json
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.admin.window.blueprint import pages
from handlers.api.matter_bodies import NumberedMatterBody
from miniprogram_api.matters import forms
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words
from miniprogram_api.windows import matter_acts, matter_views

ROWS = 3
"""Empty rows of a new form, and rows that "more" adds."""
_PERSON = (
    "name",
    "document.type",
    "document.number",
    "role",
    "phone",
    "firm",
    "firm_code",
    "guardian",
)


@pages.form("/matters/new", may=Permission.WORK_AT_WINDOW)
def create_matter(visit: Visit) -> ResponseReturnValue:
    """Create a matter: check the list of persons, then send it."""
    form = request.form.to_dict() or {"kind": "establishment"}

    def send(body: NumberedMatterBody) -> str:
        made = matter_acts.create(visit.services, visit.member, body.number, body.as_rule())
        return url_for(".show_matter", matter_id=made.matter.public_id, done="matter_sent")

    return _page(visit, form, send)


@pages.form("/matters/<matter_id>/edit", may=Permission.WORK_AT_WINDOW)
def change_matter(visit: Visit, matter_id: str) -> ResponseReturnValue:
    """Change the window's own matter; changed persons begin anew."""
    stored = matter_views.form_of(visit.member, matter_id)
    form = request.form.to_dict() or _flat(stored)
    form["number"] = stored["number"]

    def send(body: NumberedMatterBody) -> str:
        version = int(form.get("version", "0") or 0)
        matter_acts.change(visit.services, visit.member, matter_id, body.as_rule(), version)
        return url_for(".show_matter", matter_id=matter_id, done="matter_sent")

    return _page(visit, form, send, matter_id=matter_id)


def _page(visit: Visit, values: dict[str, str], send: Any, matter_id: str = "") -> Any:
    step, checked = values.get("step", ""), None
    form = Form(values, typed=values)
    if form.is_sent and step != "more":
        with form:
            body = form.body(NumberedMatterBody, **_content(values))
            forms.checked(body.as_rule())
            checked = body
            if step == "send":
                return once(visit, lambda: send(body))
    return render(
        visit,
        "window/matter_form.html",
        form=form,
        matter_id=matter_id,
        persons=_rows(values, "persons"),
        details=_rows(values, "details"),
        checked=None if form.refused is not None else checked,
        kinds=words("sheets.kinds"),
        documents=words("sheets.document_types"),
        other_errors=[
            sentence
            for name, sentence in form.errors.items()
            if name in ("details", "persons") or name.count(".") == 1
        ],
    )


def _rows(form: dict[str, str], part: str) -> list[int]:
    """Return the numbers of the rows to show, some empty ones more on demand."""
    used = [int(name.split(".")[1]) for name in form if name.startswith(f"{part}.")]
    count = max(used, default=-1) + 1
    if not count or form.get("step") == "more":
        count += ROWS
    return list(range(min(count, forms.MOST_PERSONS)))


def _content(form: dict[str, str]) -> dict[str, Any]:
    """Return the body of the API; empty rows are left out, so they are renumbered in ``form``."""
    persons = _filled(form, "persons", _PERSON)
    details = _filled(form, "details", ("label", "value"))
    return {
        "number": form.get("number", "").strip(),
        "kind": form.get("kind", ""),
        "subject": {
            "name": form.get("subject.name", ""),
            "type": form.get("subject.type", ""),
            "code": form.get("subject.code", "").strip() or None,
        },
        "district": form.get("district", "").strip() or None,
        "details": details,
        "persons": [_person(row) for row in persons],
    }


def _filled(form: dict[str, str], part: str, names: tuple[str, ...]) -> list[dict[str, str]]:
    persons = []
    for number in _rows({**form, "step": ""}, part):
        row = {name: form.pop(f"{part}.{number}.{name}", "").strip() for name in names}
        if any(value for name, value in row.items() if name != "document.type"):
            persons.append(row)
    for number, row in enumerate(persons):
        form |= {f"{part}.{number}.{name}": value for name, value in row.items()}
    return persons


def _person(row: dict[str, str]) -> dict[str, Any]:
    firm = {"name": row["firm"], "code": row["firm_code"] or None} if row["firm"] else None
    return {
        "name": row["name"],
        "document": {"type": row["document.type"], "number": row["document.number"]},
        "role": row["role"],
        "phone": row["phone"] or None,
        "on_behalf_of": firm,
        "guardian": json.loads(row["guardian"]) if row["guardian"] else None,
    }


def _flat(stored: dict[str, Any]) -> dict[str, str]:
    """Return the fields of a stored matter."""
    form = {name: str(stored[name] or "") for name in ("number", "kind", "district", "version")}
    form |= {f"subject.{name}": value or "" for name, value in stored["subject"].items()}
    for number, detail in enumerate(stored["details"]):
        form |= {f"details.{number}.{name}": value for name, value in detail.items()}
    for number, person in enumerate(stored["persons"]):
        form |= {f"persons.{number}.{name}": value or "" for name, value in person.items()}
    return form
