"""24 conversations over all cases, through the API and the WeChat chat, judged turn by turn.

The conversations (``conversations/*.yaml``) were written without the bot's content and are never
used to improve it. ``pytest -s`` prints every wrong turn with its causes.

A turn: ``say``; ``case`` (one of them); ``facts`` (patterns, each must be in the answer);
``never``; ``asks`` (asking back is right); ``short`` (thanks, a farewell: no block of steps);
``foreign`` (not ours); ``people`` (a human must be offered). An answer must not repeat the block of
the turn before. ``harmful`` of a conversation: advice that the user's state forbids, in any turn.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from miniprogram_api import clients
from miniprogram_api.services import Services
from models.faq.messages import FaqMessage
from tests.scenarios.conversation_states import Asker, asker
from tests.support.people.accounts import tables_of
from tests.support.people.chats import Chat
from tests.support.service.service import Service, data_of

FILES = Path(__file__).parent / "conversations"
Conversation = dict[str, Any]

# Its failing gateway must not be seen by the others.
LAST = "gateway_down"
AT_ONCE = 6
MOST_REPEATED = 0.85
SHORT = 160

# Right first turns and right follow-ups, at least, and harmful answers, at most: measured with the
# bot for which the conversations were written. To be raised with a better bot.
FLOORS = {"api": (23, 40, 1), "chat": (23, 40, 1)}


@dataclass
class Said:
    """One answer: all that is shown and, as stored, its kind, case and block of text."""

    shown: str
    kind: str = "handover"
    case: int | None = None
    block: str = ""


def through_api(one: Asker, conversation: Conversation) -> list[Said]:
    said, known = [], {}
    for turn in conversation["turns"]:
        token = one.token if "state" in conversation else None
        body = {"question": turn["say"], **known}
        data = data_of(one.service.post("/faq/ask", json=body, token=token))
        known = {"conversation_id": data["conversation_id"]}
        block = "\n".join([data["answer"], *data["steps"]])
        more = [finding["message"] for finding in data["diagnosis"]]
        more += [f"{action['label']} {action.get('page')}" for action in data["actions"]]
        more += [option["title"] for option in data["options"]]
        said.append(Said("\n".join([block, *more]), data["kind"], data["case"], block))
    return said


def through_chat(one: Asker, conversation: Conversation) -> list[Said]:
    chat, said = Chat(one.service, one.wechat), []
    for turn in conversation["turns"]:
        before = len(chat.received())
        passed_on = chat.write(turn["say"]) != "success"
        # The addresses of windows are no answer of the bot.
        text = "" if passed_on else re.sub("(?m)^.*，工作日 .*$", "", chat.wait_for(before))
        said.append(Said(text))
    return said


def complete(one: Asker, said: list[Said]) -> None:
    """Add what the chat does not show, as it was stored."""
    answers = [answer for answer in said if answer.shown]
    rows = FaqMessage.select().where(FaqMessage.openid == f"o-{one.wechat}").order_by(FaqMessage.id)
    for answer, row in zip(answers, rows, strict=True):
        answer.kind, answer.case, answer.block = row.kind, row.case, row.answer


CHANNELS: dict[str, Callable[[Asker, Conversation], list[Said]]] = {
    "api": through_api,
    "chat": through_chat,
}


def conversations() -> list[Conversation]:
    """Return all conversations, the one with the failing gateway last."""
    files = sorted(FILES.glob("[0-9]*.yaml"))
    found = [talk for file in files for talk in yaml.safe_load(file.read_text("utf-8"))]
    return sorted(found, key=lambda talk: talk.get("state") == LAST)


def matcher(facts: dict[str, str]) -> Callable[[str, str], bool]:
    """Return a search for patterns with ``<name>`` in them."""
    names = {**yaml.safe_load((FILES / "patterns.yaml").read_text("utf-8")), **facts}

    def matches(pattern: str, text: str) -> bool:
        while (full := re.sub(r"<(\w+)>", lambda m: f"(?:{names[m[1]]})", pattern)) != pattern:
            pattern = full
        return re.search(pattern, text, re.MULTILINE) is not None

    return matches


def repeats(before: str, block: str) -> bool:
    """Return whether most of this block stood in the one before."""
    parts = [part for part in re.split(r"[\n。！？；]", block) if len(part) >= 8]
    again = sum(len(part) for part in parts if part in before)
    return again > MOST_REPEATED * sum(map(len, parts))


def causes(
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
    if repeats(before, said.block):
        found.append("repeats the block")
    return found


def judged(conversation: Conversation, one: Asker, said: list[Said]) -> list[list[str]]:
    """Return the faults of each turn."""
    matches, found, before = matcher(one.facts), [], ""
    for turn, answer in zip(conversation["turns"], said, strict=True):
        forbidden = conversation.get("harmful", ())
        harmful = [f"HARMFUL {text}" for text in forbidden if matches(text, answer.shown)]
        found.append(harmful + causes(turn, answer, before, matches))
        if any(found[-1]):
            print(f"{conversation['title']}: {turn['say']} {found[-1]}")
            print(f"    {answer.block[:120]!r}")
        before = answer.block
    return found


@pytest.mark.timeout(240)
@pytest.mark.parametrize("channel", CHANNELS)
def test_conversations_do_not_get_worse(service: Service, channel: str) -> None:
    services = Services(service.settings, clients.build(service.settings))
    talks, first = conversations(), 9700 if channel == "api" else 9750
    make, hold = partial(asker, service, services), CHANNELS[channel]
    askers = [make(talk.get("state"), first + n) for n, talk in enumerate(talks[:-1])]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(hold, askers, talks))
    askers.append(make(LAST, first + len(talks)))
    said.append(hold(askers[-1], talks[-1]))
    if channel == "chat":
        with tables_of(service):
            for one, answers in zip(askers, said, strict=True):
                complete(one, answers)

    faults = [judged(*held) for held in zip(talks, askers, said, strict=True)]
    firsts = sum(not turns[0] for turns in faults)
    follow_ups = sum(not turn for turns in faults for turn in turns[1:])
    harmful = sum("HARMFUL" in str(turn) for turns in faults for turn in turns)
    whole = sum(not any(turns) for turns in faults)
    of = sum(len(turns) - 1 for turns in faults)
    print(f"{channel}: {firsts}/24 first turns, {follow_ups}/{of} follow-ups right,")
    print(f"{whole}/24 conversations right to the end, {harmful} harmful answers")
    assert len(talks) == 24
    least_firsts, least_follow_ups, most_harmful = FLOORS[channel]
    assert firsts >= least_firsts
    assert follow_ups >= least_follow_ups
    assert harmful <= most_harmful
