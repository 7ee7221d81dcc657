"""Probes about level 4: the last face check, the tries left, the source, changed dates."""

from datetime import datetime, timedelta
from typing import Any

from faq.diagnosis import observations as says
from faq.diagnosis.findings import Finding, Severity
from faq.diagnosis.observations import (
    Button,
    Observation,
    Probe,
    finding_of,
    frozen,
    is_over,
    past,
    quota_is_new,
    told,
)
from faq.diagnosis.record import (
    CTID_ATTEMPTS,
    DATES_ATTEMPTS,
    FACE_ATTEMPTS,
    FACE_CHECKS,
    FACE_SOURCE,
    Record,
)
from faq.diagnosis.sources import switched_off
from miniprogram_api import check_states
from miniprogram_api.check_states import AttemptsLeft, FaceOutcome, FaceTrial, SourceState
from miniprogram_api.effectiveness import VERIFIED_LEVEL
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sentences import moment_in_words, sentence

MANY_MISMATCHES = 3

_REAL_NO = frozenset({FaceOutcome.MISMATCH, FaceOutcome.NO_PHOTO, FaceOutcome.DATA_MISSING})
_CTID = (Reason.CTID_REJECTED, Reason.CTID_UNAVAILABLE)


def _face_check(record: Record) -> list[Observation]:
    """How the last face check ended."""
    account = record.account
    if account is None:
        return []
    if record.frozen is not None:
        return frozen(record)
    if account.level >= VERIFIED_LEVEL:
        return [
            Observation(
                Finding("verified", "您已通过核验（四级实名），不用再刷脸。", "info"), record.now
            )
        ]
    seen = _ctid(record)
    attempts: AttemptsLeft | None = record.answer(FACE_ATTEMPTS)
    last = record.faces[0] if record.faces else None
    if last is not None and last.refusal is not None:
        seen.append(_refused(record, last, last.refusal))
    elif attempts is not None and attempts.refusal is not None:
        seen.append(_used_up(record.now, attempts.refusal, told(attempts.refusal), {}))
    checks: AttemptsLeft | None = record.answer(FACE_CHECKS)
    if checks is not None and checks.refusal is not None:
        decides = not any(observation.decides for observation in seen)
        seen.append(_too_often(record, checks.refusal, decides))
    return seen


def _too_often(record: Record, refused: Refused, decides: bool) -> Observation:
    finding = finding_of(refused, told(refused))
    ways, closed = (says.CTID, says.WINDOWS), (says.FACE_AGAIN, says.FACE)
    return Observation(finding, record.now, refused.case, decides, ways, closed=closed)


def _used_up(
    at: datetime, refused: Refused, message: str, data: dict[str, Any], *, is_full: bool = True
) -> Observation:
    finding = finding_of(refused, message, data=data)
    ways = (says.MANUAL, says.CTID, says.WINDOWS)
    closed = (says.FACE_AGAIN, says.FACE) if is_full else ()
    return Observation(finding, at, refused.case, True, ways, closed=closed)


def _ctid(record: Record) -> list[Observation]:
    """What CTID said last, and whether it would be asked again."""
    attempts: AttemptsLeft | None = record.answer(CTID_ATTEMPTS)
    full = None if attempts is None else attempts.refusal
    ways = (says.MANUAL, says.WINDOWS)
    note = record.last_note(*_CTID)
    if note is not None and "notice" in note.details and "ctid" not in record.off:
        # It was switched off then and is on again.
        note = None
    if full is not None:
        before = "" if note is None else f"{past(note.at)} {sentence(note.reason)}"
        finding = finding_of(full, f"{before}网证的核验次数已用完：{told(full)}")
        at, decides = (record.now, False) if note is None else (note.at, True)
        return [Observation(finding, at, full.case, decides, ways, closed=(says.CTID,))]
    if note is None:
        return []
    refused = note.refused(record.now)
    refused.details.pop("attempts_left", None)
    data = {}
    if note.reason is Reason.CTID_REJECTED and attempts is not None:
        data["attempts_left"] = attempts.left
    finding = finding_of(refused, f"{past(note.at)} {told(refused)}", "warn", data)
    return [Observation(finding, note.at, refused.case, True, ways)]


