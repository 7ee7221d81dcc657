"""Check and publish: what the draft would make better and worse, and the releases there were.

The check is a task of the worker; the page asks for news of it until it is over, and what was
learnt by it is what gets published.
"""

import secrets
from collections.abc import Iterable
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq import background, draft_listing, review, tasks, workflow
from faq.checking import MOST_NAMED
from faq.review import Submission
from faq.tasks import Task
from faq.workflow import Release
from handlers.admin.content.answers import namer
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import render
from handlers.admin.frame.watching import go_to, message_of, watched
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import Permission

SHOWN, SHOWN_CHANGES = 30, 100
STATES = {"new": "新建", "changed": "有修改", "retired": "将下架"}


@page(
    blueprint,
    "/publish",
    methods=("GET", "POST"),
    may=Permission.READ_CONTENT,
    writes=Permission.WRITE_CONTENT,
    menu=Menu("内容", "检查与发布", "send", 20),
)
def publish(visit: Visit) -> ResponseReturnValue:
    """The check of the draft; publishing what was seen, with a reason where it loses questions."""
    if request.method != "POST":
        return _publish_page(visit)
    seen: dict[str, Any] = {
        "actor": visit.member.actor,
        "note": request.form.get("note", "").strip(),
        "override": request.form.get("override", "").strip(),
        # Without the check that he saw, nobody publishes from a page.
        "digest": request.form.get("digest", ""),
    }
    try:
        if visit.services.settings.publish_needs_review:
            handed_in = review.submit(**seen)
            return redirect(
                url_for("admin.show_submission", submission_id=handed_in.id, done="submitted")
            )
        workflow.publish(visit.services, **seen)
    except Refused as refused:
        if refused.reason is Reason.FORBIDDEN:
            raise
        return _publish_page(visit, message_of(refused))
    return redirect(url_for("admin.list_releases", done="published"))


@page(
    blueprint,
    "/publish/check",
    methods=("GET", "POST"),
    may=Permission.READ_CONTENT,
    writes=Permission.WRITE_CONTENT,
)
def publish_check(visit: Visit) -> ResponseReturnValue:
    """The part of the page that tells of the check; by POST it is made again after a failure."""
    if request.method == "POST":
        _check(visit, anew=True)
    if "HX-Request" not in request.headers:
        return redirect(url_for("admin.publish"))
    return render(visit, "content/publish_check.html", **_check_values(visit), form={})


def _publish_page(visit: Visit, message: str = "") -> Response:
    differing, reordered = draft_listing.changes(), draft_listing.is_reordered()
    changes = [change for change in differing if not change.held]
    held = [change for change in differing if change.held]
    shown, shown_held = changes[:SHOWN_CHANGES], held[:SHOWN_CHANGES]
    return render(
        visit,
        "content/publish.html",
        409 if message else 200,
        message=message,
        changes=shown,
        count=len(changes),
        held=shown_held,
        held_count=len(held),
        reordered=reordered,
        states=STATES,
        names=actor_names({change.editor for change in (*shown, *shown_held)}),
        form=request.form,
        pending=review.pending() if visit.services.settings.publish_needs_review else None,
        **(_check_values(visit) if changes or reordered else {}),
    )


def _check(visit: Visit, *, anew: bool = False) -> Task:
    key = workflow.check_key()
    return tasks.begin(background.CHECK, key, {"key": key}, actor=visit.member.actor, anew=anew)


def _is_gone(task: Task) -> bool:
    """Whether a check that is over says nothing any more.

    Because somebody changed the draft while it was read, and changed it back; or because what an
    older check of the same found was forgotten meanwhile.
    """
    if task.refusal is not None:
        return task.refusal.reason is Reason.PUBLICATION_OUTDATED
    return "check_id" in task.outcome and not workflow.is_kept(task.outcome["check_id"])


