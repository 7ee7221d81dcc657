"""Which content is in force, ready to be used; and how it is put in force.

Every process compares the number of the release in force with the one it holds: before whatever it
does to the content, and five times a second while it answers questions. Who publishes waits until
the last of them must have looked, so no answer after the publication's own is from the release
before. What was made from a content is kept under its digest: a roll-back costs little.
"""

import threading
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from faq.content import images, seed
from faq.content.entries import Content, Entry
from faq.matching import encoder
from faq.matching.matcher import Matcher, compile_matcher
from faq.matching.model import FORM, UnknownForm
from faq.release.parts import Key, part_digest, split
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from models.faq import releases as table
from models.storage.database import IntegrityError, database, transaction
from models.storage.database import release as release_connection

# Besides the release in force: room for a draft under examination, or for the release before.
_MOST_KEPT = 2
# Contents of which the database keeps what was learnt: enough to go back some releases at once.
_MOST_COMPILED = 5
# Tells what was learnt with the encoder's vectors from what was learnt without them.
_WITH_ENCODER = f"{FORM}+encoder"
# For so long a process answers questions without looking which release is in force.
HELD_SECONDS = 0.2


class Prepared:
    """What is made from one content: the matcher, and the parts, each when it is first wanted."""

    def __init__(self, content: Content, digest: str) -> None:
        """`digest`: the content's, under which the database keeps what was learnt from it."""
        self.content = content
        self.digest = digest
        self._compiling = threading.Lock()
        self._is_shipped = False
        self._matcher: Matcher | None = None

    @cached_property
    def parts(self) -> dict[Key, Any]:
        """The content part by part, as drafts keep it."""
        return split(self.content)

    @cached_property
    def digests(self) -> dict[Key, str]:
        """What `faq.release.parts.part_digest` says of each part."""
        return {key: part_digest(value) for key, value in self.parts.items()}

    @property
    def matcher(self) -> Matcher:
        """Fetched or learnt by one thread while the others wait for it."""
        if self._matcher is None:
            with self._compiling:
                if self._matcher is None:
                    self._matcher = self._fetched() or compile_matcher(self.content)
        return self._matcher

    def fetch(self) -> bool:
        """Whether the matcher is there or was kept by another process; learns nothing."""
        if self._matcher is None and self._compiling.acquire(blocking=False):
            try:
                self._matcher = self._matcher or self._fetched()
            finally:
                self._compiling.release()
        return self._matcher is not None

    def keep(self) -> None:
        """Keep what the matcher learnt with the releases, so that every worker only fetches it.

        Learns it when it is not learnt yet; may be called again.
        """
        matcher = self.matcher
        if self._is_shipped:
            return
        form = _WITH_ENCODER if matcher.uses_encoder else FORM
        if not table.is_compiled(self.digest, form):
            data = matcher.to_bytes()
            with transaction():
                table.store_compiled(self.digest, form, data, clock.now(), newest=_MOST_COMPILED)

    def _fetched(self) -> Matcher | None:
        """Return the matcher that is shipped or was kept; None when nothing of use was."""
        shipped = shipped_matcher(self.content)
        if shipped is not None:
            self._is_shipped = True
            return shipped
        # What was learnt without the encoder is worse; it is of use only where there is none.
        forms = [_WITH_ENCODER, *([] if encoder.state() == encoder.OK else [FORM])]
        for form in forms:
            data = table.compiled(self.digest, form)
            if data is not None:
                try:
                    return Matcher.from_bytes(data, self.content)
                except UnknownForm:
                    # Damaged: it can be learnt again.
                    continue
        return None


def shipped_matcher(content: Content) -> Matcher | None:
    """Return the shipped matcher; None when it is of other content or another form."""
    data = seed.learnt()
    try:
        return None if data is None else Matcher.from_bytes(data, content)
    except UnknownForm:
        return None


class Published:
    """The content of release `number`, with its matcher."""

    def __init__(self, number: int, prepared: Prepared, source: object) -> None:
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

    def fetch(self) -> bool:
        """See `Prepared.fetch`."""
        return self._prepared.fetch()

    def keep(self) -> None:
        """See `Prepared.keep`."""
        self._prepared.keep()

    @property
    def digest(self) -> str:
        """Equal for releases of the same content (see `Content.digest`)."""
        return self._prepared.digest

    @property
    def parts(self) -> Mapping[Key, Any]:
        return self._prepared.parts

    @property
    def digests(self) -> Mapping[Key, str]:
        return self._prepared.digests

    def is_from(self, source: object) -> bool:
        """Whether this was read from `source`: another database has a release 1 of its own."""
        return self._source is source


