"""Define what the bot says about the conversation itself; entries hold everything else."""

import re
from collections.abc import Collection
from typing import Any

from pydantic import Field, model_validator

from faq.content import shipped
from faq.content.values import Line, Value
from miniprogram_api.texts import text, words

_PLACEHOLDER = re.compile(r"\{[^}]*\}?")


def _shipped(name: str) -> Any:
    # Releases of earlier versions lack these; they get the shipped ones.
    return Field(default_factory=lambda: shipped.part("replies")[name])


class Remarks(Value):
    """Define the sentences of the bot, by occasion.

    `next_step`, `another_way`: before a step, before the way round. `nothing_left`: the offer of a
    human. `stay`: to a message that asks for nothing. `still_open`: appended to a misunderstood
    message within a subject. `none_of_them`, `other_candidates`: after a rejected answer, without
    and with others to offer. `distress…`: in an emergency. `…_label`: of buttons.
    """

    next_step: Line = _shipped("next_step")
    another_way: Line = _shipped("another_way")
    nothing_left: Line = _shipped("nothing_left")
    handed_over: Line = _shipped("handed_over")
    number_noted: Line = _shipped("number_noted")
    ask_for_contact: Line = _shipped("ask_for_contact")
    not_a_phone: Line = _shipped("not_a_phone")
    without_number: Line = _shipped("without_number")
    too_many_tickets: Line = _shipped("too_many_tickets")
    cannot_hand_over: Line = _shipped("cannot_hand_over")
    stay: Line = _shipped("stay")
    thanks: Line = _shipped("thanks")
    still_open: Line = _shipped("still_open")
    choose_again: Line = _shipped("choose_again")
    not_known_either: Line = _shipped("not_known_either")
    one_at_a_time: Line = _shipped("one_at_a_time")
    which_one: Line = _shipped("which_one")
    none_of_them: Line = _shipped("none_of_them")
    other_candidates: Line = _shipped("other_candidates")
    new_matter: Line = _shipped("new_matter")
    all_done: Line = _shipped("all_done")
    distress: Line = _shipped("distress")
    distress_contact: Line = _shipped("distress_contact")
    distress_handed_over: Line = _shipped("distress_handed_over")
    help_line: Line = _shipped("help_line")
    help_line_label: Line = _shipped("help_line_label")
    tickets_label: Line = _shipped("tickets_label")

    @model_validator(mode="after")
    def _has_its_placeholders(self) -> "Remarks":
        for name in type(self).model_fields:
            value = getattr(self, name)
            wanted = PLACEHOLDERS.get(name, ())
            if isinstance(value, str) and set(_PLACEHOLDER.findall(value)) != set(wanted):
                raise ValueError(f"{words('content.fields')[name]}{_expected(wanted)}")
        return self


def _expected(wanted: Collection[str]) -> str:
    if not wanted:
        return text("content.faults.no_placeholders")
    return text("content.faults.placeholders", wanted=" ".join(wanted))


# Every other sentence has none.
PLACEHOLDERS = {
    "other_service": ("{service}",),
    "handed_over": ("{number}", "{due}"),
    "number_noted": ("{number}",),
    "distress_handed_over": ("{number}",),
}
