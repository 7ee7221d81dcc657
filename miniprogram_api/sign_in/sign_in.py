"""Sign in as a WeChat user, or with a login and a password."""

from dataclasses import dataclass, field

from miniprogram_api import audit, clock
from miniprogram_api.access import (
    attempts,
    password_attempts,
    passwords,
    sessions,
    sign_in_origins,
    visitors,
    web_visitors,
)
from miniprogram_api.access.sessions import OpenedSession, SessionInfo
from miniprogram_api.accounts import accounts
from miniprogram_api.accounts.accounts import AccountSummary, Login
from miniprogram_api.operations import figure_counters
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import NO_PROOF, PhoneProof
from miniprogram_api.phones.sms_codes import PhoneEvidence
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sign_in import wechat_codes
from models.accounts import account_reads as reads
from models.accounts.account_reads import Holder
from models.accounts.accounts import ACTIVE, FROZEN, UNACTIVATED, Account
from models.storage.database import release, transaction

# Purpose of the code that unlocks an account locked for all addresses.
OPENING_PURPOSE = "reset_password"


@dataclass(frozen=True)
class WeChatSession:
    """Return a new session of a WeChat user and the bound account, if any."""

    session: OpenedSession
    account: AccountSummary | None


@dataclass(frozen=True)
class SignedIn:
    """Return a new session of an account."""

    session: OpenedSession
    account: AccountSummary


@dataclass(frozen=True)
class Credentials:
    """Hold the typed credentials."""

    login: str = field(repr=False)
    password: str = field(repr=False)
    bind: bool = False
    proof: PhoneProof = NO_PROOF
    """Of the account's phone, which unlocks it."""


def as_wechat_user(services: Services, code: str, address: str) -> WeChatSession:
    """Open a session for a wx.login code, with the account bound to the user."""
    openid = wechat_codes.openid_of(services, code, address)
    with transaction():
        account = _bound_to(openid)
        session = sessions.start(openid, None if account is None else account.id)
        if account is not None:
            sign_in_origins.note(account.id, SessionInfo(session.token_hash, openid, account.id))
    if account is None:
        figure_counters.count_visitor(openid)
        return WeChatSession(session, None)
    return WeChatSession(session, accounts.summary(account, clock.now()))


def as_web_visitor(services: Services, device: str, address: str) -> OpenedSession:
    """Open a session for a browser with this secret.

    A browser that was seen before is let in whatever strangers at its address do.
    """
    visitor = web_visitors.name_of(device)
    visitors.admit_browser(services, visitor, address)
    return sessions.start(visitor, None)


def _bound_to(openid: str) -> Account | None:
    """Return the user's account and lock its binding until the transaction ends."""
    account_id = Account.select(Account.id).where(Account.wechat_openid == openid).scalar()
    account = None if account_id is None else Account.locked(account_id)
    # A concurrent change of the password ended the binding.
    return account if account is not None and account.wechat_openid == openid else None


def with_password(
    services: Services,
    credentials: Credentials,
    *,
    session: SessionInfo | None,
    address: str,
) -> SignedIn:
    """Open an account's session with a password; the token that was used ends.

    Raises Refused: INVALID_INPUT (bind without a WeChat user), TOO_MANY_ATTEMPTS, USER_NOT_FOUND,
    ACCOUNT_CANCELLED (only with the right old password), LOGIN_AMBIGUOUS, ACTIVATION_REQUIRED,
    ACCOUNT_LOCKED, WRONG_PASSWORD, ACCOUNT_FROZEN (for binding, and of an account without a
    password); UNAUTHENTICATED and as ``sms_codes.prove`` for a code that unlocks the account.
    """
    if credentials.bind:
        accounts.require_wechat_user(session)
    account = _find(services, credentials, session=session, address=address)
    accounts.require_activated(account)
    if account.status == FROZEN and account.password_hash is None:
        # Frozen before its activation: no password can be right.
        raise Refused(Reason.ACCOUNT_FROZEN)
    evidence, left = _check_password(
        services, account, credentials, session=session, address=address
    )
    if credentials.bind and account.status == FROZEN:
        raise Refused(Reason.ACCOUNT_FROZEN)
    kept = account.password_hash
    fresh = None
    if kept is not None and passwords.needs_rehash(kept):
        fresh = passwords.hash_password(credentials.password)
    with transaction():
        current = reads.locked(account.id)
        # A concurrent change of the password or a cancellation ended all sessions.
        if current is None or current[1].status not in (ACTIVE, FROZEN):
            raise Refused(Reason.USER_NOT_FOUND)
        current_hash, overview = current
        if current_hash != kept:
            raise password_attempts.wrong(account, left)
        if fresh is not None:
            Account.update(password_hash=fresh).where(Account.id == account.id).execute()
        if evidence is not None:
            sms_codes.spend(evidence, account.id)
        if credentials.bind:
            openid = accounts.require_wechat_user(session)
            accounts.bind_wechat(accounts.get_for_change(account.id), openid)
            # Its columns are encrypted, so the new one is read.
            overview = reads.overview(account.id) or overview
        opened = accounts.replace_session(session, account.id)
        sign_in_origins.note(account.id, session, address)
        audit.write("api:session:opened", actor=audit.by_account(account.id), account_id=account.id)
    return SignedIn(opened, accounts.summary(overview, clock.now()))


