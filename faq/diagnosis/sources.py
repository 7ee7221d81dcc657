"""The probe of the sources that an operator switched off."""

from faq.diagnosis import buttons
from faq.diagnosis.observations import Observation, Probe, finding_of, sentence_of
from faq.diagnosis.record import Record
from miniprogram_api.phones import sms_code_refusals
from miniprogram_api.reasons import Reason, Refused

_SMS = frozenset({1, 2, 5, 11, 15})
_VERIFICATION = frozenset({4, 10, 12, 13, 14, 16})


def _observe(record: Record) -> list[Observation]:
    case = record.about.case
    if case in _SMS:
        return switched_off(record, "sms")
    if case in _VERIFICATION:
        return switched_off(record, "identity", "face", "ctid")
    return []


def switched_off(record: Record, *sources: str) -> list[Observation]:
    """Report those of the sources that are off."""
    off = record.off
    return [_off(record, source, off[source]) for source in sources if source in off]


def _off(record: Record, source: str, refused: Refused) -> Observation:
    finding = finding_of(refused, sentence_of(refused), data={"source": source})
    case = refused.case
    if refused.reason is Reason.SMS_UNAVAILABLE and record.activation is not None:
        case = sms_code_refusals.unavailable(sms_code_refusals.ACTIVATE).case
    return Observation(
        finding,
        record.now,
        case,
        _is_needed_next(record, source),
        (buttons.WINDOWS,),
        hidden=buttons.HIDDEN_WITHOUT_SOURCE[source],
    )


def _is_needed_next(record: Record, source: str) -> bool:
    """Return whether the asker needs the source next: the face follows the four elements."""
    if source == "ctid":
        return False
    return source == "sms" or (source == "face") == (record.account is not None)


SOURCES = Probe(
    "sources",
    "来源停用",
    "短信、核验、刷脸、网证是否被停用，公告怎么说。",
    _observe,
    for_visitors=True,
)
