"""The check of the draft, or of one entry, as a part of a page."""

from typing import Any

from faq.editing import background, tasks, workflow
from faq.editing.check.checking import MOST_NAMED, CheckResult, Figures
from faq.editing.tasks import Task
from handlers.admin.content.answers import namer
from handlers.admin.content.progress import watched
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form, message_of
from miniprogram_api.reasons import Reason
from miniprogram_api.staff.members import Permission, require


def begin(visit: Visit, slug: str | None = None, *, anew: bool = False) -> Task:
    """Return the task that checks the draft, or one entry; `anew`: after a failure."""
    key = workflow.check_key(slug)
    wanted = {"key": key, **({} if slug is None else {"slug": slug})}
    return tasks.begin(background.CHECK, key, wanted, actor=visit.member.actor, anew=anew)


def values(visit: Visit, url: str, slug: str | None = None) -> dict[str, Any]:
    """Return the template values of the check; `url`: of the part that the page polls."""
    task = begin(visit, slug)
    if _is_gone(task):
        task = begin(visit, slug, anew=True)
    values_shown: dict[str, Any] = {
        "task": task,
        "check_url": url,
        "needs_review": visit.services.settings.publish_needs_review,
        "may_send": may_send(visit),
    }
    if not task.is_over:
        return {**values_shown, "watched": watched(task, url)}
    if task.refusal is not None:
        fields = task.refusal.details.get("fields") or [{"message": message_of(task.refusal)}]
        return {**values_shown, "problems": [item["message"] for item in fields]}
    if task.state == "failed":
        return values_shown
    result = workflow.result_of(task.outcome["check_id"])
    return {**values_shown, "digest": task.outcome["digest"], **shown(result)}


def may_send(visit: Visit) -> bool:
    """Return whether the member may publish, or with reviews hand in."""
    return visit.member.may(_to_send(visit))


def _to_send(visit: Visit) -> Permission:
    needs_review = visit.services.settings.publish_needs_review
    return Permission.WRITE_CONTENT if needs_review else Permission.PUBLISH_CONTENT


def require_sender(visit: Visit) -> None:
    """Raise Refused FORBIDDEN unless `may_send`."""
    require(visit.member, _to_send(visit))


def shown(result: CheckResult) -> dict[str, Any]:
    """Return the template values of a result; worse lines come first."""
    moved = [line for line in result.figures if line.gained or line.lost]
    return {
        "result": result,
        "moved": sorted(moved, key=_weight, reverse=True),
        "named": namer({line.answer: line.title for line in result.figures}),
        "most_named": MOST_NAMED,
    }


def _weight(line: Figures) -> tuple[bool, bool, int]:
    """Return what an answer's line is sorted by: what wants a reason, then what is asked most."""
    wanting = any(change.needs_reason for change in line.lost)
    return wanting, bool(line.lost), sum(change.times for change in line.lost)


def typed(visit: Visit, form: Form) -> dict[str, Any]:
    """Return what the form beside a check says, for `publish` and `submit`.

    Raises Refused: INVALID_INPUT, also while a wording near another entry's is undecided.
    """
    workflow.require_decided(form["digest"], len(form.all("near")))
    return {
        "actor": visit.member.actor,
        "note": form["note"].strip(),
        "override": form["override"].strip(),
        # The check that the editor saw; a page cannot publish without one.
        "digest": form["digest"],
        "publish_at": form.moment("publish_at"),
    }


def _is_gone(task: Task) -> bool:
    """Tell whether the result of a finished check is no longer valid.

    The draft changed while it was read and changed back, or an older result was deleted meanwhile.
    """
    if task.refusal is not None:
        return task.refusal.reason is Reason.PUBLICATION_OUTDATED
    return "check_id" in task.outcome and not workflow.is_kept(task.outcome["check_id"])