def _find(
    services: Services, credentials: Credentials, *, session: SessionInfo | None, address: str
) -> Holder:
    """Return the one account of the login. Raises Refused.

    After too many unknown logins from one place, nothing is revealed; a password is then refused by
    ``_check_password``, in the step that counts the attempt. An unknown login is counted,
    atomically, before its answer is returned.
    """
    login = accounts.read_login(credentials.login)
    holders = [] if login is None else accounts.find_holders(login)
    if len(holders) == 1 and holders[0].status != UNACTIVATED:
        return holders[0]
    attempts.require_lookup_left(services, session, address)
    if len(holders) > 1:
        raise Refused(Reason.LOGIN_AMBIGUOUS)
    if holders:
        return holders[0]
    cancelled = (
        None
        if login is None
        else _cancelled(services, login, credentials, session=session, address=address)
    )
    if cancelled is not None and cancelled.cancelled_at is not None:
        raise Refused(
            Reason.ACCOUNT_CANCELLED,
            account_id=cancelled.id,
            cancelled_on=cancelled.cancelled_at.date(),
        )
    attempts.take_lookup(services, session, address)
    raise Refused(Reason.USER_NOT_FOUND)


def _cancelled(
    services: Services,
    login: Login,
    credentials: Credentials,
    *,
    session: SessionInfo | None,
    address: str,
) -> Account | None:
    """Return the cancelled account of this login if the old password is right.

    A wrong password and a lock are indistinguishable from an unknown account, in answer and in
    time.
    """
    account = accounts.find_cancelled(login)
    refused = None
    if account is not None:
        try:
            password_attempts.check(
                services, account, credentials.password, session=session, address=address
            )
        except Refused as error:
            refused = error
    if account is None or (refused is not None and refused.reason is Reason.ACCOUNT_LOCKED):
        release()
        passwords.verify(passwords.DUMMY_HASH, credentials.password)
    return None if refused is not None else account


def _check_password(
    services: Services,
    account: Holder,
    credentials: Credentials,
    *,
    session: SessionInfo | None,
    address: str,
) -> tuple[PhoneEvidence | None, int]:
    """Check the password; a code to the account's phone unlocks it.

    Returns the proof of the phone if one was needed, and how many attempts are left.
    """
    lookups = attempts.lookups(services.settings, session, address)
    try:
        left = password_attempts.check(
            services,
            account,
            credentials.password,
            session=session,
            address=address,
            lookups=lookups,
        )
    except Refused as refused:
        if not (refused.details.get("needs_code") and credentials.proof and account.phone):
            raise
    else:
        return None, left
    if session is None:
        # A code belongs to a bearer token.
        raise Refused(Reason.UNAUTHENTICATED)
    evidence = sms_codes.prove(
        account.phone, credentials.proof, purpose=OPENING_PURPOSE, session=session
    )
    password_attempts.unlock(services, account.id)
    left = password_attempts.check(
        services, account, credentials.password, session=session, address=address
    )
    return evidence, left
