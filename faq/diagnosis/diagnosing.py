"""Diagnose a match from the asker's records: findings, the entry that they select, buttons."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from faq.content.entries import Content, Entry, distinct, without
from faq.content.talk import Family
from faq.diagnosis.asker import Asker
from faq.diagnosis.asker_states import instead_of
from faq.diagnosis.families import PROBES, family_of, is_open, question_of
from faq.diagnosis.findings import NOTHING, Diagnosis, Finding, Instead
from faq.diagnosis.observations import Observation, Probe
from faq.diagnosis.probes.ranges import NUMBER_RANGE, is_named
from faq.diagnosis.range_claims import variant_for
from faq.diagnosis.record import Record, Records
from faq.matching.match import Match, Option
from miniprogram_api.services import Services

MOST_FINDINGS = 3
MOST_ACTIONS = 3
# Added to the probability of a candidate that the record explains.
BONUS = 0.3
# Below this confidence the other candidates are probed, too.
SURE_OF_WORDING = 0.85

_SEVERITIES = ("block", "warn", "info")
_Seen = list[tuple[Probe, Observation]]


def diagnose(
    services: Services,
    asker: Asker,
    match: Match,
    question: str,
    content: Content,
    records: Records = Record,
) -> Diagnosis:
    """Diagnose a question from the asker's records, without changing them.

    An ambiguous wording leaves the choice of the entry to the record; else the record adds a bonus
    to the candidates that it explains. Smalltalk and out-of-scope questions get no diagnosis;
    without Redis the findings that need it are missing.
    """
    if match.kind not in ("answer", "clarify") or not match.candidates:
        return NOTHING
    best = match.candidates[0]
    family = family_of(content, best.entry)
    if family is not None and not (match.vague or is_open(family, best.entry, question)):
        family = None
    considered = [
        candidate
        for candidate in match.candidates
        if candidate is best or _may_win(candidate, match)
    ]
    probes = _probes(considered, family, asker)
    if NUMBER_RANGE not in probes and is_named(best.entry, question):
        probes.append(NUMBER_RANGE)
    if not probes and family is None:
        return NOTHING
    record = records(services, asker, question, best.entry)
    record.fetch(dict.fromkeys(name for probe in probes for name in probe.asks))
    seen = [(probe, observation) for probe in probes for observation in probe.observe(record)]
    decided = _settled(seen, content)
    if decided is None and family is not None:
        decided = _newest(seen, family, content)
    if decided is None and _is_open(match):
        decided = _likelier(seen, considered, content)
    shown = decided or match.entry
    relevant = _relevant(seen, shown, considered, content, decided=decided is not None)
    refused = [o.hidden for _, o in seen if o.hidden]
    hidden = tuple(distinct(*refused)) if refused else ()
    state, instead = _variant(relevant, shown, record)
    asked = None
    if family is not None and decided is None and match.kind == "answer":
        asked = question_of(family, record, content)
    return Diagnosis(
        tuple(_explained(probe, observation, shown) for probe, observation in relevant),
        decided,
        _actions((observation for _, observation in relevant), hidden),
        asked,
        hidden,
        instead,
        state,
        {o.state: o.values for _, o in seen if o.state is not None},
    )


def _is_open(match: Match) -> bool:
    """Return whether another candidate than the first is possible."""
    return match.kind == "clarify" or match.vague or match.confidence < SURE_OF_WORDING


def _may_win(candidate: Option, match: Match) -> bool:
    """Return whether the bonus could make this candidate the likeliest."""
    best = match.candidates[0].probability
    return _is_open(match) and candidate.probability + BONUS >= best


def _probes(considered: Sequence[Option], family: Family | None, asker: Asker) -> list[Probe]:
    attached = (
        # Skip probes of newer versions.
        PROBES[attached.probe]
        for candidate in considered
        for attached in candidate.entry.probes
        if attached.probe in PROBES
    )
    of_family = (PROBES[name] for name in (family.probes if family else ()) if name in PROBES)
    wanted = dict.fromkeys((*of_family, *attached))
    return [probe for probe in wanted if probe.for_visitors or not asker.is_anonymous]


def _settled(seen: _Seen, content: Content) -> Entry | None:
    """Return the entry of the newest observation if that overrides the wording."""
    met = [o for _, o in seen if o.decides]
    last = max(met, key=lambda o: (o.at, o.settles), default=None)
    return last.entry(content) if last is not None and last.settles else None


def _newest(seen: _Seen, family: Family, content: Content) -> Entry | None:
    """Return the entry of the newest observation within the family."""
    met = [(o.at, o.entry(content)) for _, o in seen if o.decides]
    fitting = [(at, entry) for at, entry in met if entry and entry.slug in family.members]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _likelier(seen: _Seen, considered: Sequence[Option], content: Content) -> Entry | None:
    """Return the likeliest candidate that the record explains."""
    met = [o.entry(content) for _, o in seen if o.decides]
    explained = [c for c in considered if c.entry in met]
    return max(explained, key=lambda c: c.probability).entry if explained else None


def _relevant(
    seen: _Seen,
    shown: Entry | None,
    considered: Sequence[Option],
    content: Content,
    *,
    decided: bool,
) -> _Seen:
    """Return the findings to show, most relevant first."""
    entries = [shown] if shown is not None else [candidate.entry for candidate in considered]
    attached = {a.probe for entry in entries for a in entry.probes} if shown is not None else set()

    def explained(o: Observation) -> bool:
        return any(o.is_explained_by(entry, content) for entry in entries)

    relevant = [(p, o) for p, o in seen if explained(o) or p.name in attached]
    if decided:
        # Drop obstacles from before the decisive observation.
        last = max(o.at for _, o in relevant if o.decides and explained(o))
        relevant = [
            (p, o)
            for p, o in relevant
            if explained(o) or o.at > last or not o.decides or o.finding.severity == "info"
        ]
    # Two probes may report the same.
    relevant = [
        (p, o)
        for number, (p, o) in enumerate(relevant)
        if all(o.finding != other.finding for _, other in relevant[:number])
    ]
    relevant.sort(
        key=lambda pair: (
            not explained(pair[1]),
            _SEVERITIES.index(pair[1].finding.severity),
            -pair[1].at.timestamp(),
        )
    )
    return relevant[:MOST_FINDINGS]


def _variant(
    relevant: _Seen, shown: Entry | None, record: Record
) -> tuple[str | None, Instead | None]:
    """Return the first state that the entry has a text for, and that text."""
    for _, o in relevant:
        if shown is not None and o.state is not None:
            instead = instead_of(variant_for(shown, o.state, o.values, record.now.date()), o.values)
            if instead is not None:
                return o.state, instead
    return None, None


def _explained(probe: Probe, observation: Observation, shown: Entry | None) -> Finding:
    """Return the finding of a probe with the editor's explanation appended."""
    finding = replace(observation.finding, probe=probe.name)
    for attached in shown.probes if shown is not None else ():
        if attached.probe == probe.name and attached.explanation is not None:
            return replace(finding, message=f"{finding.message}{attached.explanation}")
    return finding


def _actions(
    relevant: Iterable[Observation], hidden: Iterable[dict[str, str]]
) -> tuple[dict[str, str], ...]:
    actions: list[dict[str, str]] = []
    for observation in relevant:
        actions += [action for action in observation.actions if action not in actions]
    return tuple((without(actions, hidden) if hidden else actions)[:MOST_ACTIONS])
