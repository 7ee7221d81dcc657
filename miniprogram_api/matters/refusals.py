"""Refuse own lines of a matter, which pauses the whole matter at once; no face is needed.

"Not mine" also opens a ticket for the receiving office and the information centre.
"""

from collections.abc import Collection
from typing import Literal

from miniprogram_api import audit
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts
from miniprogram_api.matter_lines import changes
from miniprogram_api.matter_lines.changes import Decided, Evidence, Person
from miniprogram_api.matters import confirmations, own
from miniprogram_api.matters.confirmations import DecidedLines
from miniprogram_api.services import Services
from miniprogram_api.texts import text, word
from miniprogram_api.tickets import districts, tickets
from miniprogram_api.tickets.tickets import Subject
from models.storage.database import transaction

RefusalReason = Literal["not_me", "wrong_content", "unwilling"]


def refuse(
    services: Services,
    session: SessionInfo,
    account_id: int,
    matter_id: str,
    line_ids: Collection[str],
    *,
    reason: RefusalReason,
    note: str | None,
) -> DecidedLines:
    """Refuse own lines; until acceptance the person may confirm them after all."""
    account = accounts.get_for_change(account_id)
    own.lines_of(account, matter_id)
    with transaction():
        decided = changes.refuse_lines(
            services,
            matter_id,
            line_ids,
            person=Person(account.id_number, account.name),
            digest=None,
            evidence=Evidence("app", account.id),
            reason=reason,
            note=note,
        )
        audit.write(
            "api:matter:refused",
            actor=audit.by_account(account.id),
            account_id=account.id,
            matter=matter_id,
            reason=reason,
        )
        if reason == own.NOT_ME:
            open_ticket(
                decided,
                Subject(account.name, account.id_number, phone=account.phone),
                note,
                source="user",
                actor=tickets.actor_of(session),
                account_id=account.id,
                openid=session.openid,
            )
    return confirmations.after(services, account, matter_id)


def open_ticket(
    decided: Decided,
    subject: Subject,
    note: str | None,
    *,
    source: Literal["user", "clerk"],
    actor: str,
    account_id: int | None,
    openid: str | None = None,
) -> None:
    """Put the refusal into the queue of the receiving office, which the centre sees as well."""
    matter = decided.matter
    said = text(
        "matters.not_mine",
        number=matter.number,
        subject=matter.subject_name,
        kind=word("sheets.kinds", matter.kind),
        roles=text("matters.roles.join").join(line.role for line in decided.lines),
        note=note or text("matters.no_note"),
    )
    tickets.insert(
        tickets.NOT_MINE,
        f"{tickets.NOT_MINE}:{matter.public_id}:{subject.id_number}",
        subject,
        source=source,
        actor=actor,
        account_id=account_id,
        openid=openid,
        description=said,
        facts={"matter": matter.public_id},
        window_id=matter.office_id,
        district=districts.served(matter.district),
    )
