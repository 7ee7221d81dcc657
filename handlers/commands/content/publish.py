"""Check the draft and publish it; every worker uses it from the next question on.

A draft that loses questions needs --override with a reason. With PUBLISH_NEEDS_REVIEW set, drafts
are submitted, reviewed and published on the admin pages.
"""

import sys

import click

from config import Settings
from faq.conversation.trial import talk_with
from faq.editing import workflow
from handlers.commands.actor import command_actor
from handlers.commands.content.check import report
from handlers.commands.environment import with_database
from miniprogram_api import clients
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts.sentences import sentence


@click.command(help=__doc__)
@click.option("--note", default="", help="what this publication is for")
@click.option("--override", default="", metavar="REASON", help="why it may lose questions")
@with_database
def command(settings: Settings, note: str, override: str) -> int:
    """Publish and print the changes; return 1 when questions would be lost without --override."""
    services = Services(settings, clients.build(settings))
    actor = command_actor()
    try:
        checked = workflow.check(talk=talk_with(services))
        published = workflow.publish(
            services,
            actor=actor,
            note=note,
            override=override,
            digest=checked.digest,
        )
    except Refused as refused:
        if refused.reason is not Reason.PUBLICATION_LOSES_QUESTIONS:
            raise
        print(report(checked.result))
        print(sentence(refused.reason, refused.details), file=sys.stderr)
        print('Nothing was published. To publish it: --override "REASON"', file=sys.stderr)
        return 1
    if published.result is not None:
        print(report(published.result))
    print(f"Release {published.number} is in force.")
    return 0
