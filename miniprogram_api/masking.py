"""How personal data is shown to those who need not see it; every text has a masked form."""


def id_number(number: str) -> str:
    """``110***********1234`` for 18 characters; shorter ones show less, short ones nothing."""
    return _middle(number, 3, 4, shortest=15)


def phone(number: str) -> str:
    """``138****0011`` for 11 digits; shorter ones show nothing."""
    return _middle(number, 3, 4, shortest=11)


def name(text: str) -> str:
    """The first character, and a star for each of the others, three at most; 张三丰 is ``张**``.

    A name of one character is hidden altogether.
    """
    if len(text) < 2:
        return "*" * len(text)
    return _printable(text[0]) + "*" * min(len(text) - 1, 3)


def _middle(text: str, head: int, tail: int, shortest: int) -> str:
    if len(text) < shortest:
        return "*" * len(text)
    # The number of stars is bounded, so a text of any length stays short.
    stars = "*" * min(len(text) - head - tail, 11)
    return "".join(map(_printable, text[:head])) + stars + "".join(map(_printable, text[-tail:]))


def _printable(character: str) -> str:
    """The character, or a star for an unpaired surrogate, which UTF-8 cannot carry."""
    return "*" if "\ud800" <= character <= "\udfff" else character
