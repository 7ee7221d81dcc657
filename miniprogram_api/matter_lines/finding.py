"""Find matters and lines, and lock persons and matters in the one order."""

from collections.abc import Collection, Sequence
from typing import Any

from peewee import Expression

from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.registrars import watches as registrar_watches
from models.accounts.accounts import Account
from models.matters import matters as table
from models.matters.matters import Line, Matter
from models.storage.database import for_update

PRESENT = Line.removed_in.is_null()
"""The condition that a line belongs to the present version."""


def matter(matter_id: str, *, maker: str | None = None) -> Matter:
    """Return the matter with this public id, of this maker if named."""
    # PostgreSQL cannot compare with NUL.
    is_id = matter_id.isascii() and matter_id.isalnum()
    row = Matter.get_or_none(Matter.public_id == matter_id) if is_id else None
    if row is None or maker not in (None, row.maker):
        raise Refused(Reason.NOT_FOUND)
    return row


def lines(matter: Matter) -> list[Line]:
    """Return the lines of the present version, in their order."""
    query = Line.select().where((Line.matter == matter.id) & PRESENT)
    return list(query.order_by(Line.position, Line.id))


def own_lines(matter: Matter, account: Account) -> list[Line]:
    """Return the lines of an account's holder: document and name agree."""
    return of_person(lines(matter), account.id_number, account.name)


def of_person(lines_of: Sequence[Line], document_number: str, name: str) -> list[Line]:
    """Return the lines with this document and name."""
    wanted = (document_number, name)
    return [line for line in lines_of if (line.document_number, line.name) == wanted]


def with_document(document_number: str, *, open_only: bool = False) -> list[Line]:
    """Return the present lines with a document, newest matter first, matters joined."""
    query = (
        Line.select(Line, Matter)
        .join(Matter)
        .where(Line.document_index.matches(document_number) & PRESENT)
        .order_by(Matter.id.desc(), Line.position)
    )
    if open_only:
        query = query.where(is_open())
    return list(query)


def of_account(account: Account, *, open_only: bool = False) -> list[Line]:
    """Return ``with_document`` of an account's holder, whose name must agree."""
    of_document = with_document(account.id_number, open_only=open_only)
    return [line for line in of_document if line.name == account.name]


def is_open() -> Expression:
    """Build the condition that a matter is open and not past its day."""
    return Matter.state.in_(table.OPEN) & ~is_past(Matter.expires_at)


def state_now(matter: Matter) -> str:
    """Return the state, ``expired`` also before the job has noted it."""
    is_over = matter.state in table.OPEN and is_past(matter.expires_at)
    return table.EXPIRED if is_over else str(matter.state)


def is_past(expires_at: Any) -> Any:
    """Compare the end of a matter with now: an instant, or the column in a query."""
    return expires_at <= clock.now()


def lock_matter(
    matter_id: str, documents: Collection[str] | None = None
) -> tuple[Matter, list[Line]]:
    """Lock persons, then the matter; return it with its present lines as they are now.

    ``documents``: the persons' document numbers; None: all persons of the matter. Raises Refused:
    NOT_FOUND; MATTER_CHANGED when all persons are to be locked and the next version came between.
    """
    unlocked = matter(matter_id)
    persons = documents
    if persons is None:
        persons = {line.document_number for line in lines(unlocked)}
    registrar_watches.lock_persons(sorted(persons))
    locked = for_update(Matter.select().where(Matter.id == unlocked.id)).get()
    if documents is None and locked.version != unlocked.version:
        # The next version may have other persons, who are not locked.
        raise Refused(Reason.MATTER_CHANGED, version=locked.version)
    return locked, lines(locked)


def require_open(matter: Matter) -> None:
    """Raise Refused MATTER_CLOSED with ``state``, or MATTER_EXPIRED."""
    state = state_now(matter)
    if state == table.EXPIRED:
        raise Refused(Reason.MATTER_EXPIRED, days=(matter.expires_at - matter.created_at).days)
    if state not in table.OPEN:
        phone = None if matter.office is None else matter.office.phone
        raise Refused(Reason.MATTER_CLOSED, state=state, phone=phone)
