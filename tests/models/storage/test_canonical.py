"""The canonical forms that blind indexes are computed from."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.storage import canonical
from tests.support.people.persons import make_id_number

WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]
MOBILE = st.from_regex("1[0-9]{10}", fullmatch=True)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("11010519491231993X", "11010519491231993X"),
        ("11010519491231993x", "11010519491231993X"),
        ("11010519491231993\uff38", "11010519491231993X"),
        ("11010519491231993\uff58", "11010519491231993X"),
        ("11010519491231993\u2169", "11010519491231993X"),
        ("11010519491231993\u2179", "11010519491231993X"),
        ("11010519491231993\u00d7", "11010519491231993X"),
        ("１１０１０５１９４９１２３１９９３Ｘ", "11010519491231993X"),
        (" 110105\u00a019491231\t993x\n", "11010519491231993X"),
        ("\u202a110105-1949\u20131231\u2014993\u200bX\u202c\ufeff", "11010519491231993X"),
        ("440524800101993", "440524198001019931"),
    ],
)
def test_id_number_is_canonicalised(typed: str, expected: str) -> None:
    assert canonical.id_number(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1101051949123100",
        "1101051949123199300",
        "X1010519491231993X",
        "１１０１０５",
        "\u0661" * 18,
        "1" * 14,
        "CAN310012345678",
        "1\x00" * 9,
        "\ud800" * 18,
        "9" * 1_000_000,
    ],
)
def test_other_texts_are_no_id_numbers(typed: str) -> None:
    with pytest.raises(ValueError, match="form of an identity number") as refused:
        canonical.id_number(typed)
    assert typed == "" or typed not in str(refused.value)


@pytest.mark.parametrize(
    ("digits", "character"), [("11010519491231002", "X"), ("44052418800101001", "4")]
)
def test_check_character_of_the_examples_in_the_standard(digits: str, character: str) -> None:
    assert canonical.check_character(digits) == character


@given(st.from_regex("[0-9]{17}", fullmatch=True))
def test_check_character_satisfies_iso_7064(digits: str) -> None:
    character = canonical.check_character(digits)
    value = 10 if character == "X" else int(character)
    weighted = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    assert (weighted + value) % 11 == 1


@given(st.from_regex("[0-9]{17}", fullmatch=True), st.integers(0, 16), st.integers(1, 9))
def test_check_character_finds_every_single_wrong_digit(digits: str, place: int, by: int) -> None:
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    assert canonical.check_character(wrong) != canonical.check_character(digits)


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(990, 999))
def test_old_number_becomes_the_new_number_of_the_same_person(birth: date, sequence: int) -> None:
    number = make_id_number(birth, sequence)
    old = number[:6] + number[8:17]
    assert canonical.upgraded(old) == canonical.id_number(old) == number


@pytest.mark.parametrize(
    "typed",
    [
        "13800138001",
        "+8613800138001",
        "008613800138001",
        "8613800138001",
        "+86 138-0013-8001",
        "(+86) 138 0013 8001",
        "１３８００１３８００１",
        "＋８６１３８００１３８００１",
        "\u202a138\u00a00013\u20138001\u202c",
    ],
)
def test_phone_is_canonicalised(typed: str) -> None:
    assert canonical.phone(typed) == "13800138001"


@pytest.mark.parametrize(
    "typed",
    ["", "1380013800", "138001380011", "23800138001", "+8523800138001", "86", "86138", "\ud800"],
)
def test_other_texts_are_no_phones(typed: str) -> None:
    with pytest.raises(ValueError, match="form of a mobile number"):
        canonical.phone(typed)


def test_number_beginning_with_86_keeps_its_digits() -> None:
    assert canonical.phone_characters("86138001380") == "86138001380"


@given(MOBILE)
def test_canonical_phone_is_unchanged(phone: str) -> None:
    assert canonical.phone(phone) == phone == canonical.phone(f"+86{phone}")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Zhang_San1", "zhang_san1"),
        (" zhang\u200bsan\u3000", "zhangsan"),
        ("ＺｈａｎｇＳａｎ", "zhangsan"),
        ("\ud800a", "\ufffda"),
        ("", ""),
    ],
)
def test_username_is_canonicalised(typed: str, expected: str) -> None:
    assert canonical.username(typed) == expected


@given(st.text(st.characters()))
def test_every_text_has_one_username_valid_in_utf8(text: str) -> None:
    username = canonical.username(text)
    assert canonical.username(username) == username
    username.encode("utf-8")
