"""Probe of the matters (业务) that the asker confirms."""

from collections.abc import Sequence

from faq.diagnosis import refusal_buttons
from faq.diagnosis.findings import Finding, Severity
from faq.diagnosis.observations import Observation, Probe, finding_of, frozen, sentence_of
from faq.diagnosis.record import Record
from faq.diagnosis.refusal_buttons import Button
from miniprogram_api import person_rows
from miniprogram_api.matters import standings
from miniprogram_api.matters.standings import Standing
from miniprogram_api.reasons import refused_by
from miniprogram_api.texts import text, word
from miniprogram_api.texts.sentences import day_in_words
from models.matters import matters

# Most urgent first; the others say that nothing is left to do.
_URGENT = (standings.LOST, standings.TODO, matters.REFUSED, matters.EXPIRED)
_ORDER = (*_URGENT, standings.OTHERS, matters.CONFIRMED, matters.WITHDRAWN, matters.ACCEPTED)
# The names of states that differ from those of standings.
_NAMES = {standings.TODO: "to_confirm", matters.EXPIRED: "overdue"}


def states_of_matters(record: Record) -> set[str]:
    """Return the states of the account holder's matters."""
    return (
        set() if record.account is None else {_state(standing.state) for standing in record.matters}
    )


def _state(standing: str) -> str:
    return f"matter_{_NAMES.get(standing, standing)}"


def _matters(record: Record) -> list[Observation]:
    account = record.account
    if account is None:
        return []
    if record.frozen is not None:
        return frozen(record)
    by_state: dict[str, list[Standing]] = {}
    for standing in record.matters:
        by_state.setdefault(standing.state, []).append(standing)
    # Below level 4 only that something waits may be told.
    too_low = refused_by(person_rows.require_person, account)
    if too_low is not None and by_state:
        finding = finding_of(too_low, sentence_of(too_low))
        actions = (refusal_buttons.FACE, refusal_buttons.CTID, refusal_buttons.WINDOWS)
        return [
            Observation(
                finding, record.now, "to_verify", decides=False, actions=actions, state="to_verify"
            )
        ]
    if not by_state:
        finding = Finding("matter_none", text("findings.matters.none"), "info")
        return [Observation(finding, record.now, "matter_none", state="matter_none")]
    return [_observation(state, by_state[state]) for state in _ORDER if state in by_state]


def _observation(state: str, these: Sequence[Standing]) -> Observation:
    first = min(these, key=lambda standing: standing.expires_at)
    others = sum(standing.others for standing in these)
    names = text("findings.common.comma").join(
        text("findings.matters.person", name=name, role=role)
        for standing in these
        for name, role in standing.names
    )
    values = {
        "number": str(others if state == standings.OTHERS else len(these)),
        "day": day_in_words(first.expires_at.date()),
    }
    if first.reason:
        values["reason"] = word("matters.lost", first.reason)
    message = text(f"findings.matters.{state}", **values)
    actions: tuple[Button, ...] = (refusal_buttons.MATTERS,)
    hidden: tuple[Button, ...] = ()
    if all(standing.disowned for standing in these):
        # Nothing offers to confirm what the person said is not the own matter.
        message = text("findings.matters.disowned")
        actions, hidden = (
            (refusal_buttons.DISPUTE, refusal_buttons.WINDOWS),
            (refusal_buttons.MATTERS,),
        )
    if names and state == standings.OTHERS:
        message += text("findings.matters.names", names=names)
    severity: Severity = "block" if state in _URGENT else "info"
    code, data = _state(state), {"count": len(these), "others": others}
    if first.refusal is not None and state in (matters.EXPIRED, matters.REFUSED):
        finding = finding_of(first.refusal, message, severity, data)
    else:
        finding = Finding(code, message, severity, data)
    return Observation(
        finding,
        max(standing.at for standing in these),
        code,
        decides=True,
        actions=actions,
        state=code,
        values=values,
        hidden=hidden,
    )


MATTERS = Probe("matters", _matters)
