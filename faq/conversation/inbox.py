"""The editors' inbox: grouped messages that were not answered well, most frequent first.

Concerns: no answer (`unanswered`), no option chosen (`asked_back`), low confidence (`unsure`),
rated unhelpful (`unhelpful`). `settling` has the decisions about them. A decision also settles
later messages of the same wording, unless a release that learnt the wording still fails.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, Literal, NamedTuple, cast

import numpy as np

from faq.conversation import conversations
from faq.language import clustering
from faq.language.grammar import compact
from faq.language.text import Reading
from faq.matching import encoder
from faq.matching.learnt.training import reader_of
from faq.release import publishing
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from models.faq import messages
from models.faq.messages import APPLIED, DISMISSED, NEW, NOT_OURS, FaqMessage
from models.storage.database import database

State = Literal["new", "applied", "not_ours", "dismissed"]
# Of an asker: in the chat of WeChat, signed in, neither.
Channel = Literal["chat", "account", "visitor"]

# Older messages of a state are not grouped.
MOST_GROUPED = 3_000
CACHED_FOR = timedelta(minutes=1)
# Answers below this confidence enter the inbox.
UNSURE = 0.65
# Confidence from which questions of different entries form no group.
TELLING = 0.35
_MOST_VECTORS, _BATCH = 10_000, 256


class Asked(NamedTuple):
    """A message in the inbox; the columns of the query in their order."""

    message_id: str
    question: str
    asked_at: datetime
    concern: str
    kind: str
    slug: str | None
    confidence: float
    version: int
    memory: str
    conversation_id: str
    openid: str | None
    account_id: int | None
    comment: str | None
    decided_slug: str | None
    decided_at: datetime | None
    placed: int | None

    @property
    def channel(self) -> Channel:
        """Return where it was asked."""
        if self.openid == self.conversation_id:
            return "chat"
        return "visitor" if self.account_id is None else "account"

    @property
    def about(self) -> str | None:
        """Return the entry that answered, or the first that was asked back about."""
        if self.kind == "clarify":
            return next(iter(conversations.load_memory(self.memory).options), None)
        return self.slug

    @property
    def is_rated_down(self) -> bool:
        """Return whether the bot was sure of its answer, and the user found it unhelpful."""
        return (
            self.concern == "unhelpful" and self.slug is not None and not is_unsure(self.confidence)
        )


@dataclass(frozen=True)
class Wording:
    """One wording of a group with its messages, newest first."""

    question: str
    asked: tuple[Asked, ...]

    @property
    def id(self) -> str:
        """Return the id of its newest message, which stands for the wording."""
        return self.asked[0].message_id

    @property
    def message_ids(self) -> list[str]:
        """Return the ids of its messages, newest first."""
        return [one.message_id for one in self.asked]

    @property
    def comments(self) -> list[str]:
        """Return what users wrote with their ratings."""
        return list(dict.fromkeys(one.comment for one in self.asked if one.comment))


@dataclass(frozen=True)
class Group:
    """Questions of one kind.

    `wordings`: most frequent first. `about`: the entry that answered or was asked back about.
    `is_rated_down`: sure answers of it, which users found unhelpful. `placed`: an editor put them
    together, under that number. `concerns`, `answered`, `learnt_by`: counts by concern, by entry
    that answered, and by entry that editors added them to.
    """

    wordings: tuple[Wording, ...]
    about: str | None
    is_rated_down: bool
    placed: int | None
    concerns: Mapping[str, int]
    answered: Mapping[str, int]
    learnt_by: Mapping[str, int]

    @property
    def blamed(self) -> frozenset[str]:
        """Return the entries whose answers to it users found unhelpful."""
        return frozenset(
            one.slug for one in self.newest_first if one.concern == "unhelpful" and one.slug
        )

    @property
    def id(self) -> str:
        """Return the id of its first wording, which stands for the group."""
        return self.wordings[0].id

    @property
    def question(self) -> str:
        """Return its most frequent wording."""
        return self.wordings[0].question

    @property
    def count(self) -> int:
        """Return the number of its messages."""
        return sum(len(wording.asked) for wording in self.wordings)

    @property
    def message_ids(self) -> list[str]:
        """Return the ids of its messages, newest first."""
        return [one.message_id for one in self.newest_first]

    @property
    def newest_first(self) -> list[Asked]:
        """Return its messages."""
        asked = (one for wording in self.wordings for one in wording.asked)
        return sorted(asked, key=lambda one: one.asked_at, reverse=True)

    @property
    def last_asked_at(self) -> datetime:
        """Return when it was asked last."""
        return max(wording.asked[0].asked_at for wording in self.wordings)

    @property
    def comments(self) -> list[str]:
        """Return what users wrote with their ratings."""
        return [comment for wording in self.wordings for comment in wording.comments]

    def of(self, message_ids: Collection[str]) -> "Group":
        """Return the group with the wordings alone that have one of these messages."""
        kept = [w for w in self.wordings if not set(message_ids).isdisjoint(w.message_ids)]
        return replace(self, wordings=tuple(kept))


@dataclass(frozen=True)
class Wanted:
    """Conditions that one message of a group must meet; None and empty for any."""

    text: str = ""
    concern: str | None = None
    about: str | None = None
    channel: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def matches(self, asked: Asked) -> bool:
        """Return whether a message meets all of them."""
        said = f"{asked.question}\n{asked.comment or ''}".lower()
        return (
            self.text.lower() in said
            and self.concern in (None, asked.concern)
            and (self.about is None or self.about in (asked.about, asked.decided_slug))
            and self.channel in (None, asked.channel)
            and (self.since is None or self.since <= asked.asked_at)
            and (self.until is None or asked.asked_at < self.until)
        )


class _Cached(NamedTuple):
    """Groups at the state `seen` of the messages in a database."""

    seen: tuple[int, Any]
    source: object
    at: datetime
    groups: list[Group]


_cached: dict[State, _Cached] = {}
# Vectors of the wordings grouped last; the keys are hashes, so that it holds no readable question.
_vectors: dict[int, Any] = {}


class _Decided(NamedTuple):
    question: str
    state: str
    decided_slug: str | None
    decided_by: str
    decided_at: datetime
    decided_version: int


def is_unsure(confidence: float) -> bool:
    """Return whether an answer of this confidence enters the inbox."""
    return confidence < UNSURE


def count() -> int:
    """Return the number of undecided messages; index-only."""
    return int(FaqMessage.select().where(FaqMessage.state == NEW).count())


def state_of(message_id: str) -> State:
    """Return the state of a message. Raises Refused: NOT_FOUND if it never entered the inbox."""
    row = FaqMessage.select(FaqMessage.state).where(FaqMessage.message_id == message_id).first()
    if row is None or row.state is None:
        raise Refused(Reason.NOT_FOUND)
    return cast(State, row.state)


def groups(state: State = "new") -> list[Group]:
    """Return the groups of messages in a state, most frequent first.

    Grouping 3,000 wordings takes some seconds: cached until a message changes, at most CACHED_FOR.
    """
    seen = (publishing.current().number, messages.tally())
    cached = _cached.get(state)
    now = clock.now()
    if (
        cached is None
        or cached.seen != seen
        or cached.source is not database.obj
        or not now - CACHED_FOR < cached.at <= now
    ):
        if state == NEW and _settle_repeated():
            seen = (publishing.current().number, messages.tally())
        cached = _cached[state] = _Cached(seen, database.obj, now, _group_messages(state))
    return [*cached.groups]


def find(state: State, wanted: Wanted) -> list[Group]:
    """Return the groups in which a message is as wanted."""
    return [g for g in groups(state) if any(map(wanted.matches, g.newest_first))]


def topics_of(found: Sequence[Group]) -> list[list[Group]]:
    """Return the groups by topic, the topic that was asked most first; as slow as `groups`."""
    reader = reader_of(publishing.current().content)
    questions = [wording.question for group in found for wording in group.wordings]
    ends = list(accumulate(len(group.wordings) for group in found))
    positions = [list(range(a, b)) for a, b in zip([0, *ends], ends, strict=False)]
    vectors = _vectors_of([reader.read(question) for question in questions])
    topics = clustering.topics(positions, questions, reader, vectors)
    together = [[found[position] for position in topic] for topic in topics]
    return sorted(together, key=lambda topic: -sum(group.count for group in topic))


def group_of(message_id: str) -> Group:
    """Return the group of a message. Raises Refused: NOT_FOUND."""
    found = (g for g in groups(state_of(message_id)) if message_id in g.message_ids)
    group = next(found, None)
    if group is None:
        raise Refused(Reason.NOT_FOUND)
    return group


def _group_messages(state: State) -> list[Group]:
    reader = reader_of(publishing.current().content)
    by_wording: dict[Any, list[Asked]] = defaultdict(list)
    placed: dict[str, int] = {}
    for one in (Asked(*row) for row in _latest(state, Asked._fields)):
        wording = compact(one.question)
        if one.placed is not None:
            placed[wording] = max(one.placed, placed.get(wording, 0))
        about = one.about if one.confidence >= TELLING else None
        by_wording[wording, about, one.is_rated_down, one.decided_slug].append(one)
    together: dict[int, dict[str, list[Asked]]] = defaultdict(lambda: defaultdict(list))
    others: list[tuple[Any, list[Asked]]] = []
    for (wording, *kind), asked in sorted(by_wording.items(), key=lambda item: -len(item[1])):
        if wording in placed:
            together[placed[wording]][wording] += asked
        else:
            others.append((kind, asked))
    readings = [reader.read(asked[0].question) for _, asked in others]
    alike = clustering.groups(
        [asked[0].question for _, asked in others],
        reader,
        _vectors_of(readings),
        [(*kind, reading.services) for (kind, _), reading in zip(others, readings, strict=True)],
    )
    found = [_group([others[position][1] for position in positions]) for positions in alike]
    found += [_group([*wordings.values()], number) for number, wordings in together.items()]
    return sorted(found, key=lambda group: group.count, reverse=True)


def _group(wordings: Sequence[Sequence[Asked]], placed: int | None = None) -> Group:
    """Build a group from the messages of each wording."""
    newest_first = [sorted(same, key=lambda one: one.asked_at, reverse=True) for same in wordings]
    newest_first.sort(key=len, reverse=True)
    asked = [one for same in newest_first for one in same]
    abouts = Counter(one.about for one in asked if one.about is not None).most_common(1)
    return Group(
        wordings=tuple(Wording(same[0].question, tuple(same)) for same in newest_first),
        about=abouts[0][0] if abouts else None,
        is_rated_down=all(one.is_rated_down for one in asked),
        placed=placed,
        concerns=dict(Counter(one.concern for one in asked).most_common()),
        answered=dict(Counter(one.slug for one in asked if one.slug is not None).most_common()),
        learnt_by=dict(Counter(one.decided_slug for one in asked if one.decided_slug)),
    )


def _vectors_of(readings: Sequence[Reading]) -> Any:
    """Return the encoder's vectors `(n, 512)`, zero for pinyin; None without the encoder."""
    global _vectors
    encoding = encoder.shared()
    if encoding is None:
        return None
    keys = [hash(reading.plain) for reading in readings]
    known = dict(_vectors) if len(_vectors) <= _MOST_VECTORS else {}
    new = {
        key: reading.plain
        for key, reading in zip(keys, readings, strict=True)
        if key not in known and not reading.pinyin_only
    }
    for begin in range(0, len(new), _BATCH):
        batch = [*new][begin : begin + _BATCH]
        encoded = encoding.encode([new[key] for key in batch]).astype("f2")
        known.update(zip(batch, encoded, strict=True))
    _vectors = known
    nothing = np.zeros(encoder.DIMENSIONS, "f2")
    vectors = np.array([known.get(key, nothing) for key in keys], "f4")
    return vectors.reshape(-1, encoder.DIMENSIONS)


