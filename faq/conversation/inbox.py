"""The editors' inbox: grouped messages that were not answered well, most frequent first.

Concerns: no answer (`unanswered`), no option chosen (`asked_back`), low confidence (`unsure`),
rated unhelpful (`unhelpful`). A decision settles a group and later messages of the same wording,
unless a release that learnt the wording still fails.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, cast

from faq.conversation import messages
from faq.conversation.messages import Line
from faq.editing import drafts, question_sets
from faq.editing.drafts import Draft
from faq.editing.question_sets import Labelled
from faq.language import clustering
from faq.language.grammar import compact
from faq.language.text import Reader
from faq.release import publishing
from miniprogram_api import audit, clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid, text
from models.faq import messages as table
from models.faq.messages import APPLIED, DISMISSED, NEW, NOT_OURS, FaqMessage
from models.storage.database import database, transaction

State = Literal["new", "applied", "not_ours", "dismissed"]

# Older messages are not grouped.
MOST_GROUPED = 10_000
MOST_WORDINGS = 20
BEFORE, AFTER = 10, 5
MOST_READ = 500
CACHED_FOR = timedelta(minutes=1)
# Answers below this confidence enter the inbox.
UNSURE = 0.65
# The question set that decisions add to.
_SET = text("content.answers.inbox_set")
# SQLite's limit is 32,766 values per statement.
_BATCH = 5_000


@dataclass(frozen=True)
class Group:
    """Similar questions.

    `question`: the most frequent wording; `wordings`: others with their counts. `concerns`,
    `answered`, `learnt_by`: counts by concern, by entry that answered, and by entry that editors
    added it to. `message_ids`: newest first.
    """

    question: str
    count: int
    wordings: tuple[tuple[str, int], ...]
    concerns: dict[str, int]
    answered: dict[str, int]
    learnt_by: dict[str, int]
    last_asked_at: datetime
    message_ids: tuple[str, ...]


class _Asked(NamedTuple):
    """The columns for grouping, in the order of the query."""

    message_id: str
    question: str
    asked_at: datetime
    concern: str
    slug: str | None
    version: int
    decided_slug: str | None


class _Cached(NamedTuple):
    """Groups at the state `seen` of the messages in a database."""

    seen: tuple[int, Any]
    source: object
    at: datetime
    groups: list[Group]


_cached: dict[State, _Cached] = {}


class _Decided(NamedTuple):
    question: str
    state: str
    decided_version: int


def is_unsure(confidence: float) -> bool:
    """Return whether an answer of this confidence enters the inbox."""
    return confidence < UNSURE


def count() -> int:
    """Return the number of undecided messages."""
    return int(FaqMessage.select().where(FaqMessage.state == NEW).count())


def state_of(message_id: str) -> State:
    """Return the state of a message. Raises Refused: NOT_FOUND if it never entered the inbox."""
    row = FaqMessage.select(FaqMessage.state).where(FaqMessage.message_id == message_id).first()
    if row is None or row.state is None:
        raise Refused(Reason.NOT_FOUND)
    return cast(State, row.state)


def groups(state: State = "new") -> list[Group]:
    """Return the groups of messages in a state, most frequent first.

    Grouping 10,000 wordings takes 3 s: cached until a message changes, at most CACHED_FOR.
    """
    seen = (publishing.current().number, table.tally())
    cached = _cached.get(state)
    now = clock.now()
    if (
        cached is None
        or cached.seen != seen
        or cached.source is not database.obj
        or not now - CACHED_FOR < cached.at <= now
    ):
        cached = _cached[state] = _Cached(seen, database.obj, now, _group_messages(state))
    return [*cached.groups]


def _group_messages(state: State) -> list[Group]:
    asked = [_Asked(*row) for row in _latest(state, _Asked._fields)]
    if state == NEW:
        settled = _settled()
        asked = [a for a in asked if a.version > settled.get(compact(a.question), -1)]
    by_wording: dict[str, list[_Asked]] = defaultdict(list)
    for message in asked:
        by_wording[compact(message.question)].append(message)
    wordings = sorted(by_wording.values(), key=len, reverse=True)
    alike = clustering.groups([same[0].question for same in wordings], _reader())
    found = [_group([wordings[position] for position in positions]) for positions in alike]
    return sorted(found, key=lambda group: group.count, reverse=True)


def context_of(message_id: str) -> list[Line]:
    """Return a message with its neighbours, oldest first. Raises Refused: NOT_FOUND."""
    middle: FaqMessage | None = FaqMessage.get_or_none(FaqMessage.message_id == message_id)
    if middle is None:
        raise Refused(Reason.NOT_FOUND)
    same = FaqMessage.conversation_id == middle.conversation_id
    until, after = FaqMessage.asked_at <= middle.asked_at, FaqMessage.asked_at > middle.asked_at
    earlier = FaqMessage.select().where(same & until).order_by(FaqMessage.asked_at.desc())
    later = FaqMessage.select().where(same & after).order_by(FaqMessage.asked_at)
    rows = [*reversed(earlier.limit(BEFORE + 1)), *later.limit(AFTER)]
    return [messages.line_of(row) for row in rows]


def one_per_person(message_ids: Sequence[str]) -> list[str]:
    """Return the first message per account, WeChat user or conversation; reads MOST_READ."""
    ids = list(dict.fromkeys(message_ids))[:MOST_READ]
    asked = FaqMessage.select(
        FaqMessage.message_id, FaqMessage.account_id, FaqMessage.openid, FaqMessage.conversation_id
    ).where(FaqMessage.message_id.in_(ids))
    person = {row.message_id: row.account_id or row.openid or row.conversation_id for row in asked}
    first = {person[one]: one for one in reversed(ids) if one in person}
    return [one for one in ids if one in person and first[person[one]] == one]


def apply(
    message_ids: Sequence[str],
    slug: str,
    question: str,
    *,
    editor: str,
    as_example: bool = True,
    in_checks: bool = False,
) -> int:
    """Add a question to an entry's draft and settle the messages; return how many.

    `as_example`: the bot learns it. `in_checks`: every check of a draft asks it. Raises Refused:
    NOT_FOUND when all are decided already, or without such an entry; INVALID_INPUT for neither.
    """
    if not as_example and not in_checks:
        raise invalid("inbox.question.unused")
    with transaction():
        if in_checks:
            question_sets.add(_SET, Labelled(" ".join(question.split()), (slug,)), editor=editor)
        if as_example:
            drafts.add_example(slug, question, editor=editor)
        return _decide(message_ids, APPLIED, editor, slug)


def begin_entry(message_ids: Sequence[str], title: str, question: str, *, editor: str) -> Draft:
    """Create an entry for `question` and settle the messages. Raises Refused as `apply`."""
    with transaction():
        begun = drafts.open_entry(title, question, editor=editor)
        _decide(message_ids, APPLIED, editor, begun.key.name)
        return begun


def mark_not_ours(message_ids: Sequence[str], question: str, *, editor: str) -> int:
    """Add `question` to the out-of-scope examples and settle the messages; see `apply`."""
    with transaction():
        drafts.add_out_of_scope(question, editor=editor)
        return _decide(message_ids, NOT_OURS, editor, None)


def dismiss(message_ids: Sequence[str], *, editor: str) -> int:
    """Settle messages that teach nothing; see `apply`."""
    with transaction():
        return _decide(message_ids, DISMISSED, editor, None)


def reopen(message_ids: Sequence[str], *, editor: str) -> int:
    """Undo a decision except its change of the draft. Returns the number of reopened messages."""
    values = {"decided_at": None, "decided_by": None, "decided_slug": None}
    with transaction():
        changed = _change(message_ids, (APPLIED, NOT_OURS, DISMISSED), state=NEW, **values)
        if changed:
            audit.write("faq:inbox:reopened", actor=editor, messages=changed)
    return changed


def _decide(message_ids: Sequence[str], state: str, editor: str, slug: str | None) -> int:
    changed = _change(
        message_ids,
        (NEW,),
        state=state,
        decided_at=clock.now(),
        decided_by=editor,
        decided_slug=slug,
        decided_version=publishing.current().number,
    )
    if not changed:
        raise Refused(Reason.NOT_FOUND)
    audit.write(f"faq:inbox:{state}", actor=editor, messages=changed, entry=slug)
    return changed


def _change(message_ids: Sequence[str], states: Sequence[str], **values: Any) -> int:
    changed = 0
    for begin in range(0, len(message_ids), _BATCH):
        batch = message_ids[begin : begin + _BATCH]
        same = FaqMessage.message_id.in_(batch) & FaqMessage.state.in_(states)
        changed += int(FaqMessage.update(**values).where(same).execute())
    return changed


def _latest(state: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    query = (
        FaqMessage.select(*(getattr(FaqMessage, name) for name in columns))
        .where(FaqMessage.state == state)
        .order_by(FaqMessage.asked_at.desc())
        .limit(MOST_GROUPED)
    )
    rows: Any = query.tuples()
    return list(rows)


def _settled() -> dict[str, float]:
    """Map each decided wording to the last release that the decision covers."""
    settled: dict[str, float] = {}
    for state in (APPLIED, NOT_OURS, DISMISSED):
        for row in _latest(state, _Decided._fields):
            decided = _Decided(*row)
            until = decided.decided_version if state == APPLIED else float("inf")
            wording = compact(decided.question)
            settled[wording] = max(until, settled.get(wording, -1))
    return settled


def _reader() -> Reader:
    synonyms = publishing.current().content.synonyms
    return Reader({spelling: s.word for s in synonyms for spelling in s.spellings}, {})


def _group(wordings: Sequence[Sequence[_Asked]]) -> Group:
    """Build a group from the messages of each wording, most frequent wording first."""
    asked = sorted((m for same in wordings for m in same), key=lambda m: m.asked_at, reverse=True)
    return Group(
        question=wordings[0][0].question,
        count=len(asked),
        wordings=tuple((same[0].question, len(same)) for same in wordings[1 : 1 + MOST_WORDINGS]),
        concerns=dict(Counter(message.concern for message in asked).most_common()),
        answered=dict(Counter(m.slug for m in asked if m.slug is not None).most_common()),
        learnt_by=dict(Counter(m.decided_slug for m in asked if m.decided_slug).most_common()),
        last_asked_at=asked[0].asked_at,
        message_ids=tuple(message.message_id for message in asked),
    )
