"""Members of staff: roles, permissions and their administration.

A role is a set of permissions; members may have several. A member with something ``pending`` may
do nothing else until then.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Literal

from miniprogram_api import audit, clock
from miniprogram_api.access import passwords, usernames
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid, text
from models.desks import staff
from models.desks.windows import ServiceWindow
from models.storage.database import IntegrityError, lock, transaction

MIN_ADMINISTRATORS = 2


class Permission(Enum):
    """One thing that a member may see or do."""

    READ_CONTENT = "read_content"
    WRITE_CONTENT = "write_content"
    PUBLISH_CONTENT = "publish_content"
    WRITE_DISTRESS = "write_distress"
    READ_OPERATIONS = "read_operations"
    WRITE_OPERATIONS = "write_operations"
    WRITE_REGISTRARS = "write_registrars"
    READ_WINDOW = "read_window"
    WORK_AT_WINDOW = "work_at_window"
    READ_CENTRE = "read_centre"
    WORK_AT_CENTRE = "work_at_centre"
    READ_LEDGER = "read_ledger"
    EXPORT_LEDGER = "export_ledger"
    SEE_PERSONAL_DATA = "see_personal_data"
    READ_AUDIT = "read_audit"
    READ_FIGURES = "read_figures"
    READ_STAFF = "read_staff"
    WRITE_STAFF = "write_staff"


_WRITES = frozenset({Permission.READ_CONTENT, Permission.WRITE_CONTENT, Permission.READ_FIGURES})
ROLES: dict[str, frozenset[Permission]] = {
    "editor": _WRITES | {Permission.PUBLISH_CONTENT},
    # Writes the draft and hands it in; others review and publish it.
    "writer": _WRITES,
    "operator": frozenset(
        {
            Permission.READ_CONTENT,
            Permission.READ_OPERATIONS,
            Permission.WRITE_OPERATIONS,
            Permission.WRITE_REGISTRARS,
            Permission.READ_FIGURES,
        }
    ),
    "clerk": frozenset({Permission.READ_WINDOW, Permission.WORK_AT_WINDOW}),
    "centre": frozenset(
        {
            Permission.READ_WINDOW,
            Permission.READ_CENTRE,
            Permission.WORK_AT_CENTRE,
            Permission.READ_LEDGER,
            Permission.SEE_PERSONAL_DATA,
            Permission.READ_FIGURES,
        }
    ),
    # Reads everything, changes nothing.
    "auditor": frozenset(each for each in Permission if each.name.startswith("READ_"))
    | {Permission.EXPORT_LEDGER, Permission.SEE_PERSONAL_DATA},
    # Manages people and systems, without access to personal data, and the words of despair.
    "administrator": frozenset(
        {
            Permission.READ_CONTENT,
            Permission.WRITE_DISTRESS,
            Permission.READ_OPERATIONS,
            Permission.WRITE_REGISTRARS,
            Permission.READ_AUDIT,
            Permission.READ_STAFF,
            Permission.WRITE_STAFF,
            Permission.READ_FIGURES,
        }
    ),
}

Pending = Literal["password", "totp", "passkey"]


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One member of staff."""

    id: int
    username: str
    name: str = field(repr=False)
    roles: frozenset[str]
    window_id: int | None
    active: bool = True
    has_totp: bool = False
    identity_known: bool = False
    """Whether the member's ID number is on record, which excludes them from their own matters."""
    pending: frozenset[Pending] = frozenset()
    """What the member must do first: set a password, set up a second factor, prove a passkey."""
    by_passkey: bool = False
    """Whether a passkey opened or raised the session."""
    entrusted_at: datetime | None = None
    """When another person last gave the member a password or a role."""

    def may(self, permission: Permission) -> bool:
        """Return whether the member may do that now."""
        if self.pending or not self.active:
            return False
        return any(permission in ROLES[role] for role in self.roles)

    @property
    def actor(self) -> str:
        """Return the member's name in histories, the audit log and the ledger."""
        return f"staff:{self.id}"


@dataclass(frozen=True, slots=True)
class Created:
    """A new or reset member and the password to hand over, shown once."""

    member: StaffMember
    password: str = field(repr=False)


def require(member: StaffMember, permission: Permission) -> None:
    """Raise Refused FORBIDDEN unless the member may do that now."""
    if not member.may(permission):
        refused = Refused(Reason.FORBIDDEN)
        refused.lacks = permission.value
        raise refused


