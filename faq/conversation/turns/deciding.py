"""Decide what to say to a message: read, decide, compose, never repeat.

The message was read once and ranked in its conversation (`turn`). Emergencies, people, replies and
names to check come first (`_RULES`); then the likeliest meaning: an entry or point, an intent, a
courtesy, another service. A `reader` chooses among unsure ones. See docs/adr/0022 and 0034.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from faq.content.entries import Entry, Point
from faq.content.talk import IntentName
from faq.conversation.inbox import is_unsure
from faq.conversation.turns import (
    going_on,
    moves,
    name_questions,
    options,
    people,
    point_answers,
    reader,
    repetition,
    replying,
)
from faq.conversation.turns.answers import (
    answered,
    asked_back,
    courteous,
    not_known,
    offered,
)
from faq.conversation.turns.moves import Move, tell
from faq.conversation.turns.own_sentences import pasted
from faq.conversation.turns.turn import Concern, Option, Response, Turn
from faq.diagnosis.findings import Diagnosis
from faq.language import grammar
from faq.matching.candidates import Candidate
from faq.matching.match import certain_match
from faq.matching.matcher import MOST_OPTIONS
from faq.matching.ranking import Ranked

INTENTS : dict [ IntentName , tuple [ Move , Move ] ] = {
    # intent:        (nothing open,          an entry open)
    "next_step":     (moves.next_or_ask,     moves.next_step),
    "still_fails":   (moves.stuck,           moves.next_step),
    "tried_all":     (moves.stuck,           moves.way_round),
    "tries_left":    (moves.tries_left,      moves.tries_left),
    "used_up":       (moves.used_up,         moves.used_up),
    "why":           (tell("why"),           tell("why")),
    "how_long":      (tell("how_long"),      tell("how_long")),
    "cost":          (tell("cost"),          tell("cost")),
    "where":         (moves.where_next,      tell("where")),
    "myself":        (tell("myself"),        tell("myself")),
    "other_way":     (tell("other_way"),     tell("other_way")),
    "documents":     (tell("documents"),     tell("documents")),
    "chooses":       (moves.page_words,      moves.page_words),
    "agrees":        (moves.nothing_to_say,  moves.nothing_to_say),
    "declines":      (moves.nothing_to_say,  moves.nothing_to_say),
    "none_of_them":  (moves.page_words,      moves.other_candidates),
    "not_that":      (moves.page_words,      moves.other_candidates),
    "does_not_know": (moves.page_words,      moves.general_way),
    "done":          (moves.after_success,   moves.after_success),
    "all_done":      (moves.everything_done, moves.everything_done),
    "puts_off":      (moves.nothing_to_say,  moves.nothing_to_say),
    "thanks":        (moves.nothing_to_say,  moves.nothing_to_say),
    "new_matter":    (moves.another_subject,  moves.another_subject),
}  # fmt: skip

# These ask for help, which a refusal after the last answer explains first.
_ASK_FOR_HELP: frozenset[IntentName] = frozenset(
    {"next_step", "still_fails", "tried_all", "why", "how_long", "where", "tries_left"}
)
# General questions, which points of an entry answer, too.
_GENERAL: frozenset[IntentName] = frozenset(
    {"why", "how_long", "cost", "where", "myself", "other_way", "documents", "tries_left"}
)
# Least probability of a clause's own meaning to be answered besides another clause's.
_SURE_OF_A_CLAUSE = 0.6
# Probability of the best meaning below which other points of the subject are offered beside it.
_UNSURE = 0.35
# Least probability of a point of another entry than the open one to be told alone.
_SURE_OF_A_POINT = 0.5
# Least probability of a point of the open entry that answers a general question better.
_SURE_OF_AN_OWN_POINT = 0.5
# Probability from which a point of the open entry is told, although the words are the entry's.
_LIKELY_POINT = 0.2
# Least probability of the meaning that takes the place of an answer that was just given.
_LIKELY_INSTEAD = 0.1
# Probability below which the next meaning is answered rather than a courtesy.
_SURE_OF_A_COURTESY = 0.4
# Probability from which a message is a courtesy rather than an intent.
_SURELY_A_COURTESY = 0.8
# Probability from which a message is not ours, although a subject is open.
_SURELY_OUTSIDE = 0.6


def respond(turn: Turn) -> Response:
    """Return the response to a message."""
    responses = (response for rule in _RULES if (response := rule(turn)) is not None)
    response = next(responses, None)
    if response is None:
        turn = reader.with_choice(turn)
        response = _by_meaning(turn)
    response = going_on.without_repetition(turn, response)
    memory, asked = response.memory, response.diagnosis.question_back
    return replace(
        response,
        memory=replace(
            memory,
            # An unanswered question is not repeated after another subject.
            question=response.asks if asked is None else asked.id,
            is_about_another=turn.is_about_another,
            said=repetition.fingerprint(repetition.block_of(response)),
            shown=repetition.shown_after(memory, response),
        ),
    )


def _several(turn: Turn) -> Response | None:
    """Ask which of several numbered questions to answer first."""
    parts = grammar.in_list(turn.without_numbers)
    matches = [turn.published.matcher.match(part) for part in parts]
    entries = {match.entry.slug: match.entry for match in matches if match.entry is not None}
    if len(entries) < 2:
        return None
    chips = tuple(map(Option, [*entries.values()][:MOST_OPTIONS]))
    response = offered(turn, turn.replies.one_at_a_time, chips)
    # The choice does not show what the message means, so it is not for the inbox.
    return replace(response, memory=replace(response.memory, clarified=None))


def _pasted(turn: Turn) -> Response | None:
    """Answer a sentence of the service itself."""
    own = pasted(turn.question, turn.published.content)
    return None if own is None else answered(turn, certain_match(own))


def _bare_intent(turn: Turn) -> Response | None:
    """Answer a message that is an intent and names no subject: 还是不行, 谢谢, 多久."""
    if not turn.is_bare:
        return None
    intents = [intent for intent in turn.intents if intent in INTENTS]
    if not intents:
        return moves.nothing_to_say(turn) if turn.means("no_people") else None
    # A complaint outweighs thanks beside it.
    intent = next((intent for intent in intents if intent in _ASK_FOR_HELP), intents[0])
    best, probability = turn.ranked[0]
    # 你好 resembles 好; 在吗 resembles 在哪.
    if best.topic is not None and probability >= _SURELY_A_COURTESY:
        return None
    is_own = best.point is not None and best.entry is turn.open
    if intent in _GENERAL and is_own and probability >= _SURE_OF_AN_OWN_POINT:
        return None
    return _by_intent(turn, intent)


def _by_meaning(turn: Turn) -> Response:
    """Answer the likeliest meaning that has an answer, and that was not just given."""
    repeated: Response | None = None
    for ranked in _in_order(turn):
        if repeated is not None and ranked.probability < _LIKELY_INSTEAD:
            break
        response = _of(turn, ranked)
        if response is None:
            continue
        if response.point is None or not repetition.repeats(response, turn.memory):
            return _with_others(turn, response, ranked.probability)
        repeated = repeated or response
    if repeated is None:
        return not_known(turn, turn.match, Diagnosis())
    # Asked for again, it is told again; a remark gets what comes next.
    return replace(repeated, may_repeat=grammar.is_question(turn.text))


def _in_order(turn: Turn) -> tuple[Ranked, ...]:
    """Return the meanings, best first.

    For an entry that was told its points come first; for an unsure point those of the likeliest
    entry.
    """
    first, *_ = turn.ranked or (None,)
    if first is None or first.candidate.entry is None:
        return turn.ranked
    subject, match = first.candidate.entry, turn.match
    if first.candidate.point is not None:
        is_sure = first.probability >= _SURE_OF_A_POINT or not match.nearest
        return turn.ranked if is_sure else (*_points_of(turn, match.nearest[0]), *turn.ranked)
    is_told = subject is turn.open and turn.memory.step > 0
    if not is_told or turn.means("still_fails", "tried_all", "next_step"):
        return turn.ranked
    return (*_points_of(turn, subject), *turn.ranked)


def _points_of(turn: Turn, entry: Entry) -> list[Ranked]:
    return [
        option
        for option in turn.ranked
        if option.candidate.point and option.candidate.entry is entry
    ]


def _of(turn: Turn, ranked: Ranked) -> Response | None:
    """Answer one meaning of the message; None if nothing can be said to it."""
    candidate, probability = ranked
    if candidate.intent is not None:
        return _by_intent(turn, candidate.intent)
    if candidate.topic is not None:
        if probability < _SURE_OF_A_COURTESY:
            return None
        return courteous(turn, turn.match._replace(topic=candidate.topic))
    if candidate.entry is None:
        return _outside(turn, probability)
    if _is_anothers(turn, candidate):
        match = turn.match._replace(kind="fallback", service=turn.message.services[0])
        return not_known(turn, match, Diagnosis())
    if turn.open is None:
        return _first(turn, candidate, probability)
    return _about(turn, candidate, probability)


def _is_anothers(turn: Turn, candidate: Candidate) -> bool:
    """Return whether a message names another service that the examples of its meaning do not."""
    message, entry, point = turn.message, candidate.own_entry, candidate.point
    if message.evidence is None or not message.evidence.names_other:
        return False
    if point is not None and all(
        any(n in text for text in point.compact) for n in message.services
    ):
        return False
    return not turn.published.matcher.knows_services(entry, message.services)


def _by_intent(turn: Turn, intent: IntentName) -> Response | None:
    if intent in _ASK_FOR_HELP and _is_news(turn):
        response = moves.stuck(turn)
        if response is not None:
            return response
    response = INTENTS[intent][turn.open is not None](turn)
    return response or moves.page_words(turn)


def _is_news(turn: Turn) -> bool:
    """Return whether something came up in the record after the message before."""
    last, pending = turn.conversation.last_asked, turn.pending_subjects.pending
    since = None if pending is None else pending.since
    return last is not None and since is not None and since > last


def _first(turn: Turn, candidate: Candidate, probability: float) -> Response:
    """Answer a message with nothing open: by its wording and the record."""
    match = turn.match
    if match.kind not in ("answer", "clarify"):
        match = match._replace(kind="clarify", options=match.nearest)
    diagnosis = turn.diagnose(match)
    if diagnosis.decided is not None and diagnosis.decided is not candidate.entry:
        return answered(turn, match, diagnosis)
    if candidate.point is not None and _is_sure(turn, candidate, probability):
        response = point_answers.answered(turn, candidate.own_entry, candidate.point, probability)
        if response is not None:
            # What the record says stands beside the point.
            told_diagnosis = replace(diagnosis, question_back=None, instead=None, state=None)
            concern: Concern | None = "unsure" if is_unsure(probability) else None
            return replace(response, diagnosis=told_diagnosis, concern=concern)
    if diagnosis.decided is not None or match.kind == "answer":
        return answered(turn, match, diagnosis)
    return moves.stuck_or(turn, asked_back(turn, match, diagnosis))


def _about(turn: Turn, candidate: Candidate, probability: float) -> Response | None:
    """Answer a message in a conversation about an entry or a point of it."""
    entry = candidate.own_entry
    is_again = entry is turn.open and _is_again(turn, candidate, probability)
    is_sure = entry is turn.open or _is_sure(turn, candidate, probability)
    if candidate.point is not None and is_sure and not is_again:
        if candidate.point.asks is not None and entry is turn.open:
            return point_answers.asked(turn, entry, candidate.point.asks)
        return point_answers.answered(turn, entry, candidate.point, probability)
    if entry is turn.open and turn.memory.step:
        return going_on.go_on(turn, entry)
    match = turn.match._replace(kind="answer", entry=entry, confidence=probability)
    diagnosis = turn.diagnose(match)
    if diagnosis.decided is not None and diagnosis.decided is turn.open and turn.memory.step:
        return going_on.go_on(turn, turn.open)
    if diagnosis.decided is None and turn.match.kind == "clarify":
        return asked_back(turn, turn.match, diagnosis)
    return answered(turn, match, diagnosis)


def _is_again(turn: Turn, candidate: Candidate, probability: float) -> bool:
    """Return whether a message is the open subject again, or a complaint in its words."""
    if not turn.is_about_the_whole(candidate):
        return False
    fails_again = turn.means("still_fails", "tried_all") or grammar.is_complaint(turn.text)
    if fails_again or turn.text in candidate.own_entry.asked:
        return True
    if candidate.point is not None and (
        probability >= _LIKELY_POINT
        or candidate.point.asks not in (None, "why")
        or grammar.is_question(turn.text)
    ):
        return False
    alone = turn.published.matcher.decide(turn.message)
    return alone.entry is candidate.entry and alone.confidence >= _SURE_OF_AN_OWN_POINT


def _is_sure(turn: Turn, candidate: Candidate, probability: float) -> bool:
    """Return whether a message asks for a point of an entry that is not open yet."""
    # What the reader chose is not weighed again.
    is_point = bool(turn.reranked) or not turn.is_about_the_whole(candidate)
    return probability >= _SURE_OF_A_POINT and is_point


def _outside(turn: Turn, probability: float) -> Response | None:
    """Say that a message is not ours; None where it may belong to the open subject."""
    match = turn.match
    is_listed = turn.text in turn.published.content.out_of_scope.compact
    is_known = is_listed or match.service is not None
    if turn.open is None and not is_known and (evidence := turn.message.evidence) is not None:
        # A point that the asker's state rules out still shows that the message is ours.
        alone = turn.published.matcher.rank(evidence)
        own = turn.published.matcher.decided(turn.message, alone)
        if own.kind == "answer" and not turn.fits(alone[0].candidate):
            return answered(turn, own, turn.diagnose(own))
    if turn.open is None or is_known or probability >= _SURELY_OUTSIDE:
        return not_known(turn, match._replace(kind="fallback"), Diagnosis())
    return None if _chips(turn, None) else not_known(turn, match, Diagnosis())


def _chips(turn: Turn, told_point: Point | None) -> tuple[Option, ...]:
    """Return the likeliest other points of the open subject."""
    return tuple(
        Option(candidate.own_entry, candidate.point)
        for candidate, _ in turn.ranked
        if candidate.point not in (None, told_point) and candidate.entry is turn.open
    )[: MOST_OPTIONS - 1]


def _with_others(turn: Turn, response: Response, probability: float) -> Response:
    """Add the message's other question; to an unsure answer other points of the subject."""
    response = _with_other_question(turn, response)
    is_unsure = probability < _UNSURE and response.point is not None and not response.options
    if turn.open is None or not is_unsure:
        return response
    chips = _chips(turn, response.point)
    memory = replace(response.memory, offered=tuple(chip.name for chip in chips))
    return replace(response, options=chips, memory=memory)


