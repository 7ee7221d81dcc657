"""Pages that watch the worker: what is said while a task is under way, and about its end."""

from dataclasses import dataclass

from flask import Response, make_response, redirect, request
from flask.typing import ResponseReturnValue

from faq.checking import ASK, LEARN
from faq.tasks import Task
from handlers.errors import error_content
from miniprogram_api.reasons import Reason, Refused

_STEPS = {"": "正在准备", LEARN: "机器人正在学习这些内容", ASK: "正在逐个提问"}


@dataclass(frozen=True)
class Watched:
    """How far a task is, in words. `url`: where the page asks for news of it."""

    url: str
    text: str
    done: int
    total: int
    late: bool


def watched(task: Task, url: str) -> Watched:
    """What a page shows of a task that is not over."""
    text = "正在排队" if task.state == "waiting" else _STEPS.get(task.step, "正在处理")
    return Watched(url, text, task.done, task.total, task.late)


def message_of(refused: Refused) -> str:
    """The refusal of a form in one sentence, that of its fields where it is about them."""
    if refused.reason is Reason.INVALID_INPUT:
        return "".join(str(item["message"]) for item in refused.details["fields"])
    return str(error_content(refused)["message"])


def go_to(url: str) -> ResponseReturnValue:
    """Send the browser there, also when htmx asks on behalf of a part of the page."""
    if "HX-Request" in request.headers:
        response: Response = make_response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url)
