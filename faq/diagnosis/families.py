"""The probes by name, and what a published family of entries asks for."""

from collections.abc import Callable, Mapping

from faq.content.entries import Content, Entry
from faq.content.talk import Condition, Family, QuestionBack
from faq.diagnosis.asker_states import filled
from faq.diagnosis.observations import Probe
from faq.diagnosis.probes.accounts import ACCOUNT_STATE, AUTHORISATION, SIGN_IN
from faq.diagnosis.probes.activations import ACTIVATION_PHONE, CLIENT_REPORTS
from faq.diagnosis.probes.codes import SMS_CODES
from faq.diagnosis.probes.faces import FACE_CHECK, IDENTITY_DATES
from faq.diagnosis.probes.gateways import GATEWAY
from faq.diagnosis.probes.identities import CARD_TERM, IDENTITY_CHECK, NAME_SYMBOL
from faq.diagnosis.probes.matters import MATTERS
from faq.diagnosis.probes.phone_owners import PHONE_OWNER
from faq.diagnosis.probes.ranges import NUMBER_RANGE, unsupported_now
from faq.diagnosis.probes.registrations import REGISTRATION
from faq.diagnosis.probes.sources import SOURCES
from faq.diagnosis.questions import is_answered
from faq.diagnosis.record import Record
from faq.language.grammar import compact
from miniprogram_api.reasons import Reason

PROBES: dict[str, Probe] = {
    probe.name: probe
    for probe in (
        NUMBER_RANGE,
        PHONE_OWNER,
        SMS_CODES,
        ACCOUNT_STATE,
        ACTIVATION_PHONE,
        SIGN_IN,
        REGISTRATION,
        IDENTITY_CHECK,
        CARD_TERM,
        NAME_SYMBOL,
        FACE_CHECK,
        IDENTITY_DATES,
        CLIENT_REPORTS,
        SOURCES,
        GATEWAY,
        AUTHORISATION,
        MATTERS,
    )
}

_CODE_STEP = (Reason.SMS_CODE_WRONG, Reason.SMS_CODE_EXPIRED, Reason.SMS_CODE_USED)


def family_of(content: Content, entry: Entry) -> Family | None:
    """Return the family whose wordings match an entry."""
    return next((family for family in content.families if entry.slug in family.named), None)


def is_open(family: Family, entry: Entry, question: str) -> bool:
    """Return whether a wording that matches an entry may mean another one of the family."""
    words = family.open.get(entry.slug)
    text = compact(question)
    return words is not None and not any(compact(word) in text for word in words)


def question_of(family: Family, record: Record, content: Content) -> QuestionBack | None:
    """Return the question of a family that fits the record; None if the wording answers it."""
    values = _values(record)
    for name in family.questions:
        asked = content.question(name)
        if asked is None or not all(_HOLDS[c](record) for c in asked.when):
            continue
        text = filled(asked.text, values)
        if text is None or is_answered(asked, record.question):
            return None
        return asked.model_copy(update={"text": text})
    return None


def _values(record: Record) -> Mapping[str, str]:
    """Return the values of the placeholders in questions."""
    under_way = record.activation
    phone = None if under_way is None else under_way.phone
    closed = "、".join(number_range.prefix for number_range in unsupported_now(record.now))
    return {
        **({} if phone is None else {"tail": phone[-2:]}),
        **({"segment": closed} if closed else {}),
    }


def _has_no_phone(record: Record) -> bool:
    """Return whether no phone of the asker is known, nor that a code arrived."""
    if record.phone is not None:
        return False
    return not any(n.phone is not None or n.reason in _CODE_STEP for n in record.notes.values())


_HOLDS: dict[Condition, Callable[[Record], bool]] = {
    "no_account": lambda record: record.account is None,
    "no_phone": _has_no_phone,
    "closed_ranges": lambda record: bool(unsupported_now(record.now)),
    "activating": lambda record: record.activation is not None,
}
