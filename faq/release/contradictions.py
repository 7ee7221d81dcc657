"""Compare what the content says with the tables and settings that know it, and with itself.

A contradiction never blocks a publication: the editor is warned, and the asker gets the table's
truth.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from config import Settings
from faq.content import claims, markup, statements
from faq.content.claims import Hours, LimitClaim, Phone, RangeClaim
from faq.content.statements import Statement
from faq.content.validation import place
from faq.diagnosis.range_claims import closed_of, is_true
from faq.release import limits
from faq.release.parts import ENTRY, Key, part_name, texts_of
from miniprogram_api import clock
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones.ranges import NumberRange
from miniprogram_api.staff import windows
from miniprogram_api.staff.windows import Window
from miniprogram_api.texts import text
from miniprogram_api.texts.sentences import day_in_words

Source = Literal["number_ranges", "windows", "settings", "payments", "content"]
_LONGEST_SAID = 40
# Texts for one state of a range are shown only in that state.
_OF_RANGES = "range_"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Report that the text of part `key`, called `part`, differs from the table `source`."""

    key: Key
    part: str
    message: str
    source: Source

    @property
    def table(self) -> str:
        """Return the name of the table for editors."""
        return text(f"claims.sources.{self.source}")


@dataclass(frozen=True)
class Truth:
    """Hold what tables and settings know, read once."""

    settings: Settings
    ranges: list[NumberRange] = field(default_factory=number_ranges.list_ranges)
    windows: list[Window] = field(default_factory=windows.listed)

    @property
    def limits(self) -> dict[str, int]:
        """Return the limits by name (`claims.facts`)."""
        return limits.values(self.settings)


_NOTHING: Mapping[Key, Any] = MappingProxyType({})


def contradictions(
    parts: Mapping[Key, Any], settings: Settings, others: Mapping[Key, Any] = _NOTHING
) -> list[Contradiction]:
    """Return the contradictions in these parts, which may be invalid.

    Entries are compared with each other, and with `others`, of which `parts` are newer versions.
    """
    truth = Truth(settings)
    against_tables = [
        contradiction
        for key, value in parts.items()
        for contradiction in _of_part(key, value, truth)
    ]
    return [*against_tables, *_between(parts, {**others, **parts}), *_fees(parts)]


class _Stated(NamedTuple):
    """A statement of an entry, and where."""

    key: Key
    path: tuple[str | int, ...]
    statement: Statement


def _between(parts: Mapping[Key, Any], others: Mapping[Key, Any]) -> Iterator[Contradiction]:
    """Yield what an entry of `parts` states against another one of `others`."""
    by_key: dict[str, list[_Stated]] = {}
    for key, value in others.items():
        for stated in _stated(key, value):
            by_key.setdefault(stated.statement.key, []).append(stated)
    for same in by_key.values():
        for stated in same:
            if stated.key not in parts:
                continue
            against = (o for o in same if o.key != stated.key and _contradict(stated, o))
            if other := next(against, None):
                name = part_name(other.key, others[other.key])
                truth = text("claims.said.other", part=name, said=_short(other.statement.clause))
                yield _contradiction(
                    stated.key, parts, stated.path, stated.statement.clause, truth, "content"
                )


def _contradict(stated: _Stated, other: _Stated) -> bool:
    return stated.statement.contradicts(other.statement)


def _stated(key: Key, value: Any) -> Iterator[_Stated]:
    """Yield what an entry states unconditionally: not in a state, nor for some askers alone."""
    if key.kind != ENTRY or not isinstance(value, Mapping):
        return
    for path, written in texts_of({n: value.get(n) for n in ("answer", "steps")}):
        for statement in statements.statements_of(markup.plain(written)):
            yield _Stated(key, path, statement)
    points = value.get("points")
    for at, point in enumerate(points if isinstance(points, list | tuple) else ()):
        if not isinstance(point, Mapping) or statements.is_conditional(point):
            continue
        path, question, answer = (
            ("points", at),
            str(point.get("question")),
            str(point.get("answer")),
        )
        of_point = statements.of_point(question, answer)
        for statement in (*statements.statements_of(answer), *([of_point] if of_point else [])):
            yield _Stated(key, path, statement)


