"""Read a choice among the offered options, and its correction."""

from faq.content.entries import Entry
from faq.conversation.turns import moves
from faq.conversation.turns.answers import chosen, offered
from faq.conversation.turns.turn import Response, Turn
from faq.language import grammar
from faq.matching.matcher import TOO_CLOSE

# Shorter parts of a title do not name it.
_SHORTEST_PART = 3


def chosen_option(turn: Turn) -> Response | None:
    """Read a choice: by its place, by its title, by a yes or a no, or by what it is about."""
    options = turn.entries(turn.memory.options)
    if not options:
        return None
    index = _by_title(turn.text, options)
    if index is None and not turn.means("none_of_them", "not_that", "still_fails", "tried_all"):
        index = grammar.place(turn.text, len(options))
    if index is not None:
        return _picked(turn, options, index)
    match = turn.match
    if turn.is_rather("declines", "none_of_them", "not_that"):
        return moves.other_candidates(turn)
    if match.entry in options and match.entry is not turn.open:
        return chosen(turn, match.entry, options, match.confidence)
    if match.entry is not None or match.service is not None:
        return None
    if turn.means("agrees"):
        return chosen(turn, options[0], options) if len(options) == 1 else _again(turn, options)
    if match.kind == "clarify" and _leans(turn, options):
        # Do not ask twice: a leaning to one of the options decides.
        return chosen(turn, match.nearest[0], options, match.confidence)
    return None


def corrected_option(turn: Turn) -> Response | None:
    """Read another choice among the earlier options: 不对，第三个."""
    options = turn.entries(turn.memory.offered)
    if not options:
        return None
    index = grammar.corrected_place(turn.text, len(options))
    if index is None and grammar.is_wrong(turn.text):
        return moves.other_candidates(turn)
    if index is None and turn.memory.question is None and not grammar.is_bare(turn.text):
        index = _by_title(turn.text, options)
        if index is None and not turn.means("still_fails", "tried_all", "next_step"):
            index = grammar.place(turn.text, len(options))
    return None if index is None else _picked(turn, options, index)


def _picked(turn: Turn, options: tuple[Entry, ...], index: int) -> Response:
    if index == grammar.NO_SUCH_OPTION:
        return _again(turn, options, turn.replies.choose_again)
    return chosen(turn, options[index], options)


def _again(turn: Turn, options: tuple[Entry, ...], text: str | None = None) -> Response:
    return offered(turn, text or turn.replies.which_one, options)


def _by_title(text: str, options: tuple[Entry, ...]) -> int | None:
    """Return the only option whose title is the text, or contains it."""
    titles = [grammar.compact(option.title) for option in options]
    if text in titles:
        return titles.index(text)
    within = [at for at, title in enumerate(titles) if text in title]
    return within[0] if len(within) == 1 and len(text) >= _SHORTEST_PART else None


def _leans(turn: Turn, options: tuple[Entry, ...]) -> bool:
    """Return whether an unclear message clearly prefers one of the options."""
    best, *others = turn.match.candidates
    if best.entry not in options:
        return False
    return all(other.probability < TOO_CLOSE * best.probability for other in others)
