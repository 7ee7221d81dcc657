"""Read a choice among the offered options, and its correction."""

from faq.conversation.turns import moves
from faq.conversation.turns.answers import chosen, offered
from faq.conversation.turns.turn import Option, Response, Turn
from faq.language import grammar

# Shorter parts of a title do not name it.
_SHORTEST_PART = 3


def chosen_option(turn: Turn) -> Response | None:
    """Read a choice: by its place, by its title, by a yes or a no, or by what it is about."""
    options = turn.options(turn.memory.options)
    if not options:
        return None
    index = _by_title(turn.text, options)
    if index is None and not turn.means("none_of_them", "not_that", "still_fails", "tried_all"):
        index = grammar.place(turn.text, len(options))
    if index is not None:
        return _picked(turn, options, index)
    if turn.is_rather("declines", "none_of_them", "not_that"):
        return moves.other_candidates(turn)
    meant = _meant(turn, options)
    if meant is not None and meant.entry is not turn.open:
        return chosen(turn, meant, options, turn.match.confidence)
    if turn.match.entry is not None or turn.match.service is not None:
        return None
    if turn.means("agrees"):
        return chosen(turn, options[0], options) if len(options) == 1 else _again(turn, options)
    return None


def corrected_option(turn: Turn) -> Response | None:
    """Read another choice among the earlier options: 不对，第三个."""
    options = turn.options(turn.memory.offered)
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


def _picked(turn: Turn, options: tuple[Option, ...], index: int) -> Response:
    if index == grammar.NO_SUCH_OPTION:
        return _again(turn, options, turn.replies.choose_again)
    return chosen(turn, options[index], options)


def _again(turn: Turn, options: tuple[Option, ...], text: str | None = None) -> Response:
    return offered(turn, text or turn.replies.which_one, options)


def _by_title(text: str, options: tuple[Option, ...]) -> int | None:
    """Return the only option whose title is the text, or contains it."""
    titles = [grammar.compact(option.title) for option in options]
    if text in titles:
        return titles.index(text)
    within = [at for at, title in enumerate(titles) if text in title]
    return within[0] if len(within) == 1 and len(text) >= _SHORTEST_PART else None


def _meant(turn: Turn, options: tuple[Option, ...]) -> Option | None:
    """Return the option that the message is about; a leaning to one decides, never ask twice."""
    best = turn.best
    for option in options:
        if best is not None and best.entry is option.entry and option.point in (None, best.point):
            return option
    return None
