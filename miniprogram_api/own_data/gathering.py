"""Gather what is kept of an account: sections of records, in plain values."""

from collections.abc import Iterable
from typing import Any

from pydantic_core import to_jsonable_python

from miniprogram_api import person_rows
from miniprogram_api.access import sign_in_origins
from miniprogram_api.matters import own as matters
from miniprogram_api.registrars import queries
from miniprogram_api.texts import text, word, words
from miniprogram_api.tickets import tickets
from models.accounts.accounts import Account, IdentityDatesChange
from models.accounts.client_reports import ClientReport
from models.accounts.consents import ConsentRecord
from models.accounts.sessions import Session
from models.accounts.sms_codes import PhoneProofToken, SmsCode
from models.accounts.verifications import FaceChallenge, HandedCheck, IdentityCheck
from models.desks.audit import AuditEntry
from models.desks.clearances import IdentityClearance
from models.desks.ledger import LedgerDetail, LedgerLine
from models.desks.tickets import Ticket
from models.outbox import Notice
from models.registrars import RegistrarReceipt, RegistrarWatch
from models.storage.database import Model
from models.subscriptions import Subscription

Records = list[dict[str, Any]]


def gather(account_id: int, conversations: Records) -> dict[str, Records]:
    """Return the sections of an account in the order of the copy.

    Rows without the account come in by the bound WeChat user, from level 4 on also by the person's
    ID number (``person_rows``); never by the phone alone, which may have been another person's, or
    by a browser, which another person may share. ``left_out`` says what else is kept.
    """
    account = Account.get_by_id(account_id)
    opened = _opened(account)
    sections: dict[str, Any] = {"account": [_account(account)]}
    for name, (table, columns, is_own) in _tables(account, opened).items():
        sections[name] = _rows(table, columns.split(), is_own)
    sections["watches"] = [
        {"system": row.key.name, "until": row.until}
        for row in RegistrarWatch.select().where(_is_watched(account)).order_by(RegistrarWatch.id)
    ]
    for message in (*sections["notices"], *sections["subscriptions"]):
        message["sent_at"] = message.pop("done_at")
    for act in sections["desk_acts"]:
        act["action"] = word("ledger.actions", act["action"])
    sections["tickets"] = [
        {**to_jsonable_python(tickets.view(row)), "contact": row.contact} for row in opened
    ]
    sections["matters"] = [
        {**to_jsonable_python(item), "lines": [_values(line, _LINE) for line in lines]}
        for item, lines in matters.kept(account_id)
    ]
    sections["receipts"] = queries.receipts_of(account_id, None)
    sections["acts"] = _rows(AuditEntry, ["at", "tag"], AuditEntry.account_id == account_id)
    sections["conversations"] = conversations
    sections["left_out"] = [
        {"what": text(f"kept.{kind}.what"), "why": why}
        for kind, why in words("own_data.left_out").items()
    ]
    plain: dict[str, Records] = to_jsonable_python(sections)
    return plain


_LINE = ["role", "state", "confirmed_by", "confirmed_at", "receipt"]


def _tables(account: Account, opened: list[Ticket]) -> dict[str, tuple[type[Model], str, Any]]:
    """Return table, columns and the condition of own rows of each section of one table."""
    number = account.id_number

    def of_account(table: Any) -> Any:
        return table._meta.columns["account_id"] == account.id

    def of_person(table: Any, own: Any = None) -> Any:
        mine = of_account(table) if own is None else own
        return person_rows.shown(account, mine, table.identity_index.matches(number))

    about = LedgerDetail.select(LedgerDetail.number).where(
        LedgerDetail.identity_index.matches(number)
    )
    # Another person may have registered with this ID number: its other phones are left out.
    of_phone = PhoneProofToken.phone_index.matches(account.phone or "")
    is_proof = of_account(PhoneProofToken) | (of_person(PhoneProofToken) & of_phone)
    is_handed = of_account(HandedCheck)
    if account.wechat_openid is not None:
        is_proof |= PhoneProofToken.openid == account.wechat_openid
        is_handed |= HandedCheck.openid == account.wechat_openid
    own_tickets = Ticket.select(Ticket.id).where(Ticket.account == account.id)
    is_cleared = of_person(IdentityClearance, IdentityClearance.ticket.in_(own_tickets))
    # So are acts on a ticket of another person, who may dispute this account.
    is_act = person_rows.shown(account, of_account(LedgerLine), LedgerLine.number.in_(about)) & (
        LedgerLine.ticket_id.is_null() | LedgerLine.ticket_id.in_([row.id for row in opened])
    )
    changes = "changed_at valid_from_before valid_until_before"
    return {
        "dates_changes": (IdentityDatesChange, changes, of_account(IdentityDatesChange)),
        "sessions": (Session, "created_at last_seen_at", of_account(Session)),
        "consents": (ConsentRecord, "key version given_at withdrawn_at", of_account(ConsentRecord)),
        "identity_checks": (IdentityCheck, "checked_at purpose outcome", of_person(IdentityCheck)),
        "clearances": (IdentityClearance, "cleared_at expires_at", is_cleared),
        "face_checks": (FaceChallenge, "created_at mode outcome", of_person(FaceChallenge)),
        "handed_checks": (HandedCheck, "passed_at way state", is_handed),
        "sms_codes": (SmsCode, "created_at phone purpose state report", of_account(SmsCode)),
        "phone_proofs": (PhoneProofToken, "created_at phone method", is_proof),
        "notices": (Notice, "created_at kind done_at", of_account(Notice)),
        "subscriptions": (Subscription, "accepted_at topic done_at", of_account(Subscription)),
        "reports": (ClientReport, "reported_at kind step detail", of_account(ClientReport)),
        "desk_acts": (LedgerLine, "at action", is_act),
    }


def _is_watched(account: Account) -> Any:
    """Build the condition of the watches: of systems that were answered about the account."""
    of_number = RegistrarWatch.identity_index.matches(account.id_number)
    answered = RegistrarReceipt.select(RegistrarReceipt.key).where(
        RegistrarReceipt.account_id == account.id
    )
    return person_rows.shown(account, of_number & RegistrarWatch.key.in_(answered), of_number)


def _opened(account: Account) -> list[Ticket]:
    """Return the tickets of the account, and those without one that its holder opened.

    These are of the bound WeChat user; from level 4 on also those that name the person and come
    from a WeChat user or browser that has signed in to the account: a dispute by the person whose
    ID number the holder may have used does not come in.
    """
    bound = account.wechat_openid
    is_near = person_rows.shown(
        account, Ticket.openid == bound, Ticket.identity_index.matches(account.id_number)
    )
    is_free = Ticket.account.is_null() & Ticket.openid.is_null(False)
    near = Ticket.select().where((Ticket.account == account.id) | (is_free & is_near))
    return [
        row
        for row in near.order_by(Ticket.id)
        if row.account_id is not None
        or row.openid == bound
        or sign_in_origins.is_user_known(account.id, row.openid or "")
    ]


def _account(account: Account) -> dict[str, Any]:
    names = "name id_number valid_from valid_until long_term phone username level verified_by"
    names += " verified_at authorization_enabled authorization_until"
    names += " authorization_closed_at created_at"
    values = {name: getattr(account, name) for name in names.split()}
    bound = account.wechat_openid is not None
    return {**values, "account_status": account.status, "wechat_bound": bound}


def _rows(table: type[Model], columns: Iterable[str], is_own: Any) -> Records:
    rows = table.select(*(getattr(table, name) for name in columns)).where(is_own)
    return [_values(row, columns) for row in rows.order_by(table._meta.primary_key)]


def _values(row: Any, columns: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in columns}
