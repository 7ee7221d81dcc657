"""Probes of the account: its state, sign-in and authorisation."""

from dataclasses import replace
from typing import Any

from faq.diagnosis import buttons
from faq.diagnosis.buttons import Button
from faq.diagnosis.findings import Finding, Severity
from faq.diagnosis.observations import (
    Observation,
    Probe,
    finding_of,
    frozen,
    past,
    rate_limited,
    sentence_of,
)
from faq.diagnosis.record import PASSWORD, Record
from miniprogram_api import masking
from miniprogram_api.access import password_attempts, sign_in_origins
from miniprogram_api.access.refusals import Note
from miniprogram_api.accounts import authorisation
from miniprogram_api.accounts.accounts import status_of
from miniprogram_api.effectiveness import VERIFIED_LEVEL, judge
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sign_in import sign_in_states
from miniprogram_api.texts.sentences import day_in_words, sentence

_SIGN_IN = (
    Reason.USER_NOT_FOUND,
    Reason.LOGIN_AMBIGUOUS,
    Reason.WRONG_PASSWORD,
    Reason.ACCOUNT_LOCKED,
    Reason.ACCOUNT_CANCELLED,
    Reason.ACTIVATION_REQUIRED,
)
# The last wrong password locks the account and later tries meet the lock.
_LOCKING = (Reason.WRONG_PASSWORD, Reason.ACCOUNT_LOCKED)
_SIGNS_IN = (buttons.SIGN_IN,)
_ACTIONS: dict[Reason, tuple[Button, ...]] = {
    Reason.USER_NOT_FOUND: (buttons.SIGN_IN, buttons.REGISTER),
    Reason.LOGIN_AMBIGUOUS: (buttons.SIGN_IN,),
    Reason.WRONG_PASSWORD: (buttons.SIGN_IN, buttons.RESET_PASSWORD),
    Reason.ACCOUNT_LOCKED: (buttons.RESET_PASSWORD,),
    Reason.ACCOUNT_CANCELLED: (buttons.REGISTER,),
    Reason.ACTIVATION_REQUIRED: (buttons.ACTIVATE,),
}


def _account_state(record: Record) -> list[Observation]:
    account = record.account
    if account is None:
        message = "您现在没有登录账号：没注册过请先注册，注册过请用身份证号登录。"
        return [Observation(Finding("no_account", message, "info"), record.now)]
    data = {"status": status_of(account.status, account.level), "level": account.level}
    if record.frozen is not None:
        return frozen(record)
    names = ["身份证号"]
    if account.phone is not None:
        names.append(f"手机号 {masking.phone(account.phone)}")
    if account.username is not None:
        names.append("登录账号")
    is_verified = account.level >= VERIFIED_LEVEL
    level = "四级实名，身份已核验通过，不用再刷脸" if is_verified else "三级实名"
    message = f"您已登录，账号是{level}；可用{'、'.join(names)}登录。"
    return [
        Observation(
            Finding("account_active", message, "info", data),
            record.now,
            Reason.USER_NOT_FOUND.name,
            # Registering again would be refused.
            hidden=(buttons.REGISTER, *(buttons.VERIFYING if is_verified else ())),
            state="signed_in",
        )
    ]


def _sign_in(record: Record) -> list[Observation]:
    if record.account is not None:
        return _password_state(record)
    note = record.last_note(*_SIGN_IN)
    holds = note is not None and sign_in_states.holds(note) and not _is_activating(record, note)
    failed = [_failed(record, note)] if note is not None and holds else []
    return [*failed, *rate_limited(record, "lookups")]


def _is_activating(record: Record, note: Note) -> bool:
    """Return whether an account to activate was found since."""
    if record.activation is not None and record.activation.started_at >= note.at:
        return True
    begun = record.last_note(Reason.STEP_ORDER, Reason.ACTIVATION_EXPIRED)
    return begun is not None and begun.at > note.at


def _failed(record: Record, note: Note) -> Observation:
    refused = _as_of_now(record, note)
    severity: Severity = "block"
    actions = _ACTIONS[note.reason]
    hidden: tuple[Button, ...] = ()
    if password_attempts.is_locked(refused):
        # Until then the right password is refused, too.
        actions, hidden = (buttons.RESET_PASSWORD,), _SIGNS_IN
    elif refused.details.get("needs_code"):
        actions = buttons.first_after(refused)
    if note.reason in _LOCKING and refused.details.get("retry_after") == 0:
        message = f"{past(note.at)} 的锁定已经解除，现在可以再登录；忘记密码请重置。"
        severity, actions = "info", (buttons.SIGN_IN, buttons.RESET_PASSWORD)
    else:
        message = f"{past(note.at)} {sentence_of(refused)}"
    finding = finding_of(refused, message, severity)
    if note.reason is Reason.ACCOUNT_CANCELLED:
        return Observation(
            finding, note.at, refused, True, actions, settles=True, state="cancelled"
        )
    state = "locked" if password_attempts.is_locked(refused) else None
    return Observation(finding, note.at, refused, True, actions, hidden=hidden, state=state)