_held: Published | None = None
_held_until = 0.0
_kept: dict[str, Prepared] = {}
_keeping = threading.Lock()
_loading = threading.Lock()


def current() -> Published:
    """The release in force; one narrow query when it is the one held.

    Raises Refused: SERVICE_UNAVAILABLE before the first publication (`seed_if_empty`).
    """
    global _held
    held = _held
    number = table.current_number()
    if held is not None and held.number == number and held.is_from(database.obj):
        return held
    if number is None:
        raise Refused(Reason.SERVICE_UNAVAILABLE)
    with _loading:
        # Asked again, so that no thread that waited puts an older release in its place.
        number = table.current_number() or number
        held = _held
        if held is None or held.number != number or not held.is_from(database.obj):
            held = release(number)
            _held = held
    return held


def serving() -> Published:
    """The release that answers questions: the one in force, as of at most 0.2 s ago.

    Raises Refused as `current`.
    """
    global _held_until
    held, now = _held, time.monotonic()
    if held is not None and now < _held_until and held.is_from(database.obj):
        return held
    found = current()
    # Counted from before it was asked for.
    _held_until = now + HELD_SECONDS
    return found


def wait_until_served() -> None:
    """Return when every process answers questions from what was in force when this was called.

    To be called after the transaction; gives a PostgreSQL connection back first.
    """
    global _held_until
    _held_until = 0.0
    release_connection()
    time.sleep(1.25 * HELD_SECONDS)


def release(number: int) -> Published:
    """Release `number`, in force or not; raises Refused: NOT_FOUND when there is none."""
    try:
        digest = table.digest_of(number)
        prepared = _kept.get(digest)
        if prepared is None:
            content = Content.model_validate_json(table.content_of(number))
            prepared = _keep(Prepared(content, digest))
    except table.UnknownRelease:
        raise Refused(Reason.NOT_FOUND) from None
    return Published(number, prepared, database.obj)


def prepare(content: Content) -> Prepared:
    """What is made from content that is not in force, such as a draft that is tried or checked."""
    digest = content.digest
    return _kept.get(digest) or _keep(Prepared(content, digest))


def _keep(prepared: Prepared) -> Prepared:
    """Keep it, in place of what was kept first; one that another thread kept meanwhile stays."""
    with _keeping:
        found = _kept.setdefault(prepared.digest, prepared)
        while len(_kept) > _MOST_KEPT:
            del _kept[next(iter(_kept))]
    return found


def last_used() -> Published | None:
    """The release that this process used last, without asking the database."""
    return _held


def warm_up() -> None:
    """Load the encoder, the release in force and its matcher; called before workers are forked.

    Takes about 2 s; some more when this content was not learnt yet, and then what was learnt is
    kept for other processes. Raises what `current` and the database raise.
    """
    encoder.shared()
    current().keep()


def publish(content: Content, *, after: int | None, **facts: Any) -> int:
    """Put `content` in force as the release that follows `after`; returns its number.

    `after`: the number of the release that the publisher saw in force, None when there was none.
    `facts`: who and why, the columns of `models.faq.releases.FaqRelease`.
    Other processes answer from it within 0.2 s (`wait_until_served`).
    Raises `models.storage.database.IntegrityError` when another one was published since then.
    """
    global _held_until
    text, digest = content.as_json(), content.digest
    with transaction():
        number = table.add_release(text, digest, clock.now(), after=after, **facts)
    # Seen at once here, when this is not a part of a larger transaction (`wait_until_served`).
    _held_until = 0.0
    return number


def seed_if_empty() -> bool:
    """Publish the shipped content when nothing was ever published; True when it did.

    Content that is there stays, also when a newer version of the product ships another seed: it
    may hold editors' work.
    """
    if table.current_number() is not None:
        return False
    try:
        with transaction():
            images.add_existing(seed.pictures().items())
            publish(seed.load(), after=None, author="product")
    except IntegrityError:
        # Another process seeded at the same moment.
        return False
    return True
