"""Train on the shipped content and write faq/content/seed/learnt.npz, for a fast first start.

Run it and commit the file when that content or the form of the file changes.
"""

import sys

import click

from config import Settings
from faq.content import seed
from faq.matching import encoder
from faq.matching.matcher import compile_matcher
from handlers.commands.environment import with_settings


@click.command(help=__doc__)
@with_settings
def command(_settings: Settings) -> int:
    """Write the file; return 1 when the encoder is off."""
    if encoder.shared() is None:
        print("FAQ_ENCODER must be on.", file=sys.stderr)
        return 1
    data = compile_matcher(seed.load()).to_bytes()
    seed.LEARNT.write_bytes(data)
    print(f"{seed.LEARNT}: {len(data) / 1e6:.1f} MB")
    return 0
