"""Choose the response to a message in its conversation.

The rules of `_RULES` run in order and the first response is used; the matcher comes last. The
asker's record is diagnosed for every entry before it is given.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from faq.content import phrases
from faq.content.entries import Entry
from faq.conversation.conversations import Memory
from faq.conversation.inbox import is_unsure
from faq.conversation.messages import Choice
from faq.conversation.turns import clauses, handover_rules, recent_refusal
from faq.conversation.turns.next_steps import next_step
from faq.conversation.turns.own_sentences import pasted
from faq.conversation.turns.turn import Response, Turn, remark
from faq.diagnosis.findings import NOTHING, Diagnosis
from faq.diagnosis.questions import is_unknown, understand
from faq.diagnosis.states import placeholders
from faq.language import wording
from faq.matching.match import Match, certain_match
from faq.matching.matcher import TOO_CLOSE
from miniprogram_api.reasons import Reason

MOST_TOLD = 5
# The topic of messages without a subject: 怎么办, 报错了.
VAGUE_TOPIC = "vague"


def respond(turn: Turn) -> Response:
    """Return the response to a message."""
    for rule in _RULES:
        response = rule(turn)
        if response is not None:
            break
    else:
        response = _matched(turn)
    memory = response.memory
    if memory.question is not None and response.found.question_back is None:
        # An unanswered question is not repeated after another subject.
        memory = replace(memory, question=None)
    if memory.is_about_another != turn.is_about_another:
        memory = replace(memory, is_about_another=turn.is_about_another)
    return response if memory is response.memory else replace(response, memory=memory)


def _without_people(turn: Turn) -> Response | None:
    """Answer the rest of a message that declines a human."""
    if not turn.calls.refuses_human:
        return None
    if not wording.is_no(turn.text):
        rest = replace(turn, question=turn.calls.rest)
        response = _follow_up(rest) or _matched(rest)
        if response.kind in ("answer", "clarify"):
            return response
    return remark(turn, phrases.STAY_WITH_BOT, replace(turn.memory, awaits=None))


def _choice(turn: Turn) -> Response | None:
    """Read a choice among the offered options."""
    return _picked(turn, turn.memory.options, _chosen_or_agreed)


def _chosen_or_agreed(text: str, titles: Sequence[str]) -> int | None:
    index = wording.chosen_option(text, titles)
    return wording.confirmed_option(text, titles) if index is None else index


def _correction(turn: Turn) -> Response | None:
    """Read another choice among the earlier options: 不对，第三个."""
    return _picked(turn, turn.memory.offered, wording.corrected_option)


def _entries(turn: Turn, slugs: Sequence[str]) -> list[Entry]:
    return [entry for slug in slugs if (entry := turn.entry(slug)) is not None]


def _picked(
    turn: Turn, slugs: Sequence[str], read: Callable[[str, Sequence[str]], int | None]
) -> Response | None:
    """Respond to a choice that `read` finds among entries; None without one."""
    options = _entries(turn, slugs) if slugs else []
    if not options:
        return None
    index = read(turn.text, [entry.title for entry in options])
    if index is None:
        return None
    if index >= 0:
        return _chosen(turn, options[index], [entry.slug for entry in options])
    memory = replace(turn.memory, options=(), offered=(), awaits=None)
    if index == wording.NONE_OF_THEM:
        return remark(turn, phrases.NONE_OF_THEM, replace(memory, clarified=None))
    memory = replace(memory, options=tuple(entry.slug for entry in options))
    is_beyond = index == wording.NO_SUCH_OPTION
    text = phrases.CHOOSE_AGAIN if is_beyond else turn.published.content.replies.clarify
    return Response("clarify", text, memory, options=tuple(options))


def _chosen(turn: Turn, entry: Entry, options: Sequence[str], confidence: float = 1.0) -> Response:
    clarified = turn.memory.clarified
    response = _answered(turn, certain_match(entry)._replace(confidence=confidence))
    return replace(
        response,
        memory=replace(response.memory, offered=tuple(options), clarified=clarified),
        choice=None if clarified is None else Choice(clarified, entry.slug),
    )


def _reply(turn: Turn) -> Response | None:
    """Read the reply to the question of the diagnosis."""
    if turn.memory.question is None:
        return None
    entry = turn.entry(understand(turn.memory.question, turn.question))
    if entry is not None:
        return _answered(turn, certain_match(entry))
    if wording.is_none_of_them(turn.text):
        return remark(turn, phrases.NONE_OF_THEM, turn.memory)
    if is_unknown(turn.question):
        return remark(turn, phrases.NOT_KNOWN_EITHER, turn.memory)
    asked = turn.published.content.question(turn.memory.question)
    if (
        asked is None
        or placeholders(asked.text)
        or wording.confirmed_option(turn.text, [r.label for r in asked.replies]) is None
    ):
        return None
    response = remark(turn, phrases.WHICH_ONE, turn.memory)
    return replace(response, found=replace(NOTHING, question_back=asked))


def _follow_up(turn: Turn) -> Response | None:
    """Give the next step after "it did not help"; offer a human after the last step."""
    entry = turn.entry(turn.memory.slug)
    if entry is None or not (wording.is_follow_up(turn.text) or _adds_nothing(turn, entry)):
        return None
    return (_stuck(turn) if recent_refusal.is_new(turn) else None) or _next_step(turn, entry)


def _adds_nothing(turn: Turn, entry: Entry) -> bool:
    """Return whether a message is a follow-up without another subject: 还是不行，真服了你们."""
    rest = wording.without_follow_up(turn.question)
    if rest is None:
        return False
    match = turn.published.matcher.match(rest)
    # A low confidence for another entry is more likely anger.
    return match.service is None and match.entry in (None, entry)


def _next_step(turn: Turn, entry: Entry) -> Response:
    # The wording only continues the matter; the record may have changed.
    considered = _entries(turn, turn.memory.considered)
    others = tuple(other for other in considered if other is not entry)
    match = certain_match(entry, *others)
    found = turn.diagnose(match)
    decided = found.decided
    # An earlier entry would begin again at its first step.
    if decided not in (None, entry) and decided.slug not in turn.memory.told:
        return _answered(turn, match, found)
    done = turn.memory.step
    offered = turn.memory.options or turn.memory.offered
    memory = replace(turn.memory, step=done + 1, options=(), offered=offered, question=None)
    steps: tuple[str, ...] = ()
    known = found.instead[1:] or entry.plain_steps
    if done < len(known) and not wording.tried_everything(turn.text):
        text, steps = phrases.NEXT_STEP, (known[done],)
        actions = () if found.instead else entry.actions
        memory = replace(memory, awaits=None)
    else:
        text, actions = phrases.NOTHING_LEFT, turn.handover_actions
        memory = replace(memory, awaits="people")
    return Response(
        "answer",
        text,
        memory,
        entry=entry,
        steps=steps,
        actions=actions,
        found=replace(found, question_back=None),
    )


def _how_long_or_where(turn: Turn) -> Response | None:
    """Answer 还能试几次, 等多久 and 去哪里 for the current entry."""
    asks_where = wording.asks_where(turn.text)
    if not (asks_where or wording.asks_how_long(turn.text)):
        return None
    entry = turn.entry(turn.memory.slug)
    response = _stuck(turn) if entry is None or recent_refusal.is_new(turn) else None
    if entry is None or response is not None:
        return response
    if entry.case == Reason.SMS_UNAVAILABLE.case and not asks_where:
        # When waiting for a code, the limits of codes apply.
        entry = turn.published.content.by_case.get(Reason.SMS_RATE_LIMITED.case or 0, entry)
    return _answered(turn, certain_match(entry))


def _used_up(turn: Turn) -> Response | None:
    """Answer "used up" without a subject by the last limit that refused the asker."""
    entry = recent_refusal.limit_entry(turn) if wording.says_used_up(turn.text) else None
    return None if entry is None else _answered(turn, certain_match(entry))


def _put_off(turn: Turn) -> Response | None:
    """End the topic on "I'll try it" and "never mind"; the entry stays current."""
    if not wording.defers_or_gives_up(turn.text):
        return None
    return remark(turn, phrases.STAY_WITH_BOT, replace(turn.memory, awaits=None))


def _matched(turn: Turn) -> Response:
    memory, own = turn.memory, pasted(turn.question, turn.published.content)
    if own is None:
        match = clauses.without_courtesies(turn.question, turn.published.matcher.match)
    else:
        match = certain_match(own)
    if match.entry is not None:
        if match.entry.slug == memory.slug and wording.mentions_retry(turn.text):
            return _next_step(turn, match.entry)
        return _answered(turn, match)
    if match.kind == "clarify" and _leans(match, memory.options):
        # Do not ask twice: a leaning to one of the options decides.
        return _chosen(turn, match.nearest[0], memory.options, match.confidence)
    if [entry.slug for entry in match.options] == [memory.slug]:
        # The only option is the current entry, so a yes would be certain.
        return _next_step(turn, match.options[0])
    found = turn.diagnose(match)
    if found.decided is not None:
        return _answered(turn, match, found)
    if match.kind == "clarify":
        return _asked_back(turn, match, found)
    if match.topic is not None:
        is_vague = match.topic.topic == VAGUE_TOPIC
        return (_stuck(turn) if is_vague else None) or _courteous(turn, match, found)
    return _not_known(turn, match, found)


def _stuck(turn: Turn) -> Response | None:
    """Answer by the last refusal, else by the next step to take."""
    found = recent_refusal.blocking(turn)
    if found is None and turn.memory.slug is None and wording.asks_what_next(turn.text):
        found = next_step(turn)
    return None if found is None else _answered(turn, certain_match(found[0]), found[1])


def _leans(match: Match, options: Sequence[str]) -> bool:
    """Return whether an unclear message clearly prefers one of the options."""
    best, *others = match.candidates
    if best.entry.slug not in options:
        return False
    return all(other.probability < TOO_CLOSE * best.probability for other in others)


def _answered(turn: Turn, match: Match, found: Diagnosis | None = None) -> Response:
    """Answer with the entry of the match, unless the record selects another one."""
    if found is None:
        found = turn.diagnose(match)
    entry, confidence = found.decided or match.entry, match.confidence
    if entry is None:
        raise ValueError("Neither the wording nor the record named an entry.")
    if entry is not match.entry:
        confidence = 1.0
    before = turn.memory.slug
    left = () if before in (None, entry.slug) else (before,)
    memory = Memory(
        turn.memory.openid,
        turn.memory.account_id,
        slug=entry.slug,
        step=1,
        told=(*turn.memory.told, *left)[-MOST_TOLD:],
        considered=tuple(other.slug for other in match.nearest if other is not entry),
        question=None if found.question_back is None else found.question_back.id,
    )
    text, steps, actions = entry.plain_answer, entry.plain_steps, entry.actions
    if found.instead:
        text, *instead = found.instead
        steps, actions = tuple(instead), ()
    return Response(
        "answer",
        text,
        memory,
        confidence,
        entry,
        steps,
        actions,
        tuple(turn.published.content.by_slug[slug] for slug in entry.related),
        found=found,
        concern="unsure" if is_unsure(confidence) else None,
    )


def _asked_back(turn: Turn, match: Match, found: Diagnosis) -> Response:
    options = recent_refusal.put_first(turn, match.options)
    memory = replace(
        turn.memory,
        options=tuple(entry.slug for entry in options),
        offered=(),
        clarified=turn.message_id,
        awaits=None,
    )
    return Response(
        "clarify",
        turn.published.content.replies.clarify,
        memory,
        match.confidence,
        options=options,
        # A second question besides the options would confuse.
        found=replace(found, question_back=None),
        concern="asked_back",
    )


def _courteous(turn: Turn, match: Match, found: Diagnosis) -> Response:
    """Answer a courtesy and refer to the current entry."""
    if match.topic is None:
        raise ValueError("This is no courtesy.")
    about = turn.entry(turn.memory.slug)
    related = () if about is None else (about,)
    memory = replace(turn.memory, awaits=None)
    text, sure = match.topic.answer, match.confidence
    return Response("smalltalk", text, memory, sure, related=related, found=found)


def _not_known(turn: Turn, match: Match, found: Diagnosis) -> Response:
    replies = turn.published.content.replies
    memory = replace(turn.memory, awaits=None)
    response = Response("fallback", replies.unreadable, memory, match.confidence, found=found)
    if not match.readable:
        return response
    if wording.is_acknowledgement(turn.text):
        return remark(turn, phrases.STAY_WITH_BOT, memory)
    response = replace(response, related=match.nearest, concern="unanswered")
    if match.service is not None:
        return replace(response, text=replies.about_other(match.service))
    if turn.text in turn.published.content.out_of_scope.compact:
        # Editors marked this wording as out of scope.
        return replace(response, text=replies.not_ours, actions=replies.actions, concern=None)
    related = recent_refusal.put_first(turn, match.nearest)
    # Objections (没戴口罩) often concern the last answer.
    more = "" if memory.slug is None else phrases.STILL_OPEN
    text = f"{replies.unknown}{more}"
    return replace(response, text=text, actions=replies.actions, related=related)


_RULES = (
    handover_rules.distressed,
    handover_rules.human,
    _without_people,
    handover_rules.contact,
    handover_rules.offer,
    _choice,
    _reply,
    _correction,
    _follow_up,
    _how_long_or_where,
    _used_up,
    _put_off,
    clauses.several,
)
