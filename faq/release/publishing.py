"""Publish releases and load the published one.

Every process compares the number of its release with the published one: before it changes content,
and five times a second while it answers questions. A publication waits until every process must
have checked, so that no later answer uses the old release. Prepared content is cached by digest, so
a roll-back is cheap.
"""

import threading
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from faq.content import images, seed
from faq.content.entries import Content, Entry
from faq.matching import encoder
from faq.matching.learnt.model import FORM, UnknownForm
from faq.matching.learnt.training import digest_of
from faq.matching.matcher import Matcher, compile_matcher
from faq.release.parts import Key, part_digest, split
from faq.release.suggestions import Suggestions
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from models.faq import releases
from models.storage.database import IntegrityError, database, transaction
from models.storage.database import release as release_connection

# Prepared contents in memory: the release in force and a draft or the release before.
_MOST_KEPT = 2
# Learnt matchers in the database, for quick roll-backs.
_MOST_COMPILED = 5
_WITH_ENCODER = f"{FORM}+encoder"
# For so long a process answers questions without checking which release is in force.
HELD_SECONDS = 0.2


class Prepared:
    """Hold one content with its matcher and parts, each built when first used."""

    def __init__(self, content: Content, digest: str) -> None:
        """Take the content and its digest."""
        self.content = content
        self.digest = digest
        self._compiling = threading.Lock()
        self._is_shipped = False
        self._matcher: Matcher | None = None

    @cached_property
    def parts(self) -> dict[Key, Any]:
        """Return the content part by part, as drafts keep it."""
        return split(self.content)

    @cached_property
    def suggestions(self) -> Suggestions:
        """Return the search while typing."""
        return Suggestions(self.content)

    @cached_property
    def digests(self) -> dict[Key, str]:
        """Return the digest of each part."""
        return {key: part_digest(value) for key, value in self.parts.items()}

    @cached_property
    def learnt_from(self) -> str:
        """Return the digest of the examples, the database key of what was learnt from them."""
        return digest_of(self.content)

    @property
    def matcher(self) -> Matcher:
        """Load or train the matcher, in one thread while others wait."""
        if self._matcher is None:
            with self._compiling:
                if self._matcher is None:
                    self._matcher = self._fetched() or compile_matcher(self.content)
        return self._matcher

    def fetch(self) -> bool:
        """Load the shipped or stored matcher; return whether there is one."""
        if self._matcher is None:
            with self._compiling:
                self._matcher = self._matcher or self._fetched()
        return self._matcher is not None

    def keep(self) -> None:
        """Store the learnt matcher for other processes, training it if necessary; idempotent."""
        matcher = self.matcher
        if self._is_shipped:
            return
        form = _WITH_ENCODER if matcher.uses_encoder else FORM
        if not releases.is_compiled(self.learnt_from, form):
            data = matcher.to_bytes()
            in_force = _held.learnt_from if _held else self.learnt_from
            with transaction():
                releases.store_compiled(
                    self.learnt_from,
                    form,
                    data,
                    clock.now(),
                    newest=_MOST_COMPILED,
                    in_force=in_force,
                )

    def _fetched(self) -> Matcher | None:
        """Return the shipped or stored matcher; None when none is usable."""
        shipped = shipped_matcher(self.content)
        if shipped is not None:
            self._is_shipped = True
            return shipped
        # A matcher without the encoder is worse, so it is used only without one.
        forms = [_WITH_ENCODER, *([] if encoder.state() == encoder.OK else [FORM])]
        for form in forms:
            data = releases.compiled(self.learnt_from, form)
            if data is not None:
                try:
                    return Matcher.from_bytes(data, self.content)
                except UnknownForm:
                    # Damaged: train again.
                    continue
        return None


def shipped_matcher(content: Content) -> Matcher | None:
    """Return the shipped matcher; None for other examples or another format."""
    data = seed.learnt()
    try:
        return None if data is None else Matcher.from_bytes(data, content)
    except UnknownForm:
        return None


