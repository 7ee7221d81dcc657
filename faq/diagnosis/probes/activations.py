"""Probes of activation: the registered phone and the client's reports."""

import re
from dataclasses import replace
from datetime import datetime

from faq.diagnosis import refusal_buttons
from faq.diagnosis.findings import Finding
from faq.diagnosis.observations import (
    Observation,
    Probe,
    dated_sentence,
    finding_of,
    sentence_of,
)
from faq.diagnosis.probes.identities import IDENTITY_CHECK
from faq.diagnosis.record import IDENTITY_ATTEMPTS, IDENTITY_SOURCE, Record
from faq.diagnosis.refusal_buttons import Button
from miniprogram_api import masking
from miniprogram_api.access.refusals import Note
from miniprogram_api.enrolment import activation_states
from miniprogram_api.enrolment.activation_states import ToActivate, UnderWay
from miniprogram_api.operations import client_reports
from miniprogram_api.phones import sms_code_refusals
from miniprogram_api.reasons import Reason
from miniprogram_api.texts import text
from miniprogram_api.texts.sentences import past

_PROBE = "activation_phone"
# Steps as the mini program names them in reports.
_PASSWORD_STEP = re.compile("passw|mima", re.IGNORECASE)
_ACTIVATION_STEP = re.compile("activ|jihuo", re.IGNORECASE)


def _activation_phone(record: Record) -> list[Observation]:
    """Compare the submitted phone with the registered one, which may have changed since."""
    under_way = record.activation
    note = record.notes.get(Reason.PHONE_NOT_ON_RECORD)
    if under_way is None and record.account is not None:
        # Signed in, so the account is active.
        return _active(record, record.now, text("findings.activation.signed_in"), decides=False)
    if under_way is not None and under_way.is_phone_proved:
        note = None
    seen = _refused_steps(record)
    if note is not None and "ticket" in note.details:
        wrong = _wrong_phone(record, note)
        if wrong is not None:
            return [wrong, *seen]
    if under_way is None:
        return seen
    if under_way.phone is None:
        message = text("findings.activation.without_phone")
        finding = Finding("activation_without_phone", message, "block")
        cause = Reason.PHONE_NOT_ON_RECORD.name
        return [
            Observation(
                finding, under_way.started_at, cause, True, (refusal_buttons.CORRECT_PHONE,)
            )
        ]
    tail = under_way.phone[-2:]
    message = text("findings.activation.under_way", tail=tail)
    if under_way.is_phone_proved:
        message = text("findings.activation.password_left")
    finding = Finding("activation_under_way", message, "info", {"phone_hint": tail})
    step = Observation(
        finding,
        under_way.started_at,
        Reason.ACTIVATION_REQUIRED.name,
        True,
        (refusal_buttons.ACTIVATE,),
        state="activating",
        values={"tail": tail},
    )
    refused = _refused_elements(record, under_way) if under_way.is_phone_proved else []
    if refused:
        return refused
    if under_way.is_phone_proved:
        waits = record.entry.is_about(Reason.SMS_UNAVAILABLE)
        step = replace(step, settles=waits, state="password_step_left")
    return [step]


def _refused_elements(record: Record, under_way: UnderWay) -> list[Observation]:
    """Report why the last step was refused; setting the password would repeat that check."""
    # A second round trip to Redis, only for the few at this step.
    record.fetch((IDENTITY_ATTEMPTS, IDENTITY_SOURCE))
    seen = [o for o in IDENTITY_CHECK.observe(record) if o.decides and o.at > under_way.started_at]
    is_meant = record.entry.attaches(_PROBE)
    return [replace(observation, settles=True) for observation in seen] if is_meant else seen


def _refused_steps(record: Record) -> list[Observation]:
    """Report the last failed activation unless another one is in progress."""
    note = record.last_note(Reason.ALREADY_ACTIVE, Reason.ACTIVATION_EXPIRED)
    if note is None:
        return []
    under_way = record.activation
    is_expired = note.reason is Reason.ACTIVATION_EXPIRED
    if under_way is not None and (is_expired or under_way.started_at >= note.at):
        return []
    refused = note.refused(record.now)
    if is_expired:
        finding = finding_of(refused, dated_sentence(note.at, sentence_of(refused)))
        return [Observation(finding, note.at, refused, True, (refusal_buttons.ACTIVATE,))]
    if note.account_id is not None and not activation_states.is_active(note.account_id):
        return []
    return _active(
        record,
        note.at,
        sentence_of(refused),
        refusal_buttons.SIGN_IN,
        refusal_buttons.RESET_PASSWORD,
    )


