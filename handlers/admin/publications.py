"""Check and publish: what the draft would make better and worse, and the releases there were."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq import drafts, workflow
from handlers.admin.access import Menu, Visit, page
from handlers.admin.blueprint import blueprint
from handlers.admin.entries import STATES
from handlers.admin.names import actor_names
from handlers.admin.rendering import render
from handlers.errors import error_content
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import Permission

SHOWN = 30


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
    message = ""
    if request.method == "POST":
        form = request.form
        try:
            done = workflow.publish(
                visit.services,
                actor=visit.member.actor,
                note=form.get("note", "").strip(),
                override=form.get("override", "").strip(),
                digest=form.get("digest") or None,
            )
        except Refused as refused:
            if refused.reason is Reason.FORBIDDEN:
                raise
            message = error_content(refused)["message"]
        else:
            return redirect(url_for("admin.list_releases", done="published", number=done.number))
    changed = drafts.changed()
    checked, problems = None, []
    if changed:
        try:
            checked = workflow.check()
        except Refused as refused:
            if refused.reason is not Reason.INVALID_INPUT:
                raise
            problems = [item["message"] for item in refused.details["fields"]]
    return render(
        visit,
        "admin/publish.html",
        409 if message else 200,
        message=message,
        changed=changed,
        checked=checked,
        problems=problems,
        states=STATES,
        names=actor_names({part.editor for part in changed}),
        form=request.form,
    )


@page(
    blueprint,
    "/releases",
    may=Permission.READ_CONTENT,
    menu=Menu("内容", "发布记录", "history", 25),
)
def list_releases(visit: Visit) -> ResponseReturnValue:
    """What was published, by whom and why; the way back to any of them."""
    releases = workflow.releases(limit=SHOWN)
    return render(
        visit,
        "admin/releases.html",
        releases=releases,
        names=actor_names({release.author for release in releases}),
    )


@page(blueprint, "/releases/<int:number>/again", methods=("POST",), may=Permission.WRITE_CONTENT)
def publish_again(visit: Visit, number: int) -> ResponseReturnValue:
    """Put an earlier release in force again."""
    workflow.roll_back(
        number, actor=visit.member.actor, reason=request.form.get("reason", "").strip()
    )
    return redirect(url_for("admin.list_releases", done="published"))
