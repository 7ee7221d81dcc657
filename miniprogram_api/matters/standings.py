"""Where a person's matters stand, for the bot: judged by the rules that would refuse."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from miniprogram_api import clock, masking, person_rows
from miniprogram_api.matter_lines import changes, content, finding
from miniprogram_api.matters import own
from miniprogram_api.reasons import Refused, refused_by
from models.accounts.account_reads import Overview
from models.accounts.accounts import FROZEN
from models.matters import matters as table
from models.matters.matters import Line, Matter

ENDED_SHOWN = timedelta(days=30)

TODO, LOST, OTHERS = "todo", "lost", "others"
"""The person confirms, or confirms once more; another person has not confirmed yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One matter as its person meets it."""

    state: str
    """TODO, LOST, OTHERS, or the state of the matter."""
    at: datetime
    """When it last changed or ended."""
    expires_at: datetime
    refusal: Refused | None = None
    """What a confirmation meets now."""
    reason: str = ""
    """Why a line is lost."""
    others: int = 0
    """Persons who have not confirmed."""
    names: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Masked name and post of these, for the agent alone."""
    disowned: bool = False
    """The person said 不是我办的."""


def of_holder(account: Overview) -> list[Standing]:
    """Return the open matters of an account's holder and those that ended of late, newest first.

    Below level 4 the open ones alone, of which only the number may be told; none of a frozen
    account.
    """
    if account.status == FROZEN:
        return []
    is_person = person_rows.is_person(account)
    mine: dict[int, list[Line]] = {}
    for line in finding.with_document(account.id_number, open_only=not is_person):
        if line.name == account.name:
            mine.setdefault(line.matter_id, []).append(line)
    standings = [_standing(lines[0].matter, lines) for lines in mine.values()]
    since = clock.now() - ENDED_SHOWN
    return [one for one in standings if one.state in _OPEN or one.at > since]


_OPEN = frozenset({TODO, LOST, OTHERS, *table.OPEN})


def _standing(matter: Matter, mine: list[Line]) -> Standing:
    state = finding.state_now(matter)
    closed = refused_by(finding.require_open, matter)
    if closed is not None:
        ended_at = matter.ended_at or matter.expires_at
        return Standing(state, ended_at, matter.expires_at, closed)
    open_lines = [line for line in mine if line.state in (table.PENDING, table.LOST)]
    lost = next((line.reason for line in open_lines if line.state == table.LOST), "")
    digest = content.digest_of(matter, mine)
    ids = [line.public_id for line in open_lines or mine]
    refusal = refused_by(changes.require_confirmable, matter, mine, ids, digest)
    if state != table.REFUSED and refusal is None:
        state = LOST if lost else TODO
    waiting = [
        line
        for line in finding.lines(matter)
        if line not in mine and line.state in (table.PENDING, table.LOST)
    ]
    if state == table.WAITING:
        state = OTHERS
    names: tuple[tuple[str, str], ...] = ()
    if own.is_agent(mine):
        names = tuple((masking.name(line.name), line.role) for line in waiting)
    count = len({line.document_number for line in waiting})
    return Standing(
        state,
        matter.changed_at,
        matter.expires_at,
        refusal,
        lost,
        count,
        names,
        own.is_disowned(mine),
    )
