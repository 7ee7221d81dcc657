"""Issue, list and revoke the API keys of registration systems; a secret is shown once."""

import argparse
import base64
import secrets
import sys
from pathlib import Path

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.database import connected
from miniprogram_api import clock
from miniprogram_api.reasons import Refused
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.registrars.signatures import SignedRequest, sign, signed_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the acts and their arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    issue = acts.add_parser("issue", help="issue a key to a system")
    issue.add_argument("name")
    issue.add_argument("--quota", type=int, required=True, help="requests in 24 hours")
    issue.add_argument("--network", action="append", default=[], metavar="CIDR")
    issue.add_argument("--webhook", default="", metavar="URL", help="receives changes")
    issue.add_argument(
        "--without-switch",
        action="store_true",
        help="the system does not ask for the switch 是否办理工商登记注册",
    )
    acts.add_parser("list", help="show all keys")
    off = acts.add_parser("switch-off", help="revoke a key")
    off.add_argument("key_id")
    sign = acts.add_parser("sign", help="sign a request, to compare with a system's own code")
    sign.add_argument("key_id")
    sign.add_argument("method", choices=("GET", "POST", "PUT"))
    sign.add_argument("path", help="for example /registrar/v1/matters")
    sign.add_argument("--body", type=Path, metavar="FILE", help="the exact bytes of the body")
    sign.add_argument("--timestamp", help="seconds since 1970, by default now")
    sign.add_argument("--nonce", help="by default a new one")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the act; return 1 when it fails."""
    if arguments.act == "sign":
        return _sign(arguments)
    with connected(settings):
        return _run(settings, arguments)


def _sign(arguments: argparse.Namespace) -> int:
    """Print what is signed, and the headers; the secret is read from standard input."""
    print("secret (base64): ", end="", file=sys.stderr, flush=True)
    try:
        secret = base64.b64decode(sys.stdin.readline().strip(), validate=True)
        body = b"" if arguments.body is None else arguments.body.read_bytes()
    except (OSError, ValueError) as error:
        print(f"This cannot be read: {error}", file=sys.stderr)
        return 1
    request = SignedRequest(
        arguments.key_id,
        arguments.timestamp or str(int(clock.now().timestamp())),
        arguments.nonce or secrets.token_hex(16),
        "",
        arguments.method,
        arguments.path,
        body,
    )
    print(signed_text(request), end="\n\n")
    print(f"X-Key-Id: {request.key_id}\nX-Timestamp: {request.timestamp}")
    print(f"X-Nonce: {request.nonce}\nX-Signature: {sign(secret, request)}")
    return 0


def _run(settings: Settings, arguments: argparse.Namespace) -> int:
    if arguments.act == "list":
        for system in registrar_systems.all_systems():
            state = "on " if system.active else "off"
            quota, webhook = system.daily_quota, system.webhook_url or "no webhook"
            switch = "asks for the switch" if system.uses_switch else "no switch"
            print(f"{system.key_id}  {state}  {quota} a day  {system.name}  {webhook}  {switch}")
        return 0
    if arguments.act == "switch-off":
        if registrar_systems.revoke(arguments.key_id, actor=command_actor()):
            print(f"{arguments.key_id} is off.")
            return 0
        print(f"There is no key {arguments.key_id} that is on.", file=sys.stderr)
        return 1
    try:
        issued = registrar_systems.issue(
            settings,
            name=arguments.name,
            daily_quota=arguments.quota,
            networks=arguments.network,
            webhook_url=arguments.webhook,
            uses_switch=not arguments.without_switch,
            actor=command_actor(),
        )
    except Refused as refused:
        for field in refused.details["fields"]:
            print(f"{field['field']}: {field['message']}", file=sys.stderr)
        return 1
    print(f"X-Key-Id: {issued.key_id}\nsecret (base64, shown once): {issued.secret}")
    return 0
