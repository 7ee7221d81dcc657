"""The points of an entry as a table, and the list of all points."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.content.entries import LEAST_WORDINGS, LONGEST_POINT, MOST_POINTS
from faq.content.talk import TEXT_NAMES
from faq.content.validation import ACTION_TYPES, LABELS
from faq.content.values import LONGEST_LINE
from faq.conversation import missing_texts
from faq.editing import draft_listing, draft_points, drafts, merging
from faq.editing.draft_points import Wanted
from faq.editing.drafts import Draft
from faq.interchange import point_table
from faq.release import limits, publishing
from faq.release.contradictions import contradictions
from faq.release.parts import normal
from handlers.admin.content.blueprint import pages
from handlers.admin.content.entry_trial import PEOPLE
from handlers.admin.content.forms import autosave, conflicts
from handlers.admin.content.forms import entries as entry_form
from handlers.admin.content.forms import points as point_form
from handlers.admin.content.forms.conflicts import revision
from handlers.admin.content.transfer import download
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.rendering import render
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission

PAGE = 100
FILTERS = ("q", "slug", "asks", "local", "after")


@pages.form("/entries/<slug>/points", may=Permission.READ_CONTENT, writes=Permission.WRITE_CONTENT)
def edit_points(visit: Visit, slug: str) -> ResponseReturnValue:
    """Edit the points of an entry; in a conflict, offer both texts to choose from."""
    part = drafts.entry(slug)
    if request.method == "GET":
        return _form(visit, part)
    return _saved(visit, part, _typed(part))


@pages.act("/entries/<slug>/points/autosave", may=Permission.WRITE_CONTENT)
def autosave_points(visit: Visit, slug: str) -> ResponseReturnValue:
    """Save the points while they are typed; answer with the revision, or 409 in a conflict."""
    part = drafts.entry(slug)
    content = _typed(part)
    return autosave.answer(
        lambda: _save(visit, part, content, is_typing=True), partial(_warnings, visit)
    )


@pages.act("/entries/<slug>/points/merge", may=Permission.WRITE_CONTENT)
def merge_points(visit: Visit, slug: str) -> ResponseReturnValue:
    """Save the choice between two texts, point by point."""
    part = drafts.entry(slug)
    mine = _typed(part)
    chosen = merging.merged(part.key, mine, part.content, conflicts.picks())
    return _saved(visit, part, chosen, mine=mine)


@pages.page("/points", may=Permission.READ_CONTENT)
def list_points(visit: Visit) -> ResponseReturnValue:
    """List the points of all entries, PAGE at a time; those to be confirmed by the bureau alone."""
    filters = {name: request.args.get(name, "").strip()[:200] for name in FILTERS}
    points = draft_points.listed(_wanted(filters))
    begin = max(form_values.number(filters["after"], 0), 0)
    return render(
        visit,
        "content/points.html",
        shown=[(one, point_form.row_of(one.point)) for one in points[begin : begin + PAGE]],
        found=len(points),
        following=begin + PAGE if begin + PAGE < len(points) else None,
        unconfirmed=len(draft_points.listed(Wanted(is_local=True))),
        filters=filters,
        kept={name: value for name, value in filters.items() if value and name != "after"},
        titles=draft_listing.entry_titles(),
        asks={name: LABELS[name] for name in TEXT_NAMES},
        persons=point_form.PERSONS,
        writable=visit.member.may(Permission.WRITE_CONTENT),
    )


@pages.page("/points.<form>", may=Permission.READ_CONTENT)
def export_points(_visit: Visit, form: str) -> Response:
    """Download the listed points as CSV or XLSX."""
    if form not in ("csv", "xlsx"):
        raise Refused(Reason.NOT_FOUND)
    filters = {name: request.args.get(name, "").strip()[:200] for name in FILTERS}
    rows = [(one.slug, one.title, one.point) for one in draft_points.listed(_wanted(filters))]
    data = point_table.dump(rows, form, request.args.get("encoding", "utf-8"))
    return download(data, "faq-points", form)


@pages.act("/points/confirmation", may=Permission.WRITE_CONTENT)
def confirm_point(visit: Visit) -> ResponseReturnValue:
    """Record that the bureau confirmed a point."""
    form = request.form
    draft_points.confirm(form.get("of", ""), form.get("point", ""), editor=visit.member.actor)
    kept: dict[str, Any] = {name: value for name in FILTERS if (value := form.get(name))}
    return redirect(url_for(".list_points", **kept, done="saved"))


def _wanted(filters: Mapping[str, str]) -> Wanted:
    return Wanted(
        text=filters["q"],
        slug=filters["slug"],
        asks=filters["asks"],
        is_local={"1": True, "0": False}.get(filters["local"]),
    )


def _typed(part: Draft) -> dict[str, Any]:
    """Return the entry with the typed points."""
    return {**normal(part.key, part.content), "points": point_form.content_of(request.form)}


def _warnings(visit: Visit, part: Draft) -> list[str]:
    """Return what other entries say, too, or otherwise, and what tables know better."""
    in_force, settings = publishing.current().parts, visit.services.settings
    against = contradictions({part.key: part.content}, settings, in_force)
    return [*draft_points.warnings(part.key.name, part.content), *(one.message for one in against)]


def _save(visit: Visit, part: Draft, content: Any, *, is_typing: bool = False) -> Draft:
    return drafts.save(
        part.key, content, based_on=revision(), editor=visit.member.actor, autosave=is_typing
    )


def _saved(visit: Visit, part: Draft, content: Any, *, mine: Any = None) -> ResponseReturnValue:
    """Save the points and show them again; in a conflict, show `mine` beside the other text."""
    slug = part.key.name
    try:
        _save(visit, part, content)
    except Refused as refused:
        if refused.reason is not Reason.DRAFT_CONFLICT:
            raise
        return conflicts.page(
            visit,
            part.key,
            mine or content,
            refused,
            merge=url_for(".merge_points", slug=slug),
            back=url_for(".edit_points", slug=slug),
        )
    if request.form.get("next") == "publication":
        return redirect(url_for(".publish_entry", slug=slug))
    return redirect(url_for(".edit_points", slug=slug, done="saved"))


def _form(visit: Visit, part: Draft) -> ResponseReturnValue:
    slug = part.key.name
    rows = [point_form.row_of(point) for point in draft_points.read(part)]
    answered = {row.asks for row in rows}
    asked = missing_texts.counts()
    return render(
        visit,
        "content/entry_points.html",
        part=part,
        rows=rows,
        new_row=point_form.new_row(),
        missing={n: asked.get((slug, n), 0) for n in TEXT_NAMES if n not in answered},
        asks={name: LABELS[name] for name in TEXT_NAMES},
        persons=point_form.PERSONS,
        states=point_form.offered_states(),
        placeholders=limits.placeholders(visit.services.settings),
        action_types=ACTION_TYPES,
        targets=entry_form.known_targets(),
        least_wordings=LEAST_WORDINGS,
        longest_point=LONGEST_POINT,
        longest_line=LONGEST_LINE,
        most_points=MOST_POINTS,
        people=PEOPLE,
        problems=autosave.problems(part),
        warnings=_warnings(visit, part),
        written_by=autosave.written_by(part),
        entry_states=autosave.STATES,
        writable=visit.member.may(Permission.WRITE_CONTENT),
    )
