"""Passwords: strength, normalisation and hashing."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.access import passwords
from miniprogram_api.reasons import Reason, Refused
from tests.support.people.persons import person

SOMEONE = person("王小明", number=7)
YEAR, DAY = SOMEONE.id_number[6:10], SOMEONE.id_number[10:14]


def verdict(password: str, name: str = SOMEONE.name) -> str:
    """Return the codes of the refusal of a password, joined by spaces, or ``ok``."""
    try:
        passwords.check_strength(
            password, phone=SOMEONE.phone, id_number=SOMEONE.id_number, name=name
        )
    except Refused as refused:
        found = refused
    else:
        return "ok"
    assert found.reason is Reason.INVALID_INPUT
    entries = found.details["fields"]
    assert {entry["field"] for entry in entries} == {"password"}
    assert max(len(entry["message"]) for entry in entries) <= 60
    return " ".join(entry["code"] for entry in entries)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_too_short"),
        ("x7!kQ2m", "password_too_short"),
        ("x7!kQ2mp", "ok"),
        ("岸汀兰芷郁郁青青", "ok"),
        ("岸汀兰芷郁郁青", "password_too_short"),
        ("plover" * 10 + "-7Kq", "ok"),
        ("plover" * 10 + "-7Kqz", "password_too_long"),
        ("12345678", "password_too_common"),
        ("PassWord1", "password_too_common"),
        ("woaini1314", "password_too_common"),
        ("WoAiNi1314!", "password_too_common"),
        ("a123456789", "password_too_common"),
        ("5201314520", "password_too_common"),
        ("ｗｏａｉｎｉ１３１４", "password_too_common"),
        ("zxcvbnm123", "password_too_common"),
        ("aaaaaaaaaa", "password_too_common"),
        ("k7k7k7k7k7", "password_too_common"),
        ("x4!qx4!qx4", "password_too_common"),
        ("qwertyuiop[", "password_too_common"),
        ("jihgfedcb", "password_too_common"),
        ("20010911", "password_too_common"),
        ("20011399", "ok"),
        (SOMEONE.phone, "password_contains_phone"),
        (f"w-{SOMEONE.phone}-w", "password_contains_phone"),
        (SOMEONE.phone[-8:], "password_contains_phone"),
        (SOMEONE.id_number, "password_contains_id_number"),
        (f"!{SOMEONE.id_number.lower()}", "password_contains_id_number"),
        (SOMEONE.id_number[6:14], "password_contains_id_number"),
        (SOMEONE.id_number[-8:], "password_contains_id_number"),
        (SOMEONE.id_number[:17] + "-", "password_contains_id_number"),
        (SOMEONE.id_number[:6] + SOMEONE.id_number[8:17], "password_contains_id_number"),
        (f"kestrel{SOMEONE.id_number[8:14]}", "password_contains_id_number"),
        (f"{YEAR}-1-1-kestrel", "password_contains_id_number"),
        (f"{YEAR}年1月1日的鸟", "password_contains_id_number"),
        (f"kestrel{DAY}{YEAR}", "password_contains_id_number"),
        (f"kestrel{SOMEONE.id_number[-6:].lower()}", "password_contains_id_number"),
        (f"{YEAR}-kestrel-11", "ok"),
        (f"kestrel{SOMEONE.phone[-6:]}", "password_contains_phone"),
        (f"kestrel{SOMEONE.phone[-4:]}", "ok"),
        (
            f"王小明{SOMEONE.phone[-6:]}" + "x" * 60,
            "password_too_long password_contains_phone password_contains_name",
        ),
        (SOMEONE.phone[-6:], "password_too_short password_contains_phone"),
        ("我是王小明，你好", "password_contains_name"),
        ("王 小 明 的 钥 匙", "password_contains_name"),
    ],
)
def test_strength(password: str, code: str) -> None:
    assert verdict(password) == code


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        ("Li", "Li-kestrel-9", "ok"),
        ("John Smith", "my.johnSMITH.9", "password_contains_name"),
        ("阿卜杜·拉", "阿卜杜拉的小钥匙", "password_contains_name"),
        ("王", "王者归来再战三百回合", "ok"),
    ],
)
def test_password_with_the_name_inside_is_refused(name: str, password: str, code: str) -> None:
    assert verdict(password, name) == code


def test_strength_without_a_phone_and_a_name() -> None:
    passwords.check_strength("x7!kQ2mp", phone=None, id_number=None, name=None)
    with pytest.raises(Refused):
        passwords.check_strength("12345678", phone=None, id_number=None, name=None)


@given(st.text(max_size=80))
def test_any_text_has_a_strength(password: str) -> None:
    if verdict(password) == "ok":
        assert 8 <= len(passwords.normalise(password)) <= 64


@given(st.integers(0, 999_999).map(lambda n: f"kq{n:06}"))
def test_common_passwords_ignore_case(password: str) -> None:
    assert passwords.is_common(password) == passwords.is_common(password.upper())


def test_list_of_common_passwords_is_complete() -> None:
    listed = passwords._common_passwords()
    assert len(listed) > 5000
    assert all(8 <= len(entry) <= 64 and entry == entry.casefold() for entry in listed)


def test_password_is_hashed_with_argon2id() -> None:
    kept = passwords.hash_password("x7!kQ2mp")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(kept, "x7!kQ2mp")
    assert not passwords.verify(kept, "x7!kQ2mP")
    assert not passwords.needs_rehash(kept)


@pytest.mark.parametrize("password", ["x7!kQ2mp", "银杏 树下 ☂ 7", "🎈" * 64])
def test_hashes_are_interchangeable_with_the_reference_implementation(
    password: str,
) -> None:
    reference = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    assert reference.verify(passwords.hash_password(password), password)
    assert passwords.verify(reference.hash(password), password)


def test_dummy_hash_has_the_format_of_stored_hashes() -> None:
    # A form that is none would be refused at once, and tell which accounts there are.
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(passwords.DUMMY_HASH, "x7!kQ2mp")
    assert not passwords.verify(passwords.DUMMY_HASH, "x7!kQ2mp")
    assert not passwords.needs_rehash(passwords.DUMMY_HASH)


def test_full_width_letters_are_the_same_password() -> None:
    kept = passwords.hash_password("ｘ７！ｋＱ２ｍｐ")
    assert passwords.verify(kept, "x7!kQ2mp")


def test_other_parameters_need_a_rehash() -> None:
    kept = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash("x7!kQ2mp")
    assert passwords.verify(kept, "x7!kQ2mp")
    assert passwords.needs_rehash(kept)


def test_many_simultaneous_comparisons_finish() -> None:
    kept = passwords.hash_password("x7!kQ2mp")
    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(lambda n: passwords.verify(kept, f"x7!kQ2m{n}"), "pqrstuvwxyz0"))
    assert results == [True] + [False] * 11
