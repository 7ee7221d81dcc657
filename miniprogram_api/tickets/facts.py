"""Facts about an asker, with masked phones, that are stored with a ticket for staff only."""

from datetime import date, timedelta
from typing import Any

from peewee import Expression

from miniprogram_api import clock, masking
from miniprogram_api.access import refusals
from miniprogram_api.accounts import accounts
from miniprogram_api.identity.documents import terms
from models.accounts.accounts import Account
from models.accounts.client_reports import ClientReport
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import CTID, FaceChallenge, IdentityCheck

LOOKED_BACK = timedelta(days=7)
MOST = 5


def gather(account_id: int | None, openid: str | None) -> dict[str, Any]:
    """Return recent codes, checks, faces, reports and refusals of account and WeChat user; JSON."""
    account = None if account_id is None else Account.get_or_none(Account.id == account_id)
    facts: dict[str, Any] = {
        "sms": _messages(account_id, openid),
        "checks": checks(_of(IdentityCheck, account_id, openid)),
        "reports": _reports(account_id, openid),
        "refusals": _refusals(account_id, openid),
    }
    if account is not None:
        facts["account"] = about_account(account)
        facts["faces"] = faces(account.id)
    return {name: known for name, known in facts.items() if known}


def about_account(account: Account) -> dict[str, Any]:
    """Describe an account, with a masked phone."""
    return {
        "status": accounts.status_of(account.status, account.level),
        "level": account.level,
        "source": account.source,
        "phone_on_record": None if account.phone is None else masking.phone(account.phone),
        "verified_by": account.verified_by,
        "valid_from": account.valid_from and account.valid_from.isoformat(),
        "valid_until": terms.LONG_TERM
        if account.long_term
        else account.valid_until and account.valid_until.isoformat(),
    }


def checks(condition: Expression) -> list[dict[str, Any]]:
    """Return the last checks of the four elements, with the source's own number of each call."""
    rows = (
        IdentityCheck.select()
        .where(condition & (IdentityCheck.checked_at > clock.now() - LOOKED_BACK))
        .order_by(IdentityCheck.id.desc())
        .limit(MOST)
    )
    return [
        {
            "at": row.checked_at.isoformat(timespec="seconds"),
            "outcome": row.outcome,
            "source": row.source,
            "transaction": row.source_request_id,
            "confirmed_warnings": row.warnings,
        }
        for row in rows
    ]


def faces(account_id: int) -> list[dict[str, Any]]:
    """Return the last face checks of an account."""
    rows = (
        FaceChallenge.select()
        .where(
            (FaceChallenge.account == account_id)
            & (FaceChallenge.mode != CTID)
            & (FaceChallenge.created_at > clock.now() - LOOKED_BACK)
        )
        .order_by(FaceChallenge.created_at.desc())
        .limit(MOST)
    )
    return [
        {
            "at": row.created_at.isoformat(timespec="seconds"),
            "outcome": row.outcome,
            "transaction": row.source_request_id,
        }
        for row in rows
    ]


def _messages(account_id: int | None, openid: str | None) -> list[dict[str, Any]]:
    condition = SmsCode.created_at > clock.now() - LOOKED_BACK
    asked = [
        column == value
        for column, value in ((SmsCode.account_id, account_id), (SmsCode.openid, openid))
        if value is not None
    ]
    rows = (
        SmsCode.select()
        .where(condition & (asked[0] if len(asked) == 1 else asked[0] | asked[1]))
        .order_by(SmsCode.id.desc())
        .limit(MOST)
    )
    return [
        {
            "at": row.created_at.isoformat(timespec="seconds"),
            "phone": masking.phone(row.phone),
            "purpose": row.purpose,
            "state": row.state,
            "report": row.report,
            "report_reason": row.report_reason,
            "reported_at": row.reported_at and row.reported_at.isoformat(timespec="seconds"),
        }
        for row in rows
    ]


def _reports(account_id: int | None, openid: str | None) -> list[dict[str, Any]]:
    rows = (
        ClientReport.select()
        .where(
            _of(ClientReport, account_id, openid)
            & (ClientReport.reported_at > clock.now() - LOOKED_BACK)
        )
        .order_by(ClientReport.id.desc())
        .limit(MOST)
    )
    return [
        {
            "at": row.reported_at.isoformat(timespec="seconds"),
            "kind": row.kind,
            "step": row.step,
            "detail": row.detail,
        }
        for row in rows
    ]


def _refusals(account_id: int | None, openid: str | None) -> list[dict[str, Any]]:
    """Return the last refusals of the API."""
    return [
        {
            "at": note.at.isoformat(timespec="seconds"),
            "reason": note.reason.name,
            "case": note.case,
            "phone": None if note.phone is None else masking.phone(note.phone),
            "details": note.details,
        }
        for note in refusals.last(openid, account_id)[:MOST]
    ]


def _of(table: Any, account_id: int | None, openid: str | None) -> Any:
    """Build the condition for the account, or without one for the WeChat user."""
    return table.account == account_id if account_id is not None else table.openid == openid


def of_dates(valid_from: date | None, valid_until: str | None) -> dict[str, Any]:
    """Return the card's dates as facts, none without either."""
    if valid_from is None and valid_until is None:
        return {}
    return {"valid_from": valid_from, "valid_until": valid_until}
