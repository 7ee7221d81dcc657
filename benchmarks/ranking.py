"""Fit the weights of the ranking on conversations, and print how often the best meaning is right.

    python -m benchmarks.ranking [--write] FILE…

A JSON file has the form of `tests/faq/development/rounds`: for each turn patterns of facts that a
right answer contains. A meaning is right when the text that it would be answered with fits them. A
CSV file has questions with a `case` (numbers or slugs, 0: not ours) or with the `topic` of a
courtesy. The likelihood that any right meaning is chosen is maximised, for each kind of candidate.
The figures are of four folds by conversation. `--write` replaces the weights that are shipped,
fitted on all files.
"""

import argparse
import csv
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from config import Settings
from faq.content import seed
from faq.content.entries import Content
from faq.content.talk import FLAGS, TEXT_NAMES
from faq.diagnosis.states import placeholders
from faq.matching import encoder, ranking
from faq.matching.candidates import KINDS, Candidate
from faq.matching.evidence import Array
from faq.matching.matcher import Matcher, compile_matcher
from faq.matching.ranking import FEATURES, Context
from faq.release import limits, publishing

WEIGHTS = Path(ranking.__file__).with_name("weights.json")
FOLDS, STEPS, RATE, PENALTY = 4, 300, 0.1, 2e-4
# Points of a turn that take part in the fit.
MOST = 250
# Probability from which a short message is taken for an intent that no pattern describes.
SURE_OF_AN_INTENT, SHORT = 0.85, 14
# The states of the files → those of `faq.diagnosis.states`.
STATES: dict[str, tuple[str, ...]] = {
    "blocked199": ("range_closed",),
    "smsused": ("limit_reached", "code_sent"),
    "unarrived": ("code_sent",),
    "gateway": ("gateway_down",),
    "wrongdates": ("to_confirm",),
    "longterm": ("long_term_in_doubt",),
    "many": ("attempts_used_up",),
    "level3": ("registered", "to_verify"),
    "facebusy": ("registered", "to_verify", "source_busy"),
    "olddates": ("registered", "to_verify", "dates_in_doubt"),
    "verified": ("verified", "to_authorise"),
    "authon": ("verified", "authorised"),
    "authended": ("verified", "authorisation_ended"),
    "synced": ("activating", "phone_differs"),
    "activating": ("activating",),
    "network": ("activating", "network_failed"),
    "ticketopen": ("activating", "phone_differs"),
    "cancelled": ("cancelled",),
    "locked": ("locked",),
    "reset": ("registered", "password_reset"),
    "matteropen": ("verified", "matter_to_confirm"),
    "matterwaiting": ("verified", "matter_others", "matter_confirmed"),
    "matterrefused": ("verified", "matter_refused"),
}
# A turn's record names them only when it is about them.
_NOT_OF_THE_RECORD = {"registered", "verified", "code_sent"}
_ANY_TIME = r"\d+月\d+日|\d{4}-\d+-\d+|今天|明天|昨天|\d\d:\d\d"


@dataclass
class Turn:
    """One turn: `features` `(n, FEATURES)` of its candidates, their `kinds`, which are right.

    `part`: what the figures are printed for.
    """

    conversation: str
    part: str
    features: Array
    kinds: Array
    is_right: Array


