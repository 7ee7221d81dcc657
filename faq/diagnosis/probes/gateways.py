"""The probe of the SMS gateway: whether it fails for other users, too."""

from faq.diagnosis import refusal_buttons
from faq.diagnosis.findings import Finding
from faq.diagnosis.observations import Observation, Probe
from faq.diagnosis.record import Record
from miniprogram_api.phones import sms_code_refusals
from miniprogram_api.reasons import Refused
from miniprogram_api.texts import text
from miniprogram_api.texts.sentences import past


def _observe(record: Record) -> list[Observation]:
    since = record.gateway_failing_since
    if since is None:
        return []
    time = past(since)
    message = text("findings.common.gateway_failing", time=time)
    data = {"since": since.isoformat(timespec="seconds")}
    return [
        Observation(
            Finding("sms_gateway_failing", message, "block", data),
            since,
            failing_for(record),
            True,
            (refusal_buttons.SEND_AGAIN,),
            state="gateway_down",
            values={"time": time},
        )
    ]


def failing_for(record: Record) -> Refused:
    """Return the refusal that the failing gateway means for the asker's next code."""
    purpose = "" if record.activation is None else sms_code_refusals.ACTIVATE
    return sms_code_refusals.unavailable(purpose)


GATEWAY = Probe("sms_gateway", _observe, for_visitors=True)
