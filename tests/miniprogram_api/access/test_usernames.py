"""User names: their form, distinct from phones and ID numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.access import usernames
from miniprogram_api.accounts import accounts
from miniprogram_api.reasons import Reason, Refused
from models.storage import canonical


def code_of(text: str) -> str:
    with pytest.raises(Refused) as caught:
        usernames.parse(text)
    assert caught.value.reason is Reason.INVALID_INPUT
    (entry,) = caught.value.details["fields"]
    assert entry["field"] == "username"
    return str(entry["code"])


@pytest.mark.parametrize(
    ("typed", "shown", "key"),
    [
        ("wang", "wang", "wang"),
        ("Wang_Xm88", "Wang_Xm88", "wang_xm88"),
        ("  wang ", "wang", "wang"),
        ("Ｗａｎｇ＿８８", "Wang_88", "wang_88"),
        ("w" * 32, "w" * 32, "w" * 32),
        ("abc12345678901", "abc12345678901", "abc12345678901"),
    ],
)
def test_valid_names_are_accepted(typed: str, shown: str, key: str) -> None:
    assert usernames.parse(typed) == shown
    assert usernames.key(shown) == key


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "w" * 33,
        "1wang",
        "_wang",
        "13800130010",
        "11010119900101991X",
        "王小明",
        "wang xm",
        "wang-xm",
        "wang.xm",
        "wang\x00",
        "wäng",
        "\u212aelvin",
        "wang😀",
        "' OR 1=1 --",
    ],
)
def test_invalid_names_are_refused(typed: str) -> None:
    assert code_of(typed) == "username_form"


def test_name_shaped_like_a_residence_permit_is_refused() -> None:
    assert code_of("Abc123456789012") == "username_like_id_number"


@given(st.text(max_size=40))
def test_name_is_found_as_a_user_name_only(text: str) -> None:
    try:
        shown = usernames.parse(text)
    except Refused:
        return
    assert shown.isascii()
    login = accounts.read_login(shown)
    assert login is not None
    assert (login.kind, login.value) == ("username", canonical.username(text))
