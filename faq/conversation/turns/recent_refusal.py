"""What somebody means who says no more than that something is wrong, just after it went wrong."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple

from faq.content.entries import Content, Entry
from faq.conversation.help import closed_by, first_of
from faq.conversation.turns.turn import Turn
from faq.diagnosis import NOTHING, Diagnosis, Record
from faq.diagnosis import observations as says
from faq.diagnosis.observations import finding_of, past, told
from faq.matching.match import certain_match
from faq.matching.matcher import MOST_OPTIONS
from miniprogram_api import clock
from miniprogram_api.access import refusals
from miniprogram_api.access.refusals import Note
from miniprogram_api.reasons import Reason
from miniprogram_api.sign_in import sign_in_states

# Whoever asks later than this may be about something else by now.
STILL_BEFORE_HIM = timedelta(hours=1)
_LIMITS = frozenset(
    {
        Reason.SMS_RATE_LIMITED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.IDENTITY_DAILY_LIMIT,
        Reason.ACCOUNT_LOCKED,
    }
)
# The entry whose probes know whether it holds, where that is another one than the help's.
_ENTRIES = {
    Reason.ALREADY_ACTIVE: "activation_flow",
    Reason.LEVEL_TOO_LOW: "authorization_setting",
    Reason.DOCUMENT_NEEDS_WINDOW: "other_documents",
}
# The finding that tells it, where that has not the name of the reason.
_CODES = {Reason.STEP_ORDER: "activation_under_way"}
# What no probe looks for: it is told as it was refused.
_UNSEEN = frozenset(
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


class Trouble(NamedTuple):
    """The last refusal of somebody, and the entry that explains it."""

    note: Note
    entry: Entry

    def is_told_by(self, found: Diagnosis) -> bool:
        """Whether a look at the record says that it stands in his way, or that it does no more."""
        reason = self.note.reason
        code = _CODES.get(reason, reason.name.lower())
        if any(finding.code == code for finding in found.findings):
            return True
        return reason not in _UNSEEN and any(f.severity != "info" for f in found.findings)


def in_his_way(turn: Turn) -> tuple[Entry, Diagnosis] | None:
    """The entry of what was refused to the asker a moment ago, if it still stands in his way.

    None also where that is the matter that is open: it was told already.
    """
    trouble = _latest(turn)
    if trouble is None or trouble.entry.slug == turn.memory.slug:
        return None
    note, entry = trouble
    found = turn.look(certain_match(entry))
    if not trouble.is_told_by(found):
        found = _as_refused(turn.record(entry), note)
    return (entry, found) if found.findings else None


def first(turn: Turn, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries that he may mean, before them that of his trouble; three at most."""
    trouble = in_his_way(turn)
    if trouble is None:
        return tuple(entries)
    entry, _ = trouble
    others = [other for other in entries if other is not entry]
    return (entry, *others)[:MOST_OPTIONS]


def limit(turn: Turn) -> Entry | None:
    """The entry of the limit at which the asker was refused last, whether it holds yet or not."""
    trouble = _latest(turn, _LIMITS)
    return None if trouble is None else trouble.entry


def came_up_since(turn: Turn) -> bool:
    """Whether something was refused after the message before, which was about what was before."""
    since, trouble = turn.conversation.last_asked, _latest(turn)
    return since is not None and trouble is not None and trouble.note.at > since


def _latest(turn: Turn, reasons: Collection[Reason] = frozenset(Reason)) -> Trouble | None:
    """The last refusal, by the API, of what the asker did just now; None without an entry about it.

    None of a visitor, of whom nothing is kept, and where he asks for somebody else.
    """
    asker = turn.asker
    if asker.is_anonymous or turn.is_about_another:
        return None
    notes = [n for n in refusals.last(asker.openid, asker.account_id) if n.reason in reasons]
    last = max(notes, key=lambda note: note.at, default=None)
    if last is None or clock.now() - last.at > STILL_BEFORE_HIM:
        return None
    entry = _entry_of(last, turn.published.content)
    return None if entry is None else Trouble(last, entry)


def _entry_of(note: Note, content: Content) -> Entry | None:
    if _is_of_account(note):
        # The case is about activating.
        return content.by_slug.get("change_phone")
    slug = _ENTRIES.get(note.reason) or note.reason.guide or ""
    return content.by_case.get(note.case) or content.by_slug.get(slug)


def _is_of_account(note: Note) -> bool:
    """Whether another phone than the account's was typed, and not at activating."""
    return note.reason is Reason.PHONE_NOT_ON_RECORD and "ticket" not in note.details


def _as_refused(record: Record, note: Note) -> Diagnosis:
    """What the API said, where no probe looks whether it holds; nothing if he went on since."""
    is_seen = note.reason not in _UNSEEN or (
        note.reason is Reason.PHONE_NOT_ON_RECORD and not _is_of_account(note)
    )
    if is_seen or not sign_in_states.holds(note) or _went_on(record, note):
        return NOTHING
    refused = note.refused(record.now)
    finding = finding_of(refused, f"{past(note.at)} {told(refused)}")
    instead = _INSTEAD.get(note.reason, ())
    first = (says.OTHER_NUMBER, says.WINDOWS) if instead else first_of(refused)
    return Diagnosis((finding,), actions=first, closed=closed_by(refused), instead=instead)


def _went_on(record: Record, note: Note) -> bool:
    if note.reason is Reason.ACCOUNT_FROZEN and record.account is not None:
        # What his account is now is known.
        return record.frozen is None
    later = (
        *(code.sent_at for code in record.codes),
        *(check.at for check in record.identity_checks),
        *(check.at for check in record.faces),
    )
    return any(at > note.at for at in later)
