"""The first member of staff, who creates the others."""

from typing import NamedTuple

from config import Settings
from miniprogram_api import audit
from miniprogram_api.access import passwords
from miniprogram_api.staff import members
from miniprogram_api.texts import text
from models.desks import staff
from models.storage.database import lock, transaction

USERNAME = "admin"


class FirstAdministrator(NamedTuple):
    """The credentials of the first administrator."""

    username: str
    password: str
    is_chosen: bool
    """Whether the password is ADMIN_INITIAL_PASSWORD, which the operator knows."""

    @property
    def said(self) -> str:
        """Return the text for the operator's screen, without a password that the operator chose."""
        if self.is_chosen:
            return f"{self.username}, with ADMIN_INITIAL_PASSWORD"
        return f"{self.username} / {self.password}"


def ensure(settings: Settings) -> FirstAdministrator | None:
    """Create the first administrator; return None when there is staff already.

    The password is ADMIN_INITIAL_PASSWORD or generated, and must be changed at sign-in.
    """
    if staff.StaffMember.select().exists():
        return None
    chosen = settings.admin_initial_password.get_secret_value()
    password = chosen or passwords.first_password()
    password_hash = passwords.hash_password(password)
    with transaction():
        lock("staff:administrators")
        if staff.StaffMember.select().exists():
            return None
        name = text("staff.first_administrator")
        row = members.insert(USERNAME, name, password_hash, {"administrator"}, None)
        audit.write("command:staff:created", actor="command", member=row.id, roles=row.roles)
    return FirstAdministrator(USERNAME, password, bool(chosen))


def exists() -> bool:
    """Return whether there is an active administrator."""
    return staff.administrators() > 0
