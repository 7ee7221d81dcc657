"""What would change the findings of a name: each change is checked before it is told.

It mends what was typed, and proposes trade words of the same class and at most two words (字号)
that sound the same, so that it cannot be used to collect free names.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from miniprogram_api import characters
from miniprogram_api.names import form, forms
from miniprogram_api.names.divisions import Division
from miniprogram_api.names.findings import Finding, Level, Part, Result, Subject, result_of
from miniprogram_api.names.lists import Lists
from miniprogram_api.names.parts import Parts, Place
from miniprogram_api.texts import text

MOST_CHANGES = 4
_MOST_TRADES_TRIED = 8
_MOST_TRADES_TOLD = 2
_MOST_SOUNDS_TRIED = 6
_MOST_SOUNDS_TOLD = 2
_SHORTEST_WORD = 2
_BETTER = (Result.NONE, Result.HINTS, Result.REFUSED)
Recheck = Callable[[Parts], Sequence[Finding]]


class Kind(StrEnum):
    """What a change does."""

    DIVISION = "division"
    REMOVE = "remove"
    TRADE = "trade"
    SOUND = "sound"
    FORM = "form"
    WORD = "word"


@dataclass(frozen=True)
class Change:
    """A change that frees a name, or makes its result better.

    ``value``: the new text of the part, ``name``: the whole new name; both are empty where the
    person must choose. ``result``: of the new name; None where it must be checked anew.
    """

    kind: Kind
    part: Part
    value: str
    name: str
    message: str
    result: Result | None


def changes(
    parts: Parts,
    findings: Sequence[Finding],
    seat: Division,
    subject: Subject | None,
    lists: Lists,
    recheck: Recheck,
) -> tuple[Change, ...]:
    """Return what would make the result better, the surest first.

    ``recheck``: returns the findings of a changed name, register included.
    """
    result = result_of(findings)
    if result is Result.NONE:
        return ()
    told: list[Change] = []
    mended = _mended(parts, findings, seat, subject)
    if mended is not None:
        told += _if_better(*mended, result, recheck)
    told += _without_hits(parts, findings, result, lists, recheck)
    if _collides(findings):
        told += _other_trades(parts, result, lists, recheck)
    if any(finding.rule.startswith("same.") for finding in findings):
        told += _same_sounds(parts, result, lists, recheck)
    if any(finding.part is Part.WORD and finding.level is not Level.NOTE for finding in findings):
        message = text("names.changes.word")
        told.append(Change(Kind.WORD, Part.WORD, "", "", message, None))
    return tuple(told[:MOST_CHANGES])


def _collides(findings: Sequence[Finding]) -> bool:
    return any(finding.rule.startswith(("same.", "similar.")) for finding in findings)


def _mended(
    parts: Parts, findings: Sequence[Finding], seat: Division, subject: Subject | None
) -> tuple[Kind, Part, Parts] | None:
    """Return the name with the right division and form; None when neither is wrong."""
    rules = {finding.rule for finding in findings if finding.level is Level.REFUSE}
    mended = parts
    if any(rule.startswith("division.") for rule in rules):
        usual = form.usual_division(seat)
        if "division.district_alone" in rules:
            usual = f"{seat.city.name}{seat.name}"
        mended = replace(mended, division=usual, place=Place.FRONT)
    if any(rule.startswith("form.") for rule in rules):
        mended = replace(mended, form=_right_form(parts.form, subject))
    if mended == parts:
        return None
    is_form = mended.division == parts.division
    kind, part = (Kind.FORM, Part.FORM) if is_form else (Kind.DIVISION, Part.DIVISION)
    return kind, part, mended


def _right_form(form: str, subject: Subject | None) -> str:
    """Return the form with its marker, or the commonest form of the kind of enterprise."""
    bare = forms.without_group(form)
    meant = subject or forms.subject_of(bare) or Subject.COMPANY
    markers = forms.markers(meant)
    if markers and not bare.endswith(markers):
        bare = bare if bare in forms.ends(meant) else ""
        return bare + markers[min(1, len(markers) - 1)]
    if bare in forms.ends(meant) or (markers and bare.endswith(markers)):
        return bare
    return forms.usual(meant)


def _if_better(
    kind: Kind, part: Part, changed: Parts, before: Result, recheck: Recheck
) -> Iterator[Change]:
    after = result_of(recheck(changed))
    if _BETTER.index(after) < _BETTER.index(before):
        value = str(getattr(changed, part.value))
        message = text(f"names.changes.{kind.value}", value=value, name=changed.name)
        yield Change(kind, part, value, changed.name, message, after)


def _without_hits(
    parts: Parts, findings: Sequence[Finding], before: Result, lists: Lists, recheck: Recheck
) -> Iterator[Change]:
    """Try the 字号 or the industry without the words that break a rule."""
    for part in (Part.WORD, Part.INDUSTRY):
        text_of = str(getattr(parts, part.value))
        rest = text_of
        for finding in findings:
            if finding.part is part and lists.rules[finding.rule].words:
                rest = rest.replace(finding.against, "")
        if rest != text_of and len(rest) >= _SHORTEST_WORD:
            if part is Part.WORD:
                changed = replace(parts, word=rest)
            else:
                changed = replace(parts, industry=rest, industry_class=lists.class_of(rest))
            yield from _if_better(Kind.REMOVE, part, changed, before, recheck)


def _other_trades(parts: Parts, before: Result, lists: Lists, recheck: Recheck) -> Iterator[Change]:
    """Try other trade words of the same class."""
    words = next((row.words for row in lists.trades if row.code == parts.industry_class), ())
    others = (
        [w for w in words if len(w) > 1 and w != parts.industry] if parts.industry_class else []
    )
    told = 0
    for word in others[:_MOST_TRADES_TRIED]:
        changed = replace(parts, industry=word)
        for change in _if_better(Kind.TRADE, Part.INDUSTRY, changed, before, recheck):
            yield change
            told += 1
        if told == _MOST_TRADES_TOLD:
            return


def _same_sounds(parts: Parts, before: Result, lists: Lists, recheck: Recheck) -> Iterator[Change]:
    """Try words whose last character is another one of the same sound, as names of places have."""
    told = 0
    for character in _sounding_like(parts.word[-1:], lists)[:_MOST_SOUNDS_TRIED]:
        changed = replace(parts, word=parts.word[:-1] + character)
        for change in _if_better(Kind.SOUND, Part.WORD, changed, before, recheck):
            yield change
            told += 1
        if told == _MOST_SOUNDS_TOLD:
            return


def _sounding_like(character: str, lists: Lists) -> list[str]:
    """Return other characters with this reading, from words that may stand in names."""
    readings, _words = characters.readings()
    reading = readings.get(character)
    used = dict.fromkeys("".join(sorted(lists.allowed)))
    return [other for other in used if other != character and readings.get(other) == reading]
