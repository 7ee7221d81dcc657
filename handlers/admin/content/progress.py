"""The progress of a worker's task on a page that polls it."""

from dataclasses import dataclass

from flask import Response, make_response, redirect, request
from flask.typing import ResponseReturnValue

from faq.editing.check.checking import ASK, LEARN
from faq.editing.tasks import Task
from miniprogram_api.texts import words

_WORDS = words("content.progress")
_STEPS = {"": _WORDS["preparing"], LEARN: _WORDS["learn"], ASK: _WORDS["ask"]}


@dataclass(frozen=True)
class Watched:
    """The progress of a task in words. `url`: the address that the page polls."""

    url: str
    text: str
    done: int
    total: int
    seconds: int
    late: bool


def watched(task: Task, url: str) -> Watched:
    """Return what a page shows of an unfinished task."""
    is_waiting = task.state == "waiting"
    text = _WORDS["waiting"] if is_waiting else _STEPS.get(task.step, _WORDS["working"])
    return Watched(url, text, task.done, task.total, task.seconds, task.late)


def go_to(url: str) -> ResponseReturnValue:
    """Redirect the browser, also when htmx asks for a part of the page."""
    if "HX-Request" in request.headers:
        response: Response = make_response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url)
