"""Judge typed codes: the right one is reserved for its token, a wrong one counts for its asker."""

import hmac
from datetime import datetime, timedelta
from typing import Any

from peewee import Case

from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import Reason, Refused
from models.accounts import sms_codes as table
from models.accounts.sms_codes import SmsCode, WrongEntry
from models.storage.fields import keys

RESERVED = timedelta(minutes=30)
MOST_WRONG_ATTEMPTS = 5
"""Of one asker for a code; others cannot use them up."""
MOST_WRONG_ATTEMPTS_OF_OTHERS = 25
"""Of all other askers than the one who requested the code, for whom it stays usable."""
# As long as the longest window of the limits: older codes affect no rule.
RELEVANT_FOR = timedelta(days=1)

_CODE_CONTEXT = b"sms_code.code"


def code_hash(phone: str, purpose: str, code: str) -> bytes:
    """Return the stored form of a code."""
    return keys().digest(_bound(phone, purpose, code), _CODE_CONTEXT)


def judge(
    session: SessionInfo, phone: str, purpose: str, code: str, now: datetime
) -> int | Refused:
    """Reserve the matching code for this token and return its id, or the refusal.

    In a transaction with a lock on the phone, which the refusal must not roll back. Wrong entries
    count by ``attempts.counted_as``, but of a code that the session's user requested by that user,
    whom strangers must not shut out, whatever their address.
    """
    token_hash = session.token_hash
    is_own = table.requested_by(session.openid, session.account_id)
    asker = Case(None, [(is_own, session.asker)], attempts.counted_as(session))
    sent = (
        table.with_tries_of(
            asker,
            is_own,
            asker.alias("asker"),
            SmsCode.id,
            SmsCode.code_hash,
            SmsCode.expires_at,
            SmsCode.wrong_tries,
            SmsCode.confirmed_by,
            SmsCode.confirmed_until,
            SmsCode.used_at,
        )
        .where(
            SmsCode.phone_index.matches(phone)
            & (SmsCode.purpose == purpose)
            & (SmsCode.created_at > now - RELEVANT_FOR)
            & SmsCode.state.not_in(table.NOT_SENT)
        )
        .order_by(SmsCode.id.desc())
    )
    judged = [(row, why_unusable(row, token_hash, now)) for row in sent]
    usable = [row for row, why in judged if why is None]
    hashes = keys().digests(_bound(phone, purpose, code), _CODE_CONTEXT)
    fitting = [(row, why) for row, why in judged if _is_among(bytes(row.code_hash), hashes)]
    for row, why in sorted(fitting, key=lambda pair: pair[1] is not None):
        if why is not None:
            return why
        if row.confirmed_by is None:
            SmsCode.update(confirmed_by=token_hash, confirmed_until=now + RESERVED).where(
                SmsCode.id == row.id
            ).execute()
        return row.id
    if usable:
        table.count_wrong([WrongEntry(row.id, row.asker, bool(row.is_own)) for row in usable])
        best = max(usable, key=tries_left)
        left = tries_left(best) - 1
        return (
            Refused(Reason.SMS_CODE_WRONG, tries_left=left)
            if left
            else _used_up(best.own_tries + 1)
        )
    newest = judged[0][1] if judged else None
    if newest is None or newest.reason is Reason.SMS_CODE_USED:
        return Refused(Reason.SMS_CODE_WRONG, tries_left=0, cause="no_code")
    return newest


def tries_left(row: Any) -> int:
    """Return how many wrong entries a row of ``with_tries_of`` still has for its asker."""
    left = MOST_WRONG_ATTEMPTS - row.own_tries
    if not row.is_own:
        left = min(left, MOST_WRONG_ATTEMPTS_OF_OTHERS - row.wrong_tries)
    return int(max(0, left))


def why_unusable(row: Any, token_hash: bytes, now: datetime) -> Refused | None:
    """Return why this token cannot use the code of a row of ``with_tries_of``, or None."""
    holder = row.confirmed_by
    if row.used_at is not None or (holder is not None and bytes(holder) != token_hash):
        return Refused(Reason.SMS_CODE_USED)
    if now >= (row.expires_at if holder is None else row.confirmed_until):
        return Refused(Reason.SMS_CODE_EXPIRED)
    return None if tries_left(row) else _used_up(row.own_tries)


def _used_up(own_tries: int) -> Refused:
    if own_tries >= MOST_WRONG_ATTEMPTS:
        return Refused(Reason.SMS_CODE_WRONG, tries_left=0)
    return Refused(Reason.SMS_CODE_WRONG, tries_left=0, cause="others")


def _bound(phone: str, purpose: str, code: str) -> str:
    return f"{phone}:{purpose}:{code}"


def _is_among(stored: bytes, hashes: list[bytes]) -> bool:
    return any(hmac.compare_digest(stored, hashed) for hashed in hashes)
