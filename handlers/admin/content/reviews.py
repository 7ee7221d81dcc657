"""Reviews (三审三校): what was handed in, who may review and publish it, and who signed what."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq import review, workflow
from faq.checking import MOST_NAMED
from faq.review import Submission
from handlers.admin.content.answers import namer
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import render
from handlers.admin.frame.watching import message_of
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import Permission

SHOWN, SHOWN_CHANGES = 20, 100
STATES = {
    "submitted": ("待审核", "bg-yellow-lt"),
    "approved": ("已通过，待发布", "bg-blue-lt"),
    "rejected": ("已退回", "bg-red-lt"),
    "withdrawn": ("已撤回", "bg-secondary-lt"),
    "replaced": ("已被新的提交取代", "bg-secondary-lt"),
    "outdated": ("已失效", "bg-secondary-lt"),
    "published": ("已发布", "bg-green-lt"),
}
STEPS = {
    "submitted": "提交审核",
    "approved": "审核通过",
    "rejected": "退回修改",
    "withdrawn": "撤回",
    "replaced": "提交了新的一份，取代这一份",
    "published": "发布",
}


@page(
    blueprint,
    "/reviews",
    may=Permission.READ_CONTENT,
    menu=Menu("内容", "审核", "clipboard-check", 25),
)
def list_submissions(visit: Visit) -> ResponseReturnValue:
    """What was handed in, the newest first."""
    before = form_values.number(request.args.get("before", ""))
    found = review.submissions(limit=SHOWN + 1, before=before)
    shown = found[:SHOWN]
    return render(
        visit,
        "content/reviews.html",
        submissions=shown,
        older=shown[-1].id if len(found) > SHOWN else None,
        states=STATES,
        needs_review=visit.services.settings.publish_needs_review,
        names=actor_names({actor for one in shown for actor in one.authors}),
    )


@page(blueprint, "/reviews/<int:submission_id>", may=Permission.READ_CONTENT)
def show_submission(visit: Visit, submission_id: int) -> ResponseReturnValue:
    """What it changes, what its check found, who signed, and who may do what now."""
    return _page(visit, submission_id)


@page(
    blueprint,
    "/reviews/<int:submission_id>/decision",
    methods=("POST",),
    may=Permission.WRITE_CONTENT,
)
def decide_submission(visit: Visit, submission_id: int) -> ResponseReturnValue:
    """Approve it, or send it back with remarks."""
    decision = request.form.get("decision", "")
    if decision not in ("approve", "reject"):
        raise Refused(Reason.NOT_FOUND)
    comment = request.form.get("comment", "").strip()
    try:
        review.decide(
            submission_id,
            approve=decision == "approve",
            actor=visit.member.actor,
            comment=comment,
        )
    except Refused as refused:
        if refused.reason is not Reason.INVALID_INPUT:
            raise
        return _page(visit, submission_id, message_of(refused))
    return redirect(url_for("admin.show_submission", submission_id=submission_id, done="signed"))


@page(
    blueprint,
    "/reviews/<int:submission_id>/withdrawal",
    methods=("POST",),
    may=Permission.WRITE_CONTENT,
)
def withdraw_submission(visit: Visit, submission_id: int) -> ResponseReturnValue:
    """Take it back."""
    review.withdraw(submission_id, actor=visit.member.actor)
    return redirect(url_for("admin.show_submission", submission_id=submission_id, done="signed"))


@page(
    blueprint,
    "/reviews/<int:submission_id>/publication",
    methods=("POST",),
    may=Permission.WRITE_CONTENT,
)
def publish_submission(visit: Visit, submission_id: int) -> ResponseReturnValue:
    """Publish what was approved."""
    review.publish(submission_id, actor=visit.member.actor)
    return redirect(url_for("admin.list_releases", done="published"))


def _page(visit: Visit, submission_id: int, message: str = "") -> ResponseReturnValue:
    found = review.get(submission_id)
    changes = review.changes_of(submission_id)
    result = workflow.result_of(found.check_id)
    signers = {step.actor for step in found.steps}
    names = actor_names({*found.authors, *signers})
    return render(
        visit,
        "content/review.html",
        422 if message else 200,
        submission=found,
        message=message,
        changes=changes[:SHOWN_CHANGES],
        count=len(changes),
        result=result,
        moved=sorted(
            (line for line in result.figures if line.gained or line.lost),
            key=lambda line: not line.lost,
        ),
        named=namer({line.answer: line.title for line in result.figures}),
        most_named=MOST_NAMED,
        states=STATES,
        steps=STEPS,
        names=names,
        comment=request.form.get("comment", ""),
        **_rights(visit, found, names),
    )


def _rights(visit: Visit, found: Submission, names: dict[str, str]) -> dict[str, Any]:
    """Who may do what now, in plain words, and what this visitor may."""
    own, writes = visit.member.actor, visit.member.may(Permission.WRITE_CONTENT)
    authors = "、".join(names[actor] for actor in found.authors)
    barred = review.barred(found)
    reviewers = "、".join(names[actor] for actor in found.approvers)
    who = ""
    if found.state == "submitted":
        who = f"等待审核。请一位没有参与撰写的编辑审核，撰写人（{authors}）不能审核自己写的内容。"
    elif found.state == "approved":
        who = f"等待发布。请第三位编辑发布：撰写人（{authors}）和审核人（{reviewers}）都不能发布。"
    elif found.state == "rejected":
        who = "已退回。请按审核意见修改草稿，再到“检查与发布”提交一次。"
    elif found.state == "outdated":
        who = "审核期间线上内容有了变动，请到“检查与发布”重新检查并提交。"
    return {
        "who": who,
        "may_review": writes and found.state == "submitted" and own not in barred,
        "may_publish": writes and found.state == "approved" and own not in barred,
        "may_withdraw": writes
        and found.state in ("submitted", "approved")
        and own in found.authors,
        "is_barred": writes and found.state in ("submitted", "approved") and own in barred,
    }