def _settle_repeated() -> bool:
    """Settle messages of wordings that are decided; return whether there were any.

    A comment is read in any case. An entry that was to learn a wording is asked until the next
    release.
    """
    decided: dict[str, tuple[float, _Decided]] = {}
    for state in (APPLIED, NOT_OURS, DISMISSED):
        for row in _latest(state, _Decided._fields):
            one = _Decided(*row)
            until = one.decided_version if state == APPLIED else math.inf
            wording = compact(one.question)
            if wording not in decided or until > decided[wording][0]:
                decided[wording] = (until, one)
    repeated: dict[_Decided, list[str]] = defaultdict(list)
    for row in _latest(NEW, Asked._fields) if decided else ():
        message = Asked(*row)
        until, as_before = decided.get(compact(message.question), (-1, None))
        if as_before is not None and message.version <= until and not message.comment:
            repeated[as_before].append(message.message_id)
    for one, ids in repeated.items():
        values = {name: value for name, value in one._asdict().items() if name != "question"}
        same = FaqMessage.message_id.in_(ids) & (FaqMessage.state == NEW)
        FaqMessage.update(**values).where(same).execute()
    return bool(repeated)


def _latest(state: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    query = (
        FaqMessage.select(*(getattr(FaqMessage, name) for name in columns))
        .where(FaqMessage.state == state)
        .order_by(FaqMessage.asked_at.desc())
        .limit(MOST_GROUPED)
    )
    rows: Any = query.tuples()
    return list(rows)
