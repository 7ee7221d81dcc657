"""How staff signs in: a password, a number from a phone (TOTP, RFC 6238), and a session.

Wrong attempts are counted before anything is looked at, by user name and address, for names that
nobody has as well. A number opens the door once; a recovery code does so in its place, once.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

import pyotp

from miniprogram_api import audit, clock
from miniprogram_api.access import password_attempts, passwords, sessions, usernames
from miniprogram_api.clients.redis import Locked
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import attempts as staff_attempts
from miniprogram_api.staff import members as staff
from miniprogram_api.staff.attempts import Why
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import invalid, text
from models.desks import staff as table
from models.storage import canonical
from models.storage.database import release, transaction

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
# The row is written at most this often, so that reading stays reading.
TOUCH_EVERY = timedelta(seconds=20)
RECOVERY_CODES = 10
ISSUER = text("staff.issuer")

_STEP_SECONDS = 30
# A phone's clock may be half a minute off.
_STEPS_AROUND = (0, -1, 1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; the token is shown once. ``expires_in`` are seconds without a request."""

    token: str = field(repr=False)
    token_hash: bytes = field(repr=False)
    expires_in: int
    member: StaffMember


def sign_in(
    services: Services, username: str, password: str, totp: str | None, *, address: str
) -> SignedIn:
    """Open a session. ``totp`` is the number on the phone or a recovery code.

    What was wrong is not told. Who has no second factor yet gets in without one, and in production
    may do nothing before he has set one up (``member.pending``).
    Raises Refused: STAFF_LOCKED with ``retry_after``, STAFF_SIGN_IN_REFUSED with ``attempts_left``.
    """
    key = usernames.key(username)
    attempts = staff_attempts.key_of(key)
    pair = password_attempts.pair_of(address)
    now = clock.milliseconds(clock.now())
    answer = services.clients.store.count_attempt(password_attempts.LOCK_RULE, pair, attempts, now)
    if isinstance(answer, Locked):
        if answer.is_whole_account:
            staff_attempts.note_full(services, key)
        raise Refused(Reason.STAFF_LOCKED, retry_after=answer.retry_after)
    row = table.StaffMember.get_or_none(table.StaffMember.username_key == key)
    release()
    try:
        signed_in = _open(services, row, password, totp)
    except _Wrong as wrong:
        staff_attempts.note_wrong(services, row, wrong.why, answer.attempts_left)
        raise _refused(answer.attempts_left) from None
    services.clients.store.forget_pair(pair, attempts)
    return signed_in