def _active(
    record: Record, at: datetime, message: str, *actions: Button, decides: bool = True
) -> list[Observation]:
    """Report that there is nothing to activate; `decides`: whatever the wording."""
    if not record.entry.attaches(_PROBE):
        return []
    finding = Finding("already_active", message, "info")
    # The entries describe an inactive account.
    state = "nothing_to_activate"
    return [Observation(finding, at, state, decides, actions, settles=decides, state=state)]


def _wrong_phone(record: Record, note: Note) -> Observation | None:
    refused = note.refused(record.now)
    on_record: ToActivate | None = record.activation
    if on_record is None and note.account_id is not None:
        on_record = activation_states.to_activate(note.account_id)
        if on_record is None:
            # Activated or deleted since: phones are no longer compared.
            return None
    if on_record is not None and _was_sent_to(record, on_record, note.at):
        return None
    data: dict[str, str] = {}
    sentence = sentence_of(refused)
    message = text("findings.activation.wrong_phone", time=past(note.at), said=sentence)
    if note.phone is not None:
        data["phone"] = masking.phone(note.phone)
        if on_record is not None:
            refusal = on_record.refusal_of(note.phone)
            if refusal is None:
                return _right_phone(note, data)
            refused = refusal
        message = text(
            "findings.activation.wrong_number",
            time=past(note.at),
            phone=data["phone"],
            said=sentence_of(refused),
        )
    finding = finding_of(refused, message, data=data)
    seen = Observation(finding, note.at, refused, True, (refusal_buttons.CORRECT_PHONE,))
    if on_record is None or on_record.phone is None:
        return seen
    return replace(seen, state="activating", values={"tail": on_record.phone[-2:]})


def _was_sent_to(record: Record, on_record: ToActivate, since: datetime) -> bool:
    return any(code.phone == on_record.phone and code.sent_at > since for code in record.codes)


def _right_phone(note: Note, data: dict[str, str]) -> Observation:
    message = text("findings.activation.right_phone", phone=data["phone"])
    finding = Finding("activation_phone_matches", message, "info", data)
    return Observation(
        finding, note.at, Reason.ACTIVATION_REQUIRED.name, True, (refusal_buttons.ACTIVATE,)
    )


def _client_reports(record: Record) -> list[Observation]:
    """Report the newest relevant client report of each kind."""
    newest = {report.kind: report for report in reversed(record.reports)}
    seen = (_report(record, report) for report in newest.values())
    return [observation for observation in seen if observation is not None]


def _report(record: Record, report: client_reports.Report) -> Observation | None:
    at = past(report.at)
    if report.kind == "network":
        if succeeded_since(record, report):
            message = text("findings.reports.network_over", time=at)
            return Observation(Finding("reported_network", message, "info"), report.at)
        activating = record.activation is not None and record.activation.started_at <= report.at
        if activating or (record.account is None and _ACTIVATION_STEP.search(report.step)):
            message = text("findings.reports.activation", time=at)
            finding = Finding("activation_network_failed", message, "warn")
            return Observation(
                finding,
                report.at,
                sms_code_refusals.unavailable(sms_code_refusals.ACTIVATE),
                True,
                (refusal_buttons.NETWORK_AGAIN, refusal_buttons.REPORT),
                state="network_failed",
                values={"time": at},
            )
        message = text("findings.reports.network", time=at)
        return Observation(Finding("reported_network", message, "info"), report.at)
    reason = _REPORTED.get(report.kind)
    if reason is None or not record.entry.is_about(reason):
        return None
    message = text(f"findings.reports.{report.kind}", time=at)
    return Observation(Finding(f"reported_{report.kind}", message, "info"), report.at)


def succeeded_since(record: Record, report: client_reports.Report) -> bool:
    """Return whether a code was sent or the failed step was completed after a report."""
    if any(code.sent_at > report.at for code in record.codes):
        return True
    under_way = record.activation
    if under_way is None or not under_way.is_phone_proved:
        return False
    return _PASSWORD_STEP.search(report.step) is None


_REPORTED = {"sms": Reason.SMS_UNAVAILABLE, "face": Reason.FACE_NOT_FINISHED}

ACTIVATION_PHONE = Probe(
    _PROBE,
    _activation_phone,
)
CLIENT_REPORTS = Probe("client_reports", _client_reports)
