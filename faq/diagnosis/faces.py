"""Probes about level 4: the last face check, the tries left, the source, changed dates."""

from datetime import timedelta
from typing import Any

from faq.diagnosis import observations as says
from faq.diagnosis.findings import Finding, Severity
from faq.diagnosis.observations import (
    Button,
    Observation,
    Probe,
    finding_of,
    is_over,
    past,
    quota_is_new,
    told,
)
from faq.diagnosis.record import FACE_ATTEMPTS, FACE_SOURCE, Record
from miniprogram_api import check_states
from miniprogram_api.check_states import AttemptsLeft, FaceOutcome, FaceTrial, SourceState
from miniprogram_api.effectiveness import VERIFIED_LEVEL
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.refusals import Note
from miniprogram_api.sentences import moment_in_words

MANY_MISMATCHES = 3

_REAL_NO = frozenset({FaceOutcome.MISMATCH, FaceOutcome.NO_PHOTO, FaceOutcome.DATA_MISSING})
_CTID = (Reason.CTID_REJECTED, Reason.CTID_UNAVAILABLE)


def _face_check(record: Record) -> list[Observation]:
    """How the last face check ended."""
    account = record.account
    if account is None:
        return []
    if account.level >= VERIFIED_LEVEL:
        return [
            Observation(
                Finding("verified", "您已通过核验（四级实名），不用再刷脸。", "info"), record.now
            )
        ]
    note = record.last_note(*_CTID)
    seen = [] if note is None else [_ctid(record, note)]
    last = record.faces[0] if record.faces else None
    if last is not None and last.refusal is not None:
        seen.append(_refused(record, last, last.refusal))
    return seen


def _ctid(record: Record, note: Note) -> Observation:
    refused = note.refused(record.now)
    finding = finding_of(refused, f"{past(note.at)} {told(refused)}", "warn")
    return Observation(finding, note.at, refused.case, True, (says.MANUAL, says.WINDOWS))


def _refused(record: Record, last: FaceTrial, refused: Refused) -> Observation:
    if is_over(refused, last.at):
        return quota_is_new(last.at, says.FACE_AGAIN)
    refused = _as_told(record, last, refused)
    message = f"{past(last.at)} {told(refused)}"
    data: dict[str, Any] = {}
    attempts: AttemptsLeft | None = record.answer(FACE_ATTEMPTS)
    source: SourceState | None = record.answer(FACE_SOURCE)
    case, actions = refused.case, _ways(last.outcome)
    if last.outcome is FaceOutcome.MISMATCH and attempts is not None:
        data["attempts_left"] = attempts.left
        since = record.now - timedelta(days=1)
        many = sum(f.outcome is FaceOutcome.MISMATCH and f.at > since for f in record.faces)
        if attempts.refusal is not None or many >= MANY_MISMATCHES:
            too_many = attempts.refusal or Refused(Reason.TOO_MANY_ATTEMPTS)
            finding = finding_of(too_many, f"{message}{told(too_many)}", data=data)
            ways = (says.MANUAL, says.CTID, says.WINDOWS)
            return Observation(finding, last.at, too_many.case, True, ways)
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
    refused, changed = record.no_more_dates, record.dates_changed_at
    if refused is not None:
        at = moment_in_words(record.now + timedelta(seconds=refused.details["retry_after"]))
        message = f"{told(refused)}{at}起可再改。"
        finding = finding_of(refused, message)
        return [Observation(finding, record.now, refused.case, True, (says.RE_REGISTER,))]
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
    asks=(FACE_ATTEMPTS, FACE_SOURCE),
)
IDENTITY_DATES = Probe(
    "identity_dates", "更正有效期", "现在能不能改证件有效期，最近改过没有。", _identity_dates
)