def _as_of_now(record: Record, note: Note) -> Refused:
    """Return the refusal with the current count of wrong passwords."""
    refused = note.refused(record.now)
    seconds: int | None = record.answer(PASSWORD)
    if refused.details.get("needs_code") and seconds is not None:
        # This lock is not bound to an address, so it can be read here.
        refused.details["retry_after"] = seconds
    if record.now - note.at >= password_attempts.ATTEMPTS_REMEMBERED:
        refused.details.pop("attempts_left", None)
    return refused


def _password_state(record: Record) -> list[Observation]:
    if record.frozen is not None:
        return frozen(record)
    seconds: int | None = record.answer(PASSWORD)
    if seconds and not sign_in_origins.is_known(record.asker.account_id or 0, record.session):
        refused = Refused(Reason.ACCOUNT_LOCKED, retry_after=seconds, needs_code=True)
        finding = finding_of(refused, sentence_of(refused))
        return [Observation(finding, record.now, refused, True, (buttons.RESET_PASSWORD,))]
    wrong = _wrong_at_a_change(record)
    if wrong is not None:
        return [
            replace(_failed(record, wrong), actions=(buttons.RESET_PASSWORD,), hidden=_SIGNS_IN)
        ]
    if record.about.is_about(Reason.USER_NOT_FOUND):
        return []
    reset_at = record.password_reset_at
    if reset_at is None or record.now - reset_at >= password_attempts.RESET_REMEMBERED:
        return []
    message = f"您{past(reset_at)} 重置过密码，请用那次设置的密码登录。"
    finding = Finding("password_was_reset", message, "info")
    cause, actions = Reason.WRONG_PASSWORD.name, (buttons.RESET_PASSWORD,)
    return [Observation(finding, reset_at, cause, actions=actions, state="password_reset")]


def _wrong_at_a_change(record: Record) -> Note | None:
    """Return the last wrong password since sign-in, which resets the earlier ones."""
    note = record.notes.get(Reason.WRONG_PASSWORD)
    if note is None or note.account_id != record.asker.account_id:
        return None
    is_old = record.now - note.at >= password_attempts.ATTEMPTS_REMEMBERED
    return None if is_old or not sign_in_states.holds(note) else note


def _authorisation(record: Record) -> list[Observation]:
    account = record.account
    if account is None:
        return []
    state = judge(account, record.now.date())
    until = "" if state.until is None else day_in_words(state.until)
    last = authorisation.last_in_words(authorisation.latest(record.services))
    latest = f"截止日期今天最晚可选{last}。"
    message, actions = {
        "ok": (f"已开启，有效期到{until}，当天也算。", ()),
        "off": (f"还没有开启，开启后才能办理登记；{latest}", (buttons.AUTHORISE,)),
        "ended": (f"已于{until}到期，请重新设置；{latest}", (buttons.AUTHORISE,)),
        "level_too_low": (
            f"还不能开启：{sentence(Reason.LEVEL_TOO_LOW)}",
            (buttons.FACE, buttons.CTID),
        ),
        "card_expired": ("不再有效：登记的证件已过期，请先改正有效期。", (buttons.CORRECT_DATES,)),
        "frozen": (f"暂停：{sentence(Reason.ACCOUNT_FROZEN)}", (buttons.WINDOWS,)),
    }[state.reason]
    data: dict[str, Any] = {
        "enabled": state.enabled,
        "effective": state.effective,
        "reason": state.reason,
    }
    if state.until is not None:
        data["until"] = state.until.isoformat()
    finding = Finding(
        f"authorization_{state.reason}",
        f"“是否办理工商登记注册”{message}",
        "info" if state.effective else "block",
        data,
    )
    is_refused = record.frozen is not None or account.level < VERIFIED_LEVEL
    hidden = (buttons.AUTHORISE,) if is_refused else ()
    return [Observation(finding, record.now, actions=tuple(actions), hidden=hidden)]


ACCOUNT_STATE = Probe(
    "account_state", "账号状态", "有没有登录，几级实名，能用什么登录，是否冻结。", _account_state
)
SIGN_IN = Probe(
    "sign_in",
    "登录",
    "上次为什么没登录上，是否锁定，最近是否重置过密码。",
    _sign_in,
    asks=(PASSWORD,),
)
AUTHORISATION = Probe(
    "authorisation", "办理授权", "“是否办理工商登记注册”今天算不算数，为什么。", _authorisation
)
