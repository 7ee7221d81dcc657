"""The steps of a call, in the contract's order of refusals: 401, 403, body, fields, the rule's."""

from functools import partial

from flask import Response, current_app

from handlers.api.endpoint.bodies import inputs, received
from handlers.api.endpoint.callers import caller
from handlers.api.endpoint.operation import Operation
from handlers.api.endpoint.repeats import answer_for_dead_token, answer_once
from miniprogram_api.access import refusals
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services


def serve(operation: Operation, path: dict[str, str]) -> Response:
    """Authenticate the caller, read the body, validate it, call the handler once.

    ``path``: the arguments in the path.
    """
    services: Services = current_app.extensions["services"]
    try:
        call = caller(operation, services)
    except Refused as refused:
        return answer_for_dead_token(operation, refused)
    body = received(operation)
    values = inputs(operation, body, path)
    try:
        handle = partial(operation.handler, call, **values)
        return answer_once(operation, body, handle, services.settings.longest_call)
    except Refused as refused:
        refusals.note(call.session, refused, getattr(values.get("body"), "phone", None))
        raise
