"""Read the clauses of messages that hold thanks, or more than one question."""

import re
from collections.abc import Callable
from dataclasses import replace

from faq.content import phrases
from faq.content.entries import Entry
from faq.conversation.turns.turn import Response, Turn
from faq.matching.judging import SURE_OF_A_PART
from faq.matching.match import Match
from faq.matching.matcher import MOST_OPTIONS

_PAUSE = re.compile(r"[，。！？；,.!?;\s]+")
# 1. 2. 3., 第一…第二…, ①②: several matters are certain only when numbered. Excludes ordinals of
# something else (第一次, 第二步) and decimals.
_NUMBER_OF_A_MATTER = re.compile(
    r"(?<![0-9.])([1-5])\s*[.、．)）:：](?![0-9])"
    r"|第([一二三四五])(?=[个件]?(?:问题|事情|事)?(?:是|[、，,：:\s])|(?![个次步页遍张代行回天位年月名款条类道]))"
    r"|([①②③④⑤])|(?<![一-龥])([一二三四五])[、.．]"
)
# A numbered list of steps already taken is not several questions.
_STEPS = re.compile("步骤|操作|流程|过程|这样[做弄搞]")
_IN_ORDER = {
    c: n for n, group in enumerate(("1一①", "2二②", "3三③", "4四④", "5五⑤"), 1) for c in group
}


def in_list(message: str) -> list[str]:
    """Return the questions of a message that numbers them from one."""
    found = list(_NUMBER_OF_A_MATTER.finditer(message))
    numbers = [_IN_ORDER[next(filter(None, number.groups()))] for number in found]
    if len(found) < 2 or numbers != list(range(1, len(found) + 1)):
        return []
    if _STEPS.search(message[: found[0].start()]) is not None:
        return []
    ends = [number.start() for number in found[1:]] + [len(message)]
    return [message[a.end() : end].strip() for a, end in zip(found, ends, strict=True)]


def several(turn: Turn) -> Response | None:
    """Ask which of several questions to answer first."""
    match = turn.published.matcher.match
    entries: list[Entry] = []
    for part in in_list(turn.question):
        found = match(part)
        if found.entry is None or found.entry in entries or found.confidence < SURE_OF_A_PART:
            continue
        entries.append(found.entry)
    if len(entries) < 2:
        return None
    options = tuple(entries[:MOST_OPTIONS])
    # The choice does not show what the message means, so it is not for the inbox.
    memory = replace(
        turn.memory,
        options=tuple(entry.slug for entry in options),
        offered=(),
        clarified=None,
        awaits=None,
    )
    return Response("clarify", phrases.ONE_AT_A_TIME, memory, options=options)


def without_courtesies(message: str, match: Callable[[str], Match]) -> Match:
    """Return the match of a message, or of its part without courtesies if that is clearer."""
    whole = match(message)
    if whole.kind not in ("clarify", "fallback") or whole.service is not None:
        return whole
    parts = [part for part in _PAUSE.split(message) if part]
    others = [part for part in parts if match(part).kind != "smalltalk"]
    if not others or len(others) == len(parts):
        return whole
    rest = match("，".join(others))
    return whole if rest.entry is None else rest
