"""What became of one SMS, and the Protocol of the gateways."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from miniprogram_api.clients.guards.breaker import BreakerOpen, SourceState
from miniprogram_api.clients.guards.slots import SlotsFull
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.sms.reports import Report, SentMessage
from miniprogram_api.clients.upstream import (
    NotReached,
    SandboxAnswered,
    ServerError,
    UpstreamError,
)


class SmsOutcome(Enum):
    """Classify the result of sending one message."""

    ACCEPTED = "accepted"
    NUMBER_BLOCKED = "blocked"
    """The number is on a list of the vendor or the carrier, such as after an unsubscription."""
    NUMBER_WRONG = "wrong"
    """The number does not exist or is foreign; no vendor can send to it."""
    RATE = "limited"
    """The vendor's limit of messages; it ends by itself."""
    OPERATOR = "operator"
    """Balance, template, signature or authorisation: only the operator can help."""
    FAILED = "refused"
    """The gateway has a fault of its own; it took nothing."""
    NOT_REACHED = "not_reached"
    """The connection failed before the request was sent, or the breaker is open."""
    NO_SLOT = "no_slot"
    """Too many calls are under way; nothing was sent."""
    UNCERTAIN = "uncertain"
    """No answer in time; the message may still arrive, so it is never sent again."""


OF_NUMBER = (SmsOutcome.NUMBER_BLOCKED, SmsOutcome.NUMBER_WRONG)


@dataclass(frozen=True, slots=True)
class SmsResult:
    """What a vendor answered to one message."""

    outcome: SmsOutcome
    vendor: str = ""
    serial: str = ""
    """The vendor's number of an accepted message, by which its delivery report is known."""
    code: str = ""
    """The vendor's code of a refusal."""
    retry_after: int = 0
    """Seconds until a limit ends, with the outcome RATE."""


def of_failure(failure: UpstreamError) -> SmsOutcome:
    """Return the outcome of a call that got no answer which could be read."""
    if isinstance(failure, ServerError):
        return SmsOutcome.FAILED
    if isinstance(failure, SlotsFull):
        return SmsOutcome.NO_SLOT
    if isinstance(failure, (NotReached, SandboxAnswered, BreakerOpen)):
        return SmsOutcome.NOT_REACHED
    return SmsOutcome.UNCERTAIN


class SmsGateway(Protocol):
    """Send each message once, without retries."""

    def send_code(self, phone: str, code: str, minutes: int) -> SmsResult:
        """Send ``code``, valid for ``minutes``, to a phone of 11 digits."""

    def send_notice(self, phone: str, kind: str, *parameters: str) -> SmsResult:
        """Send the notice ``kind``, a name in the settings after ``sms_template_``.

        ``matter_lost`` takes the reason, ``matter_ended`` the end as its parameter.
        """

    def reports(self, missing: Sequence[SentMessage]) -> list[Report]:
        """Fetch what carriers reported, also of messages that are not ``missing``; [] on a fault.

        Each report may be told once.
        """

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the breaker."""