class Judge:
    """Judge texts by the patterns of one file."""

    def __init__(self, names: Mapping[str, str], settings: Settings) -> None:
        self._names = {
            name: _ANY_TIME if said.startswith("given") else said for name, said in names.items()
        }
        self._limits = limits.placeholders(settings)
        self._known: dict[str, re.Pattern[str]] = {}

    def is_right(self, turn: Mapping[str, Any], candidate: Candidate, *, is_first: bool) -> bool:
        """Return whether a candidate's text is an acceptable answer to a turn."""
        said, labels = self._text(candidate)
        whole = f"{said}\n{labels}"
        if not said:
            return False
        if "any" in turn and not any(self._fits(o, candidate, said, whole) for o in turn["any"]):
            return False
        # An entry's text for the asker's state is not known here.
        is_block = candidate.kind == "entry" and is_first
        if not is_block and not (
            self._has_all(whole, turn.get("must", ())) and self._has_all(said, turn.get("said", ()))
        ):
            return False
        return not any(self._pattern(one).search(whole) for one in turn.get("not", ()))

    def _fits(self, option: Mapping[str, Any], candidate: Candidate, said: str, whole: str) -> bool:
        kind = "answer" if candidate.entry is not None else "smalltalk"
        if kind not in option.get("kinds", ("answer", "smalltalk")):
            return False
        names = (*option.get("cases", ()), *option.get("slugs", ()))
        entry = candidate.entry
        if names and (entry is None or not {entry.case, entry.slug} & {*names}):
            return False
        return self._has_all(whole, option.get("must", ())) and self._has_all(
            said, option.get("said", ())
        )

    def _has_all(self, text: str, patterns: Sequence[str]) -> bool:
        return all(self._pattern(one).search(text) for one in patterns)

    def _pattern(self, pattern: str) -> re.Pattern[str]:
        if pattern not in self._known:
            named = re.sub(r"<([A-Z_]+)>", lambda m: f"(?:{self._names[m[1]]})", pattern)
            self._known[pattern] = re.compile(named)
        return self._known[pattern]

    def _text(self, candidate: Candidate) -> tuple[str, str]:
        """Return what a candidate is answered with, and the labels of its buttons."""
        if candidate.point is not None:
            action = candidate.point.action
            names = placeholders(candidate.point.answer)
            known = {name: self._limits.get(name, "12月18日 11:03") for name in names}
            said = limits.filled(candidate.point.answer, known) or ""
            return said, "" if action is None else action.label
        if candidate.entry is not None:
            return candidate.entry.message, "\n".join(a.label for a in candidate.entry.actions)
        return ("", "") if candidate.topic is None else (candidate.topic.answer, "")


def turns_of(matcher: Matcher, content: Content, path: Path) -> Iterator[Turn]:
    """Yield the turns of a file that have a right answer, each after right ones before."""
    file = json.loads(path.read_text("utf-8"))
    judge = Judge(file["names"], Settings.model_validate({}))
    candidates = matcher.candidates
    kinds = np.array([KINDS.index(one.kind) for one in candidates])
    for conversation in file["conversations"]:
        states = {*STATES.get(conversation["state"], ())}
        fitting = np.array([_fits(one, states) for one in candidates])
        context = Context(states=states - _NOT_OF_THE_RECORD)
        for number, turn in enumerate(conversation["turns"]):
            message = matcher.read_uncached(turn["say"])
            if message.evidence is None:
                continue
            features = matcher.features(message.evidence, context)
            is_told = np.array([one.name == context.open for one in candidates])
            is_right = fitting & np.array(
                [judge.is_right(turn, one, is_first=number == 0) for one in candidates]
            )
            is_named = any(o.get("cases") or o.get("slugs") for o in turn.get("any", ()))
            if number and not is_named and (is_right & (kinds != KINDS.index("entry"))).any():
                is_right &= kinds != KINDS.index("entry")
            acts = dict(message.acts)
            is_right |= [
                one.intent is not None
                and one.intent not in TEXT_NAMES
                and len(turn["say"]) < SHORT
                and acts.get(one.intent, 0.0) >= SURE_OF_AN_INTENT
                for one in candidates
            ]
            scores = ranking.scores_of(features, kinds)
            usable = fitting & ~(is_told & (number > 0))
            chosen = _leading(scores, kinds, usable)
            if is_right[chosen].any():
                yield Turn(
                    conversation["id"], "follow-ups" if number else "first turns",
                    features[chosen], kinds[chosen], is_right[chosen],
                )  # fmt: skip
                best = max(np.flatnonzero(is_right), key=scores.__getitem__)
                context = _after(context, candidates[best], content)


def questions_of(matcher: Matcher, path: Path) -> Iterator[Turn]:
    """Yield the labelled questions of a CSV file as first turns."""
    candidates = matcher.candidates
    kinds = np.array([KINDS.index(one.kind) for one in candidates])
    fitting = np.array([_fits(one, set()) for one in candidates])
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            message = matcher.read_uncached(row["question"])
            if message.evidence is None:
                continue
            features = matcher.features(message.evidence, Context())
            is_right = fitting & np.array([_is_labelled(one, row) for one in candidates])
            scores = ranking.scores_of(features, kinds)
            chosen = _leading(scores, kinds, fitting)
            if is_right[chosen].any():
                yield Turn(
                    f"{path.name}.{number}", path.name,
                    features[chosen], kinds[chosen], is_right[chosen],
                )  # fmt: skip


def _leading(scores: Array, kinds: Array, usable: Array) -> Array:
    """Return the usable candidates that are no points, and the likeliest points."""
    is_point = kinds == KINDS.index("point")
    points = np.argsort(np.where(usable & is_point, -scores, np.inf))[:MOST]
    return np.union1d(np.flatnonzero(usable & ~is_point), points[usable[points]])


