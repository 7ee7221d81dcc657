"""The rules of form: division, 字号, industry and form of organisation."""

import re
from collections.abc import Callable, Iterator

from miniprogram_api.characters import standard
from miniprogram_api.names import divisions, forms
from miniprogram_api.names.divisions import Division
from miniprogram_api.names.findings import Finding, Part, Subject
from miniprogram_api.names.lists import Lists
from miniprogram_api.names.parts import ZONE, Parts

_HANZI = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_BRACKETS = re.compile("（([^（）]*)）")
_SHORTEST_WORD, _LONG_WORD = 2, 5
# Shown as what a kind of enterprise may end with; all are accepted.
_MOST_SHOWN = 8
_INTERNATIONAL = "word.international"
_FOREIGN = "name.foreign"
_FORM_WORDS = "word.form"


def findings(
    parts: Parts, seat: Division, subject: Subject | None, lists: Lists
) -> Iterator[Finding]:
    """Yield what is wrong with the form of a name; ``subject``: None where it is not known."""
    for rule in (_division, _word, _industry, _form):
        yield from rule(parts, seat, subject, lists)


def usual_division(seat: Division) -> str:
    """Return what names at this seat usually begin with: the city's short name, as 杭州."""
    return seat.city.short


def _division(
    parts: Parts, seat: Division, subject: Subject | None, lists: Lists
) -> Iterator[Finding]:
    if subject is Subject.BRANCH:
        # A branch repeats its parent's name (article 13), whose seat may be elsewhere.
        return
    usual = usual_division(seat)
    zone = ZONE.search(parts.division)
    division = parts.division[: zone.start()] if zone else parts.division
    if not division:
        rule = "division.zone_alone" if zone else "division.missing"
        yield lists.finding(rule, Part.DIVISION, parts.division, seat=usual)
        return
    named = _named(division, has_zone=zone is not None)
    own = [one for one in named if seat.is_within(one)]
    if not own:
        yield lists.finding("division.not_of_seat", Part.DIVISION, division, seat=usual)
    elif all(one.is_urban and division in (one.name, one.short) for one in own):
        full = f"{own[0].city.name}{own[0].name}"
        yield lists.finding("division.district_alone", Part.DIVISION, division, seat=full)


def _named(division: str, *, has_zone: bool) -> tuple[Division, ...]:
    """Return the divisions that a text names; a zone's own name may follow them."""
    spellings = divisions.by_spelling()
    shortest = 1 if has_zone else len(division)
    for length in range(len(division), shortest - 1, -1):
        if division[:length] in spellings:
            return spellings[division[:length]]
    return ()


def _word(
    parts: Parts, _seat: Division, _subject: Subject | None, lists: Lists
) -> Iterator[Finding]:
    word = parts.word
    strange = [*_not_hanzi(word, Part.WORD, "word.characters", lists)]
    yield from strange
    if len(word) < _SHORTEST_WORD and not strange:
        yield lists.finding("word.too_short", Part.WORD, word)
        return
    if word in lists.words_of(_INTERNATIONAL):
        yield lists.finding(_INTERNATIONAL, Part.WORD, word)
    elif word in divisions.by_spelling() and word not in lists.allowed:
        yield lists.finding("word.place", Part.WORD, word)
    elif _is_trade(word, lists) and word not in lists.allowed:
        yield lists.finding("word.industry", Part.WORD, word)


def _is_trade(word: str, lists: Lists) -> bool:
    return word in lists.classes or "".join(lists.trade_words(word)) == word


def _industry(
    parts: Parts, _seat: Division, subject: Subject | None, lists: Lists
) -> Iterator[Finding]:
    industry = parts.industry
    if not industry:
        # A branch repeats its parent's name, which may say no industry of its own.
        if subject is not Subject.BRANCH:
            # A long word may hold a trade that no list knows.
            is_long = len(parts.word) >= _LONG_WORD
            rule = "industry.unrecognised" if is_long else "industry.missing"
            yield lists.finding(rule, Part.INDUSTRY, parts.word)
        return
    yield from _not_hanzi(industry, Part.INDUSTRY, "industry.characters", lists)
    if not parts.industry_class:
        known = "".join(lists.trade_words(industry)) == industry
        rule = "industry.general" if known else "industry.unknown"
        yield lists.finding(rule, Part.INDUSTRY, industry)
    place = _place_in(industry)
    if place:
        yield lists.finding("industry.place", Part.INDUSTRY, place)


