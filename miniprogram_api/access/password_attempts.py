"""Limit password guessing: each attempt is counted before the password is compared.

``LOCK_RULE`` locks a pair of account and address, so that other addresses cannot lock a user out,
and the whole account, which then requires an SMS code besides the password, or a passed face check;
not where the account was signed in to within 90 days (``sign_in_origins``).
"""

from collections.abc import Sequence
from datetime import timedelta

from miniprogram_api import clock
from miniprogram_api.access import attempts, passwords, sign_in_origins
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.redis import (
    AttemptCounted,
    Full,
    Limit,
    Locked,
    LockRule,
    attempt_inquiry,
)
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.account_reads import Holder
from models.accounts.accounts import Account
from models.storage.database import release
from models.storage.fields import keys

# The contract's lock: every 5 wrong passwords for 1, 5, 30, then 120 minutes; for the account after
# 30 attempts in 24 hours.
LOCK_RULE = LockRule(5, (60, 300, 1_800, 7_200), 30)
# Where the holder of the account signs in, only the pair is locked.
KNOWN_RULE = LOCK_RULE._replace(attempts_a_day=1_000_000)
# How long a refusal mentions a reset, since users still type the old password.
RESET_REMEMBERED = timedelta(days=30)
# Attempts from an address expire this long after the last one.
ATTEMPTS_REMEMBERED = timedelta(days=1)


def check(
    services: Services,
    account: Account | Holder,
    password: str,
    *,
    session: SessionInfo | None,
    address: str,
    lookups: Sequence[Limit] = (),
) -> int:
    """Compare a password typed for ``account``; return the attempts left when it is right.

    Takes about 20 ms; no transaction may be open. ``lookups``: limits that must have room, checked
    in the same step. Raises Refused: TOO_MANY_ATTEMPTS as ``attempts.require_lookup_left``;
    ACCOUNT_LOCKED with ``retry_after``, ``needs_code`` and the ``way`` beside a code;
    WRONG_PASSWORD with ``attempts_left``, with ``retry_after`` when none is left, and with
    ``was_reset`` after a recent reset.
    """
    pair = pair_of(address)
    try:
        left = count(services, account, pair, lookups)
    except Refused as refused:
        # Nothing was counted.
        needs_code = refused.details.get("needs_code")
        if not (needs_code and sign_in_origins.is_known(account.id, session, address)):
            if needs_code:
                refused.details |= attempts.way_of(session)
            raise
        left = count(services, account, pair, lookups, KNOWN_RULE)
    release()
    if account.password_hash is None or not passwords.verify(account.password_hash, password):
        seconds = 0
        if not left:
            is_known = sign_in_origins.is_known(account.id, session, address)
            rule = KNOWN_RULE if is_known else LOCK_RULE
            seconds = _locked_seconds(services, account, pair, rule)
        raise wrong(account, left, seconds)
    services.clients.store.forget_pair(pair, _key(account.id))
    return left


def count(
    services: Services,
    account: Account | Holder,
    pair: str,
    lookups: Sequence[Limit] = (),
    rule: LockRule = LOCK_RULE,
) -> int:
    """Count an attempt from ``pair`` (``pair_of``) and return how many are left.

    Raises Refused: TOO_MANY_ATTEMPTS and ACCOUNT_LOCKED as ``check``.
    """
    now_ms = clock.milliseconds(clock.now())
    answer = services.clients.store.count_attempt_behind(
        lookups, rule, pair, _key(account.id), now_ms
    )
    if isinstance(answer, Full):
        raise attempts.too_many(answer, scope="lookups")
    if isinstance(answer, Locked):
        raise Refused(
            Reason.ACCOUNT_LOCKED,
            account_id=account.id,
            retry_after=answer.retry_after,
            needs_code=answer.is_whole_account,
        )
    return answer.attempts_left


def wrong(account: Account | Holder, attempts_left: int, locked_seconds: int = 0) -> Refused:
    """Return the refusal of a wrong password, locked for ``locked_seconds``."""
    reset_at = account.password_reset_at
    details: dict[str, int] = {"retry_after": locked_seconds} if locked_seconds else {}
    if reset_at is not None and clock.now() - reset_at < RESET_REMEMBERED:
        details["was_reset"] = True
    return Refused(
        Reason.WRONG_PASSWORD, account_id=account.id, attempts_left=attempts_left, **details
    )


def is_locked(refused: Refused) -> bool:
    """Return whether a refusal means a lock that no code opens."""
    if refused.reason not in (Reason.WRONG_PASSWORD, Reason.ACCOUNT_LOCKED):
        return False
    return bool(refused.details.get("retry_after")) and not refused.details.get("needs_code")


def _locked_seconds(
    services: Services, account: Account | Holder, pair: str, rule: LockRule
) -> int:
    """Return how long the pair is locked; 0 also where only a code opens the lock."""
    now_ms = clock.milliseconds(clock.now())
    answer = services.clients.store.peek_attempt(rule, pair, _key(account.id), now_ms)
    return answer.retry_after if isinstance(answer, Locked) and not answer.is_whole_account else 0


def unlock(services: Services, account_id: int) -> None:
    """Forget all attempts of an account, from every address."""
    services.clients.store.forget_attempts(_key(account_id))


def lock_seconds(services: Services, account_id: int) -> int:
    """Return the seconds for which the account requires a code; 0 when it does not."""
    [seconds] = services.clients.store.inquire([lock_inquiry(account_id)])
    return int(seconds)


def lock_inquiry(account_id: int) -> Inquiry[int]:
    """Return ``lock_seconds`` as an inquiry, to be combined with others."""
    # With an empty address only the lock of the whole account is found.
    inquiry = attempt_inquiry(LOCK_RULE, "", _key(account_id), clock.milliseconds(clock.now()))

    def read(answer: list[int]) -> int:
        counted: AttemptCounted | Locked = inquiry.read(answer)
        return counted.retry_after if isinstance(counted, Locked) else 0

    return Inquiry(inquiry.script, inquiry.keys, inquiry.arguments, read)


def _key(account_id: int) -> str:
    return f"passwords:{account_id}"


def pair_of(address: str) -> str:
    """Return the name under which an address's attempts are counted for each account."""
    return keys().counter_name(attempts.address_block(address), b"address")
