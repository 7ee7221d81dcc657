"""Canonical forms of personal values, for every blind index.

Bring a value into its canonical form before storing, comparing or looking it up. Validity is
checked by the business rules, not here.
"""

import re
from operator import mul

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width forms (U+FF01 to U+FF5E) → ASCII."""

SPACES = frozenset(
    "\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u2800\u3000"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
"""Spaces of every kind, tabs and line ends included."""

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
"""Invisible characters (Unicode's Default_Ignorable_Code_Point, without noncharacters)."""

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
# modulo 11, so the standard's characters 1 0 X 9 8 7 6 5 4 3 2 are rotated by four.
_CHECK_CHARACTERS = "543210X9876"


def ascii_characters(text: str) -> str:
    """Convert to ASCII where possible; remove spaces, hyphens and invisible characters."""
    return text.translate(_NUMBER)


def id_number_characters(text: str) -> str:
    """Apply ``ascii_characters``, upper case, and X for its look-alikes."""
    return text.translate(_ID_NUMBER)


def phone_characters(text: str) -> str:
    """Convert to ASCII; remove spaces, hyphens, parentheses, invisible characters and +86."""
    return _COUNTRY_CODE.sub("", text.translate(_PHONE))


def check_character(digits: str) -> str:
    """Compute the 18th character of 17 ASCII ``digits`` (GB 11643-1999)."""
    return _CHECK_CHARACTERS[sum(map(mul, _WEIGHTS, digits.encode("ascii"))) % 11]


def upgraded(digits: str) -> str:
    """Upgrade an old number of 15 ASCII digits to 18: insert 19 before the year."""
    seventeen = f"{digits[:6]}19{digits[6:]}"
    return seventeen + check_character(seventeen)


def id_number(text: str) -> str:
    """Normalise an identity number to 18 upper-case characters; upgrade 15 digits.

    Raises ValueError for any other form. Dates and check characters are not validated.
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
    """Normalise a mainland mobile number to 11 digits without a country code.

    Raises ValueError for any other form. The number range is not validated.
    """
    if _MOBILE_NUMBER.fullmatch(text):
        return text
    characters = phone_characters(text)
    if _MOBILE_NUMBER.fullmatch(characters):
        return characters
    raise ValueError("This has not the form of a mobile number.")


def username(text: str) -> str:
    """Normalise a user name: lower case, full-width letters as ASCII, stripped.

    Unpaired surrogates, which no database accepts, become U+FFFD.
    """
    if text.isascii():
        return text.lower().strip(_ALL_SPACES)
    visible = "".join(character for character in text if character not in INVISIBLE)
    lower = visible.translate(FULL_WIDTH).lower().strip(_ALL_SPACES)
    return _SURROGATE.sub("\ufffd", lower)
