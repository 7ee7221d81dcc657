"""Reviews of confirmations at windows by a second person, and approval of notarised papers."""

from flask import url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.admin.window.blueprint import pages
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import invalid, words
from miniprogram_api.windows import matter_reviews
from miniprogram_api.windows.reviews import LONGEST_REASON


@pages.page("/matter-reviews", may=Permission.READ_WINDOW)
def list_matter_reviews(visit: Visit) -> ResponseReturnValue:
    """List what waits for a second person, by due time."""
    return render(
        visit,
        "window/matter_reviews.html",
        reviews=matter_reviews.pending(visit.member),
        ways=words("sheets.verified_ways"),
    )


@pages.form(
    "/matter-reviews/<int:review_id>",
    may=Permission.READ_WINDOW,
    writes=Permission.READ_WINDOW,
)
def review_matter(visit: Visit, review_id: int) -> ResponseReturnValue:
    """Confirm or revoke another clerk's confirmation; approve or refuse papers."""
    form = Form()
    if form.is_sent:
        with form:
            return once(visit, lambda: _decided(visit, review_id, form))
    return render(
        visit,
        "window/matter_review.html",
        form=form,
        details=matter_reviews.get(visit.services, visit.member, review_id),
        fields=words("ledger.fields"),
        ways=words("sheets.verified_ways"),
    )


@pages.page("/matter-reviews/<int:review_id>/<name>.jpg", may=Permission.READ_WINDOW)
def show_matter_picture(visit: Visit, review_id: int, name: str) -> ResponseReturnValue:
    """Send one picture of a confirmation."""
    content = matter_reviews.picture(visit.services, visit.member, review_id, name)
    is_png = content.startswith(b"\x89PNG")
    return csv_files.file(content, "image/png" if is_png else "image/jpeg")


def _decided(visit: Visit, review_id: int, form: Form) -> str:
    decision, reason = form["decision"], form.text("reason", LONGEST_REASON)
    if decision not in ("confirm", "revoke"):
        raise invalid("pages.decision.required")
    confirm = decision == "confirm"
    matter_reviews.decide(visit.services, visit.member, review_id, confirm=confirm, reason=reason)
    done = "matter_reviewed" if confirm else "matter_revoked"
    return url_for(".review_matter", review_id=review_id, done=done)
