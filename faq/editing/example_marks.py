"""Mark the examples of an entry: repeated ones, and how often users asked them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from faq.editing import drafts
from faq.matching import overlap
from faq.matching.overlap import Entries
from faq.release import publishing
from faq.release.parts import ENTRY, Key
from miniprogram_api import clock
from models.faq import messages

SINCE = timedelta(days=30)
# Questions answered by the entry that are read, and as many without an answer.
MOST_READ = 1000


@dataclass(frozen=True)
class Mark:
    """Describe an example or a near miss by the canonical form of the matcher.

    `repeated`: its list has it twice. `opposed`: the entry's other list has it. `others`: slugs of
    entries with this example. `asked`: times that users asked it lately, or nearly the same, and
    got this entry or no entry.
    """

    repeated: bool
    opposed: bool
    others: tuple[str, ...]
    asked: int


def marks(
    slug: str, questions: Sequence[str], negatives: Sequence[str]
) -> tuple[list[Mark], list[Mark]]:
    """Return the mark of every example and of every near miss of an entry, as typed."""
    content = publishing.current().content
    held = overlap.holders(content, _others(slug))
    lists = [overlap.forms(content, texts) for texts in (questions, negatives)]
    counts = [Counter(forms) for forms in lists]
    times = iter(overlap.times_asked(content, [*questions, *negatives], _asked(slug)))
    here, there = (
        [
            Mark(
                repeated=own[form] > 1,
                opposed=form in other,
                others=tuple(held.get(form, ())),
                asked=next(times),
            )
            for form in forms
        ]
        for forms, own, other in zip(lists, counts, reversed(counts), strict=True)
    )
    return here, there


def _others(slug: str) -> Entries:
    """Return the examples of all other entries of the draft, which may be invalid."""
    parts = drafts.to_publish()
    return tuple((key.name, _texts(parts[key])) for key in sorted(parts) if _is_other(key, slug))


def _is_other(key: Key, slug: str) -> bool:
    return key.kind == ENTRY and key.name != slug


def _texts(value: Any) -> tuple[str, ...]:
    listed = value.get("questions")
    return tuple(filter(lambda text: isinstance(text, str), listed or ()))


def _asked(slug: str) -> Counter[str]:
    since = clock.now() - SINCE
    answered = messages.asked(slug, since, limit=MOST_READ)
    return Counter([*answered, *messages.asked(None, since, limit=MOST_READ)])
