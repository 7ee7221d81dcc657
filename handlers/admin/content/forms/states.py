"""The variants and explained refusals of an entry in its form."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from werkzeug.datastructures import MultiDict

from faq.content import markup
from faq.diagnosis.asker_states import STATES, names_of
from faq.language import html_import
from handlers.admin.content.forms.fields import items, mapping, text
from miniprogram_api.reasons import Reason
from miniprogram_api.texts import template, word

_NAME = re.compile(r"(\w+)[）)]?\s*$", re.ASCII)


@dataclass(frozen=True)
class VariantRow:
    """The text of one state. `names`: its placeholders; `steps`: one a line."""

    state: str
    title: str
    names: str
    answer: str
    steps: str

    @property
    def answer_html(self) -> str:
        """Return the answer as readers see it, with its placeholders."""
        return markup.html(self.answer)

    @property
    def steps_html(self) -> list[str]:
        """Return the steps as readers see them."""
        return [markup.html_line(step) for step in self.steps.splitlines()]


@dataclass(frozen=True)
class Fields:
    """The fields of the form. `addable`: the states without a variant."""

    variants: list[VariantRow]
    addable: list[VariantRow]
    explains: list[tuple[str, str]]
    catalogue: str


def fields_of(content: Mapping[str, Any]) -> Fields:
    """Return the fields of an entry, even if it is unfinished."""
    variants = mapping(content.get("variants"))
    return Fields(
        variants=[_row(text(state), mapping(variant)) for state, variant in variants.items()],
        addable=[_row(state, {}) for state in STATES if state not in variants],
        explains=[(name, said_of(name)) for name in map(text, items(content, "explains"))],
        catalogue=text(content.get("catalogue")),
    )


def content_of(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the typed variants and explained names."""
    return {
        "variants": dict(_variants(form)),
        "explains": list(dict.fromkeys([*form.getlist("explains"), *_added(form)])),
        "catalogue": form.get("catalogue") or None,
    }


@cache
def explainable() -> tuple[str, ...]:
    """Return every refusal and state as the form offers it: 句子（NAME）."""
    return tuple(f"{said_of(name)}（{name}）" for name in [*Reason.__members__, *STATES])


def said_of(name: str) -> str:
    """Return what users read for a refusal, or the title of a state."""
    if name in Reason.__members__:
        return template(f"reasons.{name}.sentence")
    return word("states.titles", name)


def _row(state: str, variant: Mapping[str, Any]) -> VariantRow:
    names = "、".join(f"{{{name}}}" for name in names_of(state))
    steps = "\n".join(map(text, items(variant, "steps")))
    return VariantRow(
        state, word("states.titles", state), names, text(variant.get("answer")), steps
    )


def _variants(form: MultiDict[str, str]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield the variants that have a text, and the one to add."""
    for state in form.getlist("variant"):
        answer = html_import.text(form.get(f"answer.{state}", ""))
        steps = html_import.lines(form.get(f"steps.{state}", ""))
        if answer or steps:
            yield state, {"answer": answer, "steps": steps}
    added = form.get("variant_add", "")
    if added in STATES and added not in form.getlist("variant"):
        yield added, {"answer": "", "steps": []}


def _added(form: MultiDict[str, str]) -> Iterable[str]:
    if name := named_at_end(form.get("explains_add", "")):
        yield name


def named_at_end(typed: str) -> str:
    """Return the name at the end of what a list offered, 句子（NAME）, else ""."""
    name = _NAME.search(typed)
    return "" if name is None else name[1]