class Published:
    """Hold release `number` with its matcher."""

    def __init__(self, number: int, prepared: Prepared, source: object) -> None:
        self.number = number
        self._prepared = prepared
        self._source = source

    @property
    def content(self) -> Content:
        """Return the content."""
        return self._prepared.content

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return the entries."""
        return self.content.entries

    @property
    def matcher(self) -> Matcher:
        """See `Prepared.matcher`."""
        return self._prepared.matcher

    def fetch(self) -> bool:
        """See `Prepared.fetch`."""
        return self._prepared.fetch()

    def keep(self) -> None:
        """See `Prepared.keep`."""
        self._prepared.keep()

    @property
    def digest(self) -> str:
        """Return the digest, equal for releases of the same content."""
        return self._prepared.digest

    @property
    def parts(self) -> Mapping[Key, Any]:
        """See `Prepared.parts`."""
        return self._prepared.parts

    @property
    def learnt_from(self) -> str:
        """See `Prepared.learnt_from`."""
        return self._prepared.learnt_from

    @property
    def digests(self) -> Mapping[Key, str]:
        """See `Prepared.digests`."""
        return self._prepared.digests

    @property
    def suggestions(self) -> Suggestions:
        """See `Prepared.suggestions`."""
        return self._prepared.suggestions

    def is_from(self, source: object) -> bool:
        """Return whether it was read from this database: each has its own release 1."""
        return self._source is source


_held: Published | None = None
_held_until = 0.0
_kept: dict[str, Prepared] = {}
_keeping = threading.Lock()
_loading = threading.Lock()


def current() -> Published:
    """Return the release in force, with one narrow query when it is already loaded.

    Raises Refused: SERVICE_UNAVAILABLE before the first publication (`seed_if_empty`).
    """
    global _held
    held = _held
    number = releases.current_number()
    if held is not None and held.number == number and held.is_from(database.obj):
        return held
    if number is None:
        raise Refused(Reason.SERVICE_UNAVAILABLE)
    with _loading:
        # Read again, so that a thread that waited does not restore an older release.
        number = releases.current_number() or number
        held = _held
        if held is None or held.number != number or not held.is_from(database.obj):
            held = release(number)
            _held = held
    return held


def serving() -> Published:
    """Return the release for answers: the one in force at most 0.2 s ago."""
    global _held_until
    held, now = _held, time.monotonic()
    if held is not None and now < _held_until and held.is_from(database.obj):
        return held
    found = current()
    _held_until = now + HELD_SECONDS
    return found


def wait_until_served() -> None:
    """Wait until every process answers from the release in force at the call.

    Call it after the transaction; it first releases a PostgreSQL connection.
    """
    global _held_until
    _held_until = 0.0
    release_connection()
    time.sleep(1.25 * HELD_SECONDS)


def release(number: int) -> Published:
    """Return release `number`, in force or not."""
    try:
        digest = releases.digest_of(number)
        prepared = _kept.get(digest)
        if prepared is None:
            content = Content.model_validate_json(releases.content_of(number))
            prepared = _keep(Prepared(content, digest))
    except releases.UnknownRelease:
        raise Refused(Reason.NOT_FOUND) from None
    return Published(number, prepared, database.obj)


def prepare(content: Content) -> Prepared:
    """Prepare content that is not in force, such as a draft under test."""
    digest = content.digest
    return _kept.get(digest) or _keep(Prepared(content, digest))


def _keep(prepared: Prepared) -> Prepared:
    """Cache it in place of the oldest; another thread's equal one wins."""
    with _keeping:
        found = _kept.setdefault(prepared.digest, prepared)
        while len(_kept) > _MOST_KEPT:
            del _kept[next(iter(_kept))]
    return found


def last_used() -> Published | None:
    """Return the release that this process used last, without the database."""
    return _held


def warm_up() -> None:
    """Load the encoder, the release in force and its matcher; called before workers are forked.

    Takes about 2 s, more when the content must be learnt, which is then stored for other processes.
    Raises as `current` and the database do.
    """
    encoder.shared()
    current().keep()


def publish(content: Content, *, after: int | None, **facts: Any) -> int:
    """Publish `content` as the release that follows `after`; return its number.

    `after`: the release that the publisher saw in force, or None. `facts`: the other columns of
    `models.faq.releases.FaqRelease`. Other processes use it within 0.2 s (`wait_until_served`).
    Raises `models.storage.database.IntegrityError` after another publication.
    """
    global _held_until
    text, digest = content.as_json(), content.digest
    with transaction():
        number = releases.add_release(text, digest, clock.now(), after=after, **facts)
    # Takes effect at once here, unless within a larger transaction (`wait_until_served`).
    _held_until = 0.0
    return number


def seed_if_empty() -> bool:
    """Publish the shipped content unless something was published; return whether it did.

    Existing content is never replaced, because it may hold editors' work.
    """
    if releases.current_number() is not None:
        return False
    try:
        with transaction():
            images.add_existing(seed.pictures().items())
            publish(seed.load(), after=None, author="product")
    except IntegrityError:
        # Another process seeded at the same moment.
        return False
    return True