def require_and_log(member: StaffMember, permission: Permission, door: str) -> None:
    """Apply ``require`` for an endpoint, and write a refusal to the audit log."""
    if not member.may(permission):
        log_refused_attempt(member, door, Reason.FORBIDDEN)
    require(member, permission)


def log_refused_attempt(member: StaffMember, act: str, reason: Reason) -> None:
    """Write a refused attempt to the audit log."""
    audit.write_own("staff:attempt:refused", actor=member.actor, act=act, reason=reason.name)


def create(
    by: StaffMember,
    *,
    username: str,
    name: str,
    roles: Collection[str],
    window_id: int | None,
    id_number: str | None = None,
) -> Created:
    """Create a member with a password that must be changed.

    With their ID number (canonical) members are excluded from their own matters. Raises Refused:
    FORBIDDEN, INVALID_INPUT (username, name, roles, window_id), USERNAME_TAKEN.
    """
    require(by, Permission.WRITE_STAFF)
    username = usernames.parse(username, called=text("usernames.of_staff"))
    if not 1 <= len(name.strip()) <= 50:
        raise invalid("staff.name.required")
    _require_roles(roles, window_id)
    password = passwords.first_password()
    password_hash = passwords.hash_password(password)
    try:
        with transaction():
            row = insert(username, name.strip(), password_hash, roles, window_id, id_number)
            audit.write("admin:staff:created", actor=by.actor, member=row.id, roles=row.roles)
    except IntegrityError:
        raise Refused(Reason.USERNAME_TAKEN) from None
    return Created(of_row(row), password)


def change_roles(
    by: StaffMember, member_id: int, roles: Collection[str], window_id: int | None
) -> StaffMember:
    """Replace a member's roles, effective with their next request.

    Raises Refused: FORBIDDEN (oneself, too), NOT_FOUND, INVALID_INPUT (roles, window_id),
    ADMINISTRATORS_NEEDED.
    """
    _require_other(by, member_id)
    _require_roles(roles, window_id)
    with transaction():
        lock("staff:administrators")
        row = _locked(member_id)
        before = row.roles
        if set(roles) - set(before.split(",")):
            row.entrusted_at = clock.now()
        row.roles, row.window_id = _joined(roles), window_id
        row.save()
        if "administrator" in before and "administrator" not in roles:
            _require_administrators()
        audit.write(
            "admin:staff:roles", actor=by.actor, member=row.id, before=before, after=row.roles
        )
    return of_row(row)


def set_identity(by: StaffMember, member_id: int, id_number: str | None) -> None:
    """Set or clear a member's ID number (canonical), which excludes them from their own matters.

    Raises Refused: FORBIDDEN (oneself, too), NOT_FOUND.
    """
    _require_other(by, member_id)
    with transaction():
        row = _locked(member_id)
        row.id_number = row.identity_index = id_number
        row.save(only=[staff.StaffMember.id_number, staff.StaffMember.identity_index])
        audit.write(
            "admin:staff:identity", actor=by.actor, member=row.id, known=id_number is not None
        )


def deactivate(by: StaffMember, member_id: int) -> StaffMember:
    """Deactivate a member and end their sessions.

    Raises Refused: FORBIDDEN (oneself, too), NOT_FOUND, ADMINISTRATORS_NEEDED.
    """
    _require_other(by, member_id)
    with transaction():
        lock("staff:administrators")
        row = _locked(member_id)
        row.active = False
        row.save(only=[staff.StaffMember.active])
        if "administrator" in row.roles:
            _require_administrators()
        _end_sessions(row.id)
        audit.write("admin:staff:deactivated", actor=by.actor, member=row.id)
    return of_row(row)


def readmit(
    by: StaffMember, member_id: int, roles: Collection[str], window_id: int | None
) -> Created:
    """Reactivate a member as if new: roles, a first password, no second factor.

    Raises Refused: FORBIDDEN (oneself, too), NOT_FOUND, INVALID_INPUT (roles, window_id),
    NOT_APPLICABLE when active.
    """
    _require_other(by, member_id)
    _require_roles(roles, window_id)
    given = {"roles": _joined(roles), "window_id": window_id}
    return reset_credentials(
        member_id, "admin:staff:readmitted", by.actor, was_active=False, **given
    )


def reset(by: StaffMember, member_id: int) -> Created:
    """Issue a new first password, remove second factor and passkeys, end the sessions.

    Raises Refused: FORBIDDEN (oneself, too), NOT_FOUND, NOT_APPLICABLE when inactive.
    """
    _require_other(by, member_id)
    return reset_credentials(member_id, "admin:staff:reset", by.actor, was_active=True)


