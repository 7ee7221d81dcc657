"""Probes of level 4: face checks, remaining attempts, the source, and corrected dates."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from faq.diagnosis import refusal_buttons
from faq.diagnosis.findings import Finding, Severity
from faq.diagnosis.observations import (
    Observation,
    Probe,
    daily_limit_reset,
    dated_sentence,
    finding_of,
    frozen,
    is_earlier_daily_limit,
    sentence_of,
    switch_closed,
)
from faq.diagnosis.probes.identities import unanswered
from faq.diagnosis.probes.sources import switched_off
from faq.diagnosis.record import (
    CTID_ATTEMPTS,
    DATES_ATTEMPTS,
    FACE_ATTEMPTS,
    FACE_CHECKS,
    FACE_SOURCE,
    IDENTITY_SOURCE,
    Record,
)
from miniprogram_api.accounts import identity_dates
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL
from miniprogram_api.proofing import states as check_states
from miniprogram_api.proofing.states import AttemptsLeft, FaceOutcome, PastFaceCheck, SourceState
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text
from miniprogram_api.texts.sentences import moment_in_words, past, wait_in_words

MANY_MISMATCHES = 3

_CTID = (Reason.CTID_REJECTED, Reason.CTID_UNAVAILABLE)
_BY_HAND = (refusal_buttons.MANUAL, refusal_buttons.CTID, refusal_buttons.WINDOWS)
_DAYS = identity_dates.WINDOW.days


def _face_check(record: Record) -> list[Observation]:
    """Report the last face check; without an account, unanswered four-element checks."""
    account = record.account
    if account is None:
        return unanswered(record)
    if record.frozen is not None:
        return frozen(record)
    if not record.needs_check:
        return [
            Observation(
                Finding("verified", text("findings.faces.verified"), "info"),
                record.now,
                "verified",
                actions=(refusal_buttons.AUTHORISE,),
                hidden=refusal_buttons.VERIFYING,
                state="verified",
            )
        ]
    if record.level_pending_at is not None:
        return [_pending(record, record.level_pending_at)]
    seen = _ctid(record)
    attempts: AttemptsLeft | None = record.answer(FACE_ATTEMPTS)
    last = record.faces[0] if record.faces else None
    since = account.authorization_closed_at
    if last is not None and since is not None and last.at < since:
        # It was about the level.
        last = None
    if last is not None and last.refusal is not None:
        seen.append(_refused(record, last, last.refusal))
    elif attempts is not None and attempts.refusal is not None:
        seen.append(_used_up(record, record.now, attempts.refusal, {}))
    checks: AttemptsLeft | None = record.answer(FACE_CHECKS)
    if checks is not None and checks.refusal is not None:
        decides = not any(observation.decides for observation in seen)
        finding = finding_of(checks.refusal, sentence_of(checks.refusal))
        actions = (refusal_buttons.CTID, refusal_buttons.WINDOWS)
        used_up = Observation(finding, record.now, checks.refusal, decides, actions)
        seen.append(_without_faces(used_up, record, checks.refusal))
    if not seen and account.level >= VERIFIED_LEVEL:
        return [switch_closed(account, record)]
    return seen


def _pending(record: Record, due_at: datetime) -> Observation:
    """Report a check that has passed and counts later."""
    message = text("findings.faces.pending", time=moment_in_words(due_at))
    data = {"at": due_at.isoformat(timespec="seconds")}
    finding = Finding("level_pending", message, "info", data)
    return Observation(finding, record.now, actions=(refusal_buttons.CTID, refusal_buttons.WINDOWS))


def _used_up(record: Record, at: datetime, refused: Refused, data: dict[str, Any]) -> Observation:
    message = sentence_of(refused) if at == record.now else dated_sentence(at, sentence_of(refused))
    finding = finding_of(refused, message, data=data)
    return _without_faces(Observation(finding, at, refused, True, _BY_HAND), record, refused)


def _without_faces(seen: Observation, record: Record, refused: Refused) -> Observation:
    """Add the state in which face checks are refused for now."""
    ctid: AttemptsLeft | None = record.answer(CTID_ATTEMPTS)
    is_open = "ctid" not in record.off and (ctid is None or ctid.refusal is None)
    state = "face_used_up" if is_open else "face_and_ctid_used_up"
    values = {"time": _wait(refused)}
    return replace(seen, hidden=refusal_buttons.FACING, state=state, values=values)


def _ctid(record: Record) -> list[Observation]:
    """Report the last CTID result and whether attempts are left."""
    attempts: AttemptsLeft | None = record.answer(CTID_ATTEMPTS)
    full = None if attempts is None else attempts.refusal
    actions = (refusal_buttons.MANUAL, refusal_buttons.WINDOWS)
    note = record.last_note(*_CTID)
    if note is not None and "notice" in note.details and "ctid" not in record.off:
        # CTID was switched off then and is on again.
        note = None
    if full is not None:
        at, decides = (record.now, False) if note is None else (note.at, True)
        finding = finding_of(full, text("findings.faces.ctid_used_up", sentence=sentence_of(full)))
        return [Observation(finding, at, full, decides, actions, hidden=(refusal_buttons.CTID,))]
    if note is None:
        return []
    refused = note.refused(record.now)
    refused.details.pop("attempts_left", None)
    data = {}
    if note.reason is Reason.CTID_REJECTED and attempts is not None:
        data["attempts_left"] = attempts.left
    finding = finding_of(refused, dated_sentence(note.at, sentence_of(refused)), "warn", data)
    return [Observation(finding, note.at, refused, True, actions)]


def _refused(record: Record, last: PastFaceCheck, refused: Refused) -> Observation:
    if is_earlier_daily_limit(refused, last.at):
        return daily_limit_reset(last.at, refusal_buttons.FACE_AGAIN)
    refused = _with_noted_cause(record, last, refused)
    # What to do now stands before what happened.
    now, data = "", dict[str, Any]()
    attempts: AttemptsLeft | None = record.answer(FACE_ATTEMPTS)
    source: SourceState | None = record.answer(FACE_SOURCE)
    if attempts is not None and attempts.refusal is not None:
        data["attempts_left"] = attempts.left
        return _used_up(record, last.at, attempts.refusal, data)
    corrected_at = _corrected_after(record, last)
    if last.outcome is FaceOutcome.MISMATCH and attempts is not None:
        data["attempts_left"] = attempts.left
        left = text("findings.common.attempts_left", count=attempts.left)
        since = record.now - timedelta(days=1)
        many = sum(f.outcome is FaceOutcome.MISMATCH and f.at > since for f in record.faces)
        if many >= MANY_MISMATCHES and corrected_at is None:
            too_many = Refused(Reason.TOO_MANY_ATTEMPTS)
            message = dated_sentence(last.at, sentence_of(too_many) + left)
            finding = finding_of(too_many, message, data=data)
            return Observation(finding, last.at, too_many, True, _BY_HAND)
        now += left
    if source is not None and source.retry_after:
        again = record.now + timedelta(seconds=source.retry_after)
        now += text("findings.common.unreachable", wait=wait_in_words(source.retry_after))
        data["retry_at"] = again.isoformat(timespec="seconds")
    # A try is left again.
    message = now + dated_sentence(last.at, sentence_of(refused, attempts_left=None))
    if corrected_at is not None:
        message = text("findings.faces.dates_corrected", time=past(corrected_at)) + message
    elif _dates_are_in_doubt(record, last):
        return _by_dates(record, last, finding_of(refused, message, data=data))
    severity: Severity = "warn" if check_states.is_unanswered(refused) else "block"
    finding = finding_of(refused, message, severity, data)
    actions = (refusal_buttons.FACE_AGAIN, refusal_buttons.CTID, refusal_buttons.WINDOWS)
    seen = Observation(finding, last.at, refused, True, actions)
    if last.outcome is FaceOutcome.NO_PHOTO:
        by_hand = (refusal_buttons.MANUAL, refusal_buttons.WINDOWS)
        return replace(seen, actions=by_hand, hidden=refusal_buttons.FACING, state="no_photo")
    if refused.reason is Reason.IDENTITY_DAILY_LIMIT:
        return _without_faces(replace(seen, actions=_BY_HAND), record, refused)
    return seen


def _with_noted_cause(record: Record, last: PastFaceCheck, refused: Refused) -> Refused:
    """Return the refusal with the details noted at the call, if newer."""
    note = record.notes.get(refused.reason)
    return note.refused(record.now) if note is not None and note.at >= last.at else refused


def _corrected_after(record: Record, last: PastFaceCheck) -> datetime | None:
    """Return when the dates were corrected after a failure that they may have caused."""
    changed = record.dates_changed_at
    return changed if changed and changed > last.at and _dates_are_in_doubt(record, last) else None


def _dates_are_in_doubt(record: Record, last: PastFaceCheck) -> bool:
    if last.outcome is FaceOutcome.DATA_MISSING:
        return True
    return last.outcome is FaceOutcome.MISMATCH and record.dates_changed_at is not None


def _by_dates(record: Record, last: PastFaceCheck, finding: Finding) -> Observation:
    """Report a failure that outdated dates may have caused."""
    refused = record.no_more_dates
    if refused is None:
        cause, actions = (
            "dates_in_doubt",
            (refusal_buttons.CORRECT_DATES, refusal_buttons.RE_REGISTER),
        )
        values = {"count": str(record.dates_left)}
        return Observation(finding, last.at, cause, True, actions, state=cause, values=values)
    again = text(
        "findings.faces.no_more_changes",
        days=_DAYS,
        count=identity_dates.MOST_CHANGES,
        again=_again(record, refused),
    )
    seen = _no_more_dates(
        last.at, refused, replace(finding, message=again + finding.message), record
    )
    return replace(
        seen,
        actions=(refusal_buttons.RE_REGISTER, refusal_buttons.FACE_AGAIN, refusal_buttons.CTID),
    )


def _no_more_dates(at: datetime, refused: Refused, finding: Finding, record: Record) -> Observation:
    return Observation(
        finding,
        at,
        refused,
        True,
        (refusal_buttons.RE_REGISTER,),
        hidden=(refusal_buttons.CORRECT_DATES,),
        state="dates_limit",
        values={"time": _again(record, refused)},
    )


def _wait(refused: Refused) -> str:
    return wait_in_words(refused.details.get("retry_after", 60))


def _again(record: Record, refused: Refused) -> str:
    return moment_in_words(record.now + timedelta(seconds=refused.details.get("retry_after", 60)))


def _identity_dates(record: Record) -> list[Observation]:
    if record.account is None:
        return []
    if record.frozen is not None:
        return frozen(record)
    refused, changed = record.no_more_dates, record.dates_changed_at
    if refused is not None:
        message = text(
            "findings.faces.dates_again",
            sentence=sentence_of(refused),
            again=_again(record, refused),
        )
        return [_no_more_dates(record.now, refused, finding_of(refused, message), record)]
    attempts: AttemptsLeft | None = record.answer(DATES_ATTEMPTS)
    if attempts is not None and attempts.refusal is not None:
        refused = attempts.refusal
        actions, hidden = (
            (refusal_buttons.MANUAL, refusal_buttons.WINDOWS),
            (refusal_buttons.CORRECT_DATES,),
        )
        finding = finding_of(refused, sentence_of(refused))
        return [Observation(finding, record.now, refused, actions=actions, hidden=hidden)]
    off = switched_off(record, "identity")
    if off:
        return off
    left = record.dates_left
    message = text("findings.faces.dates_open", days=_DAYS, left=left)
    if changed is not None:
        message += text("findings.faces.dates_changed", time=past(changed))
    finding = Finding("identity_dates_open", message, "info", {"changes_left": left})
    return [Observation(finding, record.now, actions=(refusal_buttons.CORRECT_DATES,))]


FACE_CHECK = Probe(
    "face_check",
    _face_check,
    asks=(FACE_ATTEMPTS, FACE_CHECKS, CTID_ATTEMPTS, FACE_SOURCE, IDENTITY_SOURCE),
)
IDENTITY_DATES = Probe(
    "identity_dates",
    _identity_dates,
    asks=(DATES_ATTEMPTS,),
)
