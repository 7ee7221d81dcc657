"""Conversations with the bot in files, held over the API and judged turn by turn.

A file is a list of conversations: ``title``, ``state`` (see ``conversation_states``; without one
the user is anonymous), ``harmful`` (advice that the state forbids, in any turn) and ``turns``.

A turn: ``say``; ``case`` (one of them); ``facts`` (patterns, each must be in the answer);
``never``; ``asks`` (asking back is right); ``short`` (thanks, a farewell: no block of steps);
``foreign`` (not ours); ``people`` (a human must be offered). An answer must not repeat the block of
the turn before. ``<name>`` in a pattern stands for one of ``patterns.yaml`` or a fact of the state.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from miniprogram_api import clients
from miniprogram_api.services import Services
from tests.support.people.conversation_states import Asker, asker
from tests.support.service.sandbox import REPOSITORY
from tests.support.service.service import Service, data_of

PATTERNS = REPOSITORY / "tests/scenarios/conversations/patterns.yaml"
Conversation = dict[str, Any]

# Its failing gateway must not be seen by the others.
LAST = "gateway_down"
AT_ONCE = 6
MOST_REPEATED = 0.85
SHORT = 160


@dataclass
class Said:
    """One answer: all that is shown and, as stored, its kind, case and block of text."""

    shown: str
    kind: str = "handover"
    case: int | None = None
    block: str = ""


@dataclass(frozen=True)
class Held:
    """One conversation with its answers."""

    conversation: Conversation
    asker: Asker
    said: list[Said]


@dataclass(frozen=True)
class Figures:
    """Count the right turns and the harmful answers; ``print`` gives a line for a report."""

    conversations: int
    firsts: int
    follow_ups: int
    all_follow_ups: int
    right_to_the_end: int
    harmful: int

    def __str__(self) -> str:
        return (
            f"{self.firsts}/{self.conversations} first turns,"
            f" {self.follow_ups}/{self.all_follow_ups} follow-ups right,"
            f" {self.right_to_the_end}/{self.conversations} conversations right to the end,"
            f" {self.harmful} harmful answers"
        )


def read(files: Iterable[Path]) -> list[Conversation]:
    """Return all conversations, the one with the failing gateway last."""
    found = [talk for file in sorted(files) for talk in yaml.safe_load(file.read_text("utf-8"))]
    return sorted(found, key=lambda talk: talk.get("state") == LAST)


def through_api(one: Asker, conversation: Conversation) -> list[Said]:
    said, known = [], {}
    token = one.token if "state" in conversation else None
    # Anonymous questions are limited by address.
    address = f"198.51.100.{int(one.wechat.rpartition('-')[2]) % 256}"
    for turn in conversation["turns"]:
        body = {"question": turn["say"], **known}
        data = data_of(one.service.post("/faq/ask", json=body, token=token, address=address))
        known = {"conversation_id": data["conversation_id"]}
        block = "\n".join([data["answer"], *data["steps"]])
        more = [finding["message"] for finding in data["diagnosis"]]
        more += [f"{action['label']} {action.get('page')}" for action in data["actions"]]
        more += [option["title"] for option in data["options"]]
        said.append(Said("\n".join([block, *more]), data["kind"], data["case"], block))
    return said


def hold(
    service: Service,
    talks: Sequence[Conversation],
    first_number: int,
    channel: Callable[[Asker, Conversation], list[Said]] = through_api,
) -> list[Held]:
    """Hold all conversations, each with a user of its own, numbered from ``first_number``."""
    services = Services(service.settings, clients.build(service.settings))
    numbered = [*enumerate(talks, first_number)]
    early = [pair for pair in numbered if pair[1].get("state") != LAST]
    askers = [asker(service, services, talk.get("state"), number) for number, talk in early]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(channel, askers, [talk for _, talk in early]))
    held = [Held(talk, *rest) for (_, talk), *rest in zip(early, askers, said, strict=True)]
    for number, talk in numbered[len(early) :]:
        one = asker(service, services, LAST, number)
        held.append(Held(talk, one, channel(one, talk)))
    return held


def measure(held: Sequence[Held]) -> Figures:
    """Judge all turns and print every wrong one with its causes."""
    faults = [_judged(one) for one in held]
    return Figures(
        conversations=len(held),
        firsts=sum(not turns[0] for turns in faults),
        follow_ups=sum(not turn for turns in faults for turn in turns[1:]),
        all_follow_ups=sum(len(turns) - 1 for turns in faults),
        right_to_the_end=sum(not any(turns) for turns in faults),
        harmful=sum("HARMFUL" in str(turn) for turns in faults for turn in turns),
    )


def _matcher(facts: dict[str, str]) -> Callable[[str, str], bool]:
    """Return a search for patterns with ``<name>`` in them."""
    names = {**yaml.safe_load(PATTERNS.read_text("utf-8")), **facts}

    def matches(pattern: str, text: str) -> bool:
        while (full := re.sub(r"<(\w+)>", lambda m: f"(?:{names[m[1]]})", pattern)) != pattern:
            pattern = full
        return re.search(pattern, text, re.MULTILINE) is not None

    return matches


def _repeats(before: str, block: str) -> bool:
    """Return whether most of this block stood in the one before."""
    parts = [part for part in re.split(r"[\n。！？；]", block) if len(part) >= 8]
    again = sum(len(part) for part in parts if part in before)
    return again > MOST_REPEATED * sum(map(len, parts))


def _causes(
    turn: dict[str, Any], said: Said, before: str, matches: Callable[[str, str], bool]
) -> list[str]:
    """Return why this answer is wrong; nothing when it is right."""
    if said.kind == "handover" or "people" in turn:
        handed_over = said.kind not in ("clarify", "fallback") and matches("<people>", said.shown)
        is_right = "people" in turn and (said.kind == "handover" or handed_over)
        return [] if is_right else [f"{said.kind}, people: {'people' in turn}"]
    if "foreign" in turn:
        is_right = said.case is None and matches("<not_ours>", said.shown)
        return [] if is_right else ["answers what is not ours"]
    found = [f"lacks {fact}" for fact in turn.get("facts", ()) if not matches(fact, said.shown)]
    found += [f"says {text}" for text in turn.get("never", ()) if matches(text, said.shown)]
    is_lost = said.kind in ("clarify", "fallback") or matches("<lost>", said.block)
    if is_lost and "asks" not in turn:
        found.append(said.kind)
    elif said.kind == "answer" and said.case not in turn.get("case", [said.case]):
        found.append(f"case {said.case}")
    if "short" in turn and len(said.block) > SHORT:
        found.append("no short reply")
    if _repeats(before, said.block):
        found.append("repeats the block")
    return found


def _judged(held: Held) -> list[list[str]]:
    """Return the faults of each turn."""
    matches, found, before = _matcher(held.asker.facts), [], ""
    for turn, answer in zip(held.conversation["turns"], held.said, strict=True):
        forbidden = held.conversation.get("harmful", ())
        harmful = [f"HARMFUL {text}" for text in forbidden if matches(text, answer.shown)]
        found.append(harmful + _causes(turn, answer, before, matches))
        if any(found[-1]):
            print(f"{held.conversation['title']}: {turn['say']} {found[-1]}")
            print(f"    {answer.block[:120]!r}")
        before = answer.block
    return found
