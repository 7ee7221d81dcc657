"""Issue, list and revoke the API keys of registration systems; a secret is shown once."""

import argparse
import sys

from config import Settings
from handlers.commands.actor import command_actor
from handlers.commands.database import connected
from miniprogram_api.reasons import Refused
from miniprogram_api.registrars import systems as registrar_systems


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


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the act; return 1 when it fails."""
    with connected(settings):
        return _run(settings, arguments)


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
