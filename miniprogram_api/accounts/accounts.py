"""Find accounts, summarise them, bind WeChat users and open sessions."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from miniprogram_api import audit, clock, masking
from miniprogram_api.access import refusals, sessions, usernames
from miniprogram_api.access.sessions import OpenedSession, SessionInfo
from miniprogram_api.answers import answer_class
from miniprogram_api.authorisation_effect import (
    VERIFIED_LEVEL,
    AuthorisationState,
    is_closed,
    judge,
)
from miniprogram_api.identity.documents import terms
from miniprogram_api.messaging import notices, subscriptions
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.accounts import account_reads as reads
from models.accounts import accounts as states
from models.accounts.account_reads import Holder
from models.accounts.accounts import Account
from models.accounts.verifications import end_waiting, waiting_until
from models.storage import canonical
from models.storage.database import lock, transaction

AccountStatus = Literal["registered", "verified", "unactivated", "frozen", "cancelled"]
VerifiedBy = Literal["face", "ctid", "manual"]
PhoneVerifiedBy = Literal["sms", "wechat", "manual"]


@answer_class
class PendingLevel:
    """A passed check that does not count yet."""

    at: datetime
    """When it counts, unless it is disputed before."""


@answer_class
class AccountSummary:
    """What an account's holder sees of it; name and numbers are masked."""

    status: AccountStatus
    level: int
    """Real-name level: 3, or 4 after a face, CTID or manual check."""
    name: str
    """Masked."""
    id_number: str
    """Masked."""
    phone: str | None
    """Masked."""
    username: str | None
    valid_from: date | None
    """First day of the card's term."""
    valid_until: str | None
    """Its last day, or 长期."""
    verified_by: VerifiedBy | None
    phone_verified_by: PhoneVerifiedBy | None
    authorization: AuthorisationState
    bound: bool
    """Whether a WeChat user is bound."""
    level_pending: PendingLevel | None
    """A check in a WeChat without the phone on record: level 4, or the switch after a reset."""
    phone_warning: str | None = None
    """In answer to a new phone alone: it is in another person's name, and what to do."""


@dataclass(frozen=True, slots=True)
class Login:
    """A login in its canonical form."""

    kind: Literal["id_number", "phone", "username"]
    value: str


def read_login(text: str) -> Login | None:
    """Parse an ID number (15 or 18 characters), a phone or a user name; None for anything else."""
    try:
        return Login("id_number", canonical.id_number(text))
    except ValueError:
        pass
    try:
        return Login("phone", canonical.phone(text))
    except ValueError:
        pass
    return Login("username", usernames.key(text)) if usernames.has_form(text) else None


def get(account_id: int) -> Account:
    """Return the account of a session. Raises Refused: UNAUTHENTICATED when gone or cancelled."""
    return _living(Account.get_or_none(Account.id == account_id))


def get_for_change(account_id: int) -> Account:
    """Return an account that its holder may change."""
    return _changeable(Account.get_or_none(Account.id == account_id))


def locked(account_id: int) -> Account:
    """Return ``get`` locked until the end of the transaction."""
    return _living(Account.locked(account_id))


def locked_for_change(account_id: int) -> Account:
    """Return ``get_for_change`` locked until the end of the transaction."""
    return _changeable(Account.locked(account_id))


def _living(account: Account | None) -> Account:
    if account is None or account.status == states.CANCELLED:
        raise Refused(Reason.UNAUTHENTICATED)
    return account


def _changeable(account: Account | None) -> Account:
    living = _living(account)
    require_changeable(living.status)
    return living


def require_changeable(status: str) -> None:
    """Raise Refused ACCOUNT_FROZEN for the status of a frozen account."""
    if status == states.FROZEN:
        raise Refused(Reason.ACCOUNT_FROZEN)


def require_activated(account: Account | Holder) -> None:
    """Raise Refused ACTIVATION_REQUIRED for an imported account without activation."""
    if account.status == states.UNACTIVATED:
        raise Refused(Reason.ACTIVATION_REQUIRED, account_id=account.id)


def find_by_login(login: str | Login) -> list[Account]:
    """Return the accounts of a login, except cancelled ones; only a phone may have several."""
    ids = [holder.id for holder in find_holders(login)]
    return list(Account.select().where(Account.id.in_(ids)).order_by(Account.id)) if ids else []


def find_holders(login: str | Login) -> list[Holder]:
    """Return the columns of these accounts that a sign-in needs; faster than ``find_by_login``."""
    read = read_login(login) if isinstance(login, str) else login
    if read is None:
        return []
    if read.kind == "id_number":
        return reads.holders_of_identity(read.value)
    if read.kind == "phone":
        return reads.holders_of_phone(read.value)
    return reads.holders_of_username(read.value)


def find_cancelled(login: Login) -> Account | None:
    """Return the account cancelled last of an ID number or a phone."""
    if login.kind == "id_number":
        condition = Account.former_identity_index.matches(login.value)
    elif login.kind == "phone":
        condition = Account.phone_index.matches(login.value)
    else:
        # A user name of a cancelled account may be registered again.
        return None
    cancelled = condition & (Account.status == states.CANCELLED)
    return Account.select().where(cancelled).order_by(Account.cancelled_at.desc()).first()


