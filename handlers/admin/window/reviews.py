"""The second person's page: what clerks verified by hand, confirmed or revoked by somebody else."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import field_errors, render
from miniprogram_api import manual_reviews, sittings
from miniprogram_api.reasons import Refused, invalid_field
from miniprogram_api.staff import Permission


@page(
    blueprint,
    "/window/reviews",
    may=Permission.READ_WINDOW,
    menu=Menu("窗口", "人工核验复核", "clipboard-check", 7),
)
def list_manual_reviews(visit: Visit) -> ResponseReturnValue:
    """The manual verifications that wait for a second person, the one due first at the top."""
    return render(visit, "window/reviews.html", reviews=manual_reviews.pending(visit.member))


@page(
    blueprint,
    "/window/reviews/<int:verification_id>",
    may=Permission.READ_WINDOW,
    writes=Permission.READ_WINDOW,
    methods=("GET", "POST"),
)
def review_verification(visit: Visit, verification_id: int) -> ResponseReturnValue:
    """Confirm what somebody else verified, or take it back with a reason."""
    errors = {}
    reason = form_values.text(request.form, "reason", manual_reviews.LONGEST_REASON)
    if request.method == "POST":
        try:
            return once(visit, lambda: _decided(visit, verification_id, reason))
        except Refused as refused:
            errors = field_errors(refused)
    return render(
        visit,
        "window/review.html",
        422 if errors else 200,
        details=manual_reviews.get(visit.member, verification_id),
        reason=reason,
        errors=errors,
    )


@page(
    blueprint,
    "/window/reviews/<int:verification_id>/person",
    may=Permission.READ_WINDOW,
    writes=Permission.READ_WINDOW,
    methods=("POST",),
)
def find_reviewed_person(visit: Visit, verification_id: int) -> ResponseReturnValue:
    """Go to the person whom somebody else verified; he is masked there until there is a reason."""
    id_number = manual_reviews.id_number_of(visit.member, verification_id)
    sitting = sittings.begin(visit.member, id_number, typed=False)
    return redirect(url_for("admin.show_person", handle=sitting.handle))


def _decided(visit: Visit, verification_id: int, reason: str) -> str:
    decision = request.form.get("decision")
    if decision not in ("confirm", "revoke"):
        raise invalid_field("decision", "required", "请选择复核通过或撤销。")
    confirm = decision == "confirm"
    manual_reviews.decide(visit.member, verification_id, confirm=confirm, reason=reason)
    done = "confirmed" if confirm else "revoked"
    return url_for("admin.review_verification", verification_id=verification_id, done=done)