def _check_values(visit: Visit) -> dict[str, Any]:
    """What the part of the page about the check shows."""
    task = _check(visit)
    if _is_gone(task):
        task = _check(visit, anew=True)
    values: dict[str, Any] = {
        "task": task,
        "needs_review": visit.services.settings.publish_needs_review,
    }
    if not task.is_over:
        return {**values, "watched": watched(task, url_for("admin.publish_check"))}
    if task.refusal is not None:
        fields = task.refusal.details.get("fields") or [{"message": message_of(task.refusal)}]
        return {**values, "problems": [item["message"] for item in fields]}
    if task.state == "failed":
        return values
    result = workflow.result_of(task.outcome["check_id"])
    moved = [line for line in result.figures if line.gained or line.lost]
    return {
        **values,
        "result": result,
        "digest": task.outcome["digest"],
        # What gets worse is read first.
        "moved": sorted(moved, key=lambda line: not line.lost),
        "named": namer({line.answer: line.title for line in result.figures}),
        "most_named": MOST_NAMED,
    }


@page(
    blueprint,
    "/releases",
    may=Permission.READ_CONTENT,
    menu=Menu("内容", "发布记录", "history", 30),
)
def list_releases(visit: Visit) -> ResponseReturnValue:
    """What was published, by whom and why; the way back to any of them."""
    before = form_values.number(request.args.get("before", ""))
    found = workflow.releases(limit=SHOWN + 1, before=before)
    releases = found[:SHOWN]
    reviewed = review.published_as(release.number for release in releases)
    return render(
        visit,
        "content/releases.html",
        releases=releases,
        reviewed=reviewed,
        is_newest=before is None,
        older=releases[-1].number if len(found) > SHOWN else None,
        names=actor_names(_people(releases, reviewed.values())),
    )


@page(blueprint, "/releases/<int:number>", may=Permission.READ_CONTENT)
def show_release(visit: Visit, number: int) -> ResponseReturnValue:
    """What a release changed, who wrote, reviewed and published it."""
    release = workflow.release_of(number)
    changes = workflow.changes_by(number)
    shown = [] if changes is None else changes
    reviewed = review.published_as([number])
    return render(
        visit,
        "content/release.html",
        release=release,
        reviewed=reviewed.get(number),
        is_first=changes is None,
        changes=shown[:SHOWN_CHANGES],
        count=len(shown),
        names=actor_names(_people([release], reviewed.values())),
    )


def _people(releases: Iterable[Release], reviewed: Iterable[Submission]) -> set[str]:
    """Whom `signed_by` names."""
    published = {one.author for one in releases}
    return published.union(*((*one.authors, *one.approvers) for one in reviewed))


@page(blueprint, "/releases/<int:number>/again", methods=("POST",), may=Permission.WRITE_CONTENT)
def publish_again(visit: Visit, number: int) -> ResponseReturnValue:
    """Put an earlier release in force again; the worker learns it first where that is needed."""
    reason = request.form.get("reason", "").strip()
    workflow.require_reason(reason)
    # Each press of the button is a piece of work of its own.
    task = tasks.begin(
        background.ROLL_BACK,
        secrets.token_hex(8),
        {"number": number, "reason": reason},
        actor=visit.member.actor,
    )
    return redirect(url_for("admin.watch_roll_back", task_id=task.id))


@page(blueprint, "/releases/back/<int:task_id>", may=Permission.READ_CONTENT)
def watch_roll_back(visit: Visit, task_id: int) -> ResponseReturnValue:
    """How far the way back is."""
    task = tasks.get(task_id)
    if task.kind != background.ROLL_BACK:
        raise Refused(Reason.NOT_FOUND)
    if task.is_over and task.state == "done" and task.refusal is None:
        return go_to(url_for("admin.list_releases", done="published"))
    is_part = "HX-Request" in request.headers
    return render(
        visit,
        "content/release_back_part.html" if is_part else "content/release_back.html",
        task=task,
        watched=watched(task, url_for("admin.watch_roll_back", task_id=task_id)),
        message=message_of(task.refusal) if task.refusal else "",
    )
