"""Valid test persons who do not exist.

Their numbers have the sequence codes 990 to 999 (digits 15 to 17), the only ones that the sandbox
accepts. The same arguments always give the same person.
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
    """Describe one test person; ``valid_until`` is None for a long-term card (长期)."""

    name: str
    id_number: str
    valid_from: date
    valid_until: date | None
    phone: str

    @property
    def four_elements(self) -> dict[str, str]:
        """Return name, number and term as sent over HTTP."""
        return {
            "name": self.name,
            "id_number": self.id_number,
            "valid_from": self.valid_from.isoformat(),
            "valid_until": LONG_TERM if self.valid_until is None else self.valid_until.isoformat(),
        }


def make_id_number(birth: date, sequence: int = 990, area: str = AREA) -> str:
    """Return a number with the correct check digit (GB 11643-1999).

    Accepts the sequence codes 990 to 999, odd ones for men. Raises ValueError for others.
    """
    if not 990 <= sequence <= 999:
        raise ValueError("Test people have the sequence codes 990 to 999 only.")
    digits = f"{area}{birth:%Y%m%d}{sequence}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + CHECK_CHARACTERS[total % 11]


def make_phone(number: int = 1) -> str:
    """Return the mobile number of test person ``number``: 1380013xxxx, then 1380014xxxx.

    Never ends in 0000 or 0009, which get no message from the sandbox.
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
    """Return a person whose card fits their age when it was issued.

    ``number`` (0 to 99,999) gives different ID numbers and phones; the age at issue is 26 to 45
    years unless ``birth`` or ``sequence`` says otherwise.
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
    """Return the last day of a card issued that day, None for 长期 (居民身份证法 art. 5)."""
    age = issued.year - birth.year - ((issued.month, issued.day) < (birth.month, birth.day))
    if age >= 46:
        return None
    years = 5 if age < 16 else 10 if age < 26 else 20
    try:
        return issued.replace(year=issued.year + years)
    except ValueError:
        return date(issued.year + years, 3, 1)