def status_of(status: str, level: int) -> AccountStatus:
    """Return the contract's status: an active account is registered or verified."""
    if status != states.ACTIVE:
        return cast(AccountStatus, status)
    return "verified" if level >= VERIFIED_LEVEL else "registered"


def summary(account: Any, now: datetime) -> AccountSummary:
    """Summarise ``account``, a row with at least the columns used here."""
    until = account.valid_until
    is_proved = account.level >= VERIFIED_LEVEL and not is_closed(account)
    due_at = None if is_proved else waiting_until(account.id)
    return AccountSummary(
        status=status_of(account.status, account.level),
        level=account.level,
        name=masking.name(account.name),
        id_number=masking.id_number(account.id_number),
        phone=None if account.phone is None else masking.phone(account.phone),
        username=account.username,
        valid_from=account.valid_from,
        valid_until=terms.LONG_TERM if account.long_term else until and until.isoformat(),
        verified_by=account.verified_by,
        phone_verified_by=account.phone_verified_by,
        authorization=judge(account, now.date()),
        bound=account.wechat_openid is not None,
        level_pending=None if due_at is None else PendingLevel(due_at),
    )


def current(account_id: int, known: reads.Overview | None = None) -> AccountSummary:
    """Return the summary for the holder of a session.

    ``known``: the account, if it was just read.
    """
    row = known or reads.overview(account_id)
    if row is None or row.status == states.CANCELLED:
        raise Refused(Reason.UNAUTHENTICATED)
    return summary(row, clock.now())


def withhold_checks(account_id: int, cause: str) -> int:
    """End the delayed checks of an account that wait, without effect; return how many.

    Within the transaction of the cause, under the lock of the account.
    """
    ended = end_waiting(account_id, cause, clock.now())
    if ended:
        audit.write("api:level:withheld", actor="service", account_id=account_id, cause=cause)
    return ended


def freeze(account: Account) -> None:
    """Freeze a disputed account, end its delayed checks and notify its phone.

    Within a transaction.
    """
    if account.status == states.FROZEN:
        return
    Account.update(status=states.FROZEN).where(Account.id == account.id).execute()
    withhold_checks(account.id, "status")
    notices.status_changed(account.id, account.phone)


def unfreeze(account: Account) -> None:
    """Unfreeze an account and notify its phone. Within a transaction."""
    Account.update(status=status_before_freeze(account)).where(Account.id == account.id).execute()
    notices.status_changed(account.id, account.phone)


def status_before_freeze(account: Account) -> str:
    """Return the status to which unfreezing restores an account."""
    return states.UNACTIVATED if account.activated_at is None else states.ACTIVE


def start_session(session: SessionInfo | None, account: Account, bind: bool) -> OpenedSession:
    """Open the account's session in place of the used one; ``bind`` also binds the WeChat user.

    Within the transaction of its cause.
    """
    if bind:
        bind_wechat(account, require_wechat_user(session))
    return replace_session(session, account.id)


def replace_session(session: SessionInfo | None, account_id: int) -> OpenedSession:
    """Open the account's session in place of the used one, and forget refused sign-ins.

    Within the transaction of its cause.
    """
    if session is not None:
        refusals.forget_sign_in(session.openid)
    return sessions.replace(session, account_id)


def require_wechat_user(session: SessionInfo | None) -> str:
    """Return the openid to bind. Raises Refused: INVALID_INPUT on field bind without one."""
    if session is None or session.wechat_user is None:
        raise invalid("accounts.bind.wechat_required")
    return session.wechat_user


def bound_to(openid: str) -> int | None:
    """Return the id of the account bound to a WeChat user, or None."""
    account_id: int | None = (
        Account.select(Account.id).where(Account.wechat_openid == openid).scalar()
    )
    return account_id


def bind_wechat(account: Account, openid: str) -> None:
    """Bind account and WeChat user one to one; notify the account that loses its binding.

    Within a transaction; sets ``account.wechat_openid``.
    """
    if account.wechat_openid == openid:
        return
    with transaction():
        lock(f"openid:{openid}")
        other = Account.get_or_none((Account.wechat_openid == openid) & (Account.id != account.id))
        if other is not None:
            end_binding(other, notify=True)
        if account.wechat_openid:
            subscriptions.drop_of_account(account.id, account.wechat_openid)
        Account.update(wechat_openid=openid).where(Account.id == account.id).execute()
        audit.write(
            "api:binding:replaced" if account.wechat_openid or other else "api:binding:made",
            actor=audit.by_account(account.id),
            account_id=account.id,
        )
        if (account.wechat_openid or other) and account.phone:
            notices.add(account.id, notices.BINDING_CHANGED, account.phone)
    account.wechat_openid = openid


def end_binding(account: Account, *, notify: bool) -> None:
    """End an account's binding; ``notify`` sends a notice to its phone. Within a transaction."""
    Account.update(wechat_openid=None).where(Account.id == account.id).execute()
    subscriptions.drop_of_account(account.id, account.wechat_openid)
    audit.write("api:binding:ended", actor=audit.by_account(account.id), account_id=account.id)
    if notify and account.phone:
        notices.add(account.id, notices.BINDING_ENDED, account.phone)