def _with_other_question(turn: Turn, response: Response) -> Response:
    """Answer the other question of a message, too, or offer it as a chip."""
    others = [meaning for meaning in _of_clauses(turn) if _is_other(meaning, response)]
    if response.kind != "answer" or response.options or not others:
        return response
    entry, point = others[0].own_entry, others[0].point
    told_point = (
        None
        if point is None or response.point is None
        else point_answers.answered(turn, entry, point)
    )
    if told_point is None:
        chip = Option(entry, point)
        memory = replace(response.memory, offered=(chip.name,))
        return replace(response, options=(chip,), memory=memory)
    names = (*response.memory.told_points, *told_point.memory.told_points)
    memory = replace(response.memory, told_points=tuple(dict.fromkeys(names)))
    return replace(
        response,
        text=f"{response.text}\n{told_point.text}",
        memory=memory,
        actions=(*response.actions, *told_point.actions),
    )


def _of_clauses(turn: Turn) -> Iterator[Candidate]:
    """Yield what each clause of a message surely means by itself."""
    for evidence in turn.message.clauses:
        candidate, probability = turn.rank(evidence)[0]
        if candidate.point is not None and probability >= _SURE_OF_A_CLAUSE:
            yield candidate


def _is_other(candidate: Candidate, response: Response) -> bool:
    if candidate.entry is None or candidate.point is response.point:
        return False
    return candidate.point is not None or candidate.entry is not response.entry


_RULES: tuple[Callable[[Turn], Response | None], ...] = (
    people.distressed,
    people.called,
    people.contact,
    people.offer,
    options.chosen_option,
    options.corrected_option,
    replying.reply,
    name_questions.checked,
    _several,
    _pasted,
    _bare_intent,
)
