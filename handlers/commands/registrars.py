"""Lets registration systems ask, lists them, and switches a key off; a secret is shown once."""

import argparse
import sys

from config import Settings
from miniprogram_api import maintenance, registrars

ACTOR = "command"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    issue = acts.add_parser("issue", help="make a key for a system")
    issue.add_argument("name")
    issue.add_argument("--quota", type=int, required=True, help="requests in a moving day")
    issue.add_argument("--network", action="append", default=[], metavar="CIDR")
    acts.add_parser("list", help="show all keys")
    off = acts.add_parser("switch-off", help="let a key ask no more")
    off.add_argument("key_id")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do the act; 1 when it cannot be."""
    maintenance.connect(settings, threads=1)
    try:
        return _run(arguments)
    finally:
        maintenance.disconnect()


def _run(arguments: argparse.Namespace) -> int:
    if arguments.act == "list":
        for key_id, name, quota, active in registrars.listed():
            print(f"{key_id}  {'on ' if active else 'off'}  {quota} a day  {name}")
        return 0
    if arguments.act == "switch-off":
        if registrars.switch_off(arguments.key_id, actor=ACTOR):
            print(f"{arguments.key_id} is off.")
            return 0
        print(f"There is no key {arguments.key_id} that is on.", file=sys.stderr)
        return 1
    try:
        issued = registrars.issue(
            arguments.name,
            daily_quota=arguments.quota,
            networks=arguments.network,
            actor=ACTOR,
        )
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"X-Key-Id: {issued.key_id}\nsecret (base64, shown once): {issued.secret}")
    return 0