def _fees(parts: Mapping[Key, Any]) -> Iterator[Contradiction]:
    """Yield what entries say about fees against the rule that our services are free."""
    for key, value in parts.items():
        if key.kind == ENTRY:
            for path, written in texts_of(value):
                for clause in statements.fees_in(markup.plain(written)):
                    yield _contradiction(
                        key, parts, path, clause, text("claims.said.free"), "payments"
                    )


def _contradiction(
    key: Key,
    parts: Mapping[Key, Any],
    path: tuple[str | int, ...],
    statement: str,
    truth: str,
    source: Source,
) -> Contradiction:
    message = text("claims.said.warning", place=place(path), said=_short(statement), truth=truth)
    return Contradiction(key, part_name(key, parts[key]), message, source)


def _short(statement: str) -> str:
    return statement if len(statement) <= _LONGEST_SAID else f"{statement[:_LONGEST_SAID]}…"


def _of_part(key: Key, value: Any, truth: Truth) -> Iterator[Contradiction]:
    for path, written in texts_of(value):
        plain = markup.plain(written)
        for statement, fact, source in _differences(plain, truth, path):
            yield _contradiction(key, {key: value}, path, statement, fact, source)


def _differences(
    plain: str, truth: Truth, path: tuple[str | int, ...]
) -> Iterator[tuple[str, str, Source]]:
    """Yield what the text says, what holds, and the table that knows it."""
    is_of_a_range = any(str(part).startswith(_OF_RANGES) for part in path)
    for find, truth_of, source in _COMPARED:
        if find is claims.range_claims and is_of_a_range:
            continue
        for claim in find(plain):
            holds = truth_of(claim, truth)
            if holds:
                yield claim.clause, holds, source


def _range_truth(claim: RangeClaim, truth: Truth) -> str | None:
    """Return what the table says, None if it agrees."""
    prefix, today = claim.prefix, clock.today()
    if is_true(claim, truth.ranges, today):
        return None
    closed = closed_of(prefix, truth.ranges, today)
    if closed:
        name, until = closed[0].prefix, closed[0].supported_from
        if until is None:
            return text("claims.said.range_closed", prefix=name)
        return text("claims.said.range_closed_until", prefix=name, day=day_in_words(until))
    since = next((r.supported_from for r in truth.ranges if prefix.startswith(r.prefix)), None)
    if since is None:
        return text("claims.said.range_open", prefix=prefix)
    return text("claims.said.range_open_since", prefix=prefix, day=day_in_words(since))


def _hours_truth(hours: Hours, truth: Truth) -> str | None:
    meant = [window for window in truth.windows if window.name in hours.clause] or truth.windows
    spans_of_windows = [claims.spans_in(window.hours) for window in meant]
    differs = (
        any(spans_of_windows)
        and hours.spans
        and not any(hours.spans <= spans for spans in spans_of_windows)
    )
    opens = any(claims.is_open_on_weekends(window.hours) for window in meant)
    if not meant or not (differs or (hours.weekend and not opens)):
        return None
    return text("claims.said.hours", hours=_list(window.hours for window in meant))


def _phone_truth(phone: Phone, truth: Truth) -> str | None:
    meant = [window for window in truth.windows if window.name in phone.clause] or truth.windows
    phones = {digits for window in meant for digits in claims.phones_in(window.phone)}
    if not phones or any(digits.endswith(phone.digits) for digits in phones):
        return None
    return text("claims.said.phones", phones=_list(window.phone for window in meant))


def _limit_truth(limit: LimitClaim, truth: Truth) -> str | None:
    number = truth.limits[limit.name]
    if limit.number == number:
        return None
    fact = text(f"claims.facts.{limit.name}", number=number)
    return text("claims.said.limit", fact=fact)


_Find = Callable[[str], Iterable[Any]]
_TruthOf = Callable[[Any, Truth], str | None]
# What finds the claims of a kind, what holds instead, and the table that knows it.
_COMPARED: tuple[tuple[_Find, _TruthOf, Source], ...] = (
    (claims.range_claims, _range_truth, "number_ranges"),
    (claims.hours_claims, _hours_truth, "windows"),
    (claims.phone_claims, _phone_truth, "windows"),
    (claims.limit_claims, _limit_truth, "settings"),
)


def _list(values: Iterator[str]) -> str:
    return "、".join(dict.fromkeys(values))
