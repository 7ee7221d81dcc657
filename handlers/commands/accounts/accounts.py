"""Show, unlock or cancel the account WHO: an account's number, ID number, phone or user name.

The output is masked, and each use is recorded in the audit log.
"""

import argparse
from datetime import datetime

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.database import connected
from miniprogram_api import clients
from miniprogram_api.accounts import cancellation
from miniprogram_api.accounts import support as account_support
from miniprogram_api.accounts.support import SupportView
from miniprogram_api.services import Services

LONGEST_REASON = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the acts and their arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    for act, summary in (
        ("show", "show an account and why its sign-in may be refused"),
        ("unlock", "reset the wrong passwords of an account"),
        ("cancel", "cancel an account and free the identity; cannot be undone"),
    ):
        one = acts.add_parser(act, help=summary, description=summary)
        one.add_argument("who", metavar="WHO")
        if act == "cancel":
            one.add_argument("--reason", required=True, help="stored encrypted with the account")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the act and print the account. Raises Refused when there is none, or several."""
    services = Services(settings, clients.build(settings))
    with connected(settings):
        views = _act(services, arguments, actor=command_actor())
    print("\n\n".join(map(_rendered, views)))
    return 0


def _act(services: Services, arguments: argparse.Namespace, *, actor: str) -> list[SupportView]:
    if arguments.act == "unlock":
        return [account_support.unlock(services, arguments.who, actor=actor)]
    if arguments.act == "cancel":
        account_id = account_support.find_one(arguments.who).id
        cancellation.cancel_by_hand(account_id, arguments.reason[:LONGEST_REASON], actor=actor)
        return account_support.show(services, str(account_id), actor=actor)
    return account_support.show(services, arguments.who, actor=actor)


def _rendered(view: SupportView) -> str:
    summary = view.summary
    authorization = summary.authorization
    lines = {
        "account": view.account_id,
        "status": f"{summary.status}, level {summary.level}, from {view.source}",
        "name": summary.name,
        "ID number": summary.id_number,
        "card": f"{summary.valid_from or '?'} to {summary.valid_until or '?'}",
        "phone": f"{summary.phone or 'none'} ({summary.phone_verified_by or 'not proved'})",
        "user name": summary.username or "none",
        "verified by": summary.verified_by or "nobody",
        "authorisation": f"{authorization.reason}, until {authorization.until or 'none'}"
        + (f", closed by a {authorization.cause}" if authorization.cause else ""),
        "WeChat": "bound" if summary.bound else "not bound",
        "sessions": view.open_sessions,
        "password": f"set {_moment(view.password_changed_at)}",
        "lock": f"needs an SMS code for {view.needs_code_for} s" if view.needs_code_for else "none",
        "created": _moment(view.created_at),
        "activated": _moment(view.activated_at),
        "cancelled": _moment(view.cancelled_at),
    }
    return "\n".join(f"{name:>14}  {value}" for name, value in lines.items())


def _moment(instant: datetime | None) -> str:
    return "never" if instant is None else instant.isoformat(sep=" ", timespec="seconds")
