"""Check and publish: the effects of the draft, and the past releases.

The check is a task of the worker; the page polls it until it is over. The model that the check
learnt is the one that gets published.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.editing import background, draft_listing, drafts, tasks, workflow
from faq.editing.publication import plans, review
from faq.editing.publication.review import Submission
from faq.editing.workflow import Release
from faq.release.contradictions import contradictions
from handlers.admin.content.blueprint import pages
from handlers.admin.content.forms.autosave import STATES
from handlers.admin.content.progress import go_to, watched
from handlers.admin.content.publishing import checks
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form, message_of
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import cut, render
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission

SHOWN, SHOWN_CHANGES = 30, 100


@pages.form("/publish", may=Permission.READ_CONTENT, writes=Permission.WRITE_CONTENT)
def publish(visit: Visit) -> ResponseReturnValue:
    """Show the check of the draft; publish it, with a reason where questions get worse."""
    form = Form(beside=())
    if form.is_sent:
        checks.require_sender(visit)
        with form:
            return redirect(_published(visit, **checks.typed(visit, form)))
    return _publish_page(visit, form)


def _published(visit: Visit, *, publish_at: datetime | None, **seen: Any) -> str:
    """Publish the draft, now or at a time, or hand it in; return where to go."""
    if visit.services.settings.publish_needs_review:
        link = visit.services.settings.origin + url_for(".list_submissions")
        handed_in = review.submit(**seen, publish_at=publish_at, link=link)
        return url_for(".show_submission", submission_id=handed_in.id, done="submitted")
    if publish_at is not None:
        plans.publish_at(visit.services, publish_at, **seen)
        return url_for(".publish", done="planned")
    workflow.publish(visit.services, **seen)
    return url_for(".list_releases", done="published")


@pages.form("/publish/check", may=Permission.READ_CONTENT, writes=Permission.WRITE_CONTENT)
def publish_check(visit: Visit) -> ResponseReturnValue:
    """Render the check as a part of the page; by POST repeat it after a failure."""
    if request.method == "POST":
        checks.begin(visit, anew=True)
    if "HX-Request" not in request.headers:
        return redirect(url_for(".publish"))
    return render(
        visit, "content/publish_check.html", **checks.values(visit, url_for(".publish_check"))
    )


def _publish_page(visit: Visit, form: Form) -> Response:
    differing, reordered = draft_listing.changes(), draft_listing.is_reordered()
    changes = [change for change in differing if not change.held]
    held = [change for change in differing if change.held]
    shown, shown_held = changes[:SHOWN_CHANGES], held[:SHOWN_CHANGES]
    planned = [one for one in plans.waiting_or_failed() if one.kind == plans.PUBLISH]
    return render(
        visit,
        "content/publish.html",
        form=form,
        changes=shown,
        count=len(changes),
        held=shown_held,
        held_count=len(held),
        reordered=reordered,
        states=STATES,
        names=actor_names({change.editor for change in (*shown, *shown_held)}),
        steps=plans.steps(),
        planned=planned,
        planned_titles=draft_listing.part_titles([key for one in planned for key in one.parts]),
        contradictions=contradictions(drafts.to_publish(), visit.services.settings),
        pending=review.pending() if visit.services.settings.publish_needs_review else [],
        **(checks.values(visit, url_for(".publish_check")) if changes or reordered else {}),
    )


@pages.page("/releases", may=Permission.READ_CONTENT)
def list_releases(visit: Visit) -> ResponseReturnValue:
    """List the releases with author and reason."""
    before = form_values.before()
    releases, last = cut(workflow.releases(limit=SHOWN + 1, before=before), SHOWN)
    reviewed = review.published_as(release.number for release in releases)
    return render(
        visit,
        "content/releases.html",
        releases=releases,
        reviewed=reviewed,
        is_newest=before is None,
        needs_review=visit.services.settings.publish_needs_review,
        older=last and last.number,
        names=actor_names(_people(releases, reviewed.values())),
    )


@pages.page("/releases/<int:number>", may=Permission.READ_CONTENT)
def show_release(visit: Visit, number: int) -> ResponseReturnValue:
    """Show the changes of a release, its authors, reviewers and publisher."""
    release = workflow.release_of(number)
    changes = workflow.changes_by(number)
    shown = [] if changes is None else changes
    reviewed = review.published_as([number])
    return render(
        visit,
        "content/release.html",
        release=release,
        reviewed=reviewed.get(number),
        needs_review=visit.services.settings.publish_needs_review,
        is_first=changes is None,
        changes=shown[:SHOWN_CHANGES],
        count=len(shown),
        names=actor_names(_people([release], reviewed.values())),
    )


def _people(releases: Iterable[Release], reviewed: Iterable[Submission]) -> set[str]:
    """Collect the people that `signed_by` names."""
    published = {one.author for one in releases} | {one.confirmed_by for one in releases} - {""}
    return published.union(*((*one.authors, *one.approvers) for one in reviewed))


@pages.act("/releases/<int:number>/again", may=Permission.PUBLISH_CONTENT)
def publish_again(visit: Visit, number: int) -> ResponseReturnValue:
    """Publish an earlier release again; the worker learns it first if needed."""
    reason = request.form.get("reason", "").strip()
    workflow.require_reason(reason)
    # Each press of the button is a task of its own.
    task = tasks.begin(
        background.ROLL_BACK,
        secrets.token_hex(8),
        {"number": number, "reason": reason},
        actor=visit.member.actor,
    )
    return redirect(url_for(".watch_roll_back", task_id=task.id))


@pages.act("/releases/<int:number>/confirmation", may=Permission.PUBLISH_CONTENT)
def confirm_roll_back(visit: Visit, number: int) -> ResponseReturnValue:
    """Confirm a roll-back afterwards, as another person."""
    workflow.confirm_roll_back(number, actor=visit.member.actor)
    return redirect(url_for(".list_releases", done="signed"))


@pages.page("/releases/back/<int:task_id>", may=Permission.READ_CONTENT)
def watch_roll_back(visit: Visit, task_id: int) -> ResponseReturnValue:
    """Show the progress of publishing an earlier release, or a reviewed text on top of others."""
    task = tasks.get(task_id)
    if task.kind not in (background.ROLL_BACK, background.PUBLICATION):
        raise Refused(Reason.NOT_FOUND)
    if task.is_over and task.state == "done" and task.refusal is None:
        return go_to(url_for(".list_releases", done="published"))
    is_part = "HX-Request" in request.headers
    return render(
        visit,
        "content/release_back_part.html" if is_part else "content/release_back.html",
        200,
        task=task,
        watched=watched(task, url_for(".watch_roll_back", task_id=task_id)),
        message=message_of(task.refusal) if task.refusal else "",
    )
