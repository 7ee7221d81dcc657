"""Check the name that a message asks about: 红光科技能不能注册, 我想叫红光餐饮行不行.

The answer is that of the check which the page of names calls, in two sentences. What introduces a
name and what asks about it are patterns of the locale file (`name_questions`).
"""

import re
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import quote

from faq.content.entries import Entry
from faq.conversation.turns.turn import Response, Turn, memory_about
from faq.diagnosis.findings import Diagnosis
from faq.release import published_names
from miniprogram_api.access import attempts
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.names import divisions, forms
from miniprogram_api.names.check import Checked, candidate_of
from miniprogram_api.names.findings import Subject
from miniprogram_api.names.parts import Parts
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import windows
from miniprogram_api.texts import text, word, words

ITEM = "name-approval"
"""The item of the catalogue whose entry answers."""
PAGE = "pages/names/index"
MOST_STEPS = 2

_PATTERNS = {
    name: re.compile(pattern) for name, pattern in words("name_questions.patterns").items()
}
_LEADS = ("called", "looked_up", "wished")
# Characters; a short form such as 店 may end any sentence.
_SURE_FORM = 3
_LONGEST_BARE_WORD = 6


class Typed(NamedTuple):
    """A name in a message, and the pattern of what introduces it (`_LEADS`); None: nothing does.

    `is_bare`: there is nothing else in the message.
    """

    name: str
    lead: str | None
    is_bare: bool


def checked(turn: Turn) -> Response | None:
    """Answer a question about a name with its check; None for other messages."""
    typed, entry = name_in(turn.question), _entry(turn)
    if typed is None or entry is None or (typed.is_bare and turn.open is not None):
        return None
    parts = published_names.cut(typed.name).parts
    if not _is_meant(turn, typed, parts, entry):
        return None
    try:
        return _told(turn, entry, parts)
    except Refused as refused:
        if refused.reason is Reason.TOO_MANY_ATTEMPTS:
            return _response(turn, entry, text("name_questions.limited"), parts.name)
        if refused.reason is Reason.INVALID_INPUT:
            return _response(turn, entry, _needed(parts), parts.name)
        raise


def name_in(question: str) -> Typed | None:
    """Return the name in a question about one."""
    rest = _PATTERNS["ignored"].sub("", question)
    rest = _PATTERNS["openings"].sub("", rest)
    lead = next((name for name in _LEADS if _PATTERNS[name].match(rest)), None)
    tail = _PATTERNS["asks"].search(rest)
    if lead is not None:
        rest = _PATTERNS[lead].sub("", rest)
        tail = _PATTERNS["asks"].search(rest) or _PATTERNS["particle"].search(rest)
    name = _PATTERNS["this_name"].sub("", rest if tail is None else rest[: tail.start()])
    if not _PATTERNS["name"].fullmatch(name):
        return None
    company = word("name_questions", "company")
    if name.endswith(company) and not forms.at_end(name):
        name = name.removesuffix(company)
    return Typed(name, lead, lead is None and tail is None) if name else None


def _is_meant(turn: Turn, typed: Typed, parts: Parts, entry: Entry) -> bool:
    """Return whether the text is a name rather than the subject of another question."""
    if not parts.word:
        return False
    has_more = bool(parts.industry or parts.division)
    is_named = typed.lead in ("called", "looked_up")
    if len(parts.form) >= _SURE_FORM and (has_more or is_named):
        return True
    if typed.is_bare:
        return False
    match = turn.match
    if match.kind == "answer" and match.entry is not None and match.entry.kind != entry.kind:
        return False
    if typed.lead == "called":
        is_word = len(parts.word) <= _LONGEST_BARE_WORD and not _PATTERNS["no_word"].search(
            parts.word
        )
        return has_more or bool(parts.form) or is_word
    is_answered = match.kind == "answer" and match.entry is not entry
    return bool(parts.industry) and (bool(parts.division) or not is_answered)


def _told(turn: Turn, entry: Entry, parts: Parts) -> Response:
    """Check and tell; raises Refused for what cannot be checked."""
    seat = _seat(parts)
    if seat is None or not (parts.industry or parts.form):
        return _response(turn, entry, _needed(parts), parts.name)
    _count(turn)
    wish = candidate_of(replace(parts, form=parts.form or forms.usual(Subject.COMPANY)))
    check = published_names.check(seat, [wish])
    response = _response(turn, entry, _sentences(check), check.candidates[0].name)
    changes = [change.message for change in check.candidates[0].frees]
    return replace(response, steps=tuple(changes[:MOST_STEPS]))


def _sentences(check: Checked) -> str:
    """Return the result with its first cause, and the note."""
    candidate = check.candidates[0]
    cause = next((finding.message for finding in candidate.findings), "")
    key = candidate.result.value
    if key == "none" and check.not_compared:
        key = "not_compared"
    elif key == "none" and cause:
        key = "noted"
    return text(f"name_questions.{key}", name=candidate.name, cause=cause) + check.note


def _needed(parts: Parts) -> str:
    """Ask for the seat, or for the trade as well."""
    key = "needed_seat" if parts.industry and not parts.division else "needed"
    return text(f"name_questions.{key}", name=parts.name)


def _response(turn: Turn, entry: Entry, message: str, name: str) -> Response:
    button = {
        "type": "page",
        "label": text("name_questions.button"),
        "page": f"{PAGE}?name={quote(name)}",
    }
    return Response(
        "answer",
        message,
        memory_about(turn.memory, entry, 1),
        entry=entry,
        actions=entry.actions,
        related=turn.entries(entry.related),
        diagnosis=Diagnosis(actions=(button,)),
        may_repeat=True,
    )


def _entry(turn: Turn) -> Entry | None:
    """Return the entry about names."""
    entries = turn.published.content.entries
    return next((entry for entry in entries if entry.catalogue == ITEM), None)


def _seat(parts: Parts) -> str | None:
    """Return the code of the seat: of the name's division, else of the only city of the windows."""
    named = divisions.by_spelling().get(parts.division, ())
    if named:
        return named[0].code
    served = {district for window in windows.listed() for district in window.districts}
    of_each = [{division.city.code for division in divisions.find(name)} for name in served]
    cities = {code for codes in of_each for code in codes}
    return next(iter(cities)) if len(cities) == 1 and all(of_each) else None


def _count(turn: Turn) -> None:
    """Count a check of the asker; in the chat WeChat's own limits hold."""
    if turn.address:
        with suppress(StoreUnavailable):
            attempts.take_name_check(turn.services, None, turn.address)
