"""Read the reply to an open question back."""

from dataclasses import replace

from faq.content.talk import QuestionBack, ReplyBack
from faq.conversation.turns import moves
from faq.conversation.turns.answers import answered
from faq.conversation.turns.turn import Response, Turn, remark
from faq.diagnosis.probes.ranges import unsupported_now
from faq.language import grammar
from faq.language.grammar import LONGEST_REPLY, compact
from faq.matching.match import certain_match
from miniprogram_api import clock

# Below it a matter does not outweigh the words of a reply.
_SURE_OF_ANOTHER = 0.45
# From it a courtesy is nothing else, though a word of it may be a reply or an act (你好).
SURE_OF_A_COURTESY = 0.9
# A question about a phone, whose replies are "one of the closed ranges" and "none of them".
_ABOUT_RANGES = "closed_ranges"


def reply(turn: Turn) -> Response | None:
    """Answer with the entry that a reply selects; None if the message is no reply."""
    asked = turn.published.content.question(turn.memory.question or "")
    topic, sure = turn.match.topic, turn.match.confidence >= SURE_OF_A_COURTESY
    if asked is None or (topic is not None and sure):
        return None
    said = _said(turn, asked)
    entry = None if said is None else turn.entry(said.entry)
    if entry is not None:
        return answered(turn, certain_match(entry))
    if turn.is_rather("none_of_them", "not_that"):
        return moves.other_candidates(turn)
    if turn.is_rather("does_not_know"):
        return moves.general_way(turn)
    if turn.is_rather("agrees", "declines") and not grammar.is_polite(turn.text):
        return _again(turn, asked)
    return None


def _said(turn: Turn, asked: QuestionBack) -> ReplyBack | None:
    """Return the reply that a message gives."""
    text = turn.text
    for one in asked.replies:
        if text in (compact(one.label), *map(compact, one.says)):
            return one
    if _ABOUT_RANGES in asked.when and (by_number := _by_number(turn, asked)) is not None:
        return by_number
    is_reply = turn.is_rather("agrees", "declines", "none_of_them", "does_not_know")
    is_matter = not turn.is_bare and not is_reply
    meant = turn.match.entry if is_matter else None
    for one in asked.replies:
        if meant is not None and meant.slug == one.entry:
            return one
    others = turn.match.nearest if is_matter else ()
    if others and turn.match.confidence >= _SURE_OF_ANOTHER:
        return None
    if not turn.means("still_fails", "tried_all", "thanks", "done", "puts_off", "does_not_know"):
        index = grammar.place(text, len(asked.replies))
        if index is not None and index >= 0:
            return asked.replies[index]
        if (contained := _contained(text, asked)) is not None:
            return contained
    if _is_yes_or_no(asked):
        if turn.is_rather("agrees") and not grammar.is_polite(turn.text):
            return asked.replies[0]
        if turn.is_rather("declines", "not_that"):
            return asked.replies[1]
    best = turn.match.nearest[0] if is_matter and turn.match.kind == "clarify" else None
    return next((one for one in asked.replies if best and best.slug == one.entry), None)


def _by_number(turn: Turn, asked: QuestionBack) -> ReplyBack | None:
    """Read the beginning of a phone: 199的, 不是199, 138."""
    named, denied = grammar.prefixes(turn.text)
    if len(turn.text) > LONGEST_REPLY or not (named or denied):
        return None
    closed = tuple(found.prefix for found in unsupported_now(clock.now()))
    return asked.replies[0 if any(n.startswith(closed) for n in named) else 1]


def _contained(text: str, asked: QuestionBack) -> ReplyBack | None:
    """Return the reply with the longest words in a short message."""
    if len(text) > LONGEST_REPLY:
        return None
    found = [
        (len(word), one)
        for one in asked.replies
        # A yes or a no is contained in other words.
        for word in map(compact, one.says if _is_yes_or_no(asked) else (one.label, *one.says))
        if word in text
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _is_yes_or_no(asked: QuestionBack) -> bool:
    """Return whether the second reply denies the first: 是, 不是."""
    labels = [reply.label for reply in asked.replies]
    return len(labels) == 2 and labels[1].endswith(labels[0])


def _again(turn: Turn, asked: QuestionBack) -> Response:
    """Ask once more for one of the replies, which a yes or a no does not choose."""
    response = remark(turn, f"{turn.replies.which_one}\n{asked.text}")
    return replace(response, asks=asked.id)
