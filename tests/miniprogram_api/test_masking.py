"""Masked forms: enough to recognise one's own data, not enough to use another's."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api import masking


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("11010119900307993X", "110***********993X"),
        ("110101900307993", "110********7993"),
        ("1101011990030", "*************"),
        ("", ""),
    ],
)
def test_id_number(number: str, masked: str) -> None:
    assert masking.id_number(number) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13800130011", "138****0011"), ("1380013001", "**********"), ("", "")],
)
def test_phone(phone: str, masked: str) -> None:
    assert masking.phone(phone) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳三丰", "欧***"),
        ("阿依古丽·买买提", "阿***"),
        ("John Smith", "J***"),
        ("𠮷田", "𠮷*"),
        ("张", "*"),
        ("", ""),
        ("\ud800三", "**"),
    ],
)
def test_name(name: str, masked: str) -> None:
    assert masking.name(name) == masked


@pytest.mark.parametrize("mask", [masking.id_number, masking.phone, masking.name])
@given(text=st.text(st.characters()))
def test_every_text_is_masked(mask: Callable[[str], str], text: str) -> None:
    masked = mask(text)
    masked.encode("utf-8")
    assert len(masked) <= max(len(text), 18)
    if text:
        assert "*" in masked
