"""Define the background work of the content pages: see `faq.editing.tasks`."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from faq.editing import set_evaluation, tasks, valid_draft, workflow
from faq.editing.check.checking import LEARN, Progress, Talk
from faq.editing.publication import plans
from faq.editing.tasks import Work
from faq.matching.interruption import Interrupted
from faq.release import publishing
from miniprogram_api.reasons import Reason, Refused
from models.storage.database import release

CHECK, EVALUATION, LEARNING, ROLL_BACK = "check", "evaluation", "learning", "roll_back"
PLAN, PUBLICATION = "plan", "publication"


def _check(
    arguments: Mapping[str, Any], _actor: str, progress: Progress, talk: Talk | None = None
) -> dict[str, Any]:
    """Check the draft, or the entry `slug` of it.

    Raises Refused: PUBLICATION_OUTDATED when it changed since the request.
    """
    progress(LEARN, 0, 0)
    slug = arguments.get("slug")
    checked = workflow.check(progress, slug, talk)
    if workflow.check_key(slug) != arguments["key"]:
        raise Refused(Reason.PUBLICATION_OUTDATED)
    return {"check_id": checked.id, "digest": checked.digest}


def _evaluate(
    arguments: Mapping[str, Any], _actor: str, progress: Progress, talk: Talk | None = None
) -> dict[str, Any]:
    progress(LEARN, 0, 0)
    return set_evaluation.evaluate(arguments["set_id"], arguments["content"], progress, talk)


def _learn(arguments: Mapping[str, Any], _actor: str, progress: Progress) -> dict[str, Any]:
    """Learn the draft as a trial of the entry `slug` asks it."""
    progress(LEARN, 0, 0)
    prepared = publishing.prepare(valid_draft.read(arguments["slug"])[0])
    # Free the connection for the seconds of learning.
    release()
    prepared.keep()
    return {}


def _roll_back(arguments: Mapping[str, Any], actor: str, progress: Progress) -> dict[str, Any]:
    """Publish an earlier release again, training its matcher if necessary."""
    progress(LEARN, 0, 0)
    published = workflow.roll_back(arguments["number"], actor=actor, reason=arguments["reason"])
    return {"number": published.number}


def _publish(arguments: Mapping[str, Any], actor: str, progress: Progress) -> dict[str, Any]:
    """Publish an approved submission on top of what was published meanwhile."""
    progress(LEARN, 0, 0)
    plans.publish_submission(arguments["submission_id"], actor=actor)
    return {}


def _carry_out(arguments: Mapping[str, Any], _actor: str, progress: Progress) -> dict[str, Any]:
    """Carry out a plan; an error of the service is kept with the plan."""
    progress(LEARN, 0, 0)
    try:
        plans.run(arguments["plan_id"])
    except Interrupted:
        raise
    except Exception:
        plans.give_up(arguments["plan_id"])
        raise
    return {}


def begin_plan(plan_id: int) -> None:
    """Begin the task of a plan, which checks and publishes; idempotent."""
    tasks.begin(PLAN, str(plan_id), {"plan_id": plan_id}, actor="worker")


WORK: dict[str, Work] = {
    CHECK: _check,
    PLAN: _carry_out,
    PUBLICATION: _publish,
    EVALUATION: _evaluate,
    LEARNING: _learn,
    ROLL_BACK: _roll_back,
}


def work_with(talk: Talk) -> dict[str, Work]:
    """Return the work with checks and evaluations that hold conversations, too."""
    return {**WORK, CHECK: partial(_check, talk=talk), EVALUATION: partial(_evaluate, talk=talk)}
