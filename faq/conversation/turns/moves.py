"""The moves of the policy: responses to a message by its intent. None leaves it to its subject."""

from collections.abc import Callable
from dataclasses import replace

from faq.content.entries import Entry
from faq.content.talk import TextName
from faq.conversation.turns import point_answers, repetition
from faq.conversation.turns.answers import answered, offered
from faq.conversation.turns.going_on import go_on
from faq.conversation.turns.pending_subject import pending
from faq.conversation.turns.turn import Option, Response, Turn, remark
from faq.diagnosis.pending import Pending
from faq.matching.match import certain_match
from faq.matching.matcher import MOST_OPTIONS

Move = Callable[[Turn], Response | None]

# The data of findings that tell tries.
_TRIES = ("attempts_left", "tries_left", "remaining")
# Characters; a shorter message teaches editors nothing.
_LONGEST_REMARK = 6
# Confidence from which a question back knows better than the record.
_LEAST_TO_ASK = 0.5


def next_step(turn: Turn) -> Response | None:
    """Give the next step of the open subject."""
    return None if turn.open is None else go_on(turn, turn.open, steps=not turn.means("tried_all"))


def way_round(turn: Turn) -> Response | None:
    """Give another way than the steps of the open subject."""
    return None if turn.open is None else go_on(turn, turn.open, steps=False)


def stuck(turn: Turn) -> Response | None:
    """Answer by what stands open in the record."""
    return _about_pending(turn, pending(turn))


def stuck_or(turn: Turn, response: Response) -> Response:
    """Answer a vague message by what stands open in the record, else by `response`."""
    is_about_business = any(option.entry.kind == "service" for option in response.options)
    is_clear = turn.match.confidence >= _LEAST_TO_ASK
    return response if is_about_business or is_clear else stuck(turn) or response


def what_next(turn: Turn) -> Response | None:
    """Answer by what stands open in the record, else by its next step."""
    return stuck(turn) or _by_record(turn)


def next_or_ask(turn: Turn) -> Response:
    """Answer by the record, else ask for the words of the page."""
    return what_next(turn) or page_words(turn)


def where_next(turn: Turn) -> Response | None:
    """Give the next step by the record, else where things are done."""
    return what_next(turn) or _told(turn, "where")


def after_success(turn: Turn) -> Response | None:
    """Give what comes after the subject that is done, else a short word."""
    response = _by_record(turn)
    is_new = response is not None and not _is_told(turn, response.text)
    return response if is_new else nothing_to_say(turn)


def nothing_to_say(turn: Turn) -> Response:
    """End the turn with one short sentence; the subject stays open."""
    thanks = turn.means("thanks", "done")
    text = turn.replies.thanks if thanks else turn.replies.stay
    response = remark(turn, text, replace(turn.memory, awaits=None))
    related = () if turn.open is None else (turn.open,)
    return replace(response, related=related, may_repeat=True)


def everything_done(turn: Turn) -> Response | None:
    """Give what is left to do by the record, else say that nothing is."""
    return _by_record(turn) or remark(turn, turn.replies.all_done)


def other_candidates(turn: Turn) -> Response:
    """Offer what else the first message may have meant, else ask for the page's words."""
    memory = turn.memory
    if memory.offered and not turn.means("none_of_them"):
        options = turn.options(memory.offered)
        return replace(offered(turn, turn.replies.which_one, options), may_repeat=True)
    others = turn.entries(tuple(s for s in memory.considered if s not in memory.options))
    cleared = replace(memory, options=(), offered=(), considered=(), awaits=None)
    if not others or memory.slug is None:
        return remark(turn, turn.replies.none_of_them, replace(cleared, clarified=None))
    options = tuple(map(Option, others[:MOST_OPTIONS]))
    response = offered(turn, turn.replies.other_candidates, options)
    slugs = response.memory.options
    return replace(response, memory=replace(cleared, options=slugs))


def general_way(turn: Turn) -> Response | None:
    """Give the general way of the open subject to a user who cannot say more."""
    response = next_step(turn)
    if response is None or response.text != turn.replies.next_step:
        return response
    return replace(response, text=turn.replies.not_known_either)


def page_words(turn: Turn) -> Response:
    """Ask for the words of the page; editors see a message of more than a few words."""
    response = remark(turn, turn.replies.none_of_them)
    is_remark = turn.open is not None or len(turn.text) <= _LONGEST_REMARK
    if is_remark or turn.match.kind != "fallback":
        return response
    return replace(response, concern="unanswered")


def another_subject(turn: Turn) -> Response:
    """Ask for the new subject."""
    memory = replace(turn.memory, options=(), offered=(), question=None, awaits=None)
    return remark(turn, turn.replies.new_matter, memory)


def used_up(turn: Turn) -> Response | None:
    """Answer by the last limit that refused the asker, even if it has passed."""
    entry = turn.pending_subjects.last_limit
    if entry is not None and entry is not turn.open:
        return answered(turn, certain_match(entry))
    return None if turn.open is None else point_answers.asked(turn, turn.open, "how_long")


def tries_left(turn: Turn) -> Response | None:
    """Tell how many tries the record leaves, else how long it takes."""
    entry = turn.open or _refused_entry(turn)
    return (
        None
        if entry is None
        else point_answers.asked(turn, entry, "how_long", (*_TRIES, *point_answers.TIMES))
    )


def tell(name: TextName) -> Move:
    """Return the move that tells a short text."""
    return lambda turn: _told(turn, name)


def _told(turn: Turn, name: TextName) -> Response | None:
    entry = turn.open or _refused_entry(turn)
    if entry is not None:
        return point_answers.asked(turn, entry, name) or go_on(turn, entry)
    text = getattr(turn.published.content.general, name)
    return None if text is None else remark(turn, text)


def _is_told(turn: Turn, text: str) -> bool:
    return repetition.is_known(text, turn.memory)


def _refused_entry(turn: Turn) -> Entry | None:
    subject = pending(turn)
    return None if subject is None else subject.entry


def _by_record(turn: Turn) -> Response | None:
    return _about_pending(turn, turn.pending_subjects.next_step)


def _about_pending(turn: Turn, subject: Pending | None) -> Response | None:
    return (
        None if subject is None else answered(turn, certain_match(subject.entry), subject.diagnosis)
    )
