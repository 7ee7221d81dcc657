"""Codes that a person shows to a desk's scanner instead of saying the ID number.

A code holds nothing personal, works once and for three minutes; a new one ends the one before.
"""

import re
import secrets
from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.staff.members import Permission, StaffMember
from models.accounts.accounts import Account
from models.accounts.own_data import DeskCode
from models.storage.database import transaction

# Upper case and digits alone: a small QR code, which scanners type alike on every keyboard.
_BEGINNING, _BYTES = "DESK", 15
_FORM = re.compile(rf"{_BEGINNING}[A-Z2-7]{{24}}")


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A new code and its lifetime in seconds."""

    code: str = field(repr=False)
    expires_in: int


def issue(account_id: int) -> IssuedCode:
    """Make the code of an account."""
    code = _BEGINNING + b32encode(secrets.token_bytes(_BYTES)).decode()
    lifetime = Kept.DESK_CODES.time
    with transaction():
        # Two calls at once would insert two codes.
        Account.locked(account_id)
        DeskCode.delete().where(DeskCode.account == account_id).execute()
        DeskCode.insert(
            code_hash=_hash_of(code), account=account_id, expires_at=clock.now() + lifetime
        ).execute()
    return IssuedCode(code, int(lifetime.total_seconds()))


@contextmanager
def reading(text: str, member: StaffMember) -> Iterator[str]:
    """Yield the ID number of a scanned code, any other text unchanged.

    The code is used up when the block succeeds, unless the member only reads at windows, as
    auditors do: the clerk of the person still needs it.
    """
    code = text.strip().upper()
    if _FORM.fullmatch(code) is None:
        yield text
        return
    valid = (DeskCode.code_hash == _hash_of(code)) & (DeskCode.expires_at > clock.now())
    desk_code = DeskCode.select(DeskCode, Account).join(Account).where(valid).first()
    if desk_code is None:
        raise Refused(Reason.DESK_CODE_INVALID)
    yield desk_code.account.id_number
    if not member.may(Permission.WORK_AT_WINDOW):
        return
    # Another desk may have scanned it meanwhile.
    if not DeskCode.delete().where(valid).execute():
        raise Refused(Reason.DESK_CODE_INVALID)


def remove_expired() -> int:
    """Delete expired codes; return how many."""
    return int(DeskCode.delete().where(DeskCode.expires_at <= clock.now()).execute())


def _hash_of(code: str) -> bytes:
    return sha256(code.encode()).digest()
