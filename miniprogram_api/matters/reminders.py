"""Remind persons who have not confirmed yet, each at most once a day."""

from collections.abc import Collection
from datetime import timedelta

from miniprogram_api import clock
from miniprogram_api.accounts import accounts
from miniprogram_api.answers import answer_class
from miniprogram_api.matter_lines import finding, notices
from miniprogram_api.matters import own
from miniprogram_api.reasons import Reason, Refused
from models.matters import matters as table
from models.matters.matters import Line, Matter
from models.storage.database import transaction

# After midnight; earlier nothing is sent.
_FROM = timedelta(hours=9)


@answer_class
class Reminded:
    """What became of a reminder, in persons."""

    sent: int
    limit: int
    """Reminded today already."""


def remind_by_agent(account_id: int, matter_id: str) -> Reminded:
    """Remind for the agent of a matter.

    Raises Refused: UNAUTHENTICATED, ACCOUNT_FROZEN, LEVEL_TOO_LOW, NOT_FOUND, FORBIDDEN for others
    than the agent, and as ``remind``.
    """
    account = accounts.get_for_change(account_id)
    _, lines = own.lines_of(account, matter_id)
    if not own.is_agent(lines):
        raise Refused(Reason.FORBIDDEN)
    return remind(matter_id, besides=account.id_number)


def remind(
    matter_id: str,
    line_ids: Collection[str] | None = None,
    *,
    maker: str | None = None,
    besides: str | None = None,
) -> Reminded:
    """Remind the persons of these lines, or all, who have something to confirm.

    ``maker``: the one that the matter must be of, if named. ``besides``: the document number of a
    person who is left out. Raises Refused: NOT_FOUND (also for a line of another matter),
    MATTER_CLOSED, MATTER_EXPIRED, REMINDER_LIMIT when all of them were reminded today.
    """
    now = clock.now()
    finding.matter(matter_id, maker=maker)
    with transaction():
        matter, lines = finding.lock_matter(matter_id, ())
        finding.require_open(matter)
        if matter.state == table.REFUSED:
            # It is paused, and a message would be void.
            raise Refused(Reason.MATTER_CLOSED, state=matter.state)
        chosen = _chosen(lines, line_ids, besides)
        due, late = _by_person(chosen, _reminded_today(matter))
        if late and not due:
            again = clock.midnight(clock.today() + timedelta(days=1)) + _FROM
            # Rounded down, because the sentence rounds up to the minute.
            raise Refused(Reason.REMINDER_LIMIT, retry_after=(again - now) // timedelta(seconds=1))
        ids = [line.id for lines in due for line in lines]
        if ids:
            Line.update(reminded_at=now).where(Line.id.in_(ids)).execute()
            notices.add((line for lines in due for line in lines), notices.REMINDER)
    return Reminded(len(due), len(late))


def _chosen(lines: list[Line], line_ids: Collection[str] | None, besides: str | None) -> list[Line]:
    if line_ids is not None and not set(line_ids) <= {line.public_id for line in lines}:
        raise Refused(Reason.NOT_FOUND)
    return [
        line
        for line in lines
        if (line_ids is None or line.public_id in line_ids)
        and line.state in (table.PENDING, table.LOST)
        and line.document_number != besides
    ]


def _reminded_today(matter: Matter) -> set[str]:
    """Return the documents of the persons reminded today, also for posts of earlier versions."""
    today = clock.midnight(clock.today())
    reminded = Line.select().where((Line.matter == matter.id) & (Line.reminded_at >= today))
    return {line.document_number for line in reminded}


def _by_person(chosen: list[Line], reminded: set[str]) -> tuple[list[list[Line]], list[list[Line]]]:
    """Return the lines of each person to remind, and of each who was reminded today."""
    persons: dict[str, list[Line]] = {}
    for line in chosen:
        persons.setdefault(line.document_number, []).append(line)
    due = [lines for number, lines in persons.items() if number not in reminded]
    late = [lines for number, lines in persons.items() if number in reminded]
    return due, late
