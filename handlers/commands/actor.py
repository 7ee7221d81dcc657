"""Who runs a command, as it stands in the audit log and in the history of the bot's content."""

import getpass
import os

# The columns that keep an actor have room for this many characters.
LONGEST_ACTOR = 64


def command_actor() -> str:
    """``command:USER`` with the name of the person at the terminal, cut to LONGEST_ACTOR.

    Where the user id has no name, as in many containers, USER is the number. Raises nothing.
    """
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # Python 3.13 raises OSError for an id without a name, earlier versions KeyError.
        user = str(os.getuid())
    return f"command:{user}"[:LONGEST_ACTOR]
