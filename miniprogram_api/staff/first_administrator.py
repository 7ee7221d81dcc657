"""The first member of staff: without him nobody could let anybody in."""

from typing import NamedTuple

from config import Settings
from miniprogram_api import audit
from miniprogram_api.access import passwords
from miniprogram_api.staff import members as staff
from miniprogram_api.texts import text
from models.desks import staff as table
from models.storage.database import lock, transaction

USERNAME = "admin"


class FirstAdministrator(NamedTuple):
    """What the first member of staff signs in with."""

    username: str
    password: str
    is_chosen: bool
    """Whether the password is ADMIN_INITIAL_PASSWORD, which the operator knows."""

    @property
    def said(self) -> str:
        """For the operator's screen; a password that he chose is not repeated there."""
        if self.is_chosen:
            return f"{self.username}, with ADMIN_INITIAL_PASSWORD"
        return f"{self.username} / {self.password}"


def ensure(settings: Settings) -> FirstAdministrator | None:
    """Make the first administrator where there is no staff yet.

    The password is ADMIN_INITIAL_PASSWORD, or made here. None when somebody is there already. He
    must change it when he signs in.
    """
    if table.StaffMember.select().exists():
        return None
    chosen = settings.admin_initial_password.get_secret_value()
    password = chosen or passwords.first_password()
    password_hash = passwords.hash_password(password)
    with transaction():
        lock("staff:administrators")
        if table.StaffMember.select().exists():
            return None
        name = text("staff.first_administrator")
        row = staff.insert(USERNAME, name, password_hash, {"administrator"}, None)
        audit.write("command:staff:created", actor="command", member=row.id, roles=row.roles)
    return FirstAdministrator(USERNAME, password, bool(chosen))


def is_there() -> bool:
    """Whether anybody may sign in who can let others in."""
    return table.administrators() > 0
