"""Verify a person by CTID (网证), the state's identity credential."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from config import Settings
from miniprogram_api.clients.guards.breaker import SourceState
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.guards.slots import SlotsFull
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.upstream import (
    NoResponse,
    Reply,
    Upstream,
    UpstreamError,
    json_object,
    require_no_server_error,
    told_by_body,
    try_twice,
)
from miniprogram_api.clients.watching.answers import OK, Told


class CtidOutcome(Enum):
    """Classify the answer of CTID."""

    PASSED = "passed"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    NO_SLOT = "no_slot"
    """Too many calls are under way; CTID was not asked."""


@dataclass(frozen=True)
class CtidAnswer:
    """Hold an outcome and CTID's request number, if any."""

    outcome: CtidOutcome
    request_id: str | None = None


class Ctid(Protocol):
    """Verify tokens; vendor failures become outcomes, never exceptions."""

    def verify(self, token: str, name: str, id_number: str) -> CtidAnswer:
        """Verify that ``token`` belongs to this person."""

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the breaker."""


# HTTP status and error with which CTID reports that it is busy or its daily limit is reached.
_OWN_REFUSALS = frozenset({(503, "busy"), (429, "limit")})


class CtidClient:
    """Call ``POST /ctid/verifications`` at CTID_BASE behind a guard.

    In: ``{"token", "name", "id_number"}``. Out: ``{"verified", "reason", "message", "serial"}``.
    429 with ``{"error": "limit"}`` and 503 with ``{"error": "busy"}`` are CTID's own refusals.
    """

    def __init__(self, settings: Settings, guards: Guards) -> None:
        self._upstream = Upstream(
            guards.answers.of("ctid", told),
            settings.ctid_base,
            timeout=settings.upstream_timeout,
            connections=settings.web_threads,
            production=settings.profile == "production",
        )
        self._guard = guards.of("ctid")

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the breaker."""
        return self._guard.state_inquiry()

    def verify(self, token: str, name: str, id_number: str) -> CtidAnswer:
        """Verify that ``token`` belongs to this person."""
        body = {"token": token, "name": name, "id_number": id_number}
        try:
            answer = self._guard.call(lambda: try_twice(lambda: self._ask(body)))
        except SlotsFull:
            return CtidAnswer(CtidOutcome.NO_SLOT)
        except UpstreamError:
            return CtidAnswer(CtidOutcome.NO_ANSWER)
        serial = answer.get("serial")
        request_id = serial if isinstance(serial, str) else None
        if answer.get("verified") is True:
            return CtidAnswer(CtidOutcome.PASSED, request_id)
        if answer.get("verified") is False:
            return CtidAnswer(CtidOutcome.REJECTED, request_id)
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
            # Ignore a ``verified`` in the body of an error.
            return {"error": answer.get("error")}
        return answer


def told(reply: Reply) -> Told:
    """Read the error, the reason of a no, and the serial."""

    def read(body: dict[str, Any]) -> Told:
        if "error" in body:
            return Told(str(body["error"]))
        code = OK if body.get("verified") is True else str(body.get("reason"))
        return Told(code, body.get("serial"))

    return told_by_body(reply, read)
