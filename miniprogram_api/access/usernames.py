"""User names (登录账号): 4-32 letters, digits and ``_``, a letter first, without regard to case."""

import re

from miniprogram_api import texts
from miniprogram_api.texts import invalid
from models.storage import canonical

# Letters of ASCII only, so two names that look the same are the same.
_FORM = re.compile(r"[a-z][a-z0-9_]{3,31}")
# The older card of a foreign permanent resident has three letters and twelve digits; whoever is
# found by his number must not be taken for somebody's user name.
_FOREIGN_CARD = re.compile(r"[a-z]{3}[0-9]{12}")


def parse(text: str, *, called: str = texts.text("usernames.of_user")) -> str:
    """The user name as it is shown: as typed, in ASCII, without spaces around it.

    Two names are the same when ``key`` says so. ``called``: how the field is called. Raises
    Refused: INVALID_INPUT on field username, with the code username_form or
    username_like_id_number.
    """
    found, shown = canonical.username(text), canonical.ascii_characters(text)
    if not _FORM.fullmatch(found) or not shown.isascii():
        raise invalid("usernames.username.username_form", called=called)
    if _FOREIGN_CARD.fullmatch(found):
        raise invalid("usernames.username.username_like_id_number", called=called)
    return shown


def key(username: str) -> str:
    """The form under which a user name is unique and found again."""
    return canonical.username(username)


def has_form(text: str) -> bool:
    """Whether ``text`` could be somebody's user name."""
    return _FORM.fullmatch(canonical.username(text)) is not None
