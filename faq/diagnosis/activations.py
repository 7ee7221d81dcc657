"""Probes of activation: the registered phone and the client's reports."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from faq.diagnosis import buttons
from faq.diagnosis.buttons import Button
from faq.diagnosis.findings import Finding
from faq.diagnosis.identities import IDENTITY_CHECK
from faq.diagnosis.observations import Observation, Probe, finding_of, past, sentence_of
from faq.diagnosis.record import IDENTITY_ATTEMPTS, IDENTITY_SOURCE, Record
from miniprogram_api import masking
from miniprogram_api.access.refusals import Note
from miniprogram_api.accounts import client_reports
from miniprogram_api.enrolment import activation_states
from miniprogram_api.enrolment.activation import VALID
from miniprogram_api.enrolment.activation_states import ToActivate, UnderWay
from miniprogram_api.phones import sms_code_refusals
from miniprogram_api.reasons import Reason

_ACTIVATION = frozenset({9, 11, 15})
_MINUTES = VALID // timedelta(minutes=1)
_PASSWORD_IS_LEFT = (
    "激活的手机号已经验证，只差最后一步：设置密码。",
    f"打开“激活界面”，接着设置密码；离输入身份证号超过{_MINUTES}分钟的，从输入身份证号重新开始。",
    "设置账号的新密码并点“激活”，成功后直接进入系统。",
)
_PASSWORD_STEP = re.compile("passw|密码|mima", re.IGNORECASE)
_ACTIVATION_STEP = re.compile("activ|激活|jihuo", re.IGNORECASE)
_NOTHING_TO_ACTIVATE = (
    "激活已经完成，只做一次。",
    "用身份证号、手机号或登录账号加密码登录。",
    "忘记密码可以重置。",
)


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
        case = Reason.PHONE_NOT_ON_RECORD.case
        return [Observation(finding, under_way.started_at, case, True, (buttons.CORRECT_PHONE,))]
    tail = under_way.phone[-2:]
    message = f"您正在激活账号，验证码只发到登记的手机号（尾号{tail}）。"
    if under_way.is_phone_proved:
        message = "激活的手机号已经验证，请接着设置密码，完成激活。"
    finding = Finding("activation_under_way", message, "info", {"phone_hint": tail})
    case = Reason.ACTIVATION_REQUIRED.case
    step = Observation(finding, under_way.started_at, case, True, (buttons.ACTIVATE,))
    refused = _refused_elements(record, under_way) if under_way.is_phone_proved else []
    if refused:
        return refused
    if under_way.is_phone_proved:
        waits = record.about.case == Reason.SMS_UNAVAILABLE.case
        step = replace(step, settles=waits, instead=_PASSWORD_IS_LEFT)
    return [step]


def _refused_elements(record: Record, under_way: UnderWay) -> list[Observation]:
    """Report why the last step was refused; setting the password would repeat that check."""
    # A second round trip to Redis, only for the few at this step.
    record.fetch((IDENTITY_ATTEMPTS, IDENTITY_SOURCE))
    seen = [o for o in IDENTITY_CHECK.observe(record) if o.decides and o.at > under_way.started_at]
    is_meant = record.about.case in _ACTIVATION
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
        return [Observation(finding, note.at, refused.case, True, (buttons.ACTIVATE,))]
    if note.account_id is not None and not activation_states.is_active(note.account_id):
        return []
    return _active(record, note.at, sentence_of(refused), buttons.SIGN_IN, buttons.RESET_PASSWORD)


def _active(
    record: Record, at: datetime, message: str, *actions: Button, is_meant: bool = True
) -> list[Observation]:
    """Report that there is nothing to activate; `is_meant`: whatever the wording."""
    if record.about.case not in _ACTIVATION:
        return []
    case = Reason.ACTIVATION_REQUIRED.case
    finding = Finding("already_active", message, "info")
    # The entry describes an inactive account.
    instead = _NOTHING_TO_ACTIVATE if is_meant or record.about.case == case else ()
    return [Observation(finding, at, case, is_meant, actions, settles=is_meant, instead=instead)]


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
    return Observation(finding, note.at, refused.case, True, (buttons.CORRECT_PHONE,))


def _was_sent_to(record: Record, on_record: ToActivate, since: datetime) -> bool:
    return any(code.phone == on_record.phone and code.sent_at > since for code in record.codes)


def _right_phone(note: Note, data: dict[str, str]) -> Observation:
    message = f"登记的手机号现在就是 {data['phone']}，可以用它收验证码，继续激活。"
    finding = Finding("activation_phone_matches", message, "info", data)
    return Observation(finding, note.at, Reason.ACTIVATION_REQUIRED.case, True, (buttons.ACTIVATE,))


def _client_reports(record: Record) -> list[Observation]:
    """Report the newest relevant client report of each kind."""
    newest = {report.kind: report for report in reversed(record.reports)}
    seen = (_report(record, report) for report in newest.values())
    return [observation for observation in seen if observation is not None]


def _report(record: Record, report: client_reports.Report) -> Observation | None:
    at = past(report.at)
    if report.kind == "network":
        if _succeeded_since(record, report):
            message = f"{at} 您的手机报告过网络连接失败，之后已经连上了。"
            return Observation(Finding("reported_network", message, "info"), report.at)
        activating = record.activation is not None and record.activation.started_at <= report.at
        if activating or (record.account is None and _ACTIVATION_STEP.search(report.step)):
            message = f"{at} 您的手机在激活时报告了网络连接失败，我们已收到。"
            finding = Finding("activation_network_failed", message, "warn")
            case = sms_code_refusals.unavailable(sms_code_refusals.ACTIVATE).case
            again = buttons.retry("换个网络重试激活", "activation")
            return Observation(finding, report.at, case, True, (again, buttons.REPORT))
        message = f"{at} 您的手机报告了网络连接失败，请换个网络再试。"
        return Observation(Finding("reported_network", message, "info"), report.at)
    message, case = _REPORTED.get(report.kind, ("", None))
    if case is None or case != record.about.case:
        return None
    return Observation(Finding(f"reported_{report.kind}", f"{at} {message}", "info"), report.at)


def _succeeded_since(record: Record, report: client_reports.Report) -> bool:
    """Return whether a code was sent or the failed step was completed after a report."""
    if any(code.sent_at > report.at for code in record.codes):
        return True
    under_way = record.activation
    if under_way is None or not under_way.is_phone_proved:
        return False
    return _PASSWORD_STEP.search(report.step) is None


_REPORTED: dict[str, tuple[str, int | None]] = {
    "sms": ("您的手机报告了收不到短信，我们已收到。", Reason.SMS_UNAVAILABLE.case),
    "face": ("您的手机报告了刷脸出错，我们已收到。", Reason.FACE_NOT_FINISHED.case),
}

ACTIVATION_PHONE = Probe(
    "activation_phone",
    "激活手机号",
    "激活时填的号码与登记的是否一致，激活到了哪一步。",
    _activation_phone,
)
CLIENT_REPORTS = Probe(
    "client_reports", "手机上报", "手机今天报告过的网络、短信或刷脸故障。", _client_reports
)
