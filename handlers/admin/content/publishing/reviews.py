"""Reviews (三审三校): submissions, the right to review and publish them, and signatures."""

import secrets
from datetime import datetime
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.editing import background, draft_listing, tasks, workflow
from faq.editing.publication import plans, review
from faq.editing.publication.review import Submission
from handlers.admin.content.blueprint import pages
from handlers.admin.content.publishing import checks
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import cut, render
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import has, text, words

SHOWN, SHOWN_CHANGES = 20, 100
_COLOURS = {
    "submitted": "bg-yellow-lt",
    "approved": "bg-blue-lt",
    "planned": "bg-blue-lt",
    "rejected": "bg-red-lt",
    "withdrawn": "bg-secondary-lt",
    "replaced": "bg-secondary-lt",
    "outdated": "bg-secondary-lt",
    "published": "bg-green-lt",
}
STATES = {
    name: (title, _COLOURS[name]) for name, title in words("content.submission_states").items()
}
STEPS = words("content.review_steps")


@pages.page("/reviews", may=Permission.READ_CONTENT)
def list_submissions(visit: Visit) -> ResponseReturnValue:
    """List the submissions, the newest first; `waiting`: those for the visitor's next step."""
    if "waiting" in request.args:
        mine = {one.id for one in review.waiting_for(visit.member.actor)}
        return _list(visit, [one for one in review.pending() if one.id in mine], None)
    submissions = review.submissions(limit=SHOWN + 1, before=form_values.before())
    shown, last = cut(submissions, SHOWN)
    return _list(visit, shown, None if last is None else last.id)


def _list(visit: Visit, shown: list[Submission], older: int | None) -> ResponseReturnValue:
    return render(
        visit,
        "content/reviews.html",
        submissions=shown,
        older=older,
        titles=draft_listing.part_titles([key for one in shown for key in one.parts]),
        waiting="waiting" in request.args,
        states=STATES,
        needs_review=visit.services.settings.publish_needs_review,
        names=actor_names({actor for one in shown for actor in one.authors}),
    )


@pages.page("/reviews/<int:submission_id>", may=Permission.READ_CONTENT)
def show_submission(visit: Visit, submission_id: int) -> ResponseReturnValue:
    """Show a submission: changes, check, signatures and rights."""
    return _page(visit, submission_id, Form())


@pages.act("/reviews/<int:submission_id>/decision", may=Permission.PUBLISH_CONTENT)
def decide_submission(visit: Visit, submission_id: int) -> ResponseReturnValue:
    """Approve a submission, or reject it with remarks."""
    decision = request.form.get("decision", "")
    if decision not in ("approve", "reject"):
        raise Refused(Reason.NOT_FOUND)
    form = Form(beside=())
    with form:
        approve, comment = decision == "approve", form["comment"].strip()
        review.decide(submission_id, approve=approve, actor=visit.member.actor, comment=comment)
        return redirect(url_for(".show_submission", submission_id=submission_id, done="signed"))
    return _page(visit, submission_id, form)


@pages.act("/reviews/<int:submission_id>/withdrawal", may=Permission.WRITE_CONTENT)
def withdraw_submission(visit: Visit, submission_id: int) -> ResponseReturnValue:
    """Withdraw a submission."""
    review.withdraw(submission_id, actor=visit.member.actor)
    return redirect(url_for(".show_submission", submission_id=submission_id, done="signed"))


@pages.act("/reviews/<int:submission_id>/publication", may=Permission.PUBLISH_CONTENT)
def publish_submission(visit: Visit, submission_id: int) -> ResponseReturnValue:
    """Publish an approved submission, now or at a time.

    After another publication the worker checks it again; the page shows the progress.
    """
    actor, submission = visit.member.actor, review.get(submission_id)
    form = Form(beside=())
    with form:
        at = form.moment("publish_at")
        if at is None and review.needs_new_check(submission):
            review.require_publisher(submission, actor)
            task = tasks.begin(
                background.PUBLICATION,
                secrets.token_hex(8),
                {"submission_id": submission_id},
                actor=actor,
            )
            return redirect(url_for(".watch_roll_back", task_id=task.id))
        plans.publish_submission(submission_id, actor=actor, at=at)
        if at is None:
            return redirect(url_for(".list_releases", done="published"))
        return redirect(url_for(".show_submission", submission_id=submission_id, done="planned"))
    return _page(visit, submission_id, form)


def _page(visit: Visit, submission_id: int, form: Form) -> ResponseReturnValue:
    submission = review.get(submission_id)
    changes = review.changes_of(submission_id)
    signers = {step.actor for step in submission.steps}
    names = actor_names({*submission.authors, *signers})
    return render(
        visit,
        "content/review.html",
        submission=submission,
        form=form,
        changes=changes[:SHOWN_CHANGES],
        count=len(changes),
        **checks.shown(workflow.result_of(submission.check_id)),
        plan=plans.of_submission(submission_id),
        wanted_at=_in_future(submission.publish_at),
        states=STATES,
        steps=STEPS,
        names=names,
        **_rights(visit, submission, names),
    )


def _in_future(at: datetime | None) -> str:
    """Return the time that the author wants as a field takes it; empty when it has passed."""
    return "" if at is None or at <= clock.now() else f"{at:%Y-%m-%dT%H:%M:%S}"


def _rights(visit: Visit, submission: Submission, names: dict[str, str]) -> dict[str, Any]:
    """Return the rights of this visitor, and a sentence about the next step."""
    own, publishes = visit.member.actor, visit.member.may(Permission.PUBLISH_CONTENT)
    authors = "、".join(names[actor] for actor in submission.authors)
    barred = review.barred(submission)
    reviewers = "、".join(names[actor] for actor in submission.approvers)
    key = f"content.submission_next.{submission.state}"
    who = text(key, authors=authors, reviewers=reviewers) if has(key) else ""
    return {
        "who": who,
        "may_review": publishes and submission.state == "submitted" and own not in barred,
        "may_publish": publishes and submission.state == "approved" and own not in barred,
        "may_withdraw": visit.member.may(Permission.WRITE_CONTENT)
        and submission.state in ("submitted", "approved", "planned")
        and own in submission.authors,
        "is_barred": publishes and submission.state in ("submitted", "approved") and own in barred,
    }
