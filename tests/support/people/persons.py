"""Test people: complete and valid, and never somebody who lives.

Their numbers have the sequence codes 990 to 999 (digits 15 to 17), the only ones that the sandbox
knows. Everything is deterministic: the same arguments give the same person, today and in ten years.
"""

from dataclasses import dataclass
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
AREA = "110101"
ISSUED = date(2024, 6, 3)
LONG_TERM = "长期"


@dataclass(frozen=True)
class Person:
    """One test person; ``valid_until`` is None for a card that is valid for good (长期)."""

    name: str
    id_number: str
    valid_from: date
    valid_until: date | None
    phone: str

    @property
    def four_elements(self) -> dict[str, str]:
        """Name, number and term as a client of the HTTP interface sends them."""
        return {
            "name": self.name,
            "id_number": self.id_number,
            "valid_from": self.valid_from.isoformat(),
            "valid_until": LONG_TERM if self.valid_until is None else self.valid_until.isoformat(),
        }


def make_id_number(birth: date, sequence: int = 990, area: str = AREA) -> str:
    """A number with the right check digit (GB 11643-1999).

    Only the sequence codes 990 to 999 are taken, odd ones for men. Raises ValueError for others.
    """
    if not 990 <= sequence <= 999:
        raise ValueError("Test people have the sequence codes 990 to 999 only.")
    digits = f"{area}{birth:%Y%m%d}{sequence}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + CHECK_CHARACTERS[total % 11]


def make_phone(number: int = 1) -> str:
    """The mobile number of test person ``number``: 1380013xxxx, then 1380014xxxx, and so on.

    It never ends in 0000 or 0009, which the sandbox treats as numbers that get no message.
    """
    block, tail = divmod(number, 9990)
    return f"138{13 + block:04d}{tail + 10:04d}"


def person(
    name: str = "张三",
    *,
    number: int = 0,
    birth: date | None = None,
    sequence: int | None = None,
    area: str = AREA,
    issued: date = ISSUED,
    phone: str | None = None,
) -> Person:
    """A person whose card fits his age when it was issued.

    ``number`` tells people apart: 0 to 99,999 have different numbers and phones, and are between
    26 and 45 years old when the card is issued, unless ``birth`` or ``sequence`` says otherwise.
    """
    if not 0 <= number < 100_000:
        raise ValueError("There are 100,000 test people.")
    place, order = divmod(number, 10)
    if birth is None:
        years, days = divmod(place % 5000, 336)
        birth = date(1982 + years, 1 + days // 28, 1 + days % 28)
        if place >= 5000:
            area = str(int(area) + 1)
    return Person(
        name=name,
        id_number=make_id_number(birth, 990 + order if sequence is None else sequence, area),
        valid_from=issued,
        valid_until=end_of_term(birth, issued),
        phone=make_phone(number) if phone is None else phone,
    )


def end_of_term(birth: date, issued: date) -> date | None:
    """The last day of a resident card issued on that day, None for 长期 (居民身份证法 art. 5)."""
    age = issued.year - birth.year - ((issued.month, issued.day) < (birth.month, birth.day))
    if age >= 46:
        return None
    years = 5 if age < 16 else 10 if age < 26 else 20
    try:
        return issued.replace(year=issued.year + years)
    except ValueError:
        return date(issued.year + years, 3, 1)
