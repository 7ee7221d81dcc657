"""The SMS gateway: one-time codes and notices."""

from enum import Enum
from typing import Protocol


class SmsOutcome(Enum):
    """What became of one message."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The gateway said no; nothing was sent."""
    NOT_REACHED = "not_reached"
    """The connection failed before the request was handed over; nothing was sent."""
    UNCERTAIN = "uncertain"
    """No answer came in time; the message may yet arrive, so it is never sent again."""


class SmsGateway(Protocol):
    """Sends one message in one call and never tries a second time."""

    def send_code(self, phone: str, code: str, minutes: int) -> SmsOutcome:
        """Send ``code``, valid for ``minutes``, to a phone of 11 digits."""

    def send_notice(self, phone: str, kind: str) -> SmsOutcome:
        """Send the notice ``kind`` (``phone_changed``, ``binding_changed``) to a phone."""
