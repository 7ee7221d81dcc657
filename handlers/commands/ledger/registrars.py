"""Issue, list and revoke the API keys of registration systems; a secret is shown once."""

import base64
import secrets
import sys
from pathlib import Path

import click

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.environment import with_database
from miniprogram_api import clock
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.registrars.signatures import SignedRequest, sign, signed_text

command = click.Group(help=__doc__)


@command.command("issue")
@click.argument("name")
@click.option("--quota", type=int, required=True, help="requests in 24 hours")
@click.option("--network", "networks", multiple=True, metavar="CIDR", help="allowed addresses")
@click.option("--webhook", default="", metavar="URL", help="receives changes")
@click.option(
    "--without-switch",
    is_flag=True,
    help="the system does not ask for the authorisation of the person",
)
@with_database
def issue(
    settings: Settings,
    name: str,
    quota: int,
    networks: tuple[str, ...],
    webhook: str,
    *,
    without_switch: bool,
) -> None:
    """Issue a key to a system."""
    issued = registrar_systems.issue(
        settings,
        name=name,
        daily_quota=quota,
        networks=list(networks),
        webhook_url=webhook,
        uses_switch=not without_switch,
        actor=command_actor(),
    )
    print(f"X-Key-Id: {issued.key_id}\nsecret (base64, shown once): {issued.secret}")


@command.command("list")
@with_database
def list_keys(_settings: Settings) -> None:
    """Show all keys."""
    for system in registrar_systems.all_systems():
        state = "on " if system.active else "off"
        quota, webhook = system.daily_quota, system.webhook_url or "no webhook"
        switch = "asks for the switch" if system.uses_switch else "no switch"
        print(f"{system.key_id}  {state}  {quota} a day  {system.name}  {webhook}  {switch}")


@command.command("switch-off")
@click.argument("key_id")
@with_database
def switch_off(_settings: Settings, key_id: str) -> int:
    """Revoke a key."""
    if registrar_systems.revoke(key_id, actor=command_actor()):
        print(f"{key_id} is off.")
        return 0
    print(f"There is no key {key_id} that is on.", file=sys.stderr)
    return 1


@command.command("sign")
@click.argument("key_id")
@click.argument("method", type=click.Choice(["GET", "POST", "PUT"]))
@click.argument("path")
@click.option("--body", type=Path, metavar="FILE", help="the exact bytes of the body")
@click.option("--timestamp", help="seconds since 1970, by default now")
@click.option("--nonce", help="by default a new one")
def sign_request(
    key_id: str,
    method: str,
    path: str,
    *,
    body: Path | None,
    timestamp: str | None,
    nonce: str | None,
) -> int:
    """Sign a request, to compare with a system's own code; reads the secret from standard input."""
    print("secret (base64): ", end="", file=sys.stderr, flush=True)
    try:
        secret = base64.b64decode(sys.stdin.readline().strip(), validate=True)
        content = b"" if body is None else body.read_bytes()
    except (OSError, ValueError) as error:
        print(f"This cannot be read: {error}", file=sys.stderr)
        return 1
    request = SignedRequest(
        key_id,
        timestamp or str(int(clock.now().timestamp())),
        nonce or secrets.token_hex(16),
        "",
        method,
        path,
        content,
    )
    print(signed_text(request), end="\n\n")
    print(f"X-Key-Id: {request.key_id}\nX-Timestamp: {request.timestamp}")
    print(f"X-Nonce: {request.nonce}\nX-Signature: {sign(secret, request)}")
    return 0
