"""Verify a person by CTID (网证), the state's identity credential, in two steps.

A check begins with a serial (业务流水号) of the platform; the token that the person gets for it is
verified with it.
"""

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


@dataclass(frozen=True)
class CtidSerial:
    """Hold the number of a check at CTID and its lifetime in seconds."""

    serial: str
    expires_in: int


class Ctid(Protocol):
    """Verify tokens; vendor failures become outcomes, never exceptions."""

    def open(self) -> CtidSerial | CtidAnswer:
        """Begin a check."""

    def verify(
        self, token: str, name: str, id_number: str, serial: str | None = None
    ) -> CtidAnswer:
        """Verify that ``token`` belongs to this person, and to the check of ``serial``."""

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the breaker."""


# Of a serial that is kept.
_LONGEST_SERIAL = 128
# HTTP status and error with which CTID reports that it is busy or its daily limit is reached.
_OWN_REFUSALS = frozenset({(503, "busy"), (429, "limit")})


class CtidClient:
    """Call ``POST /ctid/serials`` and ``/ctid/verifications`` at CTID_BASE behind a guard.

    The first answers ``{"serial", "expires_in"}``. The second takes ``{"token", "name",
    "id_number", "serial"}`` and answers ``{"verified", "reason", "message", "serial"}``. 429 with
    ``{"error": "limit"}`` and 503 with ``{"error": "busy"}`` are CTID's own refusals.
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

    def open(self) -> CtidSerial | CtidAnswer:
        """Begin a check; no personal data are sent."""
        answer = self._call("/ctid/serials", {})
        if isinstance(answer, CtidAnswer):
            return answer
        serial, seconds = answer.get("serial"), answer.get("expires_in")
        is_serial = isinstance(serial, str) and 0 < len(serial) <= _LONGEST_SERIAL
        if is_serial and isinstance(seconds, int) and seconds > 0:
            return CtidSerial(str(serial), seconds)
        return CtidAnswer(CtidOutcome.NO_ANSWER)

    def verify(
        self, token: str, name: str, id_number: str, serial: str | None = None
    ) -> CtidAnswer:
        """Verify that ``token`` belongs to this person, and to the check of ``serial``."""
        body = {"token": token, "name": name, "id_number": id_number}
        if serial is not None:
            body["serial"] = serial
        answer = self._call("/ctid/verifications", body)
        if isinstance(answer, CtidAnswer):
            return answer
        number = answer.get("serial")
        request_id = number if isinstance(number, str) else None
        if answer.get("verified") is True:
            return CtidAnswer(CtidOutcome.PASSED, request_id)
        if answer.get("verified") is False:
            return CtidAnswer(CtidOutcome.REJECTED, request_id)
        return CtidAnswer(CtidOutcome.NO_ANSWER, request_id)

    def _call(self, path: str, body: dict[str, str]) -> dict[str, Any] | CtidAnswer:
        try:
            return self._guard.call(lambda: try_twice(lambda: self._ask(path, body)))
        except SlotsFull:
            return CtidAnswer(CtidOutcome.NO_SLOT)
        except UpstreamError:
            return CtidAnswer(CtidOutcome.NO_ANSWER)

    def _ask(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        response = self._upstream.send("POST", path, json=body)
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
        # The answer that opens a check has a serial and no verdict.
        is_success = body.get("verified", "serial" in body) is True
        return Told(OK if is_success else str(body.get("reason")), body.get("serial"))

    return told_by_body(reply, read)
