"""List, unlock or reset members of staff; USER is a user name.

For use when no administrator can sign in to the admin pages. Each act is recorded in the audit log.
"""

import click

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.environment import with_database
from miniprogram_api import clients
from miniprogram_api.services import Services
from miniprogram_api.staff import attempts as staff_attempts
from miniprogram_api.staff import members as staff
from miniprogram_api.staff import support as staff_support

command = click.Group(help=__doc__)


@command.command("list")
@with_database
def list_members(settings: Settings) -> None:
    """List members, roles and locks."""
    print(_listed(_services(settings)))


@command.command("unlock")
@click.argument("user")
@with_database
def unlock(settings: Settings, user: str) -> None:
    """Reset the wrong passwords of a member."""
    member = staff_support.unlock(_services(settings), user, actor=command_actor())
    print(f"{member.username} may try again at once.")


@command.command("reset")
@click.argument("user")
@with_database
def reset(settings: Settings, user: str) -> None:
    """Set a new first password and remove the second factor."""
    created = staff_support.reset(_services(settings), user, actor=command_actor())
    print(
        f"{created.member.username} signs in with {created.password}, which is shown only here; "
        "he chooses another one then, and sets up a new second factor."
    )


def _services(settings: Settings) -> Services:
    return Services(settings, clients.build(settings))


def _listed(services: Services) -> str:
    members = staff.members()
    locked = staff_attempts.locked_until(services, members)
    lines = []
    for member in members:
        state = "may sign in" if member.active else "let go"
        if member.id in locked:
            state = f"locked until {locked[member.id].isoformat(sep=' ', timespec='seconds')}"
        factor = "second factor" if member.has_totp else "no second factor"
        lines.append(f"{member.username}  {','.join(sorted(member.roles))}  {factor}  {state}")
    return "\n".join(lines) or "Nobody yet; manage.py migrate makes the first administrator."
