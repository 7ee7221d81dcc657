"""Lets registration systems ask, lists them, and revokes a key; a secret is shown once."""

import argparse
import sys

from config import Settings
from handlers.commands.actor import command_actor
from miniprogram_api.operations import maintenance
from miniprogram_api.reasons import Refused
from miniprogram_api.registrars import systems as registrar_systems


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    issue = acts.add_parser("issue", help="make a key for a system")
    issue.add_argument("name")
    issue.add_argument("--quota", type=int, required=True, help="requests in a moving day")
    issue.add_argument("--network", action="append", default=[], metavar="CIDR")
    issue.add_argument("--webhook", default="", metavar="URL", help="where it is told of changes")
    acts.add_parser("list", help="show all keys")
    off = acts.add_parser("switch-off", help="let a key ask no more")
    off.add_argument("key_id")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do the act; 1 when it cannot be."""
    maintenance.connect(settings, threads=1)
    try:
        return _run(settings, arguments)
    finally:
        maintenance.disconnect()


def _run(settings: Settings, arguments: argparse.Namespace) -> int:
    if arguments.act == "list":
        for system in registrar_systems.all_systems():
            state = "on " if system.active else "off"
            quota, told = system.daily_quota, system.webhook_url or "no webhook"
            print(f"{system.key_id}  {state}  {quota} a day  {system.name}  {told}")
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
            actor=command_actor(),
        )
    except Refused as refused:
        for field in refused.details["fields"]:
            print(f"{field['field']}: {field['message']}", file=sys.stderr)
        return 1
    print(f"X-Key-Id: {issued.key_id}\nsecret (base64, shown once): {issued.secret}")
    return 0
