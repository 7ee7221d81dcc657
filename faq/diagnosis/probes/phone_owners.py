"""The probe of the phone's holder: whether the service compares the phone with the person."""

from faq.diagnosis import refusal_buttons
from faq.diagnosis.findings import Finding
from faq.diagnosis.observations import Observation, Probe
from faq.diagnosis.record import Record
from miniprogram_api.phones import owner
from miniprogram_api.texts import text

_STATE = "phone_owner_checked"


def _observe(record: Record) -> list[Observation]:
    if not owner.is_checked(record.services):
        return []
    finding = Finding(_STATE, text("findings.phone_owners.checked"), "info", {})
    way = refusal_buttons.REGISTER if record.account is None else refusal_buttons.CHANGE_PHONE
    return [Observation(finding, record.now, _STATE, actions=(way,), state=_STATE)]


PHONE_OWNER = Probe("phone_owner", _observe, for_visitors=True)
