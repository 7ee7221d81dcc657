"""Show, unlock or cancel the account WHO: an account's number, ID number, phone or user name.

The output is masked, and each use is recorded in the audit log.
"""

from datetime import datetime

import click

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.environment import with_database
from miniprogram_api import clients
from miniprogram_api.accounts import cancellation
from miniprogram_api.accounts import support as account_support
from miniprogram_api.accounts.support import SupportView
from miniprogram_api.services import Services

LONGEST_REASON = 200


command = click.Group(help=__doc__)


@command.command("show")
@click.argument("who")
@with_database
def show(settings: Settings, who: str) -> None:
    """Show an account and why its sign-in may be refused."""
    _show(settings, who)


@command.command("unlock")
@click.argument("who")
@with_database
def unlock(settings: Settings, who: str) -> None:
    """Reset the wrong passwords of an account."""
    print(_rendered(account_support.unlock(_services(settings), who, actor=command_actor())))


@command.command("cancel")
@click.argument("who")
@click.option("--reason", required=True, help="stored encrypted with the account")
@with_database
def cancel(settings: Settings, who: str, reason: str) -> None:
    """Cancel an account and free the identity; cannot be undone."""
    account_id = account_support.find_one(who).id
    cancellation.cancel_by_hand(account_id, reason[:LONGEST_REASON], actor=command_actor())
    _show(settings, str(account_id))


def _show(settings: Settings, who: str) -> None:
    views = account_support.show(_services(settings), who, actor=command_actor())
    print("\n\n".join(map(_rendered, views)))


def _services(settings: Settings) -> Services:
    return Services(settings, clients.build(settings))


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
