"""User names (登录账号): 4-32 letters, digits and ``_``, first a letter, case-insensitive."""

import re

from miniprogram_api import texts
from miniprogram_api.texts import invalid
from models.storage import canonical

# ASCII only, so that no two names look alike.
_FORM = re.compile(r"[a-z][a-z0-9_]{3,31}")
# The older card of a foreign permanent resident has three letters and twelve digits: such a login
# is an ID number.
_FOREIGN_CARD = re.compile(r"[a-z]{3}[0-9]{12}")


def parse(text: str, *, called: str = texts.text("usernames.of_user")) -> str:
    """Return the user name for display: as typed, in ASCII, without surrounding spaces.

    ``called``: the label of the field. Raises Refused: INVALID_INPUT on field username, with the
    code username_form or username_like_id_number.
    """
    username, shown = canonical.username(text), canonical.ascii_characters(text)
    if not _FORM.fullmatch(username) or not shown.isascii():
        raise invalid("usernames.username.username_form", called=called)
    if _FOREIGN_CARD.fullmatch(username):
        raise invalid("usernames.username.username_like_id_number", called=called)
    return shown


def key(username: str) -> str:
    """Return the form in which a user name is unique and looked up."""
    return canonical.username(username)


def has_form(text: str) -> bool:
    """Return whether ``text`` has the form of a user name."""
    return _FORM.fullmatch(canonical.username(text)) is not None
