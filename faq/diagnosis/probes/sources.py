"""The probe of the sources that an operator switched off."""

from faq.diagnosis import refusal_buttons
from faq.diagnosis.observations import Observation, Probe, finding_of, sentence_of
from faq.diagnosis.record import Record
from miniprogram_api.phones import sms_code_refusals
from miniprogram_api.reasons import Reason, Refused

# By probes that are attached to the same entry.
_SOURCES = (
    (("sms_codes", "number_range", "activation_phone"), ("sms",)),
    (("identity_check", "face_check"), ("identity", "face", "ctid")),
)


def _observe(record: Record) -> list[Observation]:
    for probes, sources in _SOURCES:
        if any(map(record.entry.attaches, probes)):
            return switched_off(record, *sources)
    return []


def switched_off(record: Record, *sources: str) -> list[Observation]:
    """Report those of the sources that are off."""
    off = record.off
    return [_off(record, source, off[source]) for source in sources if source in off]


def _off(record: Record, source: str, refused: Refused) -> Observation:
    finding = finding_of(refused, sentence_of(refused), data={"source": source})
    cause, is_sms = refused, refused.reason is Reason.SMS_UNAVAILABLE
    if is_sms and record.activation is not None:
        cause = sms_code_refusals.unavailable(sms_code_refusals.ACTIVATE)
    return Observation(
        finding,
        record.now,
        cause,
        _is_needed_next(record, source),
        (refusal_buttons.WINDOWS,),
        hidden=refusal_buttons.HIDDEN_WITHOUT_SOURCE[source],
        state="gateway_down" if is_sms else None,
    )


def _is_needed_next(record: Record, source: str) -> bool:
    """Return whether the asker needs the source next: the face follows the four elements."""
    if source == "ctid":
        return False
    return source == "sms" or (source == "face") == (record.account is not None)


SOURCES = Probe(
    "sources",
    _observe,
    for_visitors=True,
)
