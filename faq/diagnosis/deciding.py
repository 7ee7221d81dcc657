"""From a match and the asker's record to what holds for him, and to the entry that it explains."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from faq.content.entries import Content, Entry, distinct, without
from faq.diagnosis import questions
from faq.diagnosis.asker import Asker
from faq.diagnosis.families import PROBES, Family, family_of
from faq.diagnosis.findings import NOTHING, Diagnosis, Finding
from faq.diagnosis.observations import Observation, Probe
from faq.diagnosis.ranges import NUMBER_RANGE, is_named
from faq.diagnosis.record import Record, Records
from faq.matching.match import Candidate, Match
from miniprogram_api.services import Services

MOST_FINDINGS = 3
MOST_ACTIONS = 3
# What the record adds to the probability of a candidate that it explains.
BONUS = 0.3
# Below this confidence the record is looked at for the other candidates, too.
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
    """Look at the asker's own record for what a question may be about; nothing is changed by it.

    `content`: what the match was made from. `records`: makes the record that is looked at.

    Where the wording leaves it open the record decides which entry is meant; else it is a bonus for
    those of the candidates that it explains. Findings that need Redis are left out while it is
    away. A courtesy, or a question that is not ours, has no diagnosis.
    """
    if match.kind not in ("answer", "clarify") or not match.candidates:
        return NOTHING
    best = match.candidates[0]
    family = family_of(best.entry.case)
    if family is not None and not (match.vague or family.leaves_open(best.entry.case, question)):
        family = None
    considered = [one for one in match.candidates if one is best or _may_win(one, match)]
    probes = _probes(considered, family, asker)
    if NUMBER_RANGE not in probes and is_named(best.entry, question):
        probes.append(NUMBER_RANGE)
    if not probes and family is None:
        return NOTHING
    record = records(services, asker, question, best.entry)
    seen = _look(probes, record)
    decided = _settled(seen, content)
    if decided is None and family is not None:
        decided = _newest(seen, family, content)
    elif decided is None and _is_open(match):
        decided = _likelier(seen, considered, content)
    shown = decided or match.entry
    told = _told(seen, shown, considered, decided=decided is not None)
    refused = [o.closed for _, o in seen if o.closed]
    closed = tuple(distinct(*refused)) if refused else ()
    instead = [o.instead for _, o in told if o.instead and _speaks_for(o, shown, content)]
    asked = None
    if family is not None and decided is None and match.kind == "answer":
        asked = _question(family, record)
    return Diagnosis(
        tuple(_explained(probe, observation, shown) for probe, observation in told),
        decided,
        _actions((observation for _, observation in told), closed),
        asked,
        closed,
        instead[0] if instead else (),
    )


def _is_open(match: Match) -> bool:
    """Whether the wording leaves room for another candidate than the first."""
    return match.kind == "clarify" or match.vague or match.confidence < SURE_OF_WORDING


def _may_win(candidate: Candidate, match: Match) -> bool:
    """Whether the record could still make this candidate the likeliest."""
    best = match.candidates[0].probability
    return _is_open(match) and candidate.probability + BONUS >= best


def _probes(considered: Sequence[Candidate], family: Family | None, asker: Asker) -> list[Probe]:
    """What to look at, each once: what the family needs, and what editors attached to entries."""
    attached = (
        # What a newer version of the product knew is passed over.
        PROBES[attached.probe]
        for candidate in considered
        for attached in candidate.entry.probes
        if attached.probe in PROBES
    )
    wanted = dict.fromkeys((*(family.probes if family else ()), *attached))
    return [probe for probe in wanted if probe.for_visitors or not asker.is_anonymous]


def _look(probes: Sequence[Probe], record: Record) -> _Seen:
    record.look(dict.fromkeys(name for probe in probes for name in probe.asks))
    return [(probe, observation) for probe in probes for observation in probe.look(record)]


def _settled(seen: _Seen, content: Content) -> Entry | None:
    """The entry of what he met last, if that counts whatever his words seem to mean."""
    met = [o for _, o in seen if o.decides]
    last = max(met, key=lambda o: (o.at, o.settles), default=None)
    return last.entry(content) if last is not None and last.settles else None


def _newest(seen: _Seen, family: Family, content: Content) -> Entry | None:
    """The entry of what the person met last, of what he may mean."""
    met = [o for _, o in seen if o.decides and (o.case is None or o.case in family.cases)]
    if not met:
        return None
    return max(met, key=lambda o: o.at).entry(content)


def _likelier(seen: _Seen, considered: Sequence[Candidate], content: Content) -> Entry | None:
    """The candidate that wording and record together speak for; None when the record is silent."""
    met = [o.entry(content) for _, o in seen if o.decides]
    explained = [c for c in considered if c.entry in met]
    return max(explained, key=lambda c: c.probability).entry if explained else None


def _told(
    seen: _Seen, shown: Entry | None, considered: Sequence[Candidate], *, decided: bool
) -> _Seen:
    """The findings worth telling, the most telling first."""
    entries = [shown] if shown is not None else [candidate.entry for candidate in considered]
    cases = {entry.case for entry in entries} - {None}
    attached = {a.probe for entry in entries for a in entry.probes} if shown is not None else set()
    slugs = {entry.slug for entry in entries}

    def explained(o: Observation) -> bool:
        return o.case in cases or o.slug in slugs

    relevant = [(p, o) for p, o in seen if explained(o) or p.name in attached]
    if decided:
        # What stood in his way before does not hold him up any more.
        last = max(o.at for _, o in relevant if o.decides and explained(o))
        relevant = [
            (p, o)
            for p, o in relevant
            if explained(o) or o.at > last or not o.decides or o.finding.severity == "info"
        ]
    # Two probes may see the same.
    relevant = [
        (p, o)
        for number, (p, o) in enumerate(relevant)
        if all(o.finding != other.finding for _, other in relevant[:number])
    ]
    relevant.sort(
        key=lambda one: (
            not explained(one[1]),
            _SEVERITIES.index(one[1].finding.severity),
            -one[1].at.timestamp(),
        )
    )
    return relevant[:MOST_FINDINGS]


def _speaks_for(observation: Observation, shown: Entry | None, content: Content) -> bool:
    """Whether what it says instead is meant for this entry, and not for another one."""
    if observation.slug is not None:
        return shown is content.by_slug.get(observation.slug)
    return observation.case is None or shown is content.by_case.get(observation.case)


def _explained(probe: Probe, observation: Observation, shown: Entry | None) -> Finding:
    """The finding with what the editor wants said beside it."""
    for attached in shown.probes if shown is not None else ():
        if attached.probe == probe.name and attached.explanation is not None:
            finding = observation.finding
            return replace(finding, message=f"{finding.message}{attached.explanation}")
    return observation.finding


def _actions(
    told: Iterable[Observation], closed: Iterable[dict[str, str]]
) -> tuple[dict[str, str], ...]:
    found: list[dict[str, str]] = []
    for observation in told:
        found += [action for action in observation.actions if action not in found]
    return tuple((without(found, closed) if closed else found)[:MOST_ACTIONS])


def _question(family: Family, record: Record) -> questions.QuestionBack | None:
    """The one question that would decide, unless the wording has answered it already."""
    asked = family.question(record)
    if asked is None or questions.is_answered(asked, record.question):
        return None
    return asked
