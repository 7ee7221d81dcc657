"""Whether a message already answers a question back."""

from faq.content.talk import QuestionBack
from faq.diagnosis.asker_states import placeholders
from faq.language import grammar
from miniprogram_api.texts import words


def is_answered(asked: QuestionBack, text: str) -> bool:
    """Return whether a text of any length already answers a question.

    A phone answers the question for its range; else a word of a reply does.
    """
    plain = grammar.compact(text)
    if placeholders(asked.text) == [words("states.placeholders")["segment"]]:
        return any(grammar.prefixes(plain))
    words_of_replies = (grammar.compact(word) for reply in asked.replies for word in reply.says)
    return any(word in plain for word in words_of_replies if word)
