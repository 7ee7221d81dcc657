"""The copy of an account's data (PIPL, article 45): requested, made by the worker, fetched."""

import io
import json
import re
import zipfile
from datetime import datetime

from miniprogram_api import audit, clock, outbox, person_rows
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts
from miniprogram_api.accounts.changes import prove_holder
from miniprogram_api.answers import answer_class
from miniprogram_api.own_data import gathering
from miniprogram_api.own_data.gathering import Records
from miniprogram_api.phones import sms_codes
from miniprogram_api.pictures import sealed
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from models.accounts.accounts import CANCELLED, Account
from models.accounts.own_data import DataExport
from models.storage.database import transaction

JOB = "export.make"
ASK_AGAIN_SECONDS = 10
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_CONTEXT = b"data_export.content"


@answer_class
class RequestedExport:
    """A copy that the worker will make."""

    id: str
    expires_at: datetime


def request(
    account_id: int,
    new_id: str,
    *,
    session: SessionInfo,
    sms_code: str | None,
    phone_proof: str | None,
) -> RequestedExport:
    """Request a copy under `new_id`; it replaces the one before."""
    account = accounts.get_for_change(account_id)
    evidence = prove_holder(account, session=session, sms_code=sms_code, phone_proof=phone_proof)
    now = clock.now()
    with transaction():
        accounts.locked_for_change(account_id)
        sms_codes.spend(evidence)
        DataExport.delete().where(DataExport.account == account_id).execute()
        DataExport.insert(id=new_id, account=account_id, requested_at=now).execute()
        outbox.add(JOB, {"export_id": new_id})
        audit.write(
            "api:account:export_requested",
            actor=audit.by_account(account_id),
            account_id=account_id,
        )
    return RequestedExport(new_id, now + Kept.DATA_EXPORTS.time)


def account_of(export_id: str) -> int | None:
    """Return the account whose copy is still to be made."""
    row = DataExport.get_or_none((DataExport.id == export_id) & DataExport.content.is_null())
    account = None if row is None else Account.get_by_id(row.account_id)
    return None if account is None or account.status == CANCELLED else account.id


def make(services: Services, export_id: str, account_id: int, conversations: Records) -> None:
    """Make a requested copy and store it encrypted; idempotent."""
    # fpdf takes half a second of each start.
    from miniprogram_api.own_data import document

    now = clock.now()
    # The level may change meanwhile.
    is_of_person = person_rows.is_person(Account.get_by_id(account_id))
    sections = gathering.gather(account_id, conversations)
    is_of_person |= person_rows.is_person(Account.get_by_id(account_id))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        data = {"made_at": now.isoformat(), **sections}
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=2))
        archive.writestr("data.pdf", document.draw(sections, now))
    key, content = sealed.seal(services.settings, file.getvalue(), _CONTEXT)
    waiting = (DataExport.id == export_id) & DataExport.content.is_null()
    DataExport.update(key=key, content=content, of_person=is_of_person).where(waiting).execute()


def fetch(services: Services, account_id: int, export_id: str) -> bytes:
    """Return the ZIP.

    Raises Refused: ACCOUNT_FROZEN, NOT_FOUND (unknown, another's, expired, or made at level 4 for
    an account that has lost it), EXPORT_NOT_READY.
    """
    account = accounts.get_for_change(account_id)
    if not _ID.fullmatch(export_id):
        raise Refused(Reason.NOT_FOUND)
    own = (DataExport.id == export_id) & (DataExport.account == account_id)
    row = DataExport.get_or_none(own & (DataExport.requested_at > Kept.DATA_EXPORTS.cutoff()))
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    if row.content is None:
        raise Refused(Reason.EXPORT_NOT_READY, retry_after=ASK_AGAIN_SECONDS)
    if row.of_person and not person_rows.is_person(account):
        raise Refused(Reason.NOT_FOUND)
    content = sealed.unseal(services.settings, row.key, row.content, _CONTEXT)
    with transaction():
        audit.write(
            "api:account:export_fetched", actor=audit.by_account(account_id), account_id=account_id
        )
    return content


def remove_old() -> int:
    """Delete expired copies; return how many."""
    expired = DataExport.requested_at <= Kept.DATA_EXPORTS.cutoff()
    return int(DataExport.delete().where(expired).execute())
