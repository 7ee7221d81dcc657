"""The inbox of editors: what the bot did not answer well, grouped, most asked first.

A message comes in when nothing was known to answer it (`unanswered`), when the asker chose none of
the options that it was answered with (`asked_back`), when the answer was not certain (`unsure`) or
did not help (`unhelpful`). One act settles a whole group; the same words asked again afterwards
stay settled, unless an entry learnt them and a later release still gets them wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, cast

from faq.conversation import messages
from faq.conversation.messages import Line
from faq.editing import drafts
from faq.editing.drafts import Draft
from faq.language import clustering
from faq.language.text import Reader
from faq.language.wording import compact
from faq.release import publishing
from miniprogram_api import audit, clock
from miniprogram_api.reasons import Reason, Refused
from models.faq import messages as table
from models.faq.messages import APPLIED, DISMISSED, NEW, NOT_OURS, FaqMessage
from models.storage.database import database, transaction

State = Literal["new", "applied", "not_ours", "dismissed"]

# Of more messages the latest are grouped.
MOST_GROUPED = 10_000
MOST_WORDINGS = 20
BEFORE, AFTER = 10, 5
MOST_LOOKED_AT = 500
KEPT_FOR = timedelta(minutes=1)
# A less certain answer is shown to editors.
UNSURE = 0.65
# SQLite takes 32,766 values in one statement.
_BATCH = 5_000


@dataclass(frozen=True)
class Group:
    """Questions that are alike.

    `question`: the wording that was asked most, `wordings`: the others and how often each was
    asked. `concerns`: why they are here, and how many for that reason. `answered`: the entries that
    were given as the answer, and how often. `learnt_by`: the entries that editors added it to, and
    how many messages that settled. `message_ids`: the latest first; what an act takes.
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
    """The columns of a message that grouping needs, in the order of the query."""

    message_id: str
    question: str
    asked_at: datetime
    concern: str
    slug: str | None
    version: int
    decided_slug: str | None


class _Kept(NamedTuple):
    """Groups as they were found at an instant in a database, when all messages were as `seen`."""

    seen: tuple[int, Any]
    source: object
    at: datetime
    groups: list[Group]


_kept: dict[State, _Kept] = {}


class _Decided(NamedTuple):
    question: str
    state: str
    decided_version: int


def is_unsure(confidence: float) -> bool:
    """Return whether an answer of this confidence comes into the inbox."""
    return confidence < UNSURE


def count() -> int:
    """How many messages nobody decided about."""
    return int(FaqMessage.select().where(FaqMessage.state == NEW).count())


def state_of(message_id: str) -> State:
    """What became of a message. Raises Refused NOT_FOUND when it never concerned editors."""
    row = FaqMessage.select(FaqMessage.state).where(FaqMessage.message_id == message_id).first()
    if row is None or row.state is None:
        raise Refused(Reason.NOT_FOUND)
    return cast(State, row.state)


def groups(state: State = "new") -> list[Group]:
    """The messages of a state in groups, most asked first.

    Ten thousand different questions take about three seconds, so what was found is kept while no
    message comes, goes or is decided about, for KEPT_FOR at most.
    """
    seen = (publishing.current().number, table.tally())
    kept = _kept.get(state)
    now = clock.now()
    if (
        kept is None
        or kept.seen != seen
        or kept.source is not database.obj
        or not now - KEPT_FOR < kept.at <= now
    ):
        kept = _kept[state] = _Kept(seen, database.obj, now, _found(state))
    return [*kept.groups]


def _found(state: State) -> list[Group]:
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


def around(message_id: str) -> list[Line]:
    """A message with what was said before and after it in its conversation, the oldest first.

    Raises Refused NOT_FOUND.
    """
    middle: FaqMessage | None = FaqMessage.get_or_none(FaqMessage.message_id == message_id)
    if middle is None:
        raise Refused(Reason.NOT_FOUND)
    same = FaqMessage.conversation_id == middle.conversation_id
    until, after = FaqMessage.asked_at <= middle.asked_at, FaqMessage.asked_at > middle.asked_at
    earlier = FaqMessage.select().where(same & until).order_by(FaqMessage.asked_at.desc())
    later = FaqMessage.select().where(same & after).order_by(FaqMessage.asked_at)
    rows = [*reversed(earlier.limit(BEFORE + 1)), *later.limit(AFTER)]
    return [messages.line_of(row) for row in rows]


def one_of_each_person(message_ids: Sequence[str]) -> list[str]:
    """The first of these messages of everybody who asked, in their order.

    Of a visitor nothing is known but his conversation. Only the first MOST_LOOKED_AT are looked at.
    """
    ids = list(dict.fromkeys(message_ids))[:MOST_LOOKED_AT]
    asked = FaqMessage.select(
        FaqMessage.message_id, FaqMessage.account_id, FaqMessage.openid, FaqMessage.conversation_id
    ).where(FaqMessage.message_id.in_(ids))
    person = {row.message_id: row.account_id or row.openid or row.conversation_id for row in asked}
    first = {person[one]: one for one in reversed(ids) if one in person}
    return [one for one in ids if one in person and first[person[one]] == one]


def apply(message_ids: Sequence[str], slug: str, question: str, *, editor: str) -> int:
    """Let `question` be an example of an entry's draft, which settles the messages.

    `question`: one of theirs, as the editor wants it. Returns how many were settled; raises
    Refused NOT_FOUND when somebody else decided about all of them, or there is no such entry.
    """
    with transaction():
        drafts.add_example(slug, question, editor=editor)
        return _decide(message_ids, APPLIED, editor, slug)


def begin_entry(message_ids: Sequence[str], title: str, question: str, *, editor: str) -> Draft:
    """Begin an entry about `question`, which settles the messages. Raises Refused as `apply`."""
    with transaction():
        begun = drafts.open_entry(title, question, editor=editor)
        _decide(message_ids, APPLIED, editor, begun.key.name)
        return begun


def mark_not_ours(message_ids: Sequence[str], question: str, *, editor: str) -> int:
    """Let `question` be one that is not ours, which settles the messages; as `apply`."""
    with transaction():
        drafts.add_out_of_scope(question, editor=editor)
        return _decide(message_ids, NOT_OURS, editor, None)


def dismiss(message_ids: Sequence[str], *, editor: str) -> int:
    """Settle messages that teach nothing; as `apply`."""
    with transaction():
        return _decide(message_ids, DISMISSED, editor, None)


def reopen(message_ids: Sequence[str], *, editor: str) -> int:
    """Take a decision back; what it put into the draft stays there. Returns how many are new."""
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
    """The wordings that were decided about, and the last release for which that holds."""
    settled: dict[str, float] = {}
    for state in (APPLIED, NOT_OURS, DISMISSED):
        for row in _latest(state, _Decided._fields):
            decided = _Decided(*row)
            until = decided.decided_version if state == APPLIED else float("inf")
            wording = compact(decided.question)
            settled[wording] = max(until, settled.get(wording, -1))
    return settled


def _reader() -> Reader:
    """The matcher's reader, but for other services' names, which here tell questions apart."""
    synonyms = publishing.current().content.synonyms
    return Reader({spelling: s.word for s in synonyms for spelling in s.spellings}, {})


def _group(wordings: Sequence[Sequence[_Asked]]) -> Group:
    """One group; `wordings`: the messages of each wording, the most asked wording first."""
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
