"""Read the clauses of messages that hold thanks, or more than one question."""

import re
from collections.abc import Callable

from faq.content.entries import Entry
from faq.content.talk import ActName
from faq.language.grammar import in_list
from faq.matching.judging import SURE_OF_A_PART
from faq.matching.match import Match
from faq.matching.matcher import MOST_OPTIONS

_PAUSE = re.compile(r"[，。！？；,.!?;\s]+")

# Probability of an act from which a clause is nothing else.
_SURE = 0.9
# A longer act of one clause may be about a matter: 登录不了怎么办.
_SHORT = 6
# Acts that say nothing about what the matter is.
_ASIDE: frozenset[ActName] = frozenset(
    {
        *(
            "next_step",
            "still_fails",
            "tried_all",
            "agrees",
            "declines",
            "none_of_them",
            "not_that",
        ),
        *("does_not_know", "done", "all_done", "puts_off", "thanks", "people", "no_people"),
        *("new_matter", "chooses"),
    }
)
# Outweigh a yes or thanks in another clause; the second counts only without the first.
_ASKING: frozenset[ActName] = frozenset({"next_step", "still_fails", "tried_all"})
_PUTS_OFF: frozenset[ActName] = frozenset({"puts_off"})


def several(message: str, match: Callable[[str], Match]) -> tuple[Entry, ...]:
    """Return the matters of a message that numbers them; nothing for fewer than two."""
    entries: list[Entry] = []
    for part in in_list(message):
        found = match(part)
        if found.entry is None or found.entry in entries or found.confidence < SURE_OF_A_PART:
            continue
        entries.append(found.entry)
    return tuple(entries[:MOST_OPTIONS]) if len(entries) > 1 else ()


def matter_of(message: str, match: Callable[[str], Match]) -> Match:
    """Return the match of a message without its clauses that are no matter: 谢谢, 还是不行."""
    whole = match(message)
    if whole.service is not None:
        return whole
    parts = [part for part in _PAUSE.split(message) if part]
    others = [part for part in parts if not _is_aside(match(part))]
    if len(others) == len(parts):
        return whole
    if others:
        rest = match("，".join(others))
        return rest if rest.entry is not None or whole.kind in ("clarify", "fallback") else whole
    if len(parts) == 1 and len(message) > _SHORT:
        return whole
    is_named = whole.kind in ("answer", "clarify")
    return whole._replace(kind="fallback", entry=None, options=()) if is_named else whole


def acts_of(message: str, match: Callable[[str], Match]) -> dict[ActName, float]:
    """Return the acts of a message, best first; without a matter those of its clauses, too."""
    acts = dict(match(message).acts)
    parts = [match(part) for part in _PAUSE.split(message) if part]
    if all(map(_is_aside, parts)):
        found = {act: sure for part in parts for act, sure in part.acts if sure >= _SURE}
        for act in _ASKING & found.keys() or _PUTS_OFF & found.keys():
            acts[act] = max(found[act], acts.get(act, 0.0))
    return dict(sorted(acts.items(), key=lambda one: -one[1]))


def without(message: str, act: ActName, match: Callable[[str], Match]) -> str:
    """Return the other clauses of a message that has surely this act in one; else ""."""
    parts = [part for part in _PAUSE.split(message) if part]
    others = [part for part in parts if dict(match(part).acts).get(act, 0.0) < _SURE]
    return "" if len(others) == len(parts) else "，".join(others)


def _is_aside(match: Match) -> bool:
    """Return whether a clause is a courtesy, or rather an act than a matter."""
    if match.kind == "smalltalk":
        return True
    act = max((p for act, p in match.acts if act in _ASIDE), default=0.0)
    return act >= _SURE and (match.entry is None or act > match.confidence)
