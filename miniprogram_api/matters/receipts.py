"""What systems and windows learnt of a person: queries, and matters accepted with own lines."""

from typing import cast

from miniprogram_api import person_rows
from miniprogram_api.accounts import accounts
from miniprogram_api.matter_lines import finding
from miniprogram_api.matters import own
from miniprogram_api.registrars import queries
from miniprogram_api.registrars.queries import Ground, Receipt
from models.matters.matters import ACCEPTED, Line, Matter


def of_account(account_id: int) -> list[Receipt]:
    """Return the receipts of queries and acceptances, newest first, at most 100.

    Below level 4 those of the account itself.
    """
    account = accounts.get(account_id)
    accepted = [
        _receipt(line)
        for line in finding.of_account(account)
        if line.matter.state == ACCEPTED and person_rows.is_shown(account, line.account_id)
    ]
    both = [*queries.receipts_of(account_id), *accepted]
    return sorted(both, key=lambda one: one.asked_at, reverse=True)[: queries.MOST_LISTED]


def _receipt(line: Line) -> Receipt:
    matter: Matter = line.matter
    return Receipt(
        kind="acceptance",
        number=line.receipt or "",
        system=own.maker_of(matter),
        matter=matter.number,
        role=line.role,
        asked_at=matter.ended_at or matter.changed_at,
        verified=True,
        authorized_until=line.switch_until,
        reason="ok",
        ground=cast("Ground", "switch" if line.switch_until else line.confirmed_by),
    )
