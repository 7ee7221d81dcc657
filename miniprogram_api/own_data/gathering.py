"""Gather what is kept of an account: sections of records, in plain values."""

from collections.abc import Iterable
from typing import Any

from pydantic_core import to_jsonable_python

from miniprogram_api import audit
from miniprogram_api.matters import own as matters
from miniprogram_api.registrars import queries
from miniprogram_api.tickets import tickets
from models.accounts.accounts import Account, IdentityDatesChange
from models.accounts.client_reports import ClientReport
from models.accounts.consents import ConsentRecord
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import FaceChallenge, IdentityCheck
from models.desks.tickets import Ticket
from models.storage.database import Model

Records = list[dict[str, Any]]
MOST_ACTS = 500


def gather(account_id: int) -> dict[str, Records]:
    """Return the sections of an account in the order of the copy."""
    account = Account.get_by_id(account_id)
    of_account = {
        "dates_changes": (IdentityDatesChange, "changed_at valid_from_before valid_until_before"),
        "consents": (ConsentRecord, "key version given_at withdrawn_at"),
        "identity_checks": (IdentityCheck, "checked_at purpose outcome"),
        "face_checks": (FaceChallenge, "created_at mode outcome"),
        "sms_codes": (SmsCode, "created_at purpose state"),
        "reports": (ClientReport, "reported_at kind step detail"),
    }
    found: dict[str, Any] = {"account": [_account(account)]}
    for name, (table, columns) in of_account.items():
        found[name] = _rows(table, columns.split(), account_id)
    opened = Ticket.select().where(Ticket.account == account_id).order_by(Ticket.id)
    found["tickets"] = [tickets.view(row) for row in opened]
    found["matters"] = [
        item for which in ("open", "done") for item in matters.listed(account_id, which).items or ()
    ]
    found["receipts"] = queries.receipts_of(account_id)
    lines = audit.search(account_id=account_id, limit=MOST_ACTS)
    found["acts"] = [{"at": line.at, "tag": line.tag} for line in lines]
    plain: dict[str, Records] = to_jsonable_python(found)
    return plain


def _account(account: Account) -> dict[str, Any]:
    names = "name id_number valid_from valid_until long_term phone username level verified_by"
    names += " verified_at authorization_enabled authorization_until created_at"
    values = {name: getattr(account, name) for name in names.split()}
    bound = account.wechat_openid is not None
    return {**values, "account_status": account.status, "wechat_bound": bound}


def _rows(table: type[Model], columns: Iterable[str], account_id: int) -> Records:
    own = table._meta.columns["account_id"] == account_id
    fields = {name: getattr(table, name) for name in columns}
    rows = table.select(*fields.values()).where(own).order_by(table._meta.primary_key)
    return [{name: getattr(row, name) for name in fields} for row in rows]
