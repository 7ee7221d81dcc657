"""Normalise and check names on identity documents.

Sources: 民委发〔2016〕33号 for the dot (only U+00B7), GB 18030-2022 for the characters.
"""

import re
from unicodedata import category, normalize

from miniprogram_api.identity.documents.characters import (
    DOT,
    HAN,
    LATIN,
    LATIN_MARKS,
    NAME_CHARACTERS,
    PRIVATE_USE,
    REPAIRS,
)
from miniprogram_api.identity.documents.findings import Checked, Finding, Kind

MAX_LENGTH = 50
MAX_RAW_LENGTH = 400
"""Allows a space or invisible character in every place of a longest name."""

_WORDS = "公司|有限|集团|事务所|经营部|合作社|委员会|工作室|门市部|个体户|商行|先生|女士|小姐"
# Nine of ten names match and need no further check.
_PLAIN_NAME = re.compile(f"(?!.*(?:{_WORDS}))[\u4e00-\u9fff]{{2,{MAX_LENGTH}}}")
_UNUSUAL_WORD = re.compile(_WORDS)
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(f"[{LATIN}]")
_PRIVATE_USE = re.compile(f"[{PRIVATE_USE}]")
_FOREIGN_TO_HAN = re.compile(f"[^{HAN}{LATIN}{DOT} ]")
_FOREIGN_TO_LATIN = re.compile(f"[^{HAN}{LATIN}{DOT}{LATIN_MARKS}]")
_BETWEEN_HAN = re.compile(f"(?<=[{HAN}])[ .{DOT}]+(?=[{HAN}])")
_SPACE_BETWEEN_PARTS = re.compile(f"(?<=[{HAN}]{{2}}) (?=[{HAN}]{{2}})")
_SPACE_BETWEEN_HAN = re.compile(f"(?<=[{HAN}]) (?=[{HAN}])")
_AROUND_DOT = re.compile(f" ?{DOT}[ {DOT}]*")
_SPACES = re.compile(" {2,}")
_EDGE = f" .{DOT}"


def check(raw: str | None) -> Checked[str]:
    """Normalise and check a name; at most one refusal, never an exception.

    Findings on a name with a dot carry case 13.
    """
    if not isinstance(raw, str):
        return Checked(None, (Kind.NAME_MISSING.finding(),))
    if len(raw) > MAX_RAW_LENGTH:
        return Checked(None, (Kind.NAME_TOO_LONG.finding(),))
    if _PLAIN_NAME.fullmatch(raw):
        return Checked(raw)
    repaired = raw.translate(REPAIRS)
    spaced = _with_dots(repaired)
    name = _SPACE_BETWEEN_HAN.sub("", spaced)
    has_dot = DOT in name or ("." in name and _HAN.search(name) is not None)
    case = 13 if has_dot else None
    refusal = _refusal(name, case)
    if refusal is not None:
        return Checked(None, (refusal,))
    warnings = []
    if repaired != raw:
        warnings.append(Kind.NAME_REPAIRED.finding(suggestion=name, case=case))
    with_dots = _SPACE_BETWEEN_HAN.sub("", _SPACE_BETWEEN_PARTS.sub(DOT, spaced))
    if with_dots != name:
        fits = _refusal(with_dots, case) is None
        warnings.append(Kind.NAME_SPACE.finding(suggestion=with_dots if fits else None))
    if len(name) == 1:
        warnings.append(Kind.NAME_SINGLE_CHARACTER.finding())
    word = _UNUSUAL_WORD.search(name)
    if word is not None:
        warnings.append(Kind.NAME_UNUSUAL_WORD.finding(word=word.group(), case=case))
    return Checked(name, (), tuple(warnings))


def _with_dots(text: str) -> str:
    """Return ``text`` in NFC with U+00B7 for every dot; keep spaces between Han characters."""
    text = normalize("NFC", text.translate(NAME_CHARACTERS))
    text = _SPACES.sub(" ", text)
    text = _BETWEEN_HAN.sub(lambda run: " " if run.group() == " " else DOT, text)
    return _AROUND_DOT.sub(DOT, text).strip(" ")


def _refusal(name: str, case: int | None) -> Finding | None:
    """Return the first reason to refuse a normalised name, or None."""
    if not name:
        return Kind.NAME_MISSING.finding()
    if len(name) > MAX_LENGTH:
        return Kind.NAME_TOO_LONG.finding(case=case)
    has_han = _HAN.search(name) is not None
    has_latin = _LATIN.search(name) is not None
    trimmed = name.strip(_EDGE)
    if name[0] in _EDGE or name[-1] == DOT or (has_han and name[-1] in _EDGE):
        fits = trimmed and _refusal(trimmed, case) is None
        return Kind.NAME_DOT_AT_EDGE.finding(suggestion=trimmed if fits else None)
    foreign = _FOREIGN_TO_HAN if has_han else _FOREIGN_TO_LATIN
    wrong = foreign.search(name)
    if wrong is not None:
        return _wrong_character(name, wrong, case)
    if has_han and has_latin:
        return Kind.NAME_MIXED_SCRIPTS.finding(case=case)
    if not has_han and not has_latin:
        return Kind.NAME_CHARACTER.finding(position=1, case=case)
    return None


def _wrong_character(name: str, wrong: re.Match[str], case: int | None) -> Finding:
    """Return the finding for the first character not allowed in names."""
    character = wrong.group()
    # Count as people do: without spaces.
    position = len(name[: wrong.end()].replace(" ", ""))
    if _PRIVATE_USE.match(character):
        return Kind.NAME_PRIVATE_CHARACTER.finding(position=position, case=case)
    if character.isdigit():
        return Kind.NAME_DIGIT.finding(position=position, case=case)
    with_dot = None
    if _HAN.search(name) and category(character).startswith("P"):
        # A comma or a hyphen between Han characters usually replaces the dot.
        replaced = _BETWEEN_HAN.sub(DOT, name.replace(character, DOT))
        if DOT in replaced and _refusal(replaced, case) is None:
            with_dot = replaced
    return Kind.NAME_CHARACTER.finding(
        position=position, suggestion=with_dot, case=13 if with_dot else case
    )
