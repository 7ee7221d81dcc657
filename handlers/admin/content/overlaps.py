"""New examples that resemble those of other entries: parts of pages, and one click to settle."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.editing import drafts, overlap
from handlers.admin.content.blueprint import pages
from handlers.admin.content.entries import require_known
from handlers.admin.frame.access import Visit
from handlers.admin.frame.rendering import render
from miniprogram_api.staff.members import Permission


@pages.page("/entries/<slug>/overlaps", may=Permission.READ_CONTENT)
def entry_overlaps(visit: Visit, slug: str) -> ResponseReturnValue:
    """List the pairs of an entry's new examples."""
    part = drafts.entry(slug)
    found = overlap.overlaps({part.key: part.content})
    return render(visit, "content/overlaps.html", overlaps=found, slug=slug)


@pages.page("/publish/overlaps", may=Permission.READ_CONTENT)
def publish_overlaps(visit: Visit) -> ResponseReturnValue:
    """List the pairs of what would be published."""
    return render(visit, "content/overlaps.html", overlaps=overlap.to_publish(), slug="")


@pages.act("/entries/<slug>/overlaps/settle", may=Permission.WRITE_CONTENT)
def settle_overlap(visit: Visit, slug: str) -> ResponseReturnValue:
    """Move one of two examples to the other's entry, or mark it as the other's near miss."""
    form, editor = request.form, visit.member.actor
    act, other, example = (form.get(name, "") for name in ("act", "other", "example"))
    require_known(act, "take", "give", "near_miss")
    if act == "take":
        overlap.take(slug, other, form.get("other_example", ""), editor=editor)
    elif act == "give":
        overlap.take(other, slug, example, editor=editor)
    else:
        overlap.mark_near_miss(other, example, editor=editor)
    return redirect(url_for(".edit_entry", slug=slug, done="saved", _anchor="overlaps"))
