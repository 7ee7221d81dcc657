"""CTID (网证): the state's own identity credential, a way round a failing face check."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from config import Settings
from miniprogram_api.clients.breaker import Breaker, SourceState
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.redis_server import RedisServer
from miniprogram_api.clients.upstream import (
    NoResponse,
    Upstream,
    UpstreamError,
    json_object,
    log,
    require_no_server_error,
    try_twice,
)


class CtidOutcome(Enum):
    """What CTID said of a token."""

    PASSED = "passed"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class CtidAnswer:
    outcome: CtidOutcome
    request_id: str | None = None


class Ctid(Protocol):
    """Answers one verification; never raises for anything that the outside does."""

    def verify(self, token: str, name: str, id_number: str) -> CtidAnswer:
        """Whether ``token`` proves that its holder is this person."""

    def watching(self) -> Inquiry[SourceState]:
        """Whether CTID is asked now."""


# HTTP status and error with which the source itself says that it is busy or the day is used up.
_OWN_REFUSALS = frozenset({(503, "busy"), (429, "limit")})


class CtidClient:
    """``POST /ctid/verifications`` at CTID_BASE, behind a breaker over all workers.

    In: ``{"token", "name", "id_number"}``. Out: ``{"verified", "reason", "message", "serial"}``;
    429 and 503 with ``{"error": "limit"}`` and ``{"error": "busy"}`` are its own refusals.
    """

    def __init__(self, settings: Settings, server: RedisServer) -> None:
        self._upstream = Upstream(
            "ctid",
            settings.ctid_base,
            timeout=settings.upstream_timeout,
            connections=settings.web_threads,
            production=settings.profile == "production",
        )
        self._breaker = Breaker(server, "ctid", settings.breaker_failures, settings.breaker_seconds)

    def watching(self) -> Inquiry[SourceState]:
        """Whether CTID is asked now."""
        return self._breaker.watching()

    def verify(self, token: str, name: str, id_number: str) -> CtidAnswer:
        """Whether ``token`` proves that its holder is this person."""
        body = {"token": token, "name": name, "id_number": id_number}
        try:
            answer = self._breaker.call(lambda: try_twice(lambda: self._ask(body)))
        except UpstreamError:
            return CtidAnswer(CtidOutcome.NO_ANSWER)
        serial = answer.get("serial")
        request_id = serial if isinstance(serial, str) else None
        if answer.get("verified") is True:
            return CtidAnswer(CtidOutcome.PASSED, request_id)
        if answer.get("verified") is False:
            return CtidAnswer(CtidOutcome.REJECTED, request_id)
        log.warning("vendor_error", upstream="ctid", code=str(answer.get("error")))
        return CtidAnswer(CtidOutcome.NO_ANSWER, request_id)

    def _ask(self, body: dict[str, str]) -> dict[str, Any]:
        response = self._upstream.send("POST", "/ctid/verifications", json=body)
        try:
            answer = json_object(response)
        except NoResponse:
            require_no_server_error(response)
            raise
        if (response.status_code, answer.get("error")) not in _OWN_REFUSALS:
            require_no_server_error(response)
        if response.status_code != 200:
            # Whatever else stands in a refusal, it verifies nobody.
            return {"error": answer.get("error")}
        return answer
