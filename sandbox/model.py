"""A language model behind an OpenAI-compatible endpoint, as far as the bot's reader needs one.

``POST /v1/chat/completions`` takes ``model``, ``messages`` and ``response_format`` with a JSON
schema whose ``number`` is one of an enumeration. The model chooses 1, or what a word in the last
message says: ``sandbox-3`` chooses 3, ``sandbox-nonsense`` answers with a sentence. Errors are 400
for a malformed call, 429 at the limit and 503 when busy, each with ``{"error": {"code"}}``.
"""

import json
import re
import time
from typing import Any

from flask import Blueprint, Response

from sandbox.calls import json_body, json_response, random_id, receive, text_of
from sandbox.memory import Mode

blueprint = Blueprint("model", __name__)

_WORD = re.compile(r"sandbox-(\d{1,3}|nonsense)")


@blueprint.post("/v1/chat/completions")
def complete() -> Response:
    """Answer with a chosen number in the form of the schema."""
    body = json_body()

    def play(mode: Mode) -> Response:
        if mode == "busy":
            return _error("server_busy", 503)
        if mode == "limit":
            return _error("rate_limit_exceeded", 429)
        if body is None or not text_of(body, "model") or _numbers(body) is None:
            return _error("invalid_request_error", 400)
        return json_response(
            {
                "id": f"chatcmpl-{random_id()}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": body["model"],
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": _answer(body)},
                        "finish_reason": "stop",
                    }
                ],
                "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
            }
        )

    return receive("reader", "chat/completions", body, play)


def _numbers(body: dict[str, Any]) -> list[int] | None:
    """Return the numbers that the schema allows; None where the call is malformed."""
    try:
        schema = body["response_format"]["json_schema"]["schema"]
        numbers = schema["properties"]["number"]["enum"]
        messages = body["messages"]
        is_complete = all(isinstance(message["content"], str) for message in messages)
    except (KeyError, TypeError):
        return None
    return numbers if messages and is_complete and isinstance(numbers, list) else None


def _answer(body: dict[str, Any]) -> str:
    word = _WORD.search(body["messages"][-1]["content"])
    if word is None:
        return json.dumps({"number": 1})
    if word[1] == "nonsense":
        return "I would choose the first one."
    return json.dumps({"number": int(word[1])})


def _error(code: str, status: int) -> Response:
    return json_response({"error": {"message": code, "type": code, "code": code}}, status)
