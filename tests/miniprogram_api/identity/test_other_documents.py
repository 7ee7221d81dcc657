"""Numbers of passports, permits and cards that no source of ours knows."""

import pytest

from miniprogram_api.identity.other_documents import NUMBERS


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("hong_kong_macau_permit", "H12345678"),
        ("hong_kong_macau_permit", "M1234567800"),
        ("hong_kong_macau_permit", "HA1234567"),
        ("taiwan_permit", "12345678"),
        ("taiwan_permit", "1234567801A"),
        ("foreign_permanent_card", "CAN110019900101"),
        ("passport", "E12345678"),
        ("passport", "C01X00T47"),
    ],
)
def test_numbers_of_their_documents(kind: str, number: str) -> None:
    assert NUMBERS[kind].fullmatch(number)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("hong_kong_macau_permit", "T12345678"),
        ("hong_kong_macau_permit", "H1234567"),
        ("hong_kong_macau_permit", "HA12345678"),
        ("taiwan_permit", "1234567"),
        ("taiwan_permit", "H12345678"),
        ("foreign_permanent_card", "CA110019900101"),
        ("passport", "E123"),
    ],
)
def test_other_numbers(kind: str, number: str) -> None:
    assert not NUMBERS[kind].fullmatch(number)
