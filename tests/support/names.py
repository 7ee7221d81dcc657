"""The shipped lists of names, for tests of the rules."""

from functools import cache

from faq.content import seed
from faq.release.published_names import lists_of
from miniprogram_api.names.lists import Lists


@cache
def shipped_lists() -> Lists:
    """Return the lists as the product ships them."""
    return lists_of(seed.load(), "shipped")
