"""Define the background work of the content pages: see `faq.editing.tasks`."""

from collections.abc import Mapping
from typing import Any

from faq.editing import set_evaluation, valid_draft, workflow
from faq.editing.checking import LEARN, Progress
from faq.editing.tasks import Work
from faq.release import publishing
from miniprogram_api.reasons import Reason, Refused
from models.storage.database import release

CHECK, EVALUATION, LEARNING, ROLL_BACK = "check", "evaluation", "learning", "roll_back"


def _check(arguments: Mapping[str, Any], _actor: str, progress: Progress) -> dict[str, Any]:
    """Check the draft. Raises Refused: PUBLICATION_OUTDATED when it changed since the request."""
    progress(LEARN, 0, 0)
    found = workflow.check(progress)
    if workflow.check_key() != arguments["key"]:
        raise Refused(Reason.PUBLICATION_OUTDATED)
    return {"check_id": found.id, "digest": found.digest}


def _evaluate(arguments: Mapping[str, Any], _actor: str, progress: Progress) -> dict[str, Any]:
    progress(LEARN, 0, 0)
    return set_evaluation.evaluate(arguments["set_id"], arguments["content"], progress)


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


WORK: dict[str, Work] = {
    CHECK: _check,
    EVALUATION: _evaluate,
    LEARNING: _learn,
    ROLL_BACK: _roll_back,
}
