"""Checking names of enterprises at the desk, with what the register holds of others."""

import re
from collections.abc import Sequence

from flask import Response
from flask.typing import ResponseReturnValue

from faq.release import published_names
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from handlers.admin.window.blueprint import pages
from handlers.api import sheet_files
from miniprogram_api.names import divisions
from miniprogram_api.names.check import MOST_CANDIDATES, Candidate, Checked, candidate_of
from miniprogram_api.names.parts import LONGEST_NAME
from miniprogram_api.sheets import name_slips
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words

_LONGEST = MOST_CANDIDATES * LONGEST_NAME * 2
# Four parts that the clerk has cut: 杭州 红光 餐饮 有限公司.
_CUTS = re.compile(r"[\s|｜/]+")
_PARTS = 4
_INVESTORS = re.compile(r"[、,，;；\n]+")


@pages.form("/names", may=Permission.WORK_AT_WINDOW)
def check_names(visit: Visit) -> ResponseReturnValue:
    """Check up to five names, each on a line, or return the slip of the check."""
    form = Form()
    checked: Checked | None = None
    entries: Sequence[Sequence[object]] = ()
    if form.is_sent:
        with form:
            checked = _checked(form)
            if "slip" in form:
                return _slip(checked)
            entries = published_names.entries(form.text("district"), checked, _investors(form))
    return render(
        visit,
        "window/names.html",
        form=form,
        checked=checked,
        entries=entries,
        divisions=divisions.by_code(),
        parts=words("names.parts"),
        levels=words("names.levels"),
        results=words("sheets.name_slip.results"),
        statuses=words("names.statuses"),
    )


def _checked(form: Form) -> Checked:
    lines = [line.strip() for line in form.text("names", _LONGEST).splitlines() if line.strip()]
    candidates = [_candidate(line, form.text("district")) for line in lines]
    return published_names.check(form.text("district"), candidates, investors=_investors(form))


def _investors(form: Form) -> list[str]:
    return [name for name in _INVESTORS.split(form.text("investors", 300)) if name.strip()]


def _candidate(line: str, district: str) -> Candidate:
    """Read a line: a whole name, or its four parts with spaces or bars between them."""
    given = _CUTS.split(line)
    if len(given) == _PARTS:
        division, word, industry, form = given
        return Candidate(word, industry, form, division)
    return candidate_of(published_names.cut(line, district).parts)


def _slip(checked: Checked) -> Response:
    return sheet_files.of(name_slips.make(checked)).response()
