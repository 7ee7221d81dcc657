"""Choose the short answers to why, how long, what it costs and the like about an entry."""

from faq.content.entries import Content, Entry
from faq.content.talk import TEXT_NAMES, ShortTexts


def texts_of(content: Content, entry: Entry | None) -> ShortTexts:
    """Return the short texts of an entry, with its family's, then the general ones for the rest."""
    sources = [content.general]
    if entry is not None:
        family = next((f for f in content.families if entry.slug in f.members), None)
        sources = [entry.texts, *([family.texts] if family is not None else ()), content.general]
    found = {
        name: next((said for one in sources if (said := getattr(one, name))), None)
        for name in TEXT_NAMES
    }
    return ShortTexts.model_construct(**found)
