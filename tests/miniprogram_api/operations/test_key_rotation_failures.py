"""Key rotation with missing or wrong keys and damaged values."""

import pytest

from config import Settings
from miniprogram_api.accounts import accounts
from miniprogram_api.identity import verification
from miniprogram_api.operations import key_rotation
from miniprogram_api.operations.key_rotation import PresentKeyWrong
from models.accounts.accounts import Account
from models.accounts.verifications import IdentityClaim
from models.storage.database import database
from models.storage.fields import DecryptionFailed, KeyRing, keys
from tests.support.people.accounts import fresh
from tests.support.people.persons import person
from tests.support.people.registrations import synced_account
from tests.support.service import key_rings
from tests.support.service.rotations import left, raw_rows, rotate
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


# What can be wrong


def test_missing_key_is_reported_and_other_values_are_rotated(tables: Settings) -> None:
    ring = keys()
    synced_account(person(number=1))
    other = KeyRing({"dx": b"x" * 32}, ring.index)
    with key_rings.using(other):
        account = synced_account(person(number=2))
    new = key_rings.with_new_first(ring)

    with key_rings.using(new):
        outcome = rotate()

        assert outcome.rows == 1
        assert {problem: rows for (_, _, problem), rows in outcome.problems.items()} == {
            key_rotation.UNREADABLE: 1
        }
        assert {(u.column, u.key, u.known, u.rows) for u in left()} == {
            ("name", "dx", False, 1),
            ("id_number", "dx", False, 1),
            ("phone", "dx", False, 1),
            ("identity_index", ring.index_key_id, True, 1),
            ("phone_index", ring.index_key_id, True, 1),
        }
    with key_rings.using(KeyRing({**new.data, **other.data}, new.index)):
        assert rotate().rows == 1
        assert left() == []
        assert fresh(account).id_number == person(number=2).id_number


def test_lost_index_key_is_recomputed(tables: Settings) -> None:
    someone = person(number=1)
    synced_account(someone)
    ring = keys()

    with key_rings.using(KeyRing(ring.data, {"fresh": b"f" * 32})):
        assert accounts.find_by_login(someone.id_number) == []
        assert [usage.known for usage in left()] == [False, False]
        assert not rotate().problems
        assert len(accounts.find_by_login(someone.id_number)) == 1


@pytest.mark.parametrize("kind", ["DATA_KEYS", "INDEX_KEYS"])
def test_a_wrong_first_key_changes_nothing(tables: Settings, kind: str) -> None:
    synced_account(person(number=1))
    ring = keys()
    with key_rings.using(key_rings.with_new_first(ring)) as new:
        synced_account(person(number=2))
    wrong = KeyRing(
        {**new.data, **({new.data_key_id: b"w" * 32} if kind == "DATA_KEYS" else {})},
        {**new.index, **({new.index_key_id: b"w" * 32} if kind == "INDEX_KEYS" else {})},
    )
    before = raw_rows()

    with key_rings.using(wrong), pytest.raises(PresentKeyWrong) as raised:
        rotate()

    assert kind in str(raised.value)
    assert raw_rows() == before


def test_wrong_old_key_changes_nothing(tables: Settings) -> None:
    synced_account(person(number=1))
    ring = keys()
    new = key_rings.with_new_first(ring)
    before = raw_rows()

    with key_rings.using(KeyRing({**new.data, ring.data_key_id: b"w" * 32}, new.index)):
        outcome = rotate()

    assert set(outcome.problems) == {
        ("account", column, key_rotation.UNREADABLE)
        for column in ("name", "id_number", "phone", "identity_index", "phone_index")
    }
    assert raw_rows()[:1] == before[:1]


def test_damaged_value_does_not_stop_the_others(tables: Settings) -> None:
    account = synced_account(person(number=1))
    damaged = bytearray(database.execute_sql("SELECT name FROM account").fetchone()[0])
    damaged[-1] ^= 1
    database.execute_sql("UPDATE account SET name = ?", (bytes(damaged),))

    with key_rings.using(key_rings.with_new_first(keys())) as ring:
        outcome = rotate()

        assert list(outcome.problems) == [("account", "name", key_rotation.UNREADABLE)]
        assert [usage.column for usage in left()] == ["name"]
    with key_rings.using(key_rings.without_old(ring)):
        phone = Account.select(Account.phone).where(Account.id == account.id).scalar()
        assert phone == person(number=1).phone
        with pytest.raises(DecryptionFailed):
            fresh(account)


@both_databases
def test_duplicate_rows_of_one_person_are_reported(tables: Settings) -> None:
    someone = person(number=1)
    first = synced_account(someone)
    new = key_rings.with_new_first(keys())
    with key_rings.using(new):
        # Nothing in the service does this: both rows would have to be written past the claims.
        second = synced_account(someone, phone=None, phone_index=None)
        other = synced_account(person(number=2))
        Account.update(phone_index=b"\x05other").where(Account.id == other.id).execute()

        outcome = rotate()

        assert outcome.problems["account", "identity_index", key_rotation.NOT_UNIQUE] == 1
        assert {usage.column for usage in left()} >= {"identity_index"}
        assert {fresh(first).id_number, fresh(second).id_number} == {someone.id_number}
        assert fresh(other).phone_index == new.digest(person(number=2).phone, b"phone")


def test_active_claims_are_left_to_expire(rules: Rules) -> None:
    ring = key_rings.with_new_first(keys())
    with key_rings.using(ring), verification.claimed(rules.services, person(number=1).id_number):
        assert IdentityClaim.select().count() == 2
        assert left() == []
        assert rotate().removed == 0
        assert IdentityClaim.select().count() == 2
    assert IdentityClaim.select().count() == 0
