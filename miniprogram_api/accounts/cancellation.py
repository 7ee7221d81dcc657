"""Cancel an account (注销): its identity becomes free, counters and history remain.

Personal columns are erased after CANCELLED_ACCOUNTS_KEPT days (PIPL arts. 19 and 47); until then a
sign-in can be answered with ACCOUNT_CANCELLED.
"""

from datetime import timedelta

from miniprogram_api import audit, clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, consents, lowering
from miniprogram_api.accounts.changes import prove_holder
from miniprogram_api.captures import pictures as desk_pictures
from miniprogram_api.matter_lines import holders
from miniprogram_api.messaging import subscriptions
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures
from models.accounts.accounts import CANCELLED, Account
from models.accounts.activations import Activation, PasswordReset
from models.storage.database import transaction


def cancel(
    account_id: int,
    reason: str | None,
    proof: PhoneProof,
    *,
    session: SessionInfo,
    despite_matters: bool = False,
) -> None:
    """Cancel the holder's own account and end all its sessions.

    Raises Refused: ACCOUNT_FROZEN, MATTERS_OPEN (``count``) unless ``despite_matters``, and as
    ``sms_codes.prove``.
    """
    account = accounts.get_for_change(account_id)
    _require_no_matters(account, despite_matters)
    evidence = prove_holder(account, proof, session=session)
    with transaction():
        current = accounts.locked_for_change(account_id)
        _require_no_matters(current, despite_matters)
        sms_codes.spend(evidence)
        actor = audit.by_account(account_id)
        _cancel(current, reason, actor=actor)
        audit.write("api:account:cancelled", actor=actor, account_id=account_id)


def _require_no_matters(account: Account, despite_matters: bool) -> None:
    count = 0 if despite_matters else holders.open_matters(account)
    if count:
        raise Refused(Reason.MATTERS_OPEN, count=count)


def cancel_by_hand(account_id: int, reason: str, *, actor: str) -> None:
    """Cancel an account for its holder, also a frozen or unactivated one."""
    with transaction():
        account = Account.locked(account_id)
        if account is None:
            raise Refused(Reason.NOT_FOUND)
        if account.cancelled_at is not None:
            raise Refused(Reason.ACCOUNT_CANCELLED, cancelled_on=account.cancelled_at.date())
        _cancel(account, reason, actor=actor)
        audit.write("command:account:cancelled", actor=actor, account_id=account_id)


def _cancel(account: Account, reason: str | None, *, actor: str) -> None:
    """Release identity, user name, binding and sessions, and notify the phone on record."""
    Account.update(
        status=CANCELLED,
        cancelled_at=clock.now(),
        cancellation_reason=reason,
        former_identity_index=Account.identity_index,
        identity_index=None,
        username_index=None,
        wechat_openid=None,
    ).where(Account.id == account.id).execute()
    lowering.lower(account, "status", actor=actor)
    sessions.end_of_account(account.id)
    Activation.delete().where(Activation.account == account.id).execute()
    PasswordReset.delete().where(PasswordReset.account == account.id).execute()
    consents.withdraw_all(account.id)
    subscriptions.drop_of_account(account.id)
    pictures.discard_without_consent(account.id)
    desk_pictures.discard_without_consent(account.id)


def erase_old(services: Services) -> int:
    """Erase the personal columns of accounts cancelled long enough ago; return how many.

    Id, status and times remain, since ledger and audit log refer to them.
    """
    before = clock.now() - timedelta(days=services.settings.cancelled_accounts_kept)
    due = Account.select(Account.id).where(
        (Account.status == CANCELLED)
        & (Account.cancelled_at < before)
        & Account.former_identity_index.is_null(False)
    )
    account_ids: list[int] = [account.id for account in due]
    for account_id in account_ids:
        with transaction():
            Account.update(
                name="",
                id_number="",
                former_identity_index=None,
                valid_from=None,
                valid_until=None,
                phone=None,
                phone_index=None,
                username=None,
                password_hash=None,
                cancellation_reason=None,
            ).where(Account.id == account_id).execute()
            audit.write("job:account:erased", actor="worker", account_id=account_id)
    return len(account_ids)
