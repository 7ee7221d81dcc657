"""The probe of registration: why the last attempt did not create an account."""

import re
from dataclasses import replace

from faq.diagnosis import buttons
from faq.diagnosis.observations import Observation, Probe, finding_of, past, sentence_of
from faq.diagnosis.probes.codes import wrong_code
from faq.diagnosis.probes.identities import IDENTITY_CHECK
from faq.diagnosis.record import IDENTITY_ATTEMPTS, IDENTITY_SOURCE, WINDOWS, Record
from miniprogram_api.reasons import Reason
from miniprogram_api.sign_in import sign_in_states

# These words report a failed attempt instead of asking how to register.
_FAILED = re.compile(
    "不了|不上|不成|不过|不行|不到|失败|报错|出错|提示|错误|为什么|为啥|咋|没成|没通过"
)
# Questions about companies do not concern a synced account.
_COMPANY = re.compile("公司|企业|执照|法人|法定代表人|股东|监事|高管|开店")


def _observe(record: Record) -> list[Observation]:
    """Report the last registration with its code and identity check."""
    if record.account is not None:
        return []
    if record.about.is_about(Reason.ALREADY_REGISTERED):
        # The question is about an unknown account, not a failed check.
        is_own = _COMPANY.search(record.question) is None
        return [replace(one, settles=is_own) for one in _refused(record)]
    has_failed = _FAILED.search(record.question) is not None
    seen = [*_refused(record), *IDENTITY_CHECK.observe(record)]
    if has_failed:
        seen += wrong_code(record)
    return [replace(one, settles=has_failed and one.decides) for one in seen]


def _refused(record: Record) -> list[Observation]:
    note = record.last_note(Reason.ALREADY_REGISTERED, Reason.ACTIVATION_REQUIRED)
    if note is None or not sign_in_states.holds(note):
        return []
    refused = note.refused(record.now)
    message = f"{past(note.at)} {sentence_of(refused)}"
    if note.reason is Reason.ACTIVATION_REQUIRED:
        if record.about.is_about(Reason.ALREADY_REGISTERED):
            message += "资料是从原来的系统同步来的，一般不是别人注册的。"
        finding = finding_of(refused, message)
        return [Observation(finding, note.at, refused, True, (buttons.ACTIVATE,))]
    finding = finding_of(refused, message)
    actions = (buttons.SIGN_IN, buttons.RESET_PASSWORD)
    return [Observation(finding, note.at, refused, True, actions, state="registered")]


REGISTRATION = Probe(
    "registration",
    "注册",
    "上次注册为什么没成：已经注册过、等待激活，或四要素没有通过。",
    _observe,
    asks=(IDENTITY_SOURCE, IDENTITY_ATTEMPTS, WINDOWS),
)
