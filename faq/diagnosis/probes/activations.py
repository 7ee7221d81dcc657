"""Probes of activation: the registered phone and the client's reports."""

import re
from dataclasses import replace
from datetime import datetime

from faq.diagnosis import buttons
from faq.diagnosis.buttons import Button
from faq.diagnosis.findings import Finding
from faq.diagnosis.observations import Observation, Probe, finding_of, past, sentence_of
from faq.diagnosis.probes.identities import IDENTITY_CHECK
from faq.diagnosis.record import IDENTITY_ATTEMPTS, IDENTITY_SOURCE, Record
from miniprogram_api import masking
from miniprogram_api.access.refusals import Note
from miniprogram_api.accounts import client_reports
from miniprogram_api.enrolment import activation_states
from miniprogram_api.enrolment.activation_states import ToActivate, UnderWay
from miniprogram_api.phones import sms_code_refusals
from miniprogram_api.reasons import Reason

_PROBE = "activation_phone"
_PASSWORD_STEP = re.compile("passw|密码|mima", re.IGNORECASE)
_ACTIVATION_STEP = re.compile("activ|激活|jihuo", re.IGNORECASE)


def _activation_phone(record: Record) -> list[Observation]:
    """Compare the submitted phone with the registered one, which may have changed since."""
    under_way = record.activation
    note = record.notes.get(Reason.PHONE_NOT_ON_RECORD)
    if under_way is None and record.account is not None:
        # Signed in, so the account is active; does not answer 我的号是138的.
        is_meant = _ACTIVATION_STEP.search(record.question) is not None
        return _active(record, record.now, "您已经登录，账号不用再激活。", is_meant=is_meant)
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
        message = "您正在激活账号，但登记资料里没有手机号，请申请更正。"
        finding = Finding("activation_without_phone", message, "block")
        cause = Reason.PHONE_NOT_ON_RECORD.name
        return [Observation(finding, under_way.started_at, cause, True, (buttons.CORRECT_PHONE,))]
    tail = under_way.phone[-2:]
    message = f"您正在激活账号，验证码只发到登记的手机号（尾号{tail}）。"
    if under_way.is_phone_proved:
        message = "激活的手机号已经验证，请接着设置密码，完成激活。"
    finding = Finding("activation_under_way", message, "info", {"phone_hint": tail})
    step = Observation(
        finding,
        under_way.started_at,
        Reason.ACTIVATION_REQUIRED.name,
        True,
        (buttons.ACTIVATE,),
        state="activating",
        values={"tail": tail},
    )
    refused = _refused_elements(record, under_way) if under_way.is_phone_proved else []
    if refused:
        return refused
    if under_way.is_phone_proved:
        waits = record.about.is_about(Reason.SMS_UNAVAILABLE)
        step = replace(step, settles=waits, state="password_step_left")
    return [step]


def _refused_elements(record: Record, under_way: UnderWay) -> list[Observation]:
    """Report why the last step was refused; setting the password would repeat that check."""
    # A second round trip to Redis, only for the few at this step.
    record.fetch((IDENTITY_ATTEMPTS, IDENTITY_SOURCE))
    seen = [o for o in IDENTITY_CHECK.observe(record) if o.decides and o.at > under_way.started_at]
    is_meant = record.about.attaches(_PROBE)
    return [replace(one, settles=True) for one in seen] if is_meant else seen


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
        finding = finding_of(refused, f"{past(note.at)} {sentence_of(refused)}")
        return [Observation(finding, note.at, refused, True, (buttons.ACTIVATE,))]
    if note.account_id is not None and not activation_states.is_active(note.account_id):
        return []
    return _active(record, note.at, sentence_of(refused), buttons.SIGN_IN, buttons.RESET_PASSWORD)


