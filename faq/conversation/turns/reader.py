"""Let the operator's reader choose among the likeliest meanings of a message.

It gets masked texts, answers with a number, and writes nothing that is shown. It is asked only
where the ranking is unsure. See docs/adr/0035.
"""

from collections.abc import Sequence
from dataclasses import replace

from faq.conversation import messages
from faq.conversation.turns.turn import Option, Turn
from faq.matching.ranking import MOST_RANKED, Ranked, options_of
from miniprogram_api import masking
from miniprogram_api.clients.reader import Reader
from models.storage.database import release

# Probability below which the reader is asked: of the best meaning, an entry with all its points;
# and in a conversation about an entry, of the best point alone.
ASKS_BELOW = 0.5
ASKS_ABOUT_A_POINT_BELOW = 0.35
# Probability of a chosen meaning; the others share the rest.
OF_A_CHOICE = 0.6
QUESTIONS_BEFORE = 2


def with_choice(turn: Turn) -> Turn:
    """Return the turn with what the reader chose as the likeliest meaning.

    The same turn where there is no reader, nothing to ask it, or nothing chosen.
    """
    services, is_open = turn.services, turn.open is not None
    if not services.settings.faq_reader_url:
        return turn
    if not is_unsure(turn.question, turn.ranked, is_open=is_open):
        return turn
    before = messages.questions_before(turn.conversation, turn.asker, QUESTIONS_BEFORE)
    # No connection to the database is held while it is asked.
    release()
    question = messages.masked(turn.question, turn.asker)
    ranked = chosen_first(services.clients.reader, question, before, turn.ranked)
    return turn if ranked is turn.ranked else replace(turn, reranked=ranked)


def is_unsure(question: str, ranked: Sequence[Ranked], *, is_open: bool = False) -> bool:
    """Return whether the reader may be asked: an unsure ranking, and no suspected name.

    `is_open`: whether the conversation is about an entry.
    """
    if len(_candidates(ranked)) < 2 or masking.may_have_name(question):
        return False
    best = ranked[0].probability
    if is_open:
        return best < ASKS_ABOUT_A_POINT_BELOW
    return max(best, options_of(ranked)[0].probability) < ASKS_BELOW


def chosen_first(
    reader: Reader, question: str, before: Sequence[str], ranked: tuple[Ranked, ...]
) -> tuple[Ranked, ...]:
    """Return the meanings with the reader's choice first; the same ones without a choice.

    `question`, `before`: masked.
    """
    candidates = _candidates(ranked)
    answer = reader.choose(question, before, [_shown(option) for option in candidates])
    if answer.chosen is None:
        return ranked
    chosen = candidates[answer.chosen]
    rest = [option for option in ranked if option is not chosen]
    share = (1 - OF_A_CHOICE) / (sum(option.probability for option in rest) or 1.0)
    others = [option._replace(probability=option.probability * share) for option in rest]
    return (chosen._replace(probability=OF_A_CHOICE), *others)


def _candidates(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Return the meanings that have a title: entries and points."""
    return [option for option in ranked if option.candidate.entry is not None][:MOST_RANKED]


def _shown(ranked: Ranked) -> str:
    entry, point = ranked.candidate.entry, ranked.candidate.point
    if entry is None:
        raise ValueError("This means no entry.")
    title = Option(entry, point).title
    return title if point is None else f"{entry.title} / {title}"
