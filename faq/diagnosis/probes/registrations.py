"""The probe of registration: why the last attempt did not create an account."""

from dataclasses import replace

from faq.diagnosis import refusal_buttons
from faq.diagnosis.observations import Observation, Probe, dated_sentence, finding_of, sentence_of
from faq.diagnosis.probes.codes import wrong_code
from faq.diagnosis.probes.identities import IDENTITY_CHECK
from faq.diagnosis.record import IDENTITY_ATTEMPTS, IDENTITY_SOURCE, WINDOWS, Record
from miniprogram_api.reasons import Reason
from miniprogram_api.sign_in import sign_in_states
from miniprogram_api.texts import text


def _observe(record: Record) -> list[Observation]:
    """Report the last registration with its code and identity check."""
    if record.account is not None:
        return []
    if record.entry.is_about(Reason.ALREADY_REGISTERED):
        # The question is about an unknown account, not a failed check.
        return _refused(record)
    seen = [*_refused(record), *IDENTITY_CHECK.observe(record), *wrong_code(record)]
    return [replace(observation, settles=False) for observation in seen]


def _refused(record: Record) -> list[Observation]:
    note = record.last_note(Reason.ALREADY_REGISTERED, Reason.ACTIVATION_REQUIRED)
    if note is None or not sign_in_states.holds(note):
        return []
    refused = note.refused(record.now)
    message = dated_sentence(note.at, sentence_of(refused))
    if note.reason is Reason.ACTIVATION_REQUIRED:
        if record.entry.is_about(Reason.ALREADY_REGISTERED):
            message += text("findings.registration.synced")
        finding = finding_of(refused, message)
        return [Observation(finding, note.at, refused, True, (refusal_buttons.ACTIVATE,))]
    finding = finding_of(refused, message)
    actions = (refusal_buttons.SIGN_IN, refusal_buttons.RESET_PASSWORD)
    return [Observation(finding, note.at, refused, True, actions, state="registered")]


REGISTRATION = Probe(
    "registration",
    _observe,
    asks=(IDENTITY_SOURCE, IDENTITY_ATTEMPTS, WINDOWS),
)
