"""Compare every answer in a test with what the endpoint declares, so undeclared refusals fail."""

import re
from functools import cache
from typing import Any

from handlers.api.endpoint import Operation
from handlers.openapi import reasons_of
from handlers.problems import Problem, ProblemData
from tests.support.api.operations import operations


def check(method: str, path: str, status: int, content: Any) -> None:
    """Raise AssertionError for an answer that the endpoint at ``path`` does not declare.

    ``path`` is below /api/v1. Does nothing without an endpoint.
    """
    operation = _operation(method, path.partition("?")[0])
    if operation is None:
        return
    code = content["code"]
    if code == "OK":
        expected = operation.status
        assert status == expected, f"{method} {operation.path} declares {expected}, not {status}"
    else:
        assert code in _codes(operation), f"{method} {operation.path} does not declare {code}"
        unknown = content["data"].keys() - ProblemData.__annotations__.keys()
        assert not unknown, f"{code} has undeclared data: {unknown}"
        Problem.model_validate(content)


def _operation(method: str, path: str) -> Operation | None:
    found = [operation for pattern, operation in _patterns() if pattern.fullmatch(path)]
    # A fixed address goes before one with a variable part, also for other methods.
    named = [operation for operation in found if operation.path == path]
    return next((o for o in named or found if o.method == method), None)


@cache
def _patterns() -> list[tuple[re.Pattern[str], Operation]]:
    return [(re.compile(re.sub("<.+?>", "[^/]+", o.path)), o) for o in operations()]


def _codes(operation: Operation) -> frozenset[str]:
    return frozenset(reason.name for reason in reasons_of(operation))
