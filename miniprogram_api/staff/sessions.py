"""Sign-in of staff: a passkey, or a password and a TOTP number (RFC 6238), and a session.

Attempts are counted per user name and address before any check, unknown names included. A number
and a recovery code are each accepted once.
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

import pyotp

from miniprogram_api import audit, clock
from miniprogram_api.access import passwords, sessions, usernames
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import attempts as staff_attempts
from miniprogram_api.staff import devices as staff_devices
from miniprogram_api.staff import members, passkeys, second_factors
from miniprogram_api.staff.attempts import Attempt, Why
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import invalid, text
from models.desks import staff
from models.storage.database import release, transaction

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
# Limits writes of the row.
TOUCH_EVERY = timedelta(seconds=20)
RECOVERY_CODES = 10
ISSUER = text("staff.issuer")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; the token is shown once, it expires after ``expires_in`` idle seconds."""

    token: str = field(repr=False)
    token_hash: bytes = field(repr=False)
    expires_in: int
    member: StaffMember


def sign_in(
    services: Services,
    username: str,
    password: str,
    totp: str | None,
    *,
    address: str,
    device: str = "",
) -> SignedIn:
    """Open a session. ``totp`` is a TOTP number or a recovery code; ``device`` the device's cookie.

    The refusal does not reveal the cause. A right second factor is the way round a lock, which
    strangers may have made: the password is then compared all the same. Members without a second
    factor sign in without one; ``member.pending`` is what they must set up first. Raises
    Refused: STAFF_LOCKED with ``retry_after``, STAFF_SIGN_IN_REFUSED with ``attempts_left``.
    """
    key = usernames.key(username)
    row = staff.StaffMember.get_or_none(staff.StaffMember.username_key == key)
    known = None if row is None else staff_devices.known(device, row.id)
    release()
    attempt = _counted(services, key, row, totp, address=address, device=known)
    release()
    try:
        signed_in = _open(services, row, password, totp)
    except _Wrong as wrong:
        staff_attempts.log_wrong(services, row, wrong.why, attempt.attempts_left)
        raise _refused(attempt.attempts_left) from None
    staff_attempts.passed(services, attempt)
    return signed_in


def _counted(
    services: Services,
    key: str,
    row: staff.StaffMember | None,
    totp: str | None,
    *,
    address: str,
    device: int | None,
) -> Attempt:
    """Count the attempt, apart from others where a right second factor goes round a lock."""
    try:
        return staff_attempts.count(services, key, address=address, device=device)
    except Refused:
        if not totp:
            raise
        attempt = staff_attempts.count_with_factor(
            services, key, address=address, is_right=lambda: second_factors.is_right(row, totp)
        )
        if attempt is None:
            raise
        return attempt


def require_password(
    services: Services, member_id: int, password: str, *, address: str, device: str
) -> staff.StaffMember:
    """Ask for the present password inside a session, under the limits of the sign-in.

    Raises Refused as ``sign_in``.
    """
    row = staff.StaffMember.get_by_id(member_id)
    known = staff_devices.known(device, row.id)
    release()
    attempt = staff_attempts.count(services, row.username_key, address=address, device=known)
    if not passwords.verify(row.password_hash, password):
        staff_attempts.log_wrong(services, row, "password", attempt.attempts_left)
        raise _refused(attempt.attempts_left)
    staff_attempts.passed(services, attempt)
    return row


