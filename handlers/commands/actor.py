"""The actor of a command, for the audit log and the history of the bot's content."""

import getpass
import os

# Width of the actor columns, in characters.
LONGEST_ACTOR = 64


def command_actor() -> str:
    """Return ``command:USER``, cut to LONGEST_ACTOR; USER is the id of a user without a name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # OSError since Python 3.13, KeyError before.
        user = str(os.getuid())
    return f"command:{user}"[:LONGEST_ACTOR]