def _active(
    record: Record, at: datetime, message: str, *actions: Button, is_meant: bool = True
) -> list[Observation]:
    """Report that there is nothing to activate; `is_meant`: whatever the wording."""
    if not record.about.attaches(_PROBE):
        return []
    cause = Reason.ACTIVATION_REQUIRED
    finding = Finding("already_active", message, "info")
    # The entry describes an inactive account.
    state = "nothing_to_activate" if is_meant or record.about.is_about(cause) else None
    return [Observation(finding, at, cause.name, is_meant, actions, settles=is_meant, state=state)]


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
    message = f"{past(note.at)} 填的号码{sentence_of(refused)}"
    if note.phone is not None:
        data["phone"] = masking.phone(note.phone)
        if on_record is not None:
            found = on_record.refusal_of(note.phone)
            if found is None:
                return _right_phone(note, data)
            refused = found
        message = f"{past(note.at)} 填的 {data['phone']} {sentence_of(refused)}"
    finding = finding_of(refused, message, data=data)
    return Observation(finding, note.at, refused, True, (buttons.CORRECT_PHONE,))


def _was_sent_to(record: Record, on_record: ToActivate, since: datetime) -> bool:
    return any(code.phone == on_record.phone and code.sent_at > since for code in record.codes)


def _right_phone(note: Note, data: dict[str, str]) -> Observation:
    message = f"登记的手机号现在就是 {data['phone']}，可以用它收验证码，继续激活。"
    finding = Finding("activation_phone_matches", message, "info", data)
    return Observation(finding, note.at, Reason.ACTIVATION_REQUIRED.name, True, (buttons.ACTIVATE,))


def _client_reports(record: Record) -> list[Observation]:
    """Report the newest relevant client report of each kind."""
    newest = {report.kind: report for report in reversed(record.reports)}
    seen = (_report(record, report) for report in newest.values())
    return [observation for observation in seen if observation is not None]


def _report(record: Record, report: client_reports.Report) -> Observation | None:
    at = past(report.at)
    if report.kind == "network":
        if succeeded_since(record, report):
            message = f"{at} 您的手机报告过网络连接失败，之后已经连上了。"
            return Observation(Finding("reported_network", message, "info"), report.at)
        activating = record.activation is not None and record.activation.started_at <= report.at
        if activating or (record.account is None and _ACTIVATION_STEP.search(report.step)):
            message = f"{at} 您的手机在激活时报告了网络连接失败，我们已收到。"
            finding = Finding("activation_network_failed", message, "warn")
            return Observation(
                finding,
                report.at,
                sms_code_refusals.unavailable(sms_code_refusals.ACTIVATE),
                True,
                (buttons.retry("换个网络重试激活", "activation"), buttons.REPORT),
                state="network_failed",
                values={"time": at},
            )
        message = f"{at} 您的手机报告了网络连接失败，请换个网络再试。"
        return Observation(Finding("reported_network", message, "info"), report.at)
    message, reason = _REPORTED.get(report.kind, ("", None))
    if reason is None or not record.about.is_about(reason):
        return None
    return Observation(Finding(f"reported_{report.kind}", f"{at} {message}", "info"), report.at)


def succeeded_since(record: Record, report: client_reports.Report) -> bool:
    """Return whether a code was sent or the failed step was completed after a report."""
    if any(code.sent_at > report.at for code in record.codes):
        return True
    under_way = record.activation
    if under_way is None or not under_way.is_phone_proved:
        return False
    return _PASSWORD_STEP.search(report.step) is None


_REPORTED: dict[str, tuple[str, Reason | None]] = {
    "sms": ("您的手机报告了收不到短信，我们已收到。", Reason.SMS_UNAVAILABLE),
    "face": ("您的手机报告了刷脸出错，我们已收到。", Reason.FACE_NOT_FINISHED),
}

ACTIVATION_PHONE = Probe(
    _PROBE,
    "激活手机号",
    "激活时填的号码与登记的是否一致，激活到了哪一步。",
    _activation_phone,
)
CLIENT_REPORTS = Probe(
    "client_reports", "手机上报", "手机今天报告过的网络、短信或刷脸故障。", _client_reports
)
