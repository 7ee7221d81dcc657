"""Passkeys of staff (WebAuthn): registered in a session, asked for with the member's PIN or finger.

A challenge is signed by the service, bound to its purpose and member, and accepted once. The
origin, "https://host", is that of the page; its host is the relying party. A session that a passkey
opened or raised may decide as the second person and manage the member's passkeys.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import (
    options_to_json,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from miniprogram_api import audit, clock
from miniprogram_api.access import sessions
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.staff import members
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import invalid, text
from models.desks import staff
from models.desks.staff import StaffPasskey, StaffPasskeyUse
from models.storage.database import IntegrityError, transaction
from models.storage.fields import keys

MOST = 10
"""Passkeys of one member."""
LONGEST_NAME = 32
CHALLENGE_LASTS = Kept.PASSKEY_CHALLENGES.time
REQUIRED_ROLES = frozenset({"administrator", "centre"})
"""Roles that work with a passkey alone where STAFF_PASSKEYS=required."""
Purpose = Literal["register", "sign_in", "raise"]


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey of a member."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


def is_required(services: Services) -> bool:
    """Return whether administrators, the centre and second persons need a passkey."""
    return services.settings.staff_passkeys == "required"


def require_for_deciding(services: Services, member: StaffMember) -> None:
    """Raise Refused PASSKEY_REQUIRED unless the member may decide in this session."""
    if is_required(services) and not member.by_passkey:
        raise Refused(Reason.PASSKEY_REQUIRED)


def listed(member: StaffMember) -> list[Passkey]:
    """Return the member's passkeys, oldest first."""
    return [
        Passkey(row.id, row.name, row.created_at, row.last_used_at)
        for row in _of(member.id).order_by(StaffPasskey.id)
    ]


def registration_options(member: StaffMember, origin: str) -> str:
    """Return the JSON options for ``navigator.credentials.create``."""
    return options_to_json(
        webauthn.generate_registration_options(
            rp_id=_host(origin),
            rp_name=text("staff.issuer"),
            user_id=str(member.id).encode(),
            user_name=member.username,
            user_display_name=member.name,
            challenge=_challenge("register", member.id),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(member.id),
        )
    )


def register(member: StaffMember, token: str, credential: str, name: str, *, origin: str) -> None:
    """Store a new passkey, the answer of ``navigator.credentials.create``, and raise the session.

    The first one is registered in any session, a further one in a session of a passkey. Raises
    Refused: INVALID_INPUT (credential, name), FORBIDDEN.
    """
    name = name.strip() or text("staff.passkey_name")
    if len(name) > LONGEST_NAME:
        raise invalid("staff.name.too_long", most=LONGEST_NAME)
    try:
        answer = parse_registration_credential_json(credential)
        challenge = _answered(answer, "register", member.id)
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(origin),
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, TypeError, ValueError):
        raise invalid("staff.credential.wrong") from None
    try:
        with transaction():
            staff.StaffMember.locked(member.id)
            _require_own_to_change(member)
            if _of(member.id).count() >= MOST:
                raise invalid("staff.credential.too_many", most=MOST)
            _use(challenge)
            row = StaffPasskey.create(
                member=member.id,
                credential_id=verified.credential_id,
                public_key=verified.credential_public_key,
                sign_count=verified.sign_count,
                name=name,
                created_at=clock.now(),
            )
            _raise_session(token)
            audit.write("staff:passkey:added", actor=member.actor, passkey=row.id)
    except IntegrityError:
        # Of another member, or the same answer again.
        raise invalid("staff.credential.wrong") from None


def sign_in_options(origin: str) -> str:
    """Return the JSON options for ``navigator.credentials.get`` on the page of the sign-in."""
    return _request_options(origin, "sign_in", None)


def raising_options(member: StaffMember, origin: str) -> str:
    """Return the same for a member in a session."""
    return _request_options(origin, "raise", member.id)


def prove(credential: str, *, origin: str) -> staff.StaffMember:
    """Return the locked row of the active member whose passkey answered, within a transaction.

    The caller opens the session. Raises Refused PASSKEY_REFUSED.
    """
    return _proved(credential, "sign_in", None, origin)


def raise_session(member: StaffMember, token: str, credential: str, *, origin: str) -> None:
    """Raise the member's session by one of the member's passkeys.

    Raises Refused PASSKEY_REFUSED.
    """
    with transaction():
        _proved(credential, "raise", member.id, origin)
        _raise_session(token)
        audit.write("staff:session:raised", actor=member.actor, member=member.id)


