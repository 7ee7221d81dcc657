"""Recent refusals of the API as the subject of messages that name none."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple

from faq.content.entries import Content, Entry
from faq.conversation.turns.turn import Turn
from faq.diagnosis import buttons
from faq.diagnosis.findings import NOTHING, Diagnosis
from faq.diagnosis.observations import finding_of, past, sentence_of
from faq.diagnosis.record import Record
from faq.matching.match import certain_match
from faq.matching.matcher import MOST_OPTIONS
from miniprogram_api import clock
from miniprogram_api.access import refusals
from miniprogram_api.access.refusals import Note
from miniprogram_api.reasons import Reason
from miniprogram_api.sign_in import sign_in_states

# Later messages may be about something else.
RECENT = timedelta(hours=1)
_LIMITS = frozenset(
    {
        Reason.SMS_RATE_LIMITED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.IDENTITY_DAILY_LIMIT,
        Reason.ACCOUNT_LOCKED,
    }
)
# Entries whose probes can confirm the refusal, where they differ from the help's.
_ENTRIES = {
    Reason.ALREADY_ACTIVE: "activation_flow",
    Reason.LEVEL_TOO_LOW: "authorization_setting",
    Reason.DOCUMENT_NEEDS_WINDOW: "other_documents",
}
# Codes of findings that differ from the reason's name.
_CODES = {Reason.STEP_ORDER: "activation_under_way"}
# Reasons that no probe checks; the refusal itself is reported.
_UNPROBED = frozenset(
    {
        Reason.ACCOUNT_CANCELLED,
        Reason.ACCOUNT_FROZEN,
        Reason.CONSENT_REQUIRED,
        Reason.CONSENT_OUTDATED,
        Reason.CANCELLATION_REQUIRED,
        Reason.DOCUMENT_NEEDS_WINDOW,
        Reason.PHONE_ACCOUNT_LIMIT,
        Reason.PHONE_NOT_ON_RECORD,
    }
)
# The entry says that a phone may serve several people.
_INSTEAD = {
    Reason.PHONE_ACCOUNT_LIMIT: (
        "这个手机号不能再用来注册了，请换一个能收到短信的手机号。",
        "家人或朋友的手机号也可以：填您本人的姓名、身份证号和有效期，用那个号码收验证码。",
        "没有别的手机号可用的，请带身份证原件到窗口办理。",
    ),
}


class RecentRefusal(NamedTuple):
    """The asker's last refusal and the entry that explains it."""

    note: Note
    entry: Entry

    def is_found_in(self, found: Diagnosis) -> bool:
        """Return whether a diagnosis covers the refusal, as still in effect or not."""
        reason = self.note.reason
        code = _CODES.get(reason, reason.name.lower())
        if any(finding.code == code for finding in found.findings):
            return True
        return reason not in _UNPROBED and any(f.severity != "info" for f in found.findings)


def blocking(turn: Turn) -> tuple[Entry, Diagnosis] | None:
    """Return the last refusal's entry and diagnosis, unless over or already the current entry."""
    recent = _latest(turn)
    if recent is None or recent.entry.slug == turn.memory.slug:
        return None
    note, entry = recent
    found = turn.diagnose(certain_match(entry))
    if not recent.is_found_in(found):
        found = _as_refused(turn.record(entry), note)
    return (entry, found) if found.findings else None


def put_first(turn: Turn, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Put the entry of the last refusal first; returns three at most."""
    recent = blocking(turn)
    if recent is None:
        return tuple(entries)
    entry, _ = recent
    others = [other for other in entries if other is not entry]
    return (entry, *others)[:MOST_OPTIONS]


def limit_entry(turn: Turn) -> Entry | None:
    """Return the entry of the last limit that refused the asker, even if it has passed."""
    recent = _latest(turn, _LIMITS)
    return None if recent is None else recent.entry


def is_new(turn: Turn) -> bool:
    """Return whether a refusal came after the previous message."""
    since, recent = turn.conversation.last_asked, _latest(turn)
    return since is not None and recent is not None and recent.note.at > since


def _latest(turn: Turn, reasons: Collection[Reason] = frozenset(Reason)) -> RecentRefusal | None:
    """Return the last explained refusal within RECENT; None for another person's matter."""
    asker = turn.asker
    if asker.is_anonymous or turn.is_about_another:
        return None
    notes = [n for n in refusals.last(asker.openid, asker.account_id) if n.reason in reasons]
    last = max(notes, key=lambda note: note.at, default=None)
    if last is None or clock.now() - last.at > RECENT:
        return None
    entry = _entry_of(last, turn.published.content)
    return None if entry is None else RecentRefusal(last, entry)


def _entry_of(note: Note, content: Content) -> Entry | None:
    if buttons.is_account_phone_mismatch(note):
        return content.by_slug.get("change_phone")
    slug = _ENTRIES.get(note.reason) or note.reason.guide or ""
    return content.by_case.get(note.case) or content.by_slug.get(slug)


def _as_refused(record: Record, note: Note) -> Diagnosis:
    """Return the refusal itself as diagnosis if no probe checks it and nothing came after it."""
    is_probed = note.reason not in _UNPROBED or (
        note.reason is Reason.PHONE_NOT_ON_RECORD and not buttons.is_account_phone_mismatch(note)
    )
    if is_probed or not sign_in_states.holds(note) or _continued_since(record, note):
        return NOTHING
    refused = note.refused(record.now)
    finding = finding_of(refused, f"{past(note.at)} {sentence_of(refused)}")
    instead = _INSTEAD.get(note.reason, ())
    first = (buttons.OTHER_NUMBER, buttons.WINDOWS) if instead else buttons.first_after(refused)
    return Diagnosis(
        (finding,), actions=first, hidden=buttons.hidden_after(refused), instead=instead
    )


def _continued_since(record: Record, note: Note) -> bool:
    if note.reason is Reason.ACCOUNT_FROZEN and record.account is not None:
        # The current state of the account is known.
        return record.frozen is None
    later = (
        *(code.sent_at for code in record.codes),
        *(check.at for check in record.identity_checks),
        *(check.at for check in record.faces),
    )
    return any(at > note.at for at in later)
