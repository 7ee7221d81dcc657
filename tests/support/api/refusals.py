"""Compare a refusal over HTTP."""

from typing import Any

import requests


def refused(
    response: requests.Response, status: int, code: str, case: int | None = None
) -> dict[str, Any]:
    """Compare status, code and case of a refusal and return its ``data``."""
    content = response.json()
    explained = content["help"] and content["help"]["case"]
    assert (response.status_code, content["code"], explained) == (status, code, case), content
    assert 0 < len(content["message"]) <= 60
    assert content["request_id"] == response.headers["X-Request-ID"]
    if status in (423, 429):
        assert content["data"]["retry_after"] >= 1
        assert response.headers["Retry-After"] == str(content["data"]["retry_after"])
    data: dict[str, Any] = content["data"]
    return data