def _is_labelled(candidate: Candidate, row: Mapping[str, str]) -> bool:
    names = {*(row.get("case") or row.get("topic") or "").split("|")}
    if names == {"0"}:
        return candidate.kind == "outside"
    if candidate.entry is not None:
        return bool({str(candidate.entry.case), candidate.entry.slug} & names)
    return candidate.topic is not None and candidate.topic.topic in names


def _fits(candidate: Candidate, states: set[str]) -> bool:
    point = candidate.point
    if candidate.intent in FLAGS or point is None:
        return candidate.intent not in FLAGS
    return (not point.states or bool(states & {*point.states})) and not states & {*point.unless}


def _after(context: Context, told: Candidate, content: Content) -> Context:
    if told.entry is None:
        return context
    related = frozenset(content.by_slug[told.entry.slug].related)
    names = {*context.told, told.name}
    return replace(context, open=told.entry.slug, related=related, told=frozenset(names))


def fit(turns: Sequence[Turn], start: Array) -> Array:
    """Return the weights `(kinds, features)` that make right meanings likeliest, by Adam."""
    features = np.concatenate([turn.features for turn in turns]).astype("f4")
    kinds = np.concatenate([turn.kinds for turn in turns])
    right = np.concatenate([turn.is_right for turn in turns])
    sizes = [len(turn.kinds) for turn in turns]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    turn_of = np.repeat(np.arange(len(turns)), sizes)
    rows = [np.flatnonzero(kinds == kind) for kind in range(len(KINDS))]
    tables = [features[own] for own in rows]
    weights = start.astype("f4").copy()
    mean, spread = np.zeros_like(weights), np.zeros_like(weights)
    scores = np.zeros(len(kinds), "f4")
    for step in range(1, STEPS + 1):
        for own, table, of_kind in zip(rows, tables, weights, strict=True):
            scores[own] = table @ of_kind
        likely = np.exp(scores - np.maximum.reduceat(scores, starts)[turn_of])
        total = np.add.reduceat(likely, starts)[turn_of]
        of_right = np.add.reduceat(likely * right, starts)[turn_of] + 1e-12
        push = likely * right / of_right - likely / total
        gradient = np.stack([push[own] @ table for own, table in zip(rows, tables, strict=True)])
        gradient = gradient / len(turns) - PENALTY * weights
        mean = 0.9 * mean + 0.1 * gradient
        spread = 0.99 * spread + 0.01 * gradient**2
        scaled = mean / (1 - 0.9**step) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-8)
        weights = weights + RATE * scaled
    return weights


def folds(turns: Sequence[Turn], start: Array) -> dict[str, float]:
    """Return the share of each part whose best meaning is right."""
    names = sorted({turn.conversation for turn in turns})
    random.Random(1).shuffle(names)
    right: dict[str, list[bool]] = defaultdict(list)
    for number in range(FOLDS):
        held_out = {*names[number::FOLDS]}
        weights = fit([turn for turn in turns if turn.conversation not in held_out], start)
        for turn in turns:
            if turn.conversation in held_out:
                scores = np.einsum("cf,cf->c", turn.features, weights[turn.kinds])
                right[turn.part].append(bool(turn.is_right[int(np.argmax(scores))]))
    return {part: round(float(np.mean(found)), 3) for part, found in right.items()}


def main() -> None:
    """Fit on the files named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    shipped: dict[str, Any] = json.loads(WEIGHTS.read_text("utf-8"))
    content = seed.load()
    for name, is_on in (("together", True), ("alone", False)):
        encoder.configure(is_on=is_on)
        found = publishing.shipped_matcher(content) if is_on else None
        matcher = found or compile_matcher(content, with_encoder=is_on)
        turns = [
            turn
            for path in arguments.files
            for turn in (
                questions_of(matcher, path)
                if path.suffix == ".csv"
                else turns_of(matcher, content, path)
            )
        ]
        start = ranking.weights_of(with_encoder=is_on)
        print(name, len(turns), folds(turns, start), flush=True)
        shipped[name] = {
            kind: {f: round(float(w), 3) for f, w in zip(FEATURES, own, strict=True)}
            for kind, own in zip(KINDS, fit(turns, start), strict=True)
        }
    if arguments.write:
        WEIGHTS.write_text(json.dumps(shipped, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
