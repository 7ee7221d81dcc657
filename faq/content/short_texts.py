"""Choose the short answers to why, how long, what it costs and the like about an entry."""

from collections.abc import Sequence

from faq.content.catalogue import texts_of_item
from faq.content.entries import Content, Entry, Point
from faq.content.talk import TEXT_NAMES, ShortTexts


def texts_of(content: Content, entry: Entry | None) -> ShortTexts:
    """Return the short texts of an entry.

    For the rest: those that its item of the catalogue gives, its family's, then the general ones.
    """
    sources = [content.general]
    if entry is not None:
        family = next((f for f in content.families if entry.slug in f.members), None)
        of_family = family.texts if family is not None else ShortTexts()
        sources = [*_own(content, entry), of_family, content.general]
    return _first(sources)


def own_texts_of(content: Content, entry: Entry) -> ShortTexts:
    """Return the short texts of an entry and of its item of the catalogue alone."""
    return _first(_own(content, entry))


def _own(content: Content, entry: Entry) -> list[ShortTexts]:
    item = content.catalogue_items.get(entry.catalogue or "")
    own = {point.asks: point.answer for point in reversed(entry.points) if _is_general(point)}
    texts = ShortTexts.model_validate({name: own.get(name) for name in TEXT_NAMES})
    # What an item of the catalogue says follows an edit of it.
    return [ShortTexts() if item is None else texts_of_item(item), texts]


def _is_general(point: Point) -> bool:
    """Return whether a point is true for all and complete as written."""
    return not (point.states or point.person or "{" in point.answer)


def _first(sources: Sequence[ShortTexts]) -> ShortTexts:
    texts = {
        name: next((answer for source in sources if (answer := getattr(source, name))), None)
        for name in TEXT_NAMES
    }
    return ShortTexts.model_construct(**texts)
