"""The canonical forms under which people are found again: one place, for every blind index.

Whoever looks somebody up, stores him or compares him brings the value into its canonical form
first. Nothing here decides whether a value is acceptable; that is the business rules' part.
"""

import re
from operator import mul

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width forms (U+FF01 to U+FF5E) and the ASCII characters that they stand for."""

SPACES = frozenset(
    "\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u2800\u3000"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
"""Whatever looks like an empty place, tabs and line ends included."""

INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u3164\ufeff\uffa0\U000e0001"
    + "".join(
        chr(code)
        for first, last in (
            (0x180B, 0x180F),  # Mongolian variation selectors and vowel separator
            (0x200B, 0x200F),  # zero-width characters, left-to-right and right-to-left marks
            (0x202A, 0x202E),  # bidirectional embeddings
            (0x2060, 0x206F),  # word joiner, bidirectional isolates
            (0xFE00, 0xFE0F),  # variation selectors
            (0xE0020, 0xE007F),  # tags
            (0xE0100, 0xE01EF),  # variation selectors, used for forms of Han characters
        )
        for code in range(first, last + 1)
    )
)
"""Characters that nobody sees (Unicode's Default_Ignorable_Code_Point, without noncharacters)."""

HYPHENS = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d")
"""The hyphen, the dashes and the minus sign."""

_NUMBER: dict[int, int | None] = {
    **FULL_WIDTH,
    **{ord(character): None for character in SPACES | INVISIBLE | HYPHENS},
}
_ID_NUMBER: dict[int, int | str | None] = {
    **_NUMBER,
    **{code: chr(code - 32) for code in range(ord("a"), ord("z") + 1)},
    **{code: chr(code - 0xFF00) for code in range(0xFF41, 0xFF5B)},
    # Ⅹ (U+2169), ⅹ (U+2179) and × (U+00D7) are typed for the check character X.
    0x2169: "X",
    0x2179: "X",
    0x00D7: "X",
}
_PHONE: dict[int, int | None] = {**_NUMBER, **{ord(character): None for character in "()（）"}}

_ALL_SPACES = "".join(SPACES)
_SURROGATE = re.compile("[\ud800-\udfff]")
_RESIDENT_NUMBER = re.compile("[0-9]{17}[0-9X]")
_OLD_NUMBER = re.compile("[0-9]{15}")
_MOBILE_NUMBER = re.compile("1[0-9]{10}")
_COUNTRY_CODE = re.compile(r"\A(?:\+|00)?86(?=1[0-9]{10}\Z)")

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# The sum runs over ASCII codes, each 48 more than its digit. That adds 48 * 100 = 4800, which is 4
# modulo 11, so the standard's characters 1 0 X 9 8 7 6 5 4 3 2 stand here four places later.
_CHECK_CHARACTERS = "543210X9876"


def ascii_characters(text: str) -> str:
    """``text`` in ASCII where it can be, without spaces, hyphens and invisible characters."""
    return text.translate(_NUMBER)


def id_number_characters(text: str) -> str:
    """``ascii_characters`` in upper case, with X for its look-alikes; places stay the same."""
    return text.translate(_ID_NUMBER)


def phone_characters(text: str) -> str:
    """``text`` in ASCII, without spaces, hyphens, parentheses, invisible characters and +86."""
    return _COUNTRY_CODE.sub("", text.translate(_PHONE))


def check_character(digits: str) -> str:
    """The 18th character that follows the 17 ASCII ``digits`` (GB 11643-1999)."""
    return _CHECK_CHARACTERS[sum(map(mul, _WEIGHTS, digits.encode("ascii"))) % 11]


def upgraded(digits: str) -> str:
    """The 18-character number of an old number of 15 ASCII digits: 19 goes before the year."""
    seventeen = f"{digits[:6]}19{digits[6:]}"
    return seventeen + check_character(seventeen)


def id_number(text: str) -> str:
    """An identity number as 18 upper-case characters; 15 digits are upgraded.

    Raises ValueError when ``text`` has neither form. Dates and check characters are not judged.
    """
    if _RESIDENT_NUMBER.fullmatch(text):
        return text
    characters = id_number_characters(text)
    if _RESIDENT_NUMBER.fullmatch(characters):
        return characters
    if _OLD_NUMBER.fullmatch(characters):
        return upgraded(characters)
    raise ValueError("This has not the form of an identity number.")


def phone(text: str) -> str:
    """A mobile number of the mainland as 11 digits, without a country code.

    Raises ValueError when ``text`` has another form. Whether the range is in use is not judged.
    """
    if _MOBILE_NUMBER.fullmatch(text):
        return text
    characters = phone_characters(text)
    if _MOBILE_NUMBER.fullmatch(characters):
        return characters
    raise ValueError("This has not the form of a mobile number.")


def username(text: str) -> str:
    """A user name in lower case, full-width letters as ASCII, without spaces around it.

    Every text has such a form; unpaired surrogates, which no database takes, become U+FFFD.
    """
    if text.isascii():
        return text.lower().strip(_ALL_SPACES)
    visible = "".join(character for character in text if character not in INVISIBLE)
    lower = visible.translate(FULL_WIDTH).lower().strip(_ALL_SPACES)
    return _SURROGATE.sub("\ufffd", lower)
