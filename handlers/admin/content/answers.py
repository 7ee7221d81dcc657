"""Names of the matcher's answers for editors."""

from collections.abc import Callable, Mapping

from faq.editing import draft_listing
from faq.editing.question_sets import OUT_OF_SCOPE
from miniprogram_api.texts import text


def namer(more: Mapping[str, str] | None = None) -> Callable[[str], str]:
    """Return a function that words an answer of ``faq.editing.check.checking.answer_of``.

    ``more``: titles of entries that the draft no longer has.
    """
    out_of_scope = text("content.answers.out_of_scope")
    titles = {OUT_OF_SCOPE: out_of_scope, **draft_listing.titles(), **(more or {})}

    def named(said: str) -> str:
        parts = [titles.get(answer, answer) for answer in said.split("|") if answer]
        if "|" not in said:
            return "".join(parts)
        return text("content.answers.asks_back", answers=" / ".join(parts))

    return named
