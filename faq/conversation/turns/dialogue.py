"""What one message means in its conversation, and what is said to it.

The rules are asked in order, and the first one that knows an answer gives it: somebody in distress,
a call for people or a word against one, what the bot waits for (a phone number, a yes, a choice,
the reply to a question of its own), the correction of a choice, a follow-up, a question for the
time or the tries that are left or what is the next button, a word that tries are used up, a word
that he will try it, a list of several matters, and last of all the matcher. Whatever entry it comes
to, the asker's record is looked at before it is given.
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
from faq.conversation.turns.turn import Said, Turn, remark
from faq.diagnosis import NOTHING, Diagnosis, either_or, is_unknown, understand
from faq.language import wording
from faq.matching.match import Match, certain_match
from faq.matching.matcher import TOO_CLOSE
from miniprogram_api.reasons import Reason

# So many entries are remembered as told.
MOST_TOLD = 5
# The courtesy to whoever says no more than that something is wrong: 怎么办, 报错了.
SAYS_NOT_WHAT = "vague"


def take(turn: Turn) -> Said:
    """Say something to a message."""
    for rule in _RULES:
        said = rule(turn)
        if said is not None:
            break
    else:
        said = _matched(turn)
    memory = said.memory
    if memory.question is not None and said.found.question_back is None:
        # It was asked before: who speaks of something else meanwhile does not come back to it.
        memory = replace(memory, question=None)
    if memory.is_about_another != turn.is_about_another:
        memory = replace(memory, is_about_another=turn.is_about_another)
    return said if memory is said.memory else replace(said, memory=memory)


# What was said before -------------------------------------------------------------------------


def _without_people(turn: Turn) -> Said | None:
    """No human is wanted; what else the message says is heard."""
    if not turn.calls.refuses_human:
        return None
    if not wording.is_no(turn.text):
        rest = replace(turn, question=turn.calls.rest)
        said = _follow_up(rest) or _matched(rest)
        if said.kind in ("answer", "clarify"):
            return said
    return remark(turn, phrases.STAY_WITH_BOT, replace(turn.memory, awaits=None))


def _choice(turn: Turn) -> Said | None:
    """One of the options that the last answer offered."""
    return _picked(turn, turn.memory.options, _chosen_or_agreed)


def _chosen_or_agreed(text: str, titles: Sequence[str]) -> int | None:
    index = wording.chosen_option(text, titles)
    return wording.confirmed_option(text, titles) if index is None else index


def _correction(turn: Turn) -> Said | None:
    """Another one of the options than was chosen before: 不对，第三个."""
    return _picked(turn, turn.memory.offered, wording.corrected_option)


def _entries(turn: Turn, slugs: Sequence[str]) -> list[Entry]:
    return [entry for slug in slugs if (entry := turn.entry(slug)) is not None]


def _picked(
    turn: Turn, slugs: Sequence[str], read: Callable[[str, Sequence[str]], int | None]
) -> Said | None:
    """What is said to a choice among entries, or None where the message makes none.

    `read`: the index of the option that a text means of some titles, or what `wording` has for
    none of them.
    """
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
    return Said("clarify", text, memory, options=tuple(options))


def _chosen(turn: Turn, entry: Entry, options: Sequence[str], confidence: float = 1.0) -> Said:
    clarified = turn.memory.clarified
    said = _answered(turn, certain_match(entry)._replace(confidence=confidence))
    return replace(
        said,
        memory=replace(said.memory, offered=tuple(options), clarified=clarified),
        choice=None if clarified is None else Choice(clarified, entry.slug),
    )


def _reply(turn: Turn) -> Said | None:
    """The reply to the one question that would decide."""
    if turn.memory.question is None:
        return None
    entry = turn.entry(understand(turn.memory.question, turn.question))
    if entry is not None:
        return _answered(turn, certain_match(entry))
    if wording.is_none_of_them(turn.text):
        return remark(turn, phrases.NONE_OF_THEM, turn.memory)
    if is_unknown(turn.question):
        return remark(turn, phrases.NOT_KNOWN_EITHER, turn.memory)
    asked = either_or(turn.memory.question)
    if (
        asked is None
        or wording.confirmed_option(turn.text, [r.label for r in asked.replies]) is None
    ):
        return None
    said = remark(turn, phrases.WHICH_ONE, turn.memory)
    return replace(said, found=replace(NOTHING, question_back=asked))


def _follow_up(turn: Turn) -> Said | None:
    """It did not help: the next step of the same entry, and after the last one people."""
    entry = turn.entry(turn.memory.slug)
    if entry is None or not (wording.is_follow_up(turn.text) or _adds_nothing(turn, entry)):
        return None
    return (_stuck(turn) if recent_refusal.came_up_since(turn) else None) or _next_step(turn, entry)


def _adds_nothing(turn: Turn, entry: Entry) -> bool:
    """Whether a message holds a follow-up, and beside it no other subject: 还是不行，真服了你们."""
    rest = wording.without_follow_up(turn.question)
    if rest is None:
        return False
    match = turn.published.matcher.match(rest)
    # What is less than sure of another entry is more likely anger than a new matter.
    return match.service is None and match.entry in (None, entry)


def _next_step(turn: Turn, entry: Entry) -> Said:
    # The words say no more than that it is the same matter; the record may say more by now.
    considered = _entries(turn, turn.memory.considered)
    others = tuple(other for other in considered if other is not entry)
    match = certain_match(entry, *others)
    found = turn.look(match)
    decided = found.decided
    # What was told already, and left for this, would begin once more at its first step.
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
        text, actions = phrases.NOTHING_LEFT, turn.ways_to_people
        memory = replace(memory, awaits="people")
    return Said(
        "answer",
        text,
        memory,
        entry=entry,
        steps=steps,
        actions=actions,
        found=replace(found, question_back=None),
    )


def _how_long_or_where(turn: Turn) -> Said | None:
    """How many tries are left, when the next is, where to go: of the matter that is open."""
    asks_where = wording.asks_where(turn.text)
    if not (asks_where or wording.asks_how_long(turn.text)):
        return None
    entry = turn.entry(turn.memory.slug)
    said = _stuck(turn) if entry is None or recent_refusal.came_up_since(turn) else None
    if entry is None or said is not None:
        return said
    if entry.case == Reason.SMS_UNAVAILABLE.case and not asks_where:
        # Who waits for a code is told the limits of codes.
        entry = turn.published.content.by_case.get(Reason.SMS_RATE_LIMITED.case or 0, entry)
    return _answered(turn, certain_match(entry))


def _used_up(turn: Turn) -> Said | None:
    """That tries are used up, without a word of which: those that were refused to him just now."""
    entry = recent_refusal.limit(turn) if wording.says_used_up(turn.text) else None
    return None if entry is None else _answered(turn, certain_match(entry))


def _put_off(turn: Turn) -> Said | None:
    """He goes to try it, now or another day, or gives up: the matter stays open."""
    if not wording.defers_or_gives_up(turn.text):
        return None
    return remark(turn, phrases.STAY_WITH_BOT, replace(turn.memory, awaits=None))


# By its wording -------------------------------------------------------------------------------


def _matched(turn: Turn) -> Said:
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
        # Nobody is asked twice which one he means: now he leans to one of them.
        return _chosen(turn, match.nearest[0], memory.options, match.confidence)
    if [entry.slug for entry in match.options] == [memory.slug]:
        # Asked whether he means what he is speaking of he could only say yes.
        return _next_step(turn, match.options[0])
    found = turn.look(match)
    if found.decided is not None:
        return _answered(turn, match, found)
    if match.kind == "clarify":
        return _asked_back(turn, match, found)
    if match.topic is not None:
        is_vague = match.topic.topic == SAYS_NOT_WHAT
        return (_stuck(turn) if is_vague else None) or _courteous(turn, match, found)
    return _not_known(turn, match, found)


def _stuck(turn: Turn) -> Said | None:
    """The answer to what was refused to the asker a moment ago, else to what he has to do next."""
    told = recent_refusal.in_his_way(turn)
    if told is None and turn.memory.slug is None and wording.asks_what_next(turn.text):
        told = next_step(turn)
    return None if told is None else _answered(turn, certain_match(told[0]), told[1])


def _leans(match: Match, options: Sequence[str]) -> bool:
    """Whether an unclear message speaks for one of the options and not as well for another."""
    best, *others = match.candidates
    if best.entry.slug not in options:
        return False
    return all(other.probability < TOO_CLOSE * best.probability for other in others)


def _answered(turn: Turn, match: Match, found: Diagnosis | None = None) -> Said:
    """The entry that the wording means, unless the record knows better."""
    if found is None:
        found = turn.look(match)
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
    return Said(
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


def _asked_back(turn: Turn, match: Match, found: Diagnosis) -> Said:
    options = recent_refusal.first(turn, match.options)
    # He may have meant to go on with what was open; only what he chooses takes its place.
    memory = replace(
        turn.memory,
        options=tuple(entry.slug for entry in options),
        offered=(),
        clarified=turn.message_id,
        awaits=None,
    )
    return Said(
        "clarify",
        turn.published.content.replies.clarify,
        memory,
        match.confidence,
        options=options,
        # The options are the question; a second one would confuse.
        found=replace(found, question_back=None),
        concern="asked_back",
    )


def _courteous(turn: Turn, match: Match, found: Diagnosis) -> Said:
    """A word of courtesy, and back to the matter."""
    if match.topic is None:
        raise ValueError("This is no courtesy.")
    about = turn.entry(turn.memory.slug)
    related = () if about is None else (about,)
    memory = replace(turn.memory, awaits=None)
    text, sure = match.topic.answer, match.confidence
    return Said("smalltalk", text, memory, sure, related=related, found=found)


def _not_known(turn: Turn, match: Match, found: Diagnosis) -> Said:
    replies = turn.published.content.replies
    memory = replace(turn.memory, awaits=None)
    said = Said("fallback", replies.unreadable, memory, match.confidence, found=found)
    if not match.readable:
        return said
    if wording.is_acknowledgement(turn.text):
        return remark(turn, phrases.STAY_WITH_BOT, memory)
    said = replace(said, related=match.nearest, concern="unanswered")
    if match.service is not None:
        return replace(said, text=replies.about_other(match.service))
    if turn.text in turn.published.content.out_of_scope.compact:
        # Editors have said so of these very words; who thinks otherwise rates the answer.
        return replace(said, text=replies.not_ours, actions=replies.actions, concern=None)
    related = recent_refusal.first(turn, match.nearest)
    # An objection (没戴口罩) is often about what he was told.
    more = "" if memory.slug is None else phrases.STILL_OPEN
    text = f"{replies.unknown}{more}"
    return replace(said, text=text, actions=replies.actions, related=related)


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
