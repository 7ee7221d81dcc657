"""Split content into parts: one per entry, and one per list.

Drafts, histories and files work on parts. A part is plain JSON and may be invalid
(`faq.release.faults`).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from faq.content.catalogue import Catalogue
from faq.content.entries import Content, Entry, Replies
from faq.content.talk import Distress, Family, Intent, QuestionBack, ShortTexts
from faq.content.values import Line
from faq.content.vocabulary import OutOfScope, SmallTalk, Synonym
from miniprogram_api.names.lists import Allowed, EqualTrades, Rules, Trades
from miniprogram_api.texts import text, word

ENTRY = "entry"
LISTS: dict[str, TypeAdapter[Any]] = {
    "smalltalk": TypeAdapter(tuple[SmallTalk, ...]),
    "replies": TypeAdapter(Replies),
    "out_of_scope": TypeAdapter(OutOfScope),
    "synonyms": TypeAdapter(tuple[Synonym, ...]),
    "acts": TypeAdapter(tuple[Intent, ...]),
    "persons": TypeAdapter(tuple[Line, ...]),
    "distress": TypeAdapter(Distress),
    "families": TypeAdapter(tuple[Family, ...]),
    "questions_back": TypeAdapter(tuple[QuestionBack, ...]),
    "general": TypeAdapter(ShortTexts),
    "catalogue": TypeAdapter(Catalogue),
    "name_rules": TypeAdapter(Rules),
    "name_allowed": TypeAdapter(Allowed),
    "name_trades": TypeAdapter(Trades),
    "equal_trades": TypeAdapter(EqualTrades),
}
"""The kinds of lists and their types."""
ADMINISTERED = frozenset({"distress"})
"""Lists that administrators alone change."""
_ENTRY_FORM: TypeAdapter[Any] = TypeAdapter(Entry)
_LONGEST_SHOWN_TITLE = 40
# Fields that no user reads as an answer.
_UNREAD = {"questions", "negatives", "synonyms", "tags", "says", "label", "open", "words"}
_UNREAD |= {"question", "wordings", "asks", "states", "unless", "person"}
_UNREAD |= {
    "catalogue",
    "code",
    "handled_by",
    "item_code",
    "old_names",
    "online_url",
    "reviewed_on",
    "article",
    "place",
    "rule",
    "source",
    "spoken",
}


class Key(NamedTuple):
    """Identify a part: an entry by its slug, a list by its kind alone."""

    kind: str
    name: str = ""


def part_name(key: Key, value: Any) -> str:
    """Return the part's name in sentences: 条目“收不到短信”（sms_not_received）."""
    if key.kind != ENTRY:
        return word("content.lists", key.kind)
    title = value.get("title") if isinstance(value, Mapping) else None
    if not isinstance(title, str) or not title:
        return text("content.parts.unnamed", slug=key.name)
    short = title if len(title) <= _LONGEST_SHOWN_TITLE else f"{title[:_LONGEST_SHOWN_TITLE]}…"
    return text("content.parts.entry", title=short, slug=key.name)


def split(content: Content) -> dict[Key, Any]:
    """Return the parts of `content`, entries in order."""
    fields = {field.alias or name: name for name, field in Content.model_fields.items()}
    parts = {Key(ENTRY, entry.slug): _plain(_ENTRY_FORM, entry) for entry in content.entries}
    for kind, form in LISTS.items():
        parts[Key(kind)] = _plain(form, getattr(content, fields[kind]))
    return parts


def normal(key: Key, value: Any) -> Any:
    """Return the canonical form of a part; invalid parts are returned unchanged."""
    form = form_of(key)
    try:
        return _plain(form, form.validate_python(value))
    except ValidationError:
        return value


def part_digest(value: Any) -> str:
    """Return the SHA-256 of a part's JSON, equal for equal parts (after `normal`)."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()


def dumps(value: Any) -> str:
    """Serialise a part as canonical JSON."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def form_of(key: Key) -> TypeAdapter[Any]:
    """Return the type of a part."""
    return _ENTRY_FORM if key.kind == ENTRY else LISTS[key.kind]


def _plain(form: TypeAdapter[Any], value: Any) -> Any:
    # Without defaults, so that new fields of later versions do not change digests.
    return form.dump_python(value, mode="json", by_alias=True, exclude_defaults=True)


def texts_of(
    value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every text of a part that users read, with its path; the part may be invalid."""
    if isinstance(value, str):
        if value:
            yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _UNREAD:
                yield from texts_of(inner, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from texts_of(inner, (*path, number))
