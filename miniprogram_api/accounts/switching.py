"""Write the switch 是否办理工商登记注册: on, off, and closed by a reset.

A reset of the password and a change of the phone prove the phone alone, and a number may have been
given to another person since. Either switches it off, and it stays closed until a face check, CTID
or a window has proved the person.
"""

from datetime import date
from typing import Any, Literal

from miniprogram_api import audit, clock
from miniprogram_api.accounts import accounts
from miniprogram_api.authorisation_effect import is_closed
from miniprogram_api.matter_lines import holders
from miniprogram_api.messaging import notices, subscriptions
from miniprogram_api.messaging.subscriptions import news
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account

ENABLED, DISABLED = "api:authorization:enabled", "api:authorization:disabled"
REOPENED = "api:authorization:reopened"

Cause = Literal["password_reset", "phone_changed", "face"]
"""What switches it off; ``face``: a new phone, with a face check of the person."""


def turn_on(account: Account, until: date, *, actor: str) -> None:
    """Switch it on until a day; the account is locked by the transaction.

    Raises Refused LEVEL_TOO_LOW (``cause`` reset) while it is closed.
    """
    require_open(account)
    Account.update(authorization_enabled=True, authorization_until=until).where(
        Account.id == account.id
    ).execute()
    audit.write(ENABLED, actor=actor, account_id=account.id, until=until.isoformat())
    holders.account_changed(account.id)


def turn_off(account: Account, *, actor: str, **details: str) -> None:
    """Switch it off if it is on; the account is locked. ``details`` are audited."""
    if not account.authorization_enabled:
        return
    Account.update(authorization_enabled=False, authorization_until=None).where(
        Account.id == account.id
    ).execute()
    audit.write(DISABLED, actor=actor, account_id=account.id, **details)
    holders.account_changed(account.id)


def close(account: Account, cause: Cause, *, phone: str | None, actor: str) -> None:
    """Switch it off until the person is checked again, and notify the holder if it was on.

    Call it in the transaction of every password reset and change of phone that neither a face
    check, CTID nor a window has proved; the account is locked. ``phone``: on record afterwards.
    """
    Account.update(authorization_closed_at=clock.now()).where(Account.id == account.id).execute()
    end(account, cause, phone=phone, actor=actor)


def end(account: Account, cause: Cause, *, phone: str | None, actor: str) -> None:
    """Switch it off after a reset or a change of the phone, as ``close``, but leave it open."""
    now, until = clock.now(), account.authorization_until
    # A check of before proves nothing about a password or phone of now.
    accounts.withhold_checks(account.id, "reset")
    turn_off(account, actor=actor, cause=cause)
    if not account.authorization_enabled or until is None or until < now.date():
        return
    if phone is not None:
        notices.add(account.id, notices.AUTHORIZATION_CLOSED, phone)
    subscriptions.notify(
        "authorisation_ending",
        news("authorisation_closed", now),
        cause=f"authorisation_closed:{clock.milliseconds(now)}",
        account_id=account.id,
    )


def reopen(account: Account, *, actor: str, by: str, **details: Any) -> None:
    """Permit switching it on again if it is closed; the account is locked.

    ``by``: how the person was proved; it and ``details`` are audited.
    """
    if not is_closed(account):
        return
    Account.update(authorization_closed_at=None).where(Account.id == account.id).execute()
    account.authorization_closed_at = None
    accounts.withhold_checks(account.id, "verified")
    audit.write(REOPENED, actor=actor, account_id=account.id, by=by, **details)


def require_open(account: Account) -> None:
    """Raise Refused LEVEL_TOO_LOW (``cause`` reset) while it is closed."""
    if is_closed(account):
        raise Refused(Reason.LEVEL_TOO_LOW, cause="reset")