class _Wrong(Exception):
    """A sign-in failed; the cause is never revealed to the caller."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def _open(
    services: Services, row: staff.StaffMember | None, password: str, totp: str | None
) -> SignedIn:
    """Open a session if password and number are right. Raises _Wrong."""
    kept = passwords.DUMMY_HASH if row is None else row.password_hash
    is_right = passwords.verify(kept, password)
    if row is None:
        raise _Wrong("unknown")
    if not row.active:
        raise _Wrong("inactive")
    if not is_right:
        raise _Wrong("password")
    with transaction():
        current = staff.StaffMember.locked(row.id)
        if current is None or not current.active or current.password_hash != kept:
            raise _Wrong("password")
        if current.totp_confirmed_at is not None and not second_factors.consume(
            current, totp or ""
        ):
            raise _Wrong("totp")
        return _opened(services, current, by_passkey=False)


def sign_in_by_passkey(services: Services, credential: str, *, origin: str) -> SignedIn:
    """Open a session by a passkey alone; it holds the person's own factor.

    ``credential``: the answer to ``passkeys.sign_in_options``. Raises Refused PASSKEY_REFUSED.
    """
    with transaction():
        return _opened(services, passkeys.prove(credential, origin=origin), by_passkey=True)


def _opened(services: Services, row: staff.StaffMember, *, by_passkey: bool) -> SignedIn:
    """Open a session for a locked member."""
    token = secrets.token_urlsafe(32)
    token_hash = sessions.hash_of(token)
    staff.StaffSession.insert(
        token_hash=token_hash,
        member=row.id,
        created_at=clock.now(),
        last_seen_at=clock.now(),
        by_passkey=by_passkey,
    ).execute()
    audit.write("staff:session:opened", actor=f"staff:{row.id}", member=row.id)
    member = _member(services, row, by_passkey=by_passkey)
    return SignedIn(token, token_hash, int(IDLE.total_seconds()), member)


def find_session(services: Services, token: str) -> StaffMember | None:
    """Return the member of a valid token, or None; update when it was last seen."""
    session = _session(token)
    now = clock.now()
    if session is None or now - session.last_seen_at >= IDLE:
        return None
    member = _member_of(services, session)
    if member is not None and now - session.last_seen_at >= TOUCH_EVERY:
        _touch(session)
    return member


def find_idle(services: Services, token: str, device: str) -> StaffMember | None:
    """Return the member of a session that is only idle, on the known device that it belongs to."""
    session = _session(token)
    if session is None or staff_devices.known(device, session.member_id) is None:
        return None
    return _member_of(services, session)


def resume(services: Services, token: str, password: str, *, address: str, device: str) -> None:
    """Continue an idle session by the password alone; it ends 12 h after its sign-in as before.

    A passkey is asked again before what needs one.

    Raises Refused: UNAUTHENTICATED where ``find_idle`` finds none, else as ``sign_in``.
    """
    member = find_idle(services, token, device)
    if member is None:
        raise Refused(Reason.UNAUTHENTICATED)
    row = require_password(services, member.id, password, address=address, device=device)
    with transaction():
        current = staff.StaffMember.locked(row.id)
        session = _session(token)
        if session is None or current is None or current.password_hash != row.password_hash:
            raise Refused(Reason.UNAUTHENTICATED)
        _touch(session)
        own = staff.StaffSession.token_hash == session.token_hash
        staff.StaffSession.update(by_passkey=False).where(own).execute()
        audit.write("staff:session:resumed", actor=member.actor, member=member.id)


def _session(token: str) -> staff.StaffSession | None:
    """Return the session of a token within 12 hours of its sign-in, idle or not."""
    if not 20 <= len(token) <= 100 or not token.isascii():
        return None
    session: staff.StaffSession | None = staff.StaffSession.get_or_none(
        (staff.StaffSession.token_hash == sessions.hash_of(token))
        & (staff.StaffSession.created_at > clock.now() - LONGEST)
    )
    return session


def _member_of(services: Services, session: staff.StaffSession) -> StaffMember | None:
    row = staff.StaffMember.get_or_none(staff.StaffMember.id == session.member_id)
    if row is None or not row.active:
        return None
    return _member(services, row, by_passkey=session.by_passkey)


def _member(services: Services, row: staff.StaffMember, *, by_passkey: bool) -> StaffMember:
    demanded = passkeys.demanded(services, row, by_passkey=by_passkey)
    return members.of_row(row, demanded=demanded, by_passkey=by_passkey)


def _touch(session: staff.StaffSession) -> None:
    staff.StaffSession.update(last_seen_at=clock.now()).where(
        staff.StaffSession.token_hash == session.token_hash
    ).execute()


def end(token: str) -> None:
    """End one session, if it exists."""
    staff.StaffSession.delete().where(
        staff.StaffSession.token_hash == sessions.hash_of(token)
    ).execute()


def end_all(member: StaffMember) -> None:
    """End all sessions of a member and forget the devices."""
    with transaction():
        staff.StaffSession.delete().where(staff.StaffSession.member == member.id).execute()
        staff_devices.forget_others(member.id, "")
        audit.write("staff:session:all_ended", actor=member.actor, member=member.id)


def change_password(
    services: Services,
    member: StaffMember,
    present: str,
    new: str,
    *,
    token: str,
    address: str,
    device: str,
) -> None:
    """Change the member's own password, end all their other sessions and forget other devices.

    Raises Refused: INVALID_INPUT on ``present`` when it is wrong, on ``password`` when the new one
    is weak or unchanged; STAFF_LOCKED.
    """
    try:
        row = require_password(services, member.id, present, address=address, device=device)
    except Refused as refused:
        if refused.reason is not Reason.STAFF_SIGN_IN_REFUSED:
            raise
        raise invalid("staff.present.wrong") from None
    if passwords.normalise(new) == passwords.normalise(present):
        raise invalid("staff.password.password_unchanged")
    passwords.check_strength(new, phone=None, id_number=None, name=row.name)
    password_hash = passwords.hash_password(new)
    with transaction():
        staff.StaffMember.update(
            password_hash=password_hash,
            password_changed_at=clock.now(),
            must_change_password=False,
        ).where(staff.StaffMember.id == member.id).execute()
        staff.StaffSession.delete().where(
            (staff.StaffSession.member == member.id)
            & (staff.StaffSession.token_hash != sessions.hash_of(token))
        ).execute()
        staff_devices.forget_others(member.id, device)
        audit.write("staff:password:changed", actor=member.actor, member=member.id)


def begin_totp(member: StaffMember) -> str:
    """Return the otpauth URI (for a QR code) of a secret that ``confirm_totp`` activates.

    It stays the same until it is confirmed. Raises Refused FORBIDDEN when a second factor exists:
    only an administrator resets it.
    """
    with transaction():
        row = staff.StaffMember.locked(member.id)
        if row is None or row.totp_confirmed_at is not None:
            raise Refused(Reason.FORBIDDEN)
        if row.totp_secret is None:
            row.totp_secret = pyotp.random_base32()
            row.save(only=[staff.StaffMember.totp_secret])
    return pyotp.TOTP(row.totp_secret).provisioning_uri(name=member.username, issuer_name=ISSUER)


def confirm_totp(member: StaffMember, totp: str) -> list[str]:
    """Activate the new secret with one of its numbers; return the recovery codes, shown once.

    Raises Refused: INVALID_INPUT on ``totp``, FORBIDDEN without ``begin_totp``.
    """
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    with transaction():
        row = staff.StaffMember.locked(member.id)
        if row is None or row.totp_secret is None or row.totp_confirmed_at is not None:
            raise Refused(Reason.FORBIDDEN)
        step = second_factors.step_of(row, totp)
        if step is None:
            raise invalid("staff.totp.wrong")
        second_factors.consume_step(row, step)
        row.totp_confirmed_at = clock.now()
        row.save(only=[staff.StaffMember.totp_confirmed_at])
        staff.StaffRecoveryCode.delete().where(staff.StaffRecoveryCode.member == row.id).execute()
        staff.StaffRecoveryCode.insert_many(
            [{"code_hash": second_factors.hash_of_code(code), "member": row.id} for code in codes]
        ).execute()
        audit.write("staff:totp:confirmed", actor=member.actor, member=member.id)
    return codes


def remove_expired() -> int:
    """Delete the sessions that no password resumes any more; return how many."""
    oldest = clock.now() - LONGEST
    return int(staff.StaffSession.delete().where(staff.StaffSession.created_at <= oldest).execute())


def _refused(attempts_left: int) -> Refused:
    return Refused(Reason.STAFF_SIGN_IN_REFUSED, attempts_left=attempts_left)


def _new_recovery_code() -> str:
    text = secrets.token_hex(8)
    return f"{text[:8]}-{text[8:]}"
