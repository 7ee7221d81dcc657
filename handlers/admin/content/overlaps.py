"""Marks of examples, and new ones that resemble those of other entries: one click settles."""

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.editing import draft_listing, drafts, example_marks, example_overlaps
from faq.editing.example_marks import Mark
from faq.language import html_import
from handlers.admin.content.blueprint import pages
from handlers.admin.content.entries import require_known
from handlers.admin.frame.access import Visit
from handlers.admin.frame.rendering import render
from miniprogram_api.staff.members import Permission


@pages.act(
    "/entries/<slug>/example-marks", may=Permission.READ_CONTENT, writes=Permission.READ_CONTENT
)
def mark_examples(_visit: Visit, slug: str) -> ResponseReturnValue:
    """Mark the typed examples and near misses, in their order."""
    drafts.entry(slug)
    typed = [html_import.lines(request.form.get(name, "")) for name in ("questions", "negatives")]
    marks = example_marks.marks(slug, *typed)
    titles = draft_listing.titles_of(
        {other for part in marks for one in part for other in one.others}
    )

    def shown(one: Mark) -> dict[str, object]:
        others = [{"slug": other, "title": titles.get(other, other)} for other in one.others]
        return {**vars(one), "others": others}

    questions, negatives = ([shown(one) for one in part] for part in marks)
    return jsonify(questions=questions, negatives=negatives)


@pages.form("/entries/<slug>/overlaps", may=Permission.READ_CONTENT, writes=Permission.READ_CONTENT)
def entry_overlaps(visit: Visit, slug: str) -> ResponseReturnValue:
    """List the pairs of an entry's new examples, those typed or those of the draft."""
    part = drafts.entry(slug)
    content = dict(part.content)
    if request.method == "POST":
        content["questions"] = html_import.lines(request.form.get("questions", ""))
    overlaps = example_overlaps.overlaps({part.key: content})
    return render(visit, "content/overlaps.html", overlaps=overlaps, slug=slug)


@pages.act("/entries/<slug>/overlaps/settle", may=Permission.WRITE_CONTENT)
def settle_overlap(visit: Visit, slug: str) -> ResponseReturnValue:
    """Move one of two examples to the other's entry, or mark it as the other's near miss."""
    form, editor = request.form, visit.member.actor
    act, other, example = (form.get(name, "") for name in ("act", "other", "example"))
    require_known(act, "take", "give", "near_miss")
    if act == "take":
        example_overlaps.take(slug, other, form.get("other_example", ""), editor=editor)
    elif act == "give":
        example_overlaps.take(other, slug, example, editor=editor)
    else:
        example_overlaps.mark_near_miss(other, example, editor=editor)
    return redirect(url_for(".edit_entry", slug=slug, done="saved", _anchor="overlaps"))
