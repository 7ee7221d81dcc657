"""End the term of the ledger's lines: LEDGER_YEARS after the account, or the act without one.

The personal parts go; the lines and their hashes stay. A signed closing line names what ended, and
``ledger verify`` accepts exactly that. See docs/adr/0037-the-ledgers-term.md.
"""

from datetime import timedelta
from typing import Any

from peewee import fn

from config import Settings
from miniprogram_api import clock
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.signing import TERM_ENDED, close
from models.accounts.accounts import CANCELLED, Account
from models.desks.ledger import LedgerDetail, LedgerLine
from models.storage.database import lock, transaction

BATCH = 500
_YEAR = timedelta(days=365)


def end_due(settings: Settings) -> int:
    """Empty the personal parts of all lines whose term has ended, in batches; return how many."""
    ended = after = 0
    while True:
        with transaction():
            lock("ledger")
            before = clock.now() - settings.ledger_years * _YEAR
            rows = list(_due(before).where(LedgerLine.number > after).limit(BATCH))
            if not rows:
                return ended
            numbers = [row.number for row in rows]
            ledger.empty(numbers)
            closing = close(
                settings,
                numbers,
                bytes(rows[-1].hash),
                years=settings.ledger_years,
                before=clock.milliseconds(before),
            )
            ledger.append(None, TERM_ENDED, ledger.Person(), **closing)
        ended += len(numbers)
        after = numbers[-1]


def _due(before: Any) -> Any:
    """Return the query of lines whose account ended before; a person with an account waits."""
    line, detail = LedgerLine, LedgerDetail
    living = Account.select().where(Account.identity_index == detail.identity_index)
    account_ended = fn.EXISTS(
        Account.select().where(
            (Account.id == line.account_id)
            & (Account.status == CANCELLED)
            & (Account.cancelled_at < before)
        )
    )
    return (
        line.select(line.number, line.hash)
        .join(detail, on=(detail.number == line.number))
        .where(
            (line.at < before)
            & detail.salt.is_null(False)
            & (line.action != TERM_ENDED)
            & (line.account_id.is_null() | account_ended)
            & ~fn.EXISTS(living)
        )
        .order_by(line.number)
    )
