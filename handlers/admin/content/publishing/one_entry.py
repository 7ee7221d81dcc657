"""Publishing or handing in one entry, its state, and what is planned for it."""

import json
from datetime import datetime
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.editing import draft_listing, drafts, workflow
from faq.editing.differences import Difference, differences
from faq.editing.drafts import Draft
from faq.editing.publication import plans, review
from faq.release import publishing
from faq.release.contradictions import contradictions
from faq.release.parts import dumps
from handlers.admin.content.blueprint import pages
from handlers.admin.content.entries import require_known
from handlers.admin.content.forms.autosave import STATES
from handlers.admin.content.publishing import checks
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import render
from miniprogram_api import clock
from miniprogram_api.staff.members import Permission, require
from miniprogram_api.texts import invalid


@pages.form(
    "/entries/<slug>/publication", may=Permission.READ_CONTENT, writes=Permission.WRITE_CONTENT
)
def publish_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """Show what one entry changes, and its check; publish it, plan it or hand it in."""
    part = drafts.entry(slug)
    form = Form(beside=())
    if form.is_sent:
        checks.require_sender(visit)
        with form:
            seen = checks.typed(visit, form)
            return redirect(_published(visit, slug, form.moment("ends_at"), **seen))
    return _page(visit, part, form)


@pages.form(
    "/entries/<slug>/publication/check",
    may=Permission.READ_CONTENT,
    writes=Permission.WRITE_CONTENT,
)
def check_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """Render the check of one entry as a part of the page; by POST repeat it after a failure."""
    if request.method == "POST":
        checks.begin(visit, slug, anew=True)
    if "HX-Request" not in request.headers:
        return redirect(url_for(".publish_entry", slug=slug))
    return render(visit, "content/publish_check.html", **_check_values(visit, drafts.entry(slug)))


@pages.act("/entries/<slug>/plans", may=Permission.WRITE_CONTENT)
def plan_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """Plan the end of an entry or a day to look at it again, or record that it was looked at."""
    form, actor = Form(), visit.member.actor
    act = form["act"]
    require_known(act, "end", "look", "looked")
    if act == "looked":
        plans.looked(slug, actor=actor)
    elif act == "look":
        day = form.day("look_on")
        if day is None:
            raise invalid("plans.any.required", field="look_on")
        plans.look_on(slug, day, actor=actor)
    else:
        require(visit.member, Permission.PUBLISH_CONTENT)
        at = form.moment("ends_at")
        if at is None:
            raise invalid("plans.any.required", field="ends_at")
        plans.retire_at(visit.services, slug, at, actor=actor)
    return redirect(url_for(".edit_entry", slug=slug, done="saved"))


@pages.act("/plans/<int:plan_id>/cancellation", may=Permission.WRITE_CONTENT)
def cancel_plan(visit: Visit, plan_id: int) -> ResponseReturnValue:
    """Cancel a plan, or dismiss a failed one."""
    plans.cancel(plan_id, actor=visit.member.actor)
    slug = request.form.get("slug", "")
    if slug:
        return redirect(url_for(".edit_entry", slug=slug, done="saved"))
    return redirect(url_for("admin.frame.start", done="saved"))


def state_of(visit: Visit, part: Draft) -> dict[str, Any]:
    """Return the template values of the state of an entry."""
    planned = plans.of_entry(part.key.name)
    return {
        "step": plans.steps().get(part.key),
        "planned": planned,
        "plan_names": actor_names({one.actor for one in planned}),
        "changes": _changes(part),
        "needs_review": visit.services.settings.publish_needs_review,
        "now": clock.now(),
    }


def _changes(part: Draft) -> list[Difference]:
    """Return the differences from the release; a retired entry loses every field."""
    if part.state == "published":
        return []
    before = publishing.current().parts.get(part.key)
    after = None if part.is_retired else part.content
    # Drafts are stored with sorted fields.
    plain = json.loads(dumps(before))
    return differences(part.key, plain, after, draft_listing.titles())


def _published(
    visit: Visit,
    slug: str,
    ends_at: datetime | None,
    *,
    publish_at: datetime | None,
    **seen: Any,
) -> str:
    """Publish the entry, now or at a time, or hand it in; return where to go."""
    if ends_at is not None and ends_at <= (publish_at or clock.now()):
        raise invalid("plans.ends_at.early")
    if visit.services.settings.publish_needs_review:
        link = visit.services.settings.origin + url_for(".list_submissions")
        handed_in = review.submit(
            **seen, slug=slug, timing=review.Timing(publish_at, ends_at), link=link
        )
        return url_for(".show_submission", submission_id=handed_in.id, done="submitted")
    if publish_at is None:
        workflow.publish(visit.services, **seen, slug=slug)
    else:
        plans.publish_at(visit.services, publish_at, **seen, slug=slug)
    if ends_at is not None:
        plans.end_with(slug, ends_at, actor=visit.member.actor)
    return url_for(".edit_entry", slug=slug, done="planned" if publish_at else "published")


def _page(visit: Visit, part: Draft, form: Form) -> Response:
    changes = _changes(part)
    return render(
        visit,
        "content/publishing/entry.html",
        form=form,
        part=part,
        changes=changes,
        states=STATES,
        step=plans.steps().get(part.key),
        contradictions=contradictions(
            {part.key: part.content}, visit.services.settings, publishing.current().parts
        ),
        **(_check_values(visit, part) if changes else {}),
    )


def _check_values(visit: Visit, part: Draft) -> dict[str, Any]:
    slug = part.key.name
    check_values = checks.values(visit, url_for(".check_entry", slug=slug), slug)
    return {**check_values, "of_entry": not part.is_retired}
