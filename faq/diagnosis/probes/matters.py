"""Probe of the matters (业务) that the asker confirms."""

from collections.abc import Sequence

from faq.diagnosis import buttons
from faq.diagnosis.buttons import Button
from faq.diagnosis.findings import Finding, Severity
from faq.diagnosis.observations import Observation, Probe, finding_of, frozen, sentence_of
from faq.diagnosis.record import Record
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
    return set() if record.account is None else {_state(one.state) for one in record.matters}


def _state(standing: str) -> str:
    return f"matter_{_NAMES.get(standing, standing)}"


def _matters(record: Record) -> list[Observation]:
    account = record.account
    if account is None:
        return []
    if record.frozen is not None:
        return frozen(record)
    found: dict[str, list[Standing]] = {}
    for one in record.matters:
        found.setdefault(one.state, []).append(one)
    # Below level 4 only that something waits may be told.
    too_low = refused_by(person_rows.require_person, account)
    if too_low is not None and found:
        finding = finding_of(too_low, sentence_of(too_low))
        actions = (buttons.FACE, buttons.CTID, buttons.WINDOWS)
        return [
            Observation(
                finding, record.now, "to_verify", decides=False, actions=actions, state="to_verify"
            )
        ]
    if not found:
        finding = Finding("matter_none", text("findings.matters.none"), "info")
        return [Observation(finding, record.now, "matter_none", state="matter_none")]
    return [_observation(state, found[state]) for state in _ORDER if state in found]


def _observation(state: str, these: Sequence[Standing]) -> Observation:
    first = min(these, key=lambda one: one.expires_at)
    others = sum(one.others for one in these)
    names = text("findings.common.comma").join(
        text("findings.matters.person", name=name, role=role)
        for one in these
        for name, role in one.names
    )
    values = {
        "number": str(others if state == standings.OTHERS else len(these)),
        "day": day_in_words(first.expires_at.date()),
    }
    if first.reason:
        values["reason"] = word("matters.lost", first.reason)
    message = text(f"findings.matters.{state}", **values)
    actions: tuple[Button, ...] = (buttons.MATTERS,)
    hidden: tuple[Button, ...] = ()
    if all(one.disowned for one in these):
        # Nothing offers to confirm what the person said is not the own matter.
        message = text("findings.matters.disowned")
        actions, hidden = (buttons.DISPUTE, buttons.WINDOWS), (buttons.MATTERS,)
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
        max(one.at for one in these),
        code,
        decides=True,
        actions=actions,
        state=code,
        values=values,
        hidden=hidden,
    )


MATTERS = Probe("matters", _matters)
