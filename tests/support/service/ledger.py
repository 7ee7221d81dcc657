"""The ledger as tests read it."""

from miniprogram_api.ledger import lines
from models.desks import ledger as table
from models.desks.ledger import LedgerDetail


def lines_about(id_number: str) -> list[lines.Entry]:
    """Return the lines about a person, newest first."""
    found = LedgerDetail.select().where(LedgerDetail.identity_index.matches(id_number))
    return [lines.read(stored) for stored in table.by_numbers([row.number for row in found])]
