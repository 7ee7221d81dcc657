"""Spot checks: random answers of each week, short ones among them, which editors mark.

The marks are a figure of the dashboard. A marked question whose words alone determine the right
entry becomes a test question of the release check, in a set apart from the examples that the
matcher learns. The set keeps the masked text alone, also after the message expired.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from faq.content.entries import LONGEST_POINT
from faq.editing import question_sets
from faq.editing.question_sets import Labelled
from miniprogram_api import audit, clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text, words
from models.faq import spot_checks
from models.faq.spot_checks import FaqSpotCheck
from models.storage.database import lock, transaction

MOST_DRAWN = 50
# Of these, so many short answers (points), if users got so many.
SHORT_DRAWN = 15
# Drawn for each one that stays.
_TRIES = 4
WEEKS = 4
"""Number of weeks that editors can mark and that the figures cover."""

MARKS = words("content.marks")
RIGHT = "right"
_WEEK, _LOCK = timedelta(days=7), "faq-spot-checks"


@dataclass(frozen=True)
class Week:
    """The last day of a drawn week and how many answers have each mark; `None`: not yet marked."""

    name: str
    last_day: date
    counts: Mapping[str | None, int]

    @property
    def left(self) -> int:
        """Return how many answers are not yet marked."""
        return self.counts.get(None, 0)

    @property
    def marked(self) -> int:
        """Return how many answers are marked."""
        return sum(self.counts.values()) - self.left


@dataclass(frozen=True)
class Drawn:
    """A drawn answer; `expected`: the right answer of the test question made from it, or None."""

    message_id: str
    week: str
    asked_at: datetime
    question: str
    answer: str
    slug: str
    mark: str | None
    expected: str | None
    marked_by: str | None


def draw() -> None:
    """Draw the answers of the last whole week (Monday to Sunday), once."""
    monday = _monday(clock.today())
    since = monday - _WEEK
    week = _name(since)
    if spot_checks.has(week):
        return
    # Outside the transaction, because it reads a whole week.
    drawn = spot_checks.random_answers(
        clock.midnight(since), clock.midnight(monday), MOST_DRAWN * _TRIES
    )
    found = _with_short(drawn)
    with transaction():
        lock(_LOCK)
        if found and not spot_checks.has(week):
            spot_checks.add(week, found)


def _with_short(drawn: Sequence[tuple[int, str]]) -> list[int]:
    """Return MOST_DRAWN of these messages, SHORT_DRAWN with short answers if there are so many."""
    short = [message_id for message_id, answer in drawn if len(answer) <= LONGEST_POINT]
    chosen = dict.fromkeys([*short[:SHORT_DRAWN], *(message_id for message_id, _ in drawn)])
    return [*chosen][:MOST_DRAWN]


def weeks() -> list[Week]:
    """Return the drawn ones of the last four weeks, newest first."""
    this = _monday(clock.today())
    mondays = {_name(day): day for day in (this - n * _WEEK for n in range(1, WEEKS + 1))}
    found: dict[str, dict[str | None, int]] = {}
    for week, mark, count in spot_checks.counts(min(mondays)):
        found.setdefault(week, {})[mark] = count
    return [
        Week(name, monday + timedelta(days=6), found[name])
        for name, monday in mondays.items()
        if name in found
    ]


def totals() -> Mapping[str | None, int]:
    """Return how many answers of the last four weeks have each mark."""
    found: Counter[str | None] = Counter()
    for week in weeks():
        found.update(week.counts)
    return found


def of_week(week: str) -> list[Drawn]:
    """Return the drawn answers of a week, oldest first."""
    return [_drawn(row) for row in spot_checks.of_week(week)]


def get(message_id: str) -> Drawn:
    """Return a drawn answer. Raises Refused: NOT_FOUND."""
    row = spot_checks.find(message_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return _drawn(row)


def mark(message_id: str, mark: str, expected: str | None, *, before: str, editor: str) -> bool:
    """Mark an answer; return False when it was marked since `before`, the mark on the page.

    `expected`: the right answer of the test question to make from it, or None for none. Raises
    Refused: NOT_FOUND; INVALID_INPUT for an unknown answer.
    """
    if mark not in MARKS:
        raise Refused(Reason.NOT_FOUND)
    with transaction():
        # Before the row, because the set is shared.
        lock(_LOCK)
        row = spot_checks.locked(message_id)
        if row is None:
            raise Refused(Reason.NOT_FOUND)
        if (row.mark, row.expected) == (mark, expected):
            # Sent twice.
            return True
        if (row.mark or "") != before:
            return False
        if expected != row.expected:
            _ask_in_checks(row.message.question, expected, editor)
        row.mark, row.expected = mark, expected
        row.marked_by, row.marked_at = editor, clock.now()
        row.save()
        audit.write("faq:spot_check:marked", actor=editor, mark=mark, entry=expected)
    return True


def _ask_in_checks(question: str, expected: str | None, editor: str) -> None:
    """Put the question into the set with this answer, or take it out."""
    name, question = text("content.spot_check_set"), " ".join(question.split())
    found = question_sets.find(name) or question_sets.create(name, editor=editor)
    if expected is None:
        question_sets.remove(found.id, [question], editor=editor)
    else:
        question_sets.put(found.id, [Labelled(question, (expected,))], editor=editor)


def _drawn(row: FaqSpotCheck) -> Drawn:
    message = row.message
    return Drawn(
        message.message_id,
        row.week,
        message.asked_at,
        message.question,
        message.answer,
        str(message.slug),
        row.mark,
        row.expected,
        row.marked_by,
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _name(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
