"""Choose the response to a message in its conversation.

A turn is its matter, its act and what is open. The rules of `_RULES` come first: emergencies,
people, and replies to what the bot asked. Then a matter of the message's own changes the matter,
and an act without one goes on with what is open, by `TABLE`. See docs/adr/0022.
"""

from dataclasses import replace

from faq.content.entries import Entry
from faq.content.talk import TEXT_NAMES, ActName, TextName
from faq.conversation.turns import (
    clauses,
    going_on,
    moves,
    options,
    passages,
    pending_matter,
    people,
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
from faq.conversation.turns.turn import Response, Turn
from faq.diagnosis.findings import Diagnosis
from faq.language import grammar
from faq.matching.match import Match, certain_match

TABLE: dict[ActName, tuple[Move, Move]] = {
    # act:           (nothing open,          an entry open)
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
    "new_matter":    (moves.another_matter,  moves.another_matter),
}  # fmt: skip
# These ask for help, which a refusal after the last answer explains first.
_ASK_FOR_HELP: frozenset[ActName] = frozenset(
    {"next_step", "still_fails", "tried_all", "why", "how_long", "where", "tries_left"}
)
# With nothing open the record answers these before an unsure matter.
_BY_RECORD: dict[ActName, Move] = {
    "next_step": moves.what_next,
    "still_fails": moves.stuck,
    "tries_left": moves.tries_left,
    "used_up": moves.used_up,
    "where": moves.what_next,
}
# Beside a matter these say nothing by themselves.
_WITHOUT_MATTER: frozenset[ActName] = frozenset({"agrees", "declines", "chooses"})
# Beside a new matter these ask for its short text instead of the whole answer.
_OF_A_MATTER: tuple[TextName, ...] = ("cost", "where", "documents")
# Confidence from which a matter outweighs a likelier act, and from which the act is about it.
_SURE_OF_A_MATTER, _LIKELY_A_MATTER = 0.85, 0.8
# Probability from which a first message that names no matter is an act.
_SURE_OF_AN_ACT = 0.8
# Confidence from which a question back knows better than the record.
_LEAST_TO_ASK = 0.5
# Within a conversation, the least confidence of an answer, and the most of its rival.
_LEADING, _RIVAL = 0.45, 0.5


def respond(turn: Turn) -> Response:
    """Return the response to a message."""
    found = (response for rule in _RULES if (response := rule(turn)) is not None)
    response = going_on.without_repetition(turn, next(found, None) or _by_matter(turn))
    memory, asked = response.memory, response.found.question_back
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
    entries = clauses.several(turn.question, turn.published.matcher.match)
    if not entries:
        return None
    response = offered(turn, turn.replies.one_at_a_time, entries)
    # The choice does not show what the message means, so it is not for the inbox.
    return replace(response, memory=replace(response.memory, clarified=None))


def _pasted(turn: Turn) -> Response | None:
    """Answer a sentence of the service itself."""
    own = pasted(turn.question, turn.published.content)
    return None if own is None else answered(turn, certain_match(own))


def _by_act(turn: Turn) -> Response | None:
    """Answer an act, unless the message names a matter more clearly."""
    act, match, entry = turn.act, turn.match, turn.match.entry
    if act is None or _is_foreign(turn):
        return None
    if match.topic is not None and match.confidence >= replying.SURE_OF_A_COURTESY:
        return None
    if turn.open is None and match.kind == "fallback" and turn.acts[act] < _SURE_OF_AN_ACT:
        return None
    is_about_open = entry is not None and (entry is turn.open or _is_general(turn, act))
    if is_about_open and act in _WITHOUT_MATTER:
        return None
    if match.kind in ("answer", "clarify") and not is_about_open:
        if turn.acts[act] <= match.confidence or act == "new_matter":
            return None
        if entry is not None and act in TEXT_NAMES and _is_likely(turn):
            return moves.short_text(turn, entry, act)
        if entry is not None and not _yields(turn, act):
            return _BY_RECORD[act](turn) if act in _BY_RECORD and turn.open is None else None
    if act in _ASK_FOR_HELP and pending_matter.is_new(turn):
        response = moves.stuck(turn)
        if response is not None:
            return response
    response = TABLE[act][turn.open is not None](turn)
    if response is None and match.kind != "clarify":
        return moves.page_words(turn)
    return response


def _is_general(turn: Turn, act: ActName) -> bool:
    """Return whether the entry of a message explains its act for any matter: the fees."""
    general = turn.published.content.explaining(act)
    return turn.open is not None and general is not None and general is turn.match.entry


def _is_likely(turn: Turn) -> bool:
    """Return whether an act is about the matter of its message, but not an answer to it."""
    is_likely = turn.match.confidence >= _LIKELY_A_MATTER
    return turn.open is not None and is_likely and not _is_sure(turn, _SURE_OF_A_MATTER)


def _yields(turn: Turn, act: ActName) -> bool:
    """Return whether the matter of a message is too unsure to outweigh its act."""
    if turn.open is None:
        return not _is_sure(turn, _LIKELY_A_MATTER)
    return act not in TEXT_NAMES or not _is_sure(turn, _SURE_OF_A_MATTER)


def _is_sure(turn: Turn, least: float) -> bool:
    return turn.match.confidence >= least


def _is_foreign(turn: Turn) -> bool:
    is_listed = turn.text in turn.published.content.out_of_scope.compact
    is_ours = turn.match.entry is not None or turn.act is not None
    return turn.match.service is not None or (is_listed and not is_ours)


def _by_matter(turn: Turn) -> Response:
    match = turn.match
    if match.kind != "smalltalk" and turn.is_rather("no_people"):
        rest = clauses.without(turn.said, "no_people", turn.published.matcher.match)
        if not rest:
            return moves.nothing_to_say(turn)
        of_rest = replace(turn, question=rest)
        return _by_act(of_rest) or _by_matter(of_rest)
    if match.entry is not None:
        return _about(turn, match.entry)
    if match.kind == "clarify" and match.nearest[0] is turn.open:
        return _more_about(turn, turn.open)
    found = turn.diagnose(match)
    if found.decided is not None:
        return _as_decided(turn, match, found)
    if match.kind == "clarify":
        if turn.open is not None and _leads(match):
            return _about(turn, match.nearest[0])
        near = {turn.memory.slug, *(() if turn.open is None else turn.open.related)}
        is_near = any(entry.slug in near for entry in match.nearest)
        response = _of_open(turn, passages.LEAST) if is_near else None
        return response or _unclear(turn) or asked_back(turn, match, found)
    if match.topic is not None:
        return courteous(turn, match, found)
    response = _of_another(turn) or _of_open(turn, passages.LEAST_IF_UNKNOWN)
    return response or not_known(turn, match, found)


def _of_open(turn: Turn, least: float) -> Response | None:
    """Answer an unclear message that the sentences of the open matter are about."""
    if turn.open is None or _is_foreign(turn) or not turn.match.readable:
        return None
    found = passages.answer_from(turn, turn.open, least)
    is_question = grammar.is_question(turn.text)
    return found if found is None or is_question else going_on.go_on(turn, turn.open)


def _more_about(turn: Turn, entry: Entry) -> Response:
    """Answer a question about the open matter from its sentences; go on with it otherwise."""
    is_question = grammar.is_question(turn.text)
    found = passages.answer_from(turn, entry) if is_question else None
    return found or going_on.go_on(turn, entry)


def _unclear(turn: Turn) -> Response | None:
    """Answer a first message of few words by what stands open in the record."""
    is_about_business = any(entry.kind == "service" for entry in turn.match.options)
    if turn.open is not None or is_about_business or _is_sure(turn, _LEAST_TO_ASK):
        return None
    return moves.stuck(turn)


def _leads(match: Match) -> bool:
    """Return whether one entry is likely enough not to interrupt a conversation by asking back."""
    first, *others = (candidate.probability for candidate in match.candidates)
    return first >= _LEADING and all(other < _RIVAL * first for other in others)


def _about(turn: Turn, entry: Entry) -> Response:
    """Answer about the entry that a message names."""
    if entry is turn.open and turn.memory.step:
        return _more_about(turn, entry)
    for act in _OF_A_MATTER:
        is_asked = act in turn.acts and turn.open is not None
        if is_asked and getattr(entry.texts, act) is not None:
            short = moves.short_text(turn, entry, act)
            if short is not None:
                return short
    match = turn.match._replace(kind="answer", entry=entry)
    return _as_decided(turn, match, turn.diagnose(match))


def _as_decided(turn: Turn, match: Match, found: Diagnosis) -> Response:
    """Answer by the record; go on if it selects the open matter again."""
    is_open = found.decided is not None and found.decided is turn.open
    if is_open and turn.open is not None and turn.memory.step:
        return _more_about(turn, turn.open)
    return answered(turn, match, found)


def _of_another(turn: Turn) -> Response | None:
    """Answer a message that only names another person."""
    if _is_foreign(turn) or not turn.means("another_person"):
        return None
    return moves.next_step(turn) or moves.another_matter(turn)


_RULES: tuple[Move, ...] = (
    people.distressed,
    people.called,
    people.contact,
    people.offer,
    options.chosen_option,
    options.corrected_option,
    replying.reply,
    _several,
    _pasted,
    _by_act,
)