def _place_in(industry: str) -> str:
    """Return the province or city that an industry begins with; may be empty."""
    for length in range(min(len(industry) - 1, 8), 1, -1):
        named = divisions.by_spelling().get(industry[:length], ())
        if any(division.level < 3 for division in named):
            return industry[:length]
    return ""


def _not_hanzi(text: str, part: Part, rule: str, lists: Lists) -> Iterator[Finding]:
    brackets = _BRACKETS.search(text)
    if brackets is not None:
        is_foreign = brackets[1] in lists.words_of(_FOREIGN)
        yield lists.finding(
            _FOREIGN if is_foreign else "name.too_many_brackets", Part.NAME, brackets[0]
        )
        text = text.replace(brackets[0], "")
    strange = "".join(character for character in text if _HANZI.match(character) is None)
    if strange:
        yield lists.finding(rule, part, strange)
    rare = "".join(c for c in text if _HANZI.match(c) and c not in standard())
    if rare:
        yield lists.finding("word.not_standard", part, rare)


def _form(
    parts: Parts, _seat: Division, subject: Subject | None, lists: Lists
) -> Iterator[Finding]:
    form = parts.form
    yield from _form_words(parts, subject, lists)
    if not form:
        yield lists.finding("form.missing", Part.FORM)
        return
    if forms.without_group(form) != form:
        yield lists.finding("form.group", Part.FORM, form)
        form = forms.without_group(form)
    meant = subject or forms.subject_of(form)
    if meant is None:
        yield lists.finding("form.unknown", Part.FORM, form)
        return
    if meant is Subject.BRANCH:
        yield lists.finding("form.branch", Part.FORM, form)
    yield from _CHECKS.get(meant, _ends)(meant, form, lists)


def _form_words(parts: Parts, subject: Subject | None, lists: Lists) -> Iterator[Finding]:
    """Yield the words of other forms inside the 字号, and an individual's words of enterprises."""
    meant = subject or forms.subject_of(parts.form)
    if meant is Subject.BRANCH:
        return
    judged = {
        # 企业管理 may be an individual's trade.
        Subject.INDIVIDUAL: ("form.individual", parts.form),
        Subject.COOPERATIVE: ("form.cooperative", parts.word + parts.industry + parts.form),
    }
    rule, text = judged.get(meant or Subject.COMPANY, ("", ""))
    word = next((word for word in _longest(lists.words_of(rule)) if word in text), "")
    if word:
        yield lists.finding(rule, Part.FORM, word)
        return
    for word in _longest(lists.words_of(_FORM_WORDS)):
        if word in parts.word:
            yield lists.finding(_FORM_WORDS, Part.WORD, word)
            return


def _longest(words: frozenset[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))


def _ends(subject: Subject, form: str, lists: Lists) -> Iterator[Finding]:
    if form not in forms.ends(subject):
        yield lists.finding("form.not_of_subject", Part.FORM, form, value=_shown(subject))


def _marked(subject: Subject, form: str, lists: Lists) -> Iterator[Finding]:
    markers = forms.markers(subject)
    if form.endswith(markers):
        return
    if forms.subject_of(form) in (None, Subject.INDIVIDUAL) or form in forms.ends(subject):
        shown = "、".join(markers)
        yield lists.finding("form.marker_missing", Part.FORM, form, value=shown)
    else:
        yield lists.finding("form.not_of_subject", Part.FORM, form, value="、".join(markers))


def _individual(subject: Subject, form: str, lists: Lists) -> Iterator[Finding]:
    # A form of enterprises is told by `form.individual` already.
    if not any(word in form for word in lists.words_of("form.individual")):
        yield from _ends(subject, form, lists)


def _shown(subject: Subject) -> str:
    return "、".join(forms.ends(subject)[:_MOST_SHOWN])


def _branch(subject: Subject, form: str, lists: Lists) -> Iterator[Finding]:
    # The parent's form and a place stand before: 有限公司武昌分公司.
    if not form.endswith(forms.ends(subject)):
        yield lists.finding("form.not_of_subject", Part.FORM, form, value=_shown(subject))


_CHECKS: dict[Subject, Callable[[Subject, str, Lists], Iterator[Finding]]] = {
    Subject.BRANCH: _branch,
    Subject.PARTNERSHIP: _marked,
    Subject.SOLE: _marked,
    Subject.INDIVIDUAL: _individual,
}
