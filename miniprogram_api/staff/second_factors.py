"""Second factors of staff: TOTP numbers (RFC 6238) and recovery codes, each accepted once."""

import hmac
from typing import Any

import pyotp

from miniprogram_api import clock
from miniprogram_api.access import sessions
from models.desks import staff
from models.storage import canonical

_STEP_SECONDS = 30
# Tolerates half a minute of clock skew.
_STEPS_AROUND = (0, -1, 1)


def is_right(row: staff.StaffMember | None, text: str) -> bool:
    """Return whether it is an unused number or recovery code of the member; consume nothing."""
    if row is None or row.totp_confirmed_at is None:
        return False
    if step_of(row, text) is not None:
        return True
    return bool(staff.StaffRecoveryCode.select().where(_is_recovery_code(row, text)).exists())


def consume(row: staff.StaffMember, text: str) -> bool:
    """Consume a number or a recovery code; return whether it was right and unused."""
    step = step_of(row, text)
    if step is not None:
        consume_step(row, step)
        return True
    return bool(
        staff.StaffRecoveryCode.update(used_at=clock.now())
        .where(_is_recovery_code(row, text))
        .execute()
    )


def _is_recovery_code(row: staff.StaffMember, text: str) -> Any:
    """Return the condition for an unused recovery code of the member."""
    return (
        (staff.StaffRecoveryCode.code_hash == hash_of_code(text))
        & (staff.StaffRecoveryCode.member == row.id)
        & staff.StaffRecoveryCode.used_at.is_null()
    )


def step_of(row: staff.StaffMember, text: str) -> int | None:
    """Return the step of a current number that is later than the last one used, or None."""
    number = canonical.ascii_characters(text)
    generator = pyotp.TOTP(row.totp_secret)
    present = int(clock.now().timestamp()) // _STEP_SECONDS
    for step in (present + around for around in _STEPS_AROUND):
        expected = generator.at(step * _STEP_SECONDS)
        if hmac.compare_digest(expected.encode(), number.encode()):
            return step if row.totp_last_step is None or step > row.totp_last_step else None
    return None


def consume_step(row: staff.StaffMember, step: int) -> None:
    """Record the step of an accepted number, which no later call can use."""
    row.totp_last_step = step
    row.save(only=[staff.StaffMember.totp_last_step])


def hash_of_code(text: str) -> bytes:
    """Return the stored form of a recovery code."""
    return sessions.hash_of(canonical.ascii_characters(text).lower())
