"""The probe of number ranges: of the phone refused, of the one on record, of those named."""

import re
from datetime import datetime, timedelta

from faq.diagnosis import observations as says
from faq.diagnosis.findings import Finding
from faq.diagnosis.observations import Observation, Probe, finding_of, past, told
from faq.diagnosis.questions import in_digits
from faq.diagnosis.record import Record
from miniprogram_api import masking, number_ranges
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sentences import day_in_words
from miniprogram_api.sms_code_states import range_refusal

# A question that names more is about something else.
MOST_NAMED = 2

_CASE = Reason.PHONE_SEGMENT_UNSUPPORTED.case
# The beginning of a number, or all of it; not the middle of an ID number.
_NAMED = re.compile(r"(?<!\d)(1[3-9]\d{1,5})\d{0,4}(?!\d)")


def _look(record: Record) -> list[Observation]:
    seen = [*_refused_phone(record), *_phones_on_record(record)]
    if seen or record.about.case != _CASE:
        return seen
    return _named(record) or [_all(record)]


def _refused_phone(record: Record) -> list[Observation]:
    note = record.notes.get(Reason.PHONE_SEGMENT_UNSUPPORTED)
    if note is None or note.phone is None:
        return []
    phone = masking.phone(note.phone)
    refused = range_refusal(note.phone)
    if refused is not None:
        return [_closed(refused, f"{past(note.at)} 您用的 {phone}：", note.at, phone)]
    message = f"{phone} 的号段已经开通，现在可以用了，请重新获取验证码。"
    finding = Finding("number_range_supported", message, "info", {"phone": phone})
    return [Observation(finding, note.at, actions=(says.SEND_AGAIN,))]


def _phones_on_record(record: Record) -> list[Observation]:
    on_record = [holder.phone for holder in (record.activation, record.account) if holder]
    # Whatever he did since yesterday says more than a state that lasts.
    at = record.now - timedelta(days=1)
    return [
        _closed(refused, f"登记的手机号 {masking.phone(phone)}：", at, masking.phone(phone))
        for phone in dict.fromkeys(filter(None, on_record))
        if (refused := range_refusal(phone)) is not None
    ]


def _named(record: Record) -> list[Observation]:
    seen = []
    for prefix in [*dict.fromkeys(_NAMED.findall(in_digits(record.question)))][:MOST_NAMED]:
        refused = range_refusal(prefix)
        if refused is not None:
            seen.append(_closed(refused, "", record.now, None))
            continue
        opened = "已经开通，" if number_ranges.find(prefix) is not None else ""
        seen.append(_open(record, f"{prefix[:3]}号段{opened}可以注册和收验证码。", prefix[:3]))
    return seen


def _all(record: Record) -> Observation:
    """What is not supported yet, for a question about ranges that names none."""
    ranges = unsupported_now(record.now)
    if not ranges:
        return _open(record, "现在没有暂不支持的号段，您的手机号可以直接注册。", None)
    names = "、".join(
        r.prefix
        if r.supported_from is None
        else f"{r.prefix}（预计{day_in_words(r.supported_from)}起可用）"
        for r in ranges
    )
    message = f"现在暂不支持的号段：{names}；其他号段都可以用。"
    data = {"segments": [r.prefix for r in ranges]}
    return Observation(Finding("number_ranges_closed", message, "info", data), record.now, _CASE)


def unsupported_now(now: datetime) -> list[number_ranges.NumberRange]:
    """The ranges that are not supported on this day."""
    return [r for r in number_ranges.list_ranges() if r.is_unsupported_on(now.date())]


def _closed(refused: Refused, before: str, at: datetime, phone: str | None) -> Observation:
    data = {} if phone is None else {"phone": phone}
    finding = finding_of(refused, before + told(refused), data=data)
    # A range that is merely named does not say that he uses it.
    return Observation(finding, at, refused.case, phone is not None, (says.REGISTER,))


def _open(record: Record, message: str, segment: str | None) -> Observation:
    data = {} if segment is None else {"segment": segment}
    return Observation(Finding("number_range_supported", message, "info", data), record.now)


NUMBER_RANGE = Probe(
    "number_range", "号段", "手机号是不是暂不支持的号段，什么时候开通。", _look, for_visitors=True
)
