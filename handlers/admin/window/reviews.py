"""Reviews of manual verifications by a second person."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.admin.window.blueprint import pages
from miniprogram_api.desks import lookups
from miniprogram_api.reasons import Reason
from miniprogram_api.staff import sittings
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import has, invalid, text, word
from miniprogram_api.texts.sentences import sentence
from miniprogram_api.windows import reviews as manual_reviews


@pages.page("/reviews", may=Permission.READ_WINDOW)
def list_manual_reviews(visit: Visit) -> ResponseReturnValue:
    """List the manual verifications to review, by due time."""
    return render(visit, "window/reviews.html", reviews=manual_reviews.pending(visit.member))


@pages.form(
    "/reviews/<int:verification_id>", may=Permission.READ_WINDOW, writes=Permission.READ_WINDOW
)
def review_verification(visit: Visit, verification_id: int) -> ResponseReturnValue:
    """Confirm a verification of another clerk, or revoke it with a reason.

    One that is held is approved or refused.
    """
    form = Form()
    if form.is_sent:
        with form:
            return once(visit, lambda: _decided(visit, verification_id, form))
    details = manual_reviews.get(visit.member, verification_id)
    return render(
        visit,
        "window/review.html",
        form=form,
        details=details,
        denied=word("desk.denials", details.review.held or ""),
        obstacle=None if details.obstacle is None else _sentence(Reason[details.obstacle]),
    )


@pages.act(
    "/reviews/<int:verification_id>/person",
    may=Permission.READ_WINDOW,
    writes=Permission.READ_WINDOW,
)
def find_reviewed_person(visit: Visit, verification_id: int) -> ResponseReturnValue:
    """Go to the person of a verification, masked until opened for a reason."""
    id_number = manual_reviews.id_number_of(visit.member, verification_id)
    lookups.record(visit.services, visit.member, id_number, "review")
    sitting = sittings.begin(visit.member, id_number, typed=False, reason="review")
    return redirect(url_for(".show_person", handle=sitting.handle))


def _decided(visit: Visit, verification_id: int, form: Form) -> str:
    decision, reason = form["decision"], form.text("reason", manual_reviews.LONGEST_REASON)
    if decision not in ("confirm", "revoke"):
        raise invalid("pages.decision.required")
    confirm = decision == "confirm"
    is_held = manual_reviews.get(visit.member, verification_id).review.held is not None
    manual_reviews.decide(
        visit.services, visit.member, verification_id, confirm=confirm, reason=reason
    )
    done = "confirmed" if confirm else "revoked"
    if is_held:
        done = "held_approved" if confirm else "held_refused"
    return url_for(".review_verification", verification_id=verification_id, done=done)


def _sentence(reason: Reason) -> str:
    """Return the sentence of a refusal, as a desk reads it."""
    own = f"reasons.{reason.name}.desk"
    return text(own) if has(own) else sentence(reason)
