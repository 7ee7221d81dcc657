"""The result of a probe: a finding, its time, the entry that explains it, and the state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from faq.content.entries import Content, Entry, without
from faq.diagnosis import refusal_buttons
from faq.diagnosis.findings import Finding, Severity
from faq.diagnosis.record import Record
from faq.diagnosis.refusal_buttons import Button
from miniprogram_api import clock
from miniprogram_api.authorisation_effect import judge
from miniprogram_api.phones.sms_code_refusals import GATEWAY
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text, words
from miniprogram_api.texts.sentences import day_in_words, past, sentence, wait_in_words
from models.accounts.account_reads import Overview


@dataclass(frozen=True, slots=True)
class Observation:
    """A finding and what it means for the answer.

    `cause`: the refusal, Reason or state whose entry it selects (`Content.explaining`). `decides`:
    whether it selects the entry when the wording is ambiguous; the newest does. `settles`: whether
    it overrides a clear wording. `hidden`: buttons that would be refused. `state`: the state of
    `faq.diagnosis.asker_states` whose variant replaces the text of the entry shown;
    `values`: of its placeholders.
    """

    finding: Finding
    at: datetime
    cause: Refused | str | None = None
    decides: bool = False
    actions: tuple[Button, ...] = ()
    settles: bool = False
    hidden: tuple[Button, ...] = ()
    state: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def entry(self, content: Content) -> Entry | None:
        """Return the entry that it selects."""
        return None if self.cause is None else content.explaining(self.cause)

    def is_explained_by(self, entry: Entry, content: Content) -> bool:
        """Return whether an entry is the one that it selects, or has a text for its state."""
        return self.state in entry.variants or self.entry(content) is entry


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A check of the asker's records; `asks`: answers of Redis."""

    name: str
    observe: Callable[[Record], Sequence[Observation]]
    asks: tuple[str, ...] = ()
    for_visitors: bool = False

    @property
    def title(self) -> str:
        """Return its name for editors."""
        return text(f"probes.{self.name}.title")

    @property
    def about(self) -> str:
        """Return what it checks, for editors."""
        return text(f"probes.{self.name}.about")


def sentence_of(refused: Refused, **details: Any) -> str:
    """Return the API's sentence for a refusal; `details` override its own."""
    return sentence(refused.reason, {**refused.details, **details})


def dated_sentence(at: datetime, sentence: str) -> str:
    """Return what the API said, with the time behind it: what to do now stands first."""
    return text("findings.common.told", said=sentence, time=past(at))


def values_of(refused: Refused) -> dict[str, str]:
    """Return what a refusal knows of the placeholders of `faq.diagnosis.asker_states`."""
    values = {}
    # After it a failing gateway may be tried again; when it works is not known.
    if refused.details.get("retry_after") and refused.details.get("side") != GATEWAY:
        values["time"] = wait_in_words(refused.details["retry_after"])
    if refused.details.get("cancelled_on"):
        values["day"] = day_in_words(date.fromisoformat(str(refused.details["cancelled_on"])))
    again = words("states.again").get(refused.details.get("step", "register"))
    if again is not None:
        values["again"] = again
    return values


def finding_of(
    refused: Refused,
    message: str,
    severity: Severity = "block",
    data: Mapping[str, Any] | None = None,
) -> Finding:
    """Return a finding with the code and the details of a refusal."""
    kept = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in refused.details.items()
        if name not in ("fields", "warnings")
    }
    return Finding(refused.reason.name.lower(), message, severity, {**kept, **(data or {})})


def switch_closed(account: Overview, record: Record) -> Observation:
    """Return that a reset keeps 是否办理 off, with the ways to be checked; see `judge`."""
    refused = Refused(Reason.LEVEL_TOO_LOW, cause="reset")
    judged = judge(account, record.now.date())
    finding = Finding(
        "authorization_reset",
        text("findings.authorisation.reset", sentence=sentence_of(refused)),
        "block",
        {
            "enabled": judged.enabled,
            "effective": judged.effective,
            "reason": judged.reason,
            "cause": judged.cause,
        },
    )
    return Observation(
        finding,
        record.now,
        "switch_closed",
        False,
        (refusal_buttons.FACE, refusal_buttons.CTID, refusal_buttons.WINDOWS),
        hidden=(refusal_buttons.AUTHORISE,),
        state="switch_closed",
    )


def frozen(record: Record) -> list[Observation]:
    """Return that the account is frozen; overrides questions about what freezing refuses."""
    if record.frozen is None or record.account is None:
        return []
    data = {"status": record.account.status, "level": record.account.level}
    finding = finding_of(record.frozen, sentence_of(record.frozen), data=data)
    hidden = refusal_buttons.HIDDEN_WHEN_FROZEN
    of_entry = record.entry.buttons
    is_refused = len(without(of_entry, hidden)) < len(of_entry)
    return [
        Observation(
            finding,
            record.now,
            record.frozen,
            decides=is_refused,
            actions=(refusal_buttons.WINDOWS,),
            settles=is_refused,
            hidden=hidden,
            state="frozen",
        )
    ]


def is_earlier_daily_limit(refused: Refused, at: datetime) -> bool:
    """Return whether the source's daily limit was met before today."""
    return refused.reason is Reason.IDENTITY_DAILY_LIMIT and at.date() < clock.today()


def daily_limit_reset(at: datetime, again: Button) -> Observation:
    """Return that the daily limit of an earlier day is over."""
    message = text("findings.common.daily_limit_reset", time=past(at))
    return Observation(Finding("identity_quota_is_new", message, "info"), at, actions=(again,))


def rate_limited(record: Record, scope: str) -> list[Observation]:
    """Return that calls of a scope (`phones`, `lookups`) are still rate-limited."""
    note = record.notes.get(Reason.TOO_MANY_ATTEMPTS)
    if note is None or note.details.get("scope") != scope:
        return []
    refused = note.refused(record.now)
    if not refused.details["retry_after"]:
        return []
    return [Observation(finding_of(refused, f"{past(note.at)} {sentence_of(refused)}"), note.at)]
