"""What stands open for the asker now, and the next step, for messages that do not say it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from faq.content.entries import Content, Entry, without
from faq.diagnosis import refusal_buttons
from faq.diagnosis.asker import Asker
from faq.diagnosis.asker_states import entry_of, has_steps, instead_of, state_of
from faq.diagnosis.diagnosing import diagnose
from faq.diagnosis.findings import NOTHING, Diagnosis, Instead
from faq.diagnosis.observations import dated_sentence, finding_of, sentence_of, values_of
from faq.diagnosis.probes.accounts import standing
from faq.diagnosis.probes.activations import succeeded_since
from faq.diagnosis.probes.gateways import failing_for
from faq.diagnosis.probes.identities import doubts_of_term
from faq.diagnosis.probes.matters import states_of_matters
from faq.diagnosis.record import Record, Records
from faq.matching.match import certain_match
from miniprogram_api.access.refusals import Note
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
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


@dataclass(frozen=True, slots=True)
class Pending:
    """A subject that stands open: its entry and what the record says about it.

    `since`: when it came up; None for a lasting state of the account.
    """

    entry: Entry
    diagnosis: Diagnosis
    since: datetime | None = None


class PendingSubjects:
    """What stands open for the asker of a question, read at first use."""

    def __init__(
        self,
        services: Services,
        asker: Asker,
        question: str,
        content: Content,
        records: Records = Record,
    ) -> None:
        self._services, self._asker, self._question = services, asker, question
        self._content, self._records = content, records
        self._record = records(services, asker, question, content.entries[0])

    @cached_property
    def pending(self) -> Pending | None:
        """Return what stands open, most urgent and newest first; None if nothing.

        A frozen account comes first, then the events of the last hour, then lasting states.
        """
        if self._asker.is_anonymous:
            return None
        return next((pending for pending in self._candidates() if pending is not None), None)

    @cached_property
    def states(self) -> frozenset[str]:
        """Return the states that the record shows, of what stands open and of the next step."""
        record = self._record
        if self._asker.is_anonymous:
            return frozenset()
        diagnoses = [
            pending.diagnosis for pending in (self.pending, self.next_step) if pending is not None
        ]
        names = {
            name
            for diagnosis in diagnoses
            for name in (diagnosis.state, *diagnosis.states)
            if name is not None
        }
        return frozenset(names | states_of_matters(record))

    @cached_property
    def next_step(self) -> Pending | None:
        """Return the next step of the asker, or that everything is done; None if unknown."""
        record = self._record
        if self._asker.is_anonymous:
            return None
        if record.activation is not None:
            return self._in_state("activating", record.activation.started_at)
        if record.account is None:
            return None
        return self._in_state(standing(record.account, record.now))

    @cached_property
    def last_limit(self) -> Entry | None:
        """Return the entry of the last limit that refused the asker, even if it has passed."""
        note = next(iter(self._recent_notes(_LIMITS)), None)
        return None if note is None else self._entry_of(note)

    def _candidates(self) -> Iterator[Pending | None]:
        record = self._record
        if record.frozen is not None:
            yield self._in_state("frozen")
        events: list[tuple[datetime, Note | str]] = [(n.at, n) for n in self._recent_notes()]
        since = record.now - RECENT
        reported = next((report for report in record.reports if report.kind == "network"), None)
        if reported is not None and reported.at > since and not succeeded_since(record, reported):
            events.append((reported.at, "network_failed"))
        if record.password_reset_at is not None and record.password_reset_at > since:
            events.append((record.password_reset_at, "password_reset"))
        if record.activation is not None:
            events.append((record.activation.started_at, "activating"))
        if record.gateway_failing_since is not None and _wants_codes(record, since):
            yield self._in_state(failing_for(record), record.gateway_failing_since)
        for at, event in sorted(events, key=lambda dated: dated[0], reverse=True):
            yield self._in_state(event, at) if isinstance(event, str) else self._refused(event)
        if record.account is None:
            return
        state = standing(record.account, record.now)
        if state in ("authorisation_ended", "card_expired"):
            yield self._in_state(state)
        elif state == "to_verify" and doubts_of_term(record):
            yield self._in_state("dates_in_doubt")

    def _recent_notes(self, reasons: Collection[Reason] = frozenset(Reason)) -> list[Note]:
        """Return the refusals of the last hour, newest first."""
        since = self._record.now - RECENT
        notes = (n for n in self._record.notes.values() if n.reason in reasons and n.at >= since)
        return sorted(notes, key=lambda note: note.at, reverse=True)

    def _in_state(self, state: str | Refused, since: datetime | None = None) -> Pending | None:
        """Return the entry of a state that the record is in."""
        entry = self._content.explaining(state)
        if entry is None:
            return None
        diagnosis = self._diagnose(entry)
        return Pending(diagnosis.decided or entry, diagnosis, since)

    def _refused(self, note: Note) -> Pending | None:
        """Return the entry and the diagnosis of a refusal; None if it is over."""
        if note.reason is Reason.LEVEL_TOO_LOW:
            if self._record.account is None or not self._record.needs_check:
                return None
            return self._in_state(standing(self._record.account, self._record.now), note.at)
        entry = self._entry_of(note)
        if entry is None:
            return None
        diagnosis = self._diagnose(entry)
        if not _is_covered(note, diagnosis):
            diagnosis = self._as_refused(entry, note)
        return (
            Pending(diagnosis.decided or entry, diagnosis, note.at) if diagnosis.findings else None
        )

    def _entry_of(self, note: Note) -> Entry | None:
        return entry_of(note.refused(self._record.now), _state_of(note), self._content)

    def _diagnose(self, entry: Entry) -> Diagnosis:
        match = certain_match(entry)
        diagnosis = diagnose(
            self._services, self._asker, match, self._question, self._content, self._records
        )
        # The record answers; a question back would add another subject.
        return replace(diagnosis, question_back=None)

    def _as_refused(self, entry: Entry, note: Note) -> Diagnosis:
        """Return the refusal itself as diagnosis if no probe checks it and nothing came after."""
        is_probed = note.reason not in _UNPROBED or (
            note.reason is Reason.PHONE_NOT_ON_RECORD
            and not refusal_buttons.is_account_phone_mismatch(note)
        )
        if is_probed or not sign_in_states.holds(note) or self._has_gone_on(note):
            return NOTHING
        refused = note.refused(self._record.now)
        state = _state_of(note)
        instead = instead_of(entry.variants.get(state or ""), values_of(refused))
        if not has_steps(note):
            instead = Instead(entry.plain_answer)
        hidden = refusal_buttons.hidden_after(refused)
        return Diagnosis(
            (finding_of(refused, dated_sentence(note.at, sentence_of(refused))),),
            # A text of its own leaves the entry's buttons out.
            actions=refusal_buttons.first_after(refused)
            or (tuple(without(entry.buttons, hidden)) if instead is not None else ()),
            hidden=hidden,
            instead=instead,
            state=state if instead is not None else None,
            states={} if state is None else {state: values_of(refused)},
        )

    def _has_gone_on(self, note: Note) -> bool:
        """Return whether the asker passed the refused step since."""
        record = self._record
        if note.reason is Reason.ACCOUNT_FROZEN and record.account is not None:
            # The current state of the account is known.
            return record.frozen is None
        later = (
            *(code.sent_at for code in record.codes),
            *(check.at for check in record.identity_checks),
            *(check.at for check in record.faces),
        )
        return any(at > note.at for at in later)


def _wants_codes(record: Record, since: datetime) -> bool:
    """Return whether the asker has requested a code of late or is about to."""
    return record.activation is not None or any(code.sent_at > since for code in record.codes)


def _is_covered(note: Note, diagnosis: Diagnosis) -> bool:
    """Return whether a diagnosis covers the refusal, as still in effect or not."""
    code = _CODES.get(note.reason, note.reason.name.lower())
    if any(finding.code == code for finding in diagnosis.findings):
        return True
    return note.reason not in _UNPROBED and any(f.severity != "info" for f in diagnosis.findings)


def _state_of(note: Note) -> str | None:
    return "nothing_to_activate" if note.reason is Reason.ALREADY_ACTIVE else state_of(note)
