"""Public numbers of tickets: ten unguessable characters, without look-alikes."""

import re
import secrets
from collections.abc import Collection

from miniprogram_api.reasons import Reason, Refused
from models.desks import tickets as table
from models.desks.tickets import Ticket
from models.storage.database import for_update

# Without 0, O, 1, I and L.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 10
_FORM = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def new() -> str:
    """Return a random number."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def parse(text: str) -> str | None:
    """Return the canonical form of a typed number; None when it has not the form of one."""
    number = text.strip().removeprefix("#").upper()
    return number if _FORM.fullmatch(number) else None


def of_ids(ids: Collection[int]) -> dict[int, str]:
    """Return id → number."""
    return table.numbers(ids)


def find(text: str, *, locked: bool = False) -> Ticket:
    """Return the ticket with this number."""
    number = parse(text)
    query = Ticket.select().where(Ticket.number == number)
    row: Ticket | None = None
    if number is not None:
        row = (for_update(query) if locked else query).first()
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return row
