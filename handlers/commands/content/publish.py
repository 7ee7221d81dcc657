"""Checks the draft and puts it in force; every worker answers from it from the next question on.

When questions would be lost, nothing is published unless --override says why it may be. Where
PUBLISH_NEEDS_REVIEW is set, drafts are handed in, reviewed and published on the admin pages.
"""

import argparse
import sys

from config import Settings
from faq.editing import workflow
from handlers.commands.actor import command_actor
from handlers.commands.content.check import report
from miniprogram_api import clients
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts.sentences import sentence


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--note", default="", help="what this publication is for")
    parser.add_argument(
        "--override", default="", metavar="REASON", help="why it may lose questions"
    )


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Publish and print what changed; 1 when questions would be lost and nobody says why."""
    services = Services(settings, clients.build(settings))
    actor = command_actor()
    try:
        published = workflow.publish(
            services, actor=actor, note=arguments.note, override=arguments.override
        )
    except Refused as refused:
        if refused.reason is not Reason.PUBLICATION_LOSES_QUESTIONS:
            raise
        print(report(workflow.check().result))
        print(sentence(refused.reason, refused.details), file=sys.stderr)
        print('Nothing was published. To publish it: --override "REASON"', file=sys.stderr)
        return 1
    if published.result is not None:
        print(report(published.result))
    print(f"Release {published.number} is in force.")
    return 0
