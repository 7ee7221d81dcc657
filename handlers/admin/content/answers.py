"""Names of the matcher's answers for editors."""

from collections.abc import Callable, Mapping

from faq.editing import draft_listing
from faq.editing.question_sets import OUT_OF_SCOPE


def namer(more: Mapping[str, str] | None = None) -> Callable[[str], str]:
    """Return a function that words an answer of ``faq.editing.check.checking.answer_of``.

    ``more``: titles of entries that the draft no longer has.
    """
    titles = {OUT_OF_SCOPE: "不归我们办理", **draft_listing.titles(), **(more or {})}

    def named(said: str) -> str:
        parts = [titles.get(answer, answer) for answer in said.split("|") if answer]
        return f"反问：{' / '.join(parts)}" if "|" in said else "".join(parts)

    return named
