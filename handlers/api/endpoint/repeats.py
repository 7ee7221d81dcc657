"""Calls with an Idempotency-Key: the first is answered by the handler, its repeats are replayed."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from flask import Response, request
from pydantic_core import to_jsonable_python

from handlers import envelope
from handlers.api.endpoint.answers import Opened, data_of, rendered
from handlers.api.endpoint.bodies import Received, received
from handlers.api.endpoint.operation import Operation
from handlers.auth import bearer_token
from handlers.errors import error_content, is_final
from miniprogram_api.access import idempotency
from miniprogram_api.operations.maintenance import DatabaseUnavailable
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid

log = structlog.get_logger("http")

_KEY = re.compile(r"[\x21-\x7e]{8,128}")


def answer_once(
    operation: Operation, body: Received, handle: Callable[[], Any], longest_call: timedelta
) -> Response:
    """Answer a call; with an Idempotency-Key it is handled once.

    ``longest_call``: after it, a call without an answer may be repeated.
    """
    key = _key(operation)
    if key is None:
        return rendered(operation.status, handle())
    if not _KEY.fullmatch(key):
        raise invalid("api.idempotency_key.idempotency_key_form", field="Idempotency-Key")
    begun = idempotency.begin(
        _call_hash(key), idempotency.body_digests(body.digested()), longest_call
    )
    if isinstance(begun, idempotency.Replay):
        return _replay(begun)
    finished = False
    try:
        try:
            result = handle()
            response = rendered(operation.status, result)
            finished = True
            _keep(begun, operation.status, *_kept(result))
        except Refused as refused:
            if is_final(refused):
                finished = True
                _keep(begun, refused.reason.status, error_content(refused), None)
            raise
    finally:
        if not finished:
            idempotency.abandon(begun)
    return response


def answer_for_dead_token(operation: Operation, refused: Refused) -> Response:
    """Replay the stored answer of a call that ended its own token, as registering does.

    Raises the refusal when there is none.
    """
    key = _key(operation)
    is_dead = refused.reason is Reason.UNAUTHENTICATED and bearer_token(request)
    if not is_dead or not key or not _KEY.fullmatch(key):
        raise refused
    digests = idempotency.body_digests(received(operation).digested())
    replay = idempotency.replay_of(_call_hash(key), digests)
    if replay is None:
        raise refused
    return _replay(replay)


def _key(operation: Operation) -> str | None:
    return request.headers.get("Idempotency-Key") if operation.idempotent else None


def _call_hash(key: str) -> bytes:
    return idempotency.key_hash(request.method, request.path, bearer_token(request), key)


def _keep(
    begun: idempotency.Begun, status: int, content: dict[str, Any], session_hash: bytes | None
) -> None:
    try:
        idempotency.finish(begun, status, envelope.dumps(content), session_hash)
    except DatabaseUnavailable as error:
        # The call succeeded, so the caller gets its answer all the same.
        log.error("answer not kept", failure=error)


def _kept(result: Any) -> tuple[dict[str, Any], bytes | None]:
    """Return the answer to store, without the token of a new session, and the session's hash."""
    content = {"code": "OK", "message": envelope.SUCCESS}
    data = to_jsonable_python(data_of(result), by_alias=False)
    if isinstance(result, Opened):
        return content | {"data": {**data, "token": ""}}, result.session.token_hash
    return content | {"data": data}, None


def _replay(replay: idempotency.Replay) -> Response:
    content = json.loads(replay.body)
    if replay.token is not None:
        content["data"]["token"] = replay.token
    response = envelope.respond(replay.status, content)
    response.headers["Idempotency-Replayed"] = "true"
    return response