def reset_credentials(
    member_id: int, done: str, actor: str, *, was_active: bool, **given: Any
) -> Created:
    """Reset a member's credentials without a permission check; ``done`` is the audit tag.

    ``given``: columns that change with it. Raises Refused: NOT_FOUND; NOT_APPLICABLE when the
    member's state is not ``was_active``.
    """
    password = passwords.first_password()
    password_hash = passwords.hash_password(password)
    with transaction():
        row = _locked(member_id)
        if row.active is not was_active:
            raise Refused(Reason.NOT_APPLICABLE)
        row.password_hash, row.password_changed_at = password_hash, clock.now()
        row.must_change_password, row.active = True, True
        row.entrusted_at = row.password_changed_at
        row.totp_secret = row.totp_confirmed_at = row.totp_last_step = None
        for name, value in given.items():
            setattr(row, name, value)
        row.save()
        staff.StaffRecoveryCode.delete().where(staff.StaffRecoveryCode.member == row.id).execute()
        staff.StaffPasskey.delete().where(staff.StaffPasskey.member == row.id).execute()
        _end_sessions(row.id)
        audit.write(done, actor=actor, member=row.id, roles=row.roles)
    return Created(of_row(row), password)


def members() -> list[StaffMember]:
    """Return all members, by user name."""
    return [*map(of_row, staff.StaffMember.select().order_by(staff.StaffMember.username_key))]


def get(member_id: int) -> StaffMember:
    """Return one member. Raises Refused NOT_FOUND."""
    row = staff.StaffMember.get_or_none(staff.StaffMember.id == member_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return of_row(row)


def names_of(member_ids: Collection[int]) -> dict[int, str]:
    """Return id → name."""
    rows = staff.StaffMember.select(staff.StaffMember.id, staff.StaffMember.name).where(
        staff.StaffMember.id.in_(list(member_ids))
    )
    return {row.id: row.name for row in rows}


def of_row(
    row: staff.StaffMember, *, demanded: Pending | None = None, by_passkey: bool = False
) -> StaffMember:
    """Convert a row; ``demanded``: what the session must prove besides the password."""
    pending: set[Pending] = set() if demanded is None else {demanded}
    if row.must_change_password:
        pending.add("password")
    return StaffMember(
        id=row.id,
        username=row.username,
        name=row.name,
        roles=frozenset(filter(None, row.roles.split(","))),
        window_id=row.window_id,
        active=row.active,
        has_totp=row.totp_confirmed_at is not None,
        identity_known=row.id_number is not None,
        pending=frozenset(pending),
        by_passkey=by_passkey,
        entrusted_at=row.entrusted_at,
    )


def _require_other(by: StaffMember, member_id: int) -> None:
    require(by, Permission.WRITE_STAFF)
    if by.id == member_id:
        raise Refused(Reason.FORBIDDEN)


def _require_roles(roles: Collection[str], window_id: int | None) -> None:
    if not roles or not set(roles) <= set(ROLES):
        raise invalid("staff.roles.not_allowed")
    if "clerk" in roles and window_id is None:
        raise invalid("staff.window_id.required")
    known = ServiceWindow.select().where(ServiceWindow.id == window_id)
    if window_id is not None and not known.exists():
        raise invalid("staff.window_id.not_allowed")


def _require_administrators() -> None:
    """Raise Refused ADMINISTRATORS_NEEDED unless two are left, so that one can help the other."""
    if staff.administrators() < MIN_ADMINISTRATORS:
        raise Refused(Reason.ADMINISTRATORS_NEEDED)


def _locked(member_id: int) -> staff.StaffMember:
    row = staff.StaffMember.locked(member_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return row


def insert(
    username: str,
    name: str,
    password_hash: str,
    roles: Collection[str],
    window_id: int | None,
    id_number: str | None = None,
) -> staff.StaffMember:
    """Insert a member, who must change this password at sign-in. Raises IntegrityError."""
    now = clock.now()
    return staff.StaffMember.create(
        username=username,
        username_key=usernames.key(username),
        name=name,
        password_hash=password_hash,
        password_changed_at=now,
        id_number=id_number,
        identity_index=id_number,
        roles=_joined(roles),
        window_id=window_id,
        entrusted_at=now,
        created_at=now,
    )


def _joined(roles: Collection[str]) -> str:
    return ",".join(sorted(set(roles)))


def _end_sessions(member_id: int) -> None:
    staff.StaffSession.delete().where(staff.StaffSession.member == member_id).execute()
    staff.StaffDevice.delete().where(staff.StaffDevice.member == member_id).execute()
