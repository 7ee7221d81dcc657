"""List, unlock or reset members of staff; USER is a user name.

For use when no administrator can sign in to the admin pages. Each act is recorded in the audit log.
"""

import argparse

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.database import connected
from miniprogram_api import clients
from miniprogram_api.services import Services
from miniprogram_api.staff import attempts as staff_attempts
from miniprogram_api.staff import members as staff
from miniprogram_api.staff import support as staff_support


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the acts and their arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("list", help="list members, roles and locks")
    for act, summary in (
        ("unlock", "reset the wrong passwords of a member"),
        ("reset", "set a new first password and remove the second factor"),
    ):
        one = acts.add_parser(act, help=summary, description=summary)
        one.add_argument("user", metavar="USER")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the act and print its result. Raises Refused when there is no such member."""
    services = Services(settings, clients.build(settings))
    with connected(settings):
        print(_done(services, arguments))
    return 0


def _done(services: Services, arguments: argparse.Namespace) -> str:
    if arguments.act == "list":
        return _listed(services)
    if arguments.act == "unlock":
        member = staff_support.unlock(services, arguments.user, actor=command_actor())
        return f"{member.username} may try again at once."
    created = staff_support.reset(services, arguments.user, actor=command_actor())
    return (
        f"{created.member.username} signs in with {created.password}, which is shown only here; "
        "he chooses another one then, and sets up a new second factor."
    )


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