def remove(member: StaffMember, passkey_id: int) -> None:
    """Remove one of the member's passkeys, in a session of a passkey.

    Raises Refused: FORBIDDEN, NOT_FOUND.
    """
    with transaction():
        staff.StaffMember.locked(member.id)
        _require_own_to_change(member)
        removed = StaffPasskey.delete().where(
            (StaffPasskey.id == passkey_id) & (StaffPasskey.member == member.id)
        )
        if not removed.execute():
            raise Refused(Reason.NOT_FOUND)
        # Sessions that it opened must not outlive it.
        staff.StaffSession.update(by_passkey=False).where(
            staff.StaffSession.member == member.id
        ).execute()
        audit.write("staff:passkey:removed", actor=member.actor, passkey=passkey_id)


def remove_expired() -> int:
    """Delete the answered challenges that have expired; return how many."""
    expired = StaffPasskeyUse.expires_at <= clock.now()
    return int(StaffPasskeyUse.delete().where(expired).execute())


def demanded(
    services: Services, row: staff.StaffMember, *, by_passkey: bool
) -> members.Pending | None:
    """Return what the member must prove or set up before anything else in this session."""
    if by_passkey:
        return None
    if is_required(services) and REQUIRED_ROLES & set(row.roles.split(",")):
        return "passkey"
    if row.totp_confirmed_at is not None:
        return None
    if _of(row.id).exists():
        return "passkey"
    return "totp" if services.settings.profile != "sandbox" else None


def _proved(
    credential: str, purpose: Purpose, member_id: int | None, origin: str
) -> staff.StaffMember:
    try:
        answer = parse_authentication_credential_json(credential)
        challenge = _answered(answer, purpose, member_id)
    except (WebAuthnException, TypeError, ValueError):
        raise _refused() from None
    known = StaffPasskey.get_or_none(StaffPasskey.credential_id == answer.raw_id)
    if known is None or member_id not in (None, known.member_id):
        raise _refused()
    member = staff.StaffMember.locked(known.member_id)
    # Of two answers at once, the later sees the counter of the earlier.
    passkey = StaffPasskey.get_or_none(StaffPasskey.id == known.id)
    if member is None or not member.active or passkey is None:
        raise _refused()
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(origin),
            expected_origin=origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException:
        raise _refused() from None
    try:
        _use(challenge)
    except IntegrityError:
        raise _refused() from None
    passkey.sign_count, passkey.last_used_at = verified.new_sign_count, clock.now()
    passkey.save()
    return member


def _require_own_to_change(member: StaffMember) -> None:
    """Require a session of a passkey once the member has one: a stolen password adds none."""
    if not member.by_passkey and _of(member.id).exists():
        raise Refused(Reason.FORBIDDEN)


def _request_options(origin: str, purpose: Purpose, member_id: int | None) -> str:
    return options_to_json(
        webauthn.generate_authentication_options(
            rp_id=_host(origin),
            challenge=_challenge(purpose, member_id),
            allow_credentials=None if member_id is None else _descriptors(member_id),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def _challenge(purpose: Purpose, member_id: int | None) -> bytes:
    """Return a new challenge: purpose, member, end in milliseconds, random part and their MAC."""
    ends = clock.milliseconds(clock.now() + CHALLENGE_LASTS)
    signed = f"{purpose}.{member_id or 0}.{ends}.{secrets.token_urlsafe(16)}"
    return f"{signed}.{_mac(signed)}".encode()


def _answered(
    answer: RegistrationCredential | AuthenticationCredential,
    purpose: Purpose,
    member_id: int | None,
) -> bytes:
    """Return the challenge of an answer. Raises ValueError unless it is a living one of ours."""
    challenge = parse_client_data_json(answer.response.client_data_json).challenge
    signed, _, mac = challenge.decode().rpartition(".")
    if not hmac.compare_digest(_mac(signed), mac):
        raise ValueError
    given, whose, ends, _ = signed.split(".")
    if (given, whose) != (purpose, str(member_id or 0)):
        raise ValueError
    if int(ends) <= clock.milliseconds(clock.now()):
        raise ValueError
    return challenge


def _use(challenge: bytes) -> None:
    """Record an answered challenge. Raises IntegrityError when it was answered before."""
    StaffPasskeyUse.insert(
        challenge_hash=sessions.hash_of(challenge.decode()),
        expires_at=clock.now() + CHALLENGE_LASTS,
    ).execute()


def _mac(signed: str) -> str:
    return keys().counter_name(signed, b"staff passkey")


def _raise_session(token: str) -> None:
    staff.StaffSession.update(by_passkey=True).where(
        staff.StaffSession.token_hash == sessions.hash_of(token)
    ).execute()


def _of(member_id: int) -> Any:
    return StaffPasskey.select().where(StaffPasskey.member == member_id)


def _descriptors(member_id: int) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=bytes(row.credential_id)) for row in _of(member_id)]


def _host(origin: str) -> str:
    return urlsplit(origin).hostname or ""


def _refused() -> Refused:
    return Refused(Reason.PASSKEY_REFUSED)