def _refused(record: Record, last: FaceTrial, refused: Refused) -> Observation:
    if is_over(refused, last.at):
        return quota_is_new(last.at, says.FACE_AGAIN)
    refused = _as_told(record, last, refused)
    message = f"{past(last.at)} {told(refused)}"
    data: dict[str, Any] = {}
    attempts: AttemptsLeft | None = record.answer(FACE_ATTEMPTS)
    source: SourceState | None = record.answer(FACE_SOURCE)
    case, actions = refused.case, _ways(last.outcome)
    if attempts is not None and attempts.refusal is not None:
        data["attempts_left"] = attempts.left
        return _used_up(last.at, attempts.refusal, message + told(attempts.refusal), data)
    if last.outcome is FaceOutcome.MISMATCH and attempts is not None:
        data["attempts_left"] = attempts.left
        since = record.now - timedelta(days=1)
        many = sum(f.outcome is FaceOutcome.MISMATCH and f.at > since for f in record.faces)
        if many >= MANY_MISMATCHES:
            too_many = Refused(Reason.TOO_MANY_ATTEMPTS)
            return _used_up(last.at, too_many, message + told(too_many), data, is_full=False)
        message += f"还可试{attempts.left}次。"
    if source is not None and source.retry_after:
        again = record.now + timedelta(seconds=source.retry_after)
        message += f"系统仍连不上，{moment_in_words(again)}后再试。"
        data["retry_at"] = again.isoformat(timespec="seconds")
    if _dates_are_in_doubt(record, last):
        # The four elements of the account did match, or it would not be there.
        case, actions = Reason.IDENTITY_DATES_LIMIT.case, (says.CORRECT_DATES, says.RE_REGISTER)
    severity: Severity = "warn" if check_states.is_silence(refused) else "block"
    finding = finding_of(refused, message, severity, data)
    return Observation(finding, last.at, case, True, actions)


def _as_told(record: Record, last: FaceTrial, refused: Refused) -> Refused:
    """The refusal with the cause that only the answer of that call named."""
    note = record.notes.get(refused.reason)
    return note.refused(record.now) if note is not None and note.at >= last.at else refused


def _dates_are_in_doubt(record: Record, last: FaceTrial) -> bool:
    if last.outcome is FaceOutcome.DATA_MISSING:
        return True
    return last.outcome in _REAL_NO and record.dates_changed_at is not None


def _ways(outcome: FaceOutcome) -> tuple[Button, ...]:
    if outcome is FaceOutcome.NO_PHOTO:
        return says.MANUAL, says.WINDOWS
    return says.FACE_AGAIN, says.CTID, says.WINDOWS


def _identity_dates(record: Record) -> list[Observation]:
    """Whether the dates of the card can be corrected now."""
    if record.account is None:
        return []
    if record.frozen is not None:
        return frozen(record)
    refused, changed = record.no_more_dates, record.dates_changed_at
    if refused is not None:
        at = moment_in_words(record.now + timedelta(seconds=refused.details["retry_after"]))
        message = f"{told(refused)}{at}起可再改。"
        finding = finding_of(refused, message)
        return [Observation(finding, record.now, refused.case, True, (says.RE_REGISTER,))]
    attempts: AttemptsLeft | None = record.answer(DATES_ATTEMPTS)
    if attempts is not None and attempts.refusal is not None:
        # New dates are checked at the source, as at a registration.
        refused = attempts.refusal
        ways, closed = (says.MANUAL, says.WINDOWS), (says.CORRECT_DATES,)
        finding = finding_of(refused, told(refused))
        return [Observation(finding, record.now, refused.case, actions=ways, closed=closed)]
    off = switched_off(record, "identity")
    if off:
        return off
    message = "证件有效期现在可以在“账号管理”里改正，30天内最多改3次。"
    if changed is not None:
        message = f"{past(changed)} 改过证件有效期；{message}"
    finding = Finding("identity_dates_open", message, "info")
    return [Observation(finding, record.now, actions=(says.CORRECT_DATES,))]


FACE_CHECK = Probe(
    "face_check",
    "刷脸",
    "上次刷脸的结果，今天还能试几次，来源是否繁忙。",
    _face_check,
    asks=(FACE_ATTEMPTS, FACE_CHECKS, CTID_ATTEMPTS, FACE_SOURCE),
)
IDENTITY_DATES = Probe(
    "identity_dates",
    "更正有效期",
    "现在能不能改证件有效期，最近改过没有。",
    _identity_dates,
    asks=(DATES_ATTEMPTS,),
)
