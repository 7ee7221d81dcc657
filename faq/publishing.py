"""Which content is in force, ready to be used; and how it is put in force.

Every process compares the number of the release in force with the one it holds before it answers,
so a publication is seen by the next question of every worker, and never a moment before it is
committed. What was made from a release is kept by its text: a roll-back costs nothing.
"""

import threading
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from faq.entries import Content, Entry
from faq.matching import Matcher, compile_matcher
from faq.parts import Key, digest, split
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from models import faq as table
from models.database import IntegrityError, database, transaction

# The release in force, the one before it, and room for a draft under examination.
_KEPT = 3


class _Prepared:
    """What is made from the text of one release: the content at once, the matcher when wanted."""

    def __init__(self, text: str) -> None:
        self.content = Content.model_validate_json(text)
        self._compiling = threading.Lock()
        self._matcher: Matcher | None = None

    @cached_property
    def parts(self) -> dict[Key, Any]:
        return split(self.content)

    @cached_property
    def digests(self) -> dict[Key, str]:
        return {key: digest(value) for key, value in self.parts.items()}

    @property
    def matcher(self) -> Matcher:
        if self._matcher is None:
            with self._compiling:
                if self._matcher is None:
                    self._matcher = compile_matcher(self.content)
        return self._matcher


class Published:
    """The content of release `number`, with its matcher (compiled on first use, 0.3 s)."""

    def __init__(self, number: int, prepared: _Prepared, source: object) -> None:
        self.number = number
        self._prepared = prepared
        self._source = source

    @property
    def content(self) -> Content:
        return self._prepared.content

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.content.entries

    @property
    def matcher(self) -> Matcher:
        return self._prepared.matcher

    @property
    def parts(self) -> Mapping[Key, Any]:
        """The content part by part, as drafts keep it."""
        return self._prepared.parts

    @property
    def digests(self) -> Mapping[Key, str]:
        """What `faq.parts.digest` says of each part."""
        return self._prepared.digests

    def is_of(self, source: object) -> bool:
        """Whether this was read from `source`: another database has a release 1 of its own."""
        return self._source is source


_held: Published | None = None
_loading = threading.Lock()


def current() -> Published:
    """The release in force; one narrow query when it is the one held.

    Raises Refused: SERVICE_UNAVAILABLE before the first publication (`seed_if_empty`).
    """
    global _held
    held = _held
    number = table.current_number()
    if held is not None and held.number == number and held.is_of(database.obj):
        return held
    if number is None:
        raise Refused(Reason.SERVICE_UNAVAILABLE)
    with _loading:
        held = _held
        if held is None or held.number != number or not held.is_of(database.obj):
            held = Published(number, _prepare(table.content_of(number)), database.obj)
            _held = held
    return held


def release(number: int) -> Published:
    """Release `number`, in force or not; raises Refused: NOT_FOUND when there is none."""
    try:
        return Published(number, _prepare(table.content_of(number)), database.obj)
    except table.UnknownRelease:
        raise Refused(Reason.NOT_FOUND) from None


def last_seen() -> Published | None:
    """The release that this process used last, without asking the database."""
    return _held


def warm_up() -> None:
    """Load the release in force and compile its matcher, so that the first question need not wait.

    Takes about 0.5 s, most of it the import of numpy. Raises what `current` raises.
    """
    _ = current().matcher


@lru_cache(maxsize=_KEPT)
def _prepare(text: str) -> _Prepared:
    return _Prepared(text)


def publish(content: Content, *, after: int | None) -> int:
    """Put `content` in force as the release that follows `after`; returns its number.

    `after`: the number of the release that the publisher saw in force, None when there was none.
    Raises `models.database.IntegrityError` when another one was published since then.
    """
    with transaction():
        return table.add_release(content.as_json(), clock.now(), after=after)


def seed_if_empty() -> bool:
    """Publish the shipped content when nothing was ever published; True when it did.

    Content that is there stays, also when a newer version of the product ships another seed: it
    may hold editors' work.
    """
    if table.current_number() is not None:
        return False
    # The parser of the seed's files is needed once in the life of a database.
    from faq import seed

    try:
        publish(seed.load(), after=None)
    except IntegrityError:
        # Another process seeded at the same moment.
        return False
    return True
