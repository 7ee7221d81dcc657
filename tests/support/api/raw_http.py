"""Raw HTTP: any target, header and body, on a persistent connection."""

import http.client
import json
import re
from dataclasses import dataclass
from select import select
from types import TracebackType
from typing import Any, Self

from miniprogram_api.reasons import Reason
from tests.support.api import declared
from tests.support.service.service import API, Service

JSON = "application/json"


@dataclass(frozen=True)
class Reply:
    """Hold an answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def is_file(self) -> bool:
        """Return whether it is a success whose body is no JSON."""
        return self.status < 300 and not self.headers.get_content_type().endswith("json")

    @property
    def content(self) -> dict[str, Any]:
        """Return the body, which must be a JSON object."""
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


class RawConnection:
    """Hold one connection to a service, reopened when the server has closed it."""

    def __init__(self, service: Service) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        base: str = API,
    ) -> Reply:
        """Send exactly these bytes; the body is sent as JSON unless a header says otherwise."""
        sent: dict[str, str] = {} if body is None else {"Content-Type": JSON}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        sent.update(headers or {})
        idle = self._connection.sock
        if idle is not None and select([idle], [], [], 0)[0]:
            # Idle for too long: the end of the connection is all there can be to read.
            self._connection.close()
        self._connection.request(method, base + path, body, sent)
        answer = self._connection.getresponse()
        reply = Reply(answer.status, answer.headers, answer.read())
        is_ours = answer.headers["Connection"] == "keep-alive"
        if base == API and is_ours and method != "HEAD" and not reply.is_file:
            declared.check(method, path, reply.status, reply.content)
        return reply

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()


def faults(reply: Reply, *, may_succeed: bool = False) -> str | None:
    """Return what is wrong with the answer to a bad call; None for a correct refusal."""
    if may_succeed and reply.is_file:
        return None
    try:
        content = reply.content
    except (ValueError, AssertionError):
        return f"{reply.status}, no JSON object: {reply.body[:200]!r}"
    if may_succeed and 200 <= reply.status < 300 and content.get("code") == "OK":
        return None
    found = None
    code, message = content.get("code"), content.get("message")
    if not 400 <= reply.status < 500:
        found = "not a 4xx"
    elif code not in Reason.__members__ or Reason[code].status != reply.status:
        found = "not the status of a known code"
    elif set(content) != {"code", "message", "data", "help", "request_id"}:
        found = "not the envelope"
    elif not re.search(r"[\u4e00-\u9fff]", message or "") or len(message) > 60:
        found = "not one Chinese sentence"
    elif not isinstance(content["data"], dict):
        found = "data is no object"
    elif content["request_id"] != reply.headers["X-Request-ID"]:
        found = "not the request's id"
    elif reply.headers["Content-Type"] != "application/json; charset=utf-8":
        found = "not said to be JSON"
    elif "Retry-After" not in reply.headers and reply.status in (423, 429):
        found = "no Retry-After"
    elif code == "INVALID_INPUT" and not _are_fields(content["data"].get("fields")):
        found = "fields not named"
    return None if found is None else f"{found}: {reply.status} {reply.body.decode()[:300]}"


def _are_fields(entries: Any) -> bool:
    return bool(entries) and all(
        entry.get("field") and entry.get("code") and entry.get("message") for entry in entries
    )
