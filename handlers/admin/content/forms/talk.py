"""The forms of the lists about conversations: intents, persons, distress, families, questions back.

A field of a row is `FIELD.NUMBER`, of a row within a row `FIELD.NUMBER.NUMBER`. Input that cannot
be read stays as typed, and the check names it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from werkzeug.datastructures import MultiDict

from faq.content.talk import INTENT_NAMES, Condition
from faq.diagnosis.families import PROBES
from handlers.admin.content.forms import fields
from handlers.admin.content.forms.fields import Titles, items, line, lines, mapping, rows, text
from miniprogram_api.texts import word, words

MOST_REPLIES = 5
# Empty rows at the end for new entries of a family.
SPARE = 2

Form = MultiDict[str, str]


def is_talk(kind: str) -> bool:
    """Return whether this module has the form of the list."""
    return kind in _SHOWN


def fields_of(kind: str, content: Any) -> Any:
    """Return what the form of the list shows."""
    return _SHOWN[kind](content)


def content_of(kind: str, before: Any, form: Form) -> Any:
    """Return the list with the typed values."""
    return _TYPED[kind](before, form)


def choices() -> dict[str, Any]:
    """Return what the forms offer for choice."""
    return {
        "probes": {probe.name: probe.title for probe in PROBES.values()},
        "conditions": {name: word("content.conditions", name) for name in get_args(Condition)},
        "text_names": words("content.text_names"),
    }


# Intents ---------------------------------------------------------------------------------------


def _intents(content: Any) -> list[dict[str, Any]]:
    known = {text(intent.get("act")): intent for intent in rows(content)}
    return [
        {
            "act": name,
            "title": word("content.turn_acts", name),
            "about": word("content.turn_act_texts", name),
            "questions": fields.shown_lines(known.get(name, {}).get("questions")),
            "negatives": fields.shown_lines(known.get(name, {}).get("negatives")),
            "count": len(items(known.get(name), "questions")),
        }
        for name in dict.fromkeys([*INTENT_NAMES, *known])
    ]


def _typed_intents(before: Any, form: Form) -> list[dict[str, Any]]:
    typed: dict[str, dict[str, Any]] = {
        name: {
            "act": name,
            "questions": lines(form.get(f"questions.{name}", "")),
            "negatives": lines(form.get(f"negatives.{name}", "")),
        }
        for name in INTENT_NAMES
    }
    known = [text(intent.get("act")) for intent in rows(before)]
    # An intent that loses its last example is a fault; one that never had any is not in the list.
    filled = [name for name, intent in typed.items() if intent["questions"] or intent["negatives"]]
    wanted = fields.in_order(known, [*filled, *(name for name in known if name in typed)])
    return [typed[name] for name in wanted]


# Persons, distress, general texts --------------------------------------------------------------


def _distress(content: Any) -> dict[str, str]:
    names = ("words", "unlike")
    return {name: fields.shown_lines(mapping(content).get(name)) for name in names}


def _typed_distress(_before: Any, form: Form) -> dict[str, list[str]]:
    return {name: lines(form.get(name, "")) for name in ("words", "unlike")}


# Families --------------------------------------------------------------------------------------


def _families(content: Any) -> list[dict[str, Any]]:
    titles = Titles()
    shown = [_family(family, titles) for family in rows(content)]
    return [*shown, _family({}, titles)]


def _family(family: Mapping[str, Any], titles: Titles) -> dict[str, Any]:
    groups = {name: list(map(text, items(family, name))) for name in ("named", "members")}
    vague = mapping(family.get("open"))
    slugs = dict.fromkeys([*groups["members"], *groups["named"], *map(text, vague)])
    entries = [
        {
            "entry": titles.of(slug),
            **{name: slug in slugs for name, slugs in groups.items()},
            "open": slug in vague,
            "unless": fields.shown_words(vague.get(slug, [])),
        }
        for slug in slugs
    ]
    spare = {"entry": "", "named": False, "members": False, "open": False, "unless": ""}
    return {
        "name": text(family.get("name")),
        "title": text(family.get("title")),
        "entries": [*entries, *([spare] * SPARE)],
        "probes": list(map(text, items(family, "probes"))),
        "questions": list(map(text, items(family, "questions"))),
        "texts": fields.short_texts(family.get("texts")),
    }


def _typed_families(before: Any, form: Form) -> list[dict[str, Any]]:
    titles = Titles()
    known = {text(family.get("name")): family for family in rows(before)}
    rows_read = []
    for at in _numbers(form, "name"):
        name, title = line(form[f"name.{at}"]), line(form.get(f"title.{at}", ""))
        if not name and not title:
            continue
        former = known.get(name, {})
        entries = [
            (titles.slug_of(form[f"entry.{at}.{row}"]), row)
            for row in _numbers(form, f"entry.{at}")
            if line(form[f"entry.{at}.{row}"])
        ]
        groups = {
            group: fields.in_order(
                items(former, group),
                [slug for slug, row in entries if f"{group}.{at}.{row}" in form],
            )
            for group in ("named", "members")
        }
        rows_read.append(
            {
                "name": name,
                "title": title,
                **groups,
                "open": {
                    slug: fields.typed_words(form.get(f"unless.{at}.{row}", ""))
                    for slug, row in entries
                    if f"open.{at}.{row}" in form
                },
                **{
                    group: fields.in_order(items(former, group), form.getlist(f"{group}.{at}"))
                    for group in ("probes", "questions")
                },
                "texts": fields.typed_short_texts(form, f"text.{at}"),
            }
        )
    return rows_read


# Questions back --------------------------------------------------------------------------------


def _questions_back(content: Any) -> list[dict[str, Any]]:
    titles = Titles()
    return [_question_back(question, titles) for question in [*rows(content), {}]]


def _question_back(question: Mapping[str, Any], titles: Titles) -> dict[str, Any]:
    replies = [
        {
            "label": text(reply.get("label")),
            "entry": titles.of(reply.get("entry")),
            "says": fields.shown_words(reply.get("says", [])),
        }
        for reply in rows(question, "replies")
    ]
    spare = [{"label": "", "entry": "", "says": ""}] * (MOST_REPLIES - len(replies))
    return {
        "id": text(question.get("id")),
        "text": text(question.get("text")),
        "when": list(map(text, items(question, "when"))),
        "replies": [*replies, *spare],
    }


def _typed_questions_back(before: Any, form: Form) -> list[dict[str, Any]]:
    titles = Titles()
    known = {text(question.get("id")): question for question in rows(before)}
    rows_read = []
    for at in _numbers(form, "id"):
        name, said = line(form[f"id.{at}"]), form.get(f"text.{at}", "").strip()
        if not name and not said:
            continue
        replies = [
            {
                "label": line(form[f"label.{at}.{row}"]),
                "entry": titles.slug_of(form.get(f"entry.{at}.{row}", "")),
                "says": fields.typed_words(form.get(f"says.{at}.{row}", "")),
            }
            for row in _numbers(form, f"label.{at}")
            if line(form[f"label.{at}.{row}"]) or line(form.get(f"entry.{at}.{row}", ""))
        ]
        when = fields.in_order(items(known.get(name), "when"), form.getlist(f"when.{at}"))
        rows_read.append({"id": name, "text": said, "when": when, "replies": replies})
    return rows_read


def _numbers(form: Form, field: str) -> Iterator[int]:
    """Yield the numbers of the rows that have the field `FIELD.NUMBER`."""
    numbered = (re.fullmatch(rf"{re.escape(field)}\.(\d{{1,4}})", name) for name in form)
    yield from sorted({int(number[1]) for number in numbered if number})


_SHOWN: dict[str, Callable[[Any], Any]] = {
    "acts": _intents,
    "persons": fields.shown_lines,
    "distress": _distress,
    "families": _families,
    "questions_back": _questions_back,
    "general": fields.short_texts,
}
_TYPED: dict[str, Callable[[Any, Form], Any]] = {
    "acts": _typed_intents,
    "persons": lambda _before, form: lines(form.get("persons", "")),
    "distress": _typed_distress,
    "families": _typed_families,
    "questions_back": _typed_questions_back,
    "general": lambda _before, form: fields.typed_short_texts(form),
}