class _Wrong(Exception):
    """Something of a sign-in is wrong: who tries it is never told what."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def _open(
    services: Services, row: table.StaffMember | None, password: str, totp: str | None
) -> SignedIn:
    """The session of a member whose password and number are right. Raises _Wrong."""
    kept = passwords.DUMMY_HASH if row is None else row.password_hash
    is_right = passwords.verify(kept, password)
    if row is None:
        raise _Wrong("unknown")
    if not row.active:
        raise _Wrong("inactive")
    if not is_right:
        raise _Wrong("password")
    with transaction():
        current = table.locked(row.id)
        if current is None or not current.active or current.password_hash != kept:
            raise _Wrong("password")
        if current.totp_confirmed_at is not None and not _second_factor(current, totp or ""):
            raise _Wrong("totp")
        token = secrets.token_urlsafe(32)
        token_hash = sessions.hash_of(token)
        table.StaffSession.insert(
            token_hash=token_hash,
            member=current.id,
            created_at=clock.now(),
            last_seen_at=clock.now(),
        ).execute()
        audit.write("staff:session:opened", actor=f"staff:{current.id}", member=current.id)
    member = staff.of_row(current, totp_demanded=is_totp_demanded(services))
    return SignedIn(token, token_hash, int(IDLE.total_seconds()), member)


def find_session(services: Services, token: str) -> StaffMember | None:
    """The member behind a living token, as he is now, or None; notes that it was seen."""
    if not 20 <= len(token) <= 100 or not token.isascii():
        return None
    token_hash = sessions.hash_of(token)
    session = table.StaffSession.get_or_none(table.StaffSession.token_hash == token_hash)
    now = clock.now()
    if session is None or now - session.last_seen_at >= IDLE or now - session.created_at >= LONGEST:
        return None
    row = table.StaffMember.get_or_none(table.StaffMember.id == session.member_id)
    if row is None or not row.active:
        return None
    if now - session.last_seen_at >= TOUCH_EVERY:
        table.StaffSession.update(last_seen_at=now).where(
            table.StaffSession.token_hash == token_hash
        ).execute()
    return staff.of_row(row, totp_demanded=is_totp_demanded(services))


def end(token: str) -> None:
    """End one session at once; nothing happens when it is gone already."""
    table.StaffSession.delete().where(
        table.StaffSession.token_hash == sessions.hash_of(token)
    ).execute()


def end_all(member: StaffMember) -> None:
    """End all sessions of a member, on every device."""
    with transaction():
        table.StaffSession.delete().where(table.StaffSession.member == member.id).execute()
        audit.write("staff:session:all_ended", actor=member.actor, member=member.id)


def change_password(member: StaffMember, present: str, new: str, *, token: str) -> None:
    """Set a password of one's own; all other sessions of the member end.

    Raises Refused: INVALID_INPUT on ``present`` when it is wrong, on ``password`` when the new one
    is weak or the same.
    """
    row = table.StaffMember.get_by_id(member.id)
    if not passwords.verify(row.password_hash, present):
        raise invalid("staff.present.wrong")
    if passwords.normalise(new) == passwords.normalise(present):
        raise invalid("staff.password.password_unchanged")
    passwords.check_strength(new, phone=None, id_number=None, name=row.name)
    password_hash = passwords.hash_password(new)
    with transaction():
        table.StaffMember.update(
            password_hash=password_hash,
            password_changed_at=clock.now(),
            must_change_password=False,
        ).where(table.StaffMember.id == member.id).execute()
        table.StaffSession.delete().where(
            (table.StaffSession.member == member.id)
            & (table.StaffSession.token_hash != sessions.hash_of(token))
        ).execute()
        audit.write("staff:password:changed", actor=member.actor, member=member.id)


def begin_totp(member: StaffMember) -> str:
    """A secret that counts from ``confirm_totp`` on; the otpauth address for a QR code.

    It stays the same until it is confirmed, so that a page that is loaded again shows it again.
    Raises Refused FORBIDDEN where a second factor is set up already: an administrator resets it.
    """
    with transaction():
        row = table.locked(member.id)
        if row is None or row.totp_confirmed_at is not None:
            raise Refused(Reason.FORBIDDEN)
        if row.totp_secret is None:
            row.totp_secret = pyotp.random_base32()
            row.save(only=[table.StaffMember.totp_secret])
    return pyotp.TOTP(row.totp_secret).provisioning_uri(name=member.username, issuer_name=ISSUER)


def confirm_totp(member: StaffMember, totp: str) -> list[str]:
    """Let the new secret count once a number of it was typed; the recovery codes, shown once.

    Raises Refused: INVALID_INPUT on ``totp``, FORBIDDEN without ``begin_totp``.
    """
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    with transaction():
        row = table.locked(member.id)
        if row is None or row.totp_secret is None or row.totp_confirmed_at is not None:
            raise Refused(Reason.FORBIDDEN)
        if not _takes_number(row, totp):
            raise invalid("staff.totp.wrong")
        row.totp_confirmed_at = clock.now()
        row.save(only=[table.StaffMember.totp_confirmed_at])
        table.StaffRecoveryCode.delete().where(table.StaffRecoveryCode.member == row.id).execute()
        table.StaffRecoveryCode.insert_many(
            [{"code_hash": _hash_of_code(code), "member": row.id} for code in codes]
        ).execute()
        audit.write("staff:totp:confirmed", actor=member.actor, member=member.id)
    return codes


def is_totp_demanded(services: Services) -> bool:
    """Whether nobody works here without a second factor."""
    return services.settings.profile == "production"


def remove_expired() -> int:
    """Delete the rows of sessions that have ended by themselves; returns how many."""
    now = clock.now()
    return int(
        table.StaffSession.delete()
        .where(
            (table.StaffSession.last_seen_at < now - IDLE)
            | (table.StaffSession.created_at < now - LONGEST)
        )
        .execute()
    )


def _refused(attempts_left: int) -> Refused:
    return Refused(Reason.STAFF_SIGN_IN_REFUSED, attempts_left=attempts_left)


def _second_factor(row: table.StaffMember, text: str) -> bool:
    """Whether a number or a recovery code is right and unused; it is used up by this."""
    if _takes_number(row, text):
        return True
    return bool(
        table.StaffRecoveryCode.update(used_at=clock.now())
        .where(
            (table.StaffRecoveryCode.code_hash == _hash_of_code(text))
            & (table.StaffRecoveryCode.member == row.id)
            & table.StaffRecoveryCode.used_at.is_null()
        )
        .execute()
    )


def _takes_number(row: table.StaffMember, text: str) -> bool:
    """Whether a number of the present time is right and later than the last one; noted."""
    number = canonical.ascii_characters(text)
    generator = pyotp.TOTP(row.totp_secret)
    present = int(clock.now().timestamp()) // _STEP_SECONDS
    for step in (present + around for around in _STEPS_AROUND):
        expected = generator.at(step * _STEP_SECONDS)
        if hmac.compare_digest(expected.encode(), number.encode()):
            if row.totp_last_step is not None and step <= row.totp_last_step:
                return False
            row.totp_last_step = step
            row.save(only=[table.StaffMember.totp_last_step])
            return True
    return False


def _new_recovery_code() -> str:
    text = secrets.token_hex(8)
    return f"{text[:8]}-{text[8:]}"


def _hash_of_code(text: str) -> bytes:
    return sessions.hash_of(canonical.ascii_characters(text).lower())
