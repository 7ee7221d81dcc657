"""Members of staff and their tokens."""

import secrets
from functools import cache
from typing import Any

from miniprogram_api import clock
from miniprogram_api.access import passwords, sessions
from miniprogram_api.staff import members as staff
from miniprogram_api.staff.members import StaffMember
from models.desks.staff import StaffMember as Row
from models.desks.staff import StaffSession
from models.desks.windows import ServiceWindow

STAFF_PASSWORD = "Magpie-on-41-roofs"


@cache
def _hashed() -> str:
    return passwords.hash_password(STAFF_PASSWORD)


def window_of(name: str = "测试窗口", **changes: Any) -> ServiceWindow:
    """Create a window."""
    values = {
        "name": name,
        "address": "测试路1号",
        "hours": "工作日 9:00-17:00",
        "phone": "010-00000000",
        "changed_at": clock.now(),
        **changes,
    }
    return ServiceWindow.create(**values)


def member_of(
    *roles: str, username: str | None = None, window: int | None = None, **changes: Any
) -> StaffMember:
    """Create a member with these roles and STAFF_PASSWORD, completely set up."""
    name = username or f"staff{secrets.token_hex(6)}"
    if "clerk" in roles and window is None:
        window = window_of().id
    values = {
        "username": name,
        "username_key": name.lower(),
        "name": "经办人",
        "password_hash": _hashed(),
        "password_changed_at": clock.now(),
        "must_change_password": False,
        "roles": ",".join(sorted(roles)),
        "window_id": window,
        "created_at": clock.now(),
        **changes,
    }
    return staff.of_row(Row.create(**values))


def token_of(member: StaffMember) -> str:
    """Open a session and return its token."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    StaffSession.insert(
        token_hash=sessions.hash_of(token), member=member.id, created_at=now, last_seen_at=now
    ).execute()
    return token
