"""Check whether the four identity elements belong together."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Protocol

from tencentcloud.faceid.v20180301.faceid_client import FaceidClient

from config import Settings
from miniprogram_api.clients.guards.breaker import SourceState
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.guards.slots import SlotsFull
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.tencent import TencentCloud, VendorError, told
from miniprogram_api.clients.upstream import UpstreamError, try_twice


class IdentityOutcome(Enum):
    """List the results of CheckIdNameDate (Tencent Cloud FaceID, 2018-03-01), and no answer."""

    MATCH = 0
    MISMATCH = -1
    BAD_NUMBER = -2
    BAD_NAME = -3
    BAD_PERIOD = -4
    INVALID = -5
    SOURCE_ERROR = -6
    NO_RECORD = -7
    DAILY_LIMIT = -8
    NO_ANSWER = -99
    """Time-out, failed connection, unreadable answer or open breaker."""
    NO_SLOT = -98
    """Too many calls are under way; the source was not asked."""

    @property
    def is_real_answer(self) -> bool:
        """Return whether the source judged the person; only these count as an attempt."""
        return self in _REAL_ANSWERS


_REAL_ANSWERS = frozenset(
    {
        IdentityOutcome.MATCH,
        IdentityOutcome.MISMATCH,
        IdentityOutcome.INVALID,
        IdentityOutcome.NO_RECORD,
    }
)


@dataclass(frozen=True)
class IdentityAnswer:
    """Hold an outcome and the source's request number, if any."""

    outcome: IdentityOutcome
    request_id: str | None = None


class PhoneOwner(Enum):
    """Classify the answer of PhoneVerification: in whose name a phone is."""

    SAME = "0"
    OTHER = "-4"
    UNKNOWN = "unknown"
    """No record, a number that cannot be checked, or no answer."""


class IdentitySource(Protocol):
    """Check identities; vendor failures become outcomes, never exceptions."""

    name: str

    def check(
        self, name: str, id_number: str, valid_from: date, valid_until: date | None
    ) -> IdentityAnswer:
        """Check the four elements; ``valid_until`` is None for 长期."""

    def phone_owner(self, name: str, id_number: str, phone: str) -> PhoneOwner:
        """Ask in whose name a phone of 11 digits is; never retried."""

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the breaker."""


# The form of 长期 in CheckIdNameDate.
LONG_TERM = "00000000"

# Errors of the whole call that mean the same as one of the nine results.
_OUTCOME_OF_ERROR = {
    "FailedOperation.IdFormatError": IdentityOutcome.BAD_NUMBER,
    "FailedOperation.NameFormatError": IdentityOutcome.BAD_NAME,
    "FailedOperation.IdentityAuthLimitExceeded": IdentityOutcome.DAILY_LIMIT,
    "FailedOperation.RequestLimitExceeded": IdentityOutcome.SOURCE_ERROR,
    "FailedOperation.UnKnown": IdentityOutcome.SOURCE_ERROR,
    "InternalError": IdentityOutcome.SOURCE_ERROR,
    "InternalError.UnKnown": IdentityOutcome.SOURCE_ERROR,
    "RequestLimitExceeded": IdentityOutcome.SOURCE_ERROR,
}
_OUTCOME_OF_RESULT = {
    str(outcome.value): outcome
    for outcome in IdentityOutcome
    if outcome not in (IdentityOutcome.NO_ANSWER, IdentityOutcome.NO_SLOT)
}


# -9 no record, -11 busy, -12 daily limit, -13 a range that is not supported.
_OWNERS = {owner.value: owner for owner in (PhoneOwner.SAME, PhoneOwner.OTHER)}


class TencentIdentity:
    """Call CheckIdNameDate of Tencent Cloud FaceID (2018-03-01) behind a guard."""

    name = "tencent-faceid"

    def __init__(self, settings: Settings, guards: Guards) -> None:
        self._cloud = TencentCloud(
            settings,
            guards.answers.of("identity", told),
            settings.tencentcloud_faceid_endpoint,
            settings.upstream_timeout,
            FaceidClient,
        )
        self._guard = guards.of("identity")
        # Apart, because it only warns: its failures must not stop the other check.
        self._phone_guard = guards.of("identity", "phone-owner")

    def check(
        self, name: str, id_number: str, valid_from: date, valid_until: date | None
    ) -> IdentityAnswer:
        """Check the four elements; ``valid_until`` is None for 长期."""
        parameters = {
            "Name": name,
            "IdCard": id_number,
            "ValidityBegin": f"{valid_from:%Y%m%d}",
            "ValidityEnd": f"{valid_until:%Y%m%d}" if valid_until else LONG_TERM,
        }
        try:
            answer = self._guard.call(
                lambda: try_twice(lambda: self._cloud.call("CheckIdNameDate", parameters))
            )
        except SlotsFull:
            return IdentityAnswer(IdentityOutcome.NO_SLOT)
        except UpstreamError:
            return IdentityAnswer(IdentityOutcome.NO_ANSWER)
        except VendorError as error:
            outcome = _OUTCOME_OF_ERROR.get(error.code, IdentityOutcome.NO_ANSWER)
            return IdentityAnswer(outcome, error.request_id)
        outcome = _OUTCOME_OF_RESULT.get(str(answer.get("Result")), IdentityOutcome.NO_ANSWER)
        return IdentityAnswer(outcome, answer.get("RequestId"))

    def phone_owner(self, name: str, id_number: str, phone: str) -> PhoneOwner:
        """Ask in whose name a phone is (PhoneVerification)."""
        parameters = {"Name": name, "IdCard": id_number, "Phone": phone}
        try:
            answer = self._phone_guard.call(
                lambda: self._cloud.call("PhoneVerification", parameters)
            )
        except (SlotsFull, UpstreamError, VendorError):
            return PhoneOwner.UNKNOWN
        return _OWNERS.get(str(answer.get("Result")), PhoneOwner.UNKNOWN)

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the breaker."""
        return self._guard.state_inquiry()
