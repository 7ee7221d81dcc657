"""Encrypted fields and blind indexes."""

import hmac
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from config import Settings
from models.accounts.accounts import Account
from models.storage.fields import CIPHERS, BlindIndexField, DecryptionFailed, KeyRing, keys
from tests.support.people.persons import person
from tests.support.people.registrations import synced_account
from tests.support.service import key_rings

DATA, INDEX = {"d1": b"1" * 32}, {"i1": b"2" * 32}
CONTEXT = b"account.name"


@pytest.mark.parametrize("cipher", CIPHERS)
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_encrypted_value_round_trips(cipher: str, text: str) -> None:
    ring = KeyRing(DATA, INDEX, cipher)

    one, other = ring.encrypt(text, CONTEXT), ring.encrypt(text, CONTEXT)

    assert ring.decrypt(one, CONTEXT) == ring.decrypt(other, CONTEXT) == text
    assert one != other
    assert [ring.decrypt(v, CONTEXT) for v in ring.encrypt_all([text, "张"], CONTEXT)] == [
        text,
        "张",
    ]


@pytest.mark.parametrize("cipher", CIPHERS)
def test_modified_or_moved_value_is_not_decrypted(cipher: str) -> None:
    ring = KeyRing(DATA, INDEX, cipher)
    stored = ring.encrypt("张三", CONTEXT)

    for place in range(len(stored)):
        changed = stored[:place] + bytes((stored[place] ^ 1,)) + stored[place + 1 :]
        with pytest.raises(DecryptionFailed):
            ring.decrypt(changed, CONTEXT)
    for length in range(len(stored)):
        with pytest.raises(DecryptionFailed):
            ring.decrypt(stored[:length], CONTEXT)
    with pytest.raises(DecryptionFailed):
        ring.decrypt(stored, b"account.phone")
    with pytest.raises(DecryptionFailed):
        KeyRing({"d1": b"3" * 32}, INDEX, cipher).decrypt(stored, CONTEXT)


def test_nonces_are_unique() -> None:
    ring = KeyRing(DATA, INDEX)

    values = ring.encrypt_all(["张三"] * 100, CONTEXT)

    assert len(set(values)) == 100
    assert len({value[4:16] for value in values}) == 100


def test_a_blind_index_is_an_hmac_that_names_its_key() -> None:
    ring = KeyRing(DATA, {"i2": b"5" * 32, **INDEX})
    mac = hmac.new(b"5" * 32, b"identity\0" + b"110101199001019990", sha256).digest()

    assert ring.digest("110101199001019990", b"identity") == b"\x02i2" + mac
    assert ring.digest_all(["110101199001019990"], b"identity") == [b"\x02i2" + mac]
    assert ring.digest("110101199001019990", b"phone") != b"\x02i2" + mac
    assert ring.digests("1", b"x")[1] == ring.digest_under("i1", "1", b"x")


def test_ring_detects_values_under_its_first_key_and_cipher() -> None:
    old = KeyRing(DATA, INDEX)
    new = key_rings.with_new_first(old)
    other_cipher = KeyRing(DATA, INDEX, "sm4-gcm")
    stored, index = old.encrypt("张三", CONTEXT), old.digest("张三", CONTEXT)

    assert (old.is_current(stored), old.is_current_digest(index)) == (True, True)
    assert (new.is_current(stored), new.is_current_digest(index)) == (False, False)
    assert not other_cipher.is_current(stored)
    # An id that another one begins with is not taken for it.
    longer = KeyRing({"d11": b"7" * 32}, {"i11": b"7" * 32})
    assert not old.is_current(longer.encrypt("张三", CONTEXT))
    assert not old.is_current_digest(longer.digest("张三", CONTEXT))


@pytest.mark.parametrize("options", [{}, {"source": "phone", "void_after": "lease_until"}])
def test_index_that_cannot_be_rotated_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(TypeError):
        BlindIndexField("phone", **options)


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_people_are_found_under_every_current_key(tables: Settings) -> None:
    people = [person(number=number) for number in range(2)]
    synced_account(people[0])
    with key_rings.using(key_rings.with_new_first(keys())):
        synced_account(people[1])

        for someone in people:
            found = Account.get(Account.identity_index.matches(someone.id_number))
            assert found.id_number == someone.id_number
            assert Account.get(Account.phone_index.matches(someone.phone)).phone == someone.phone


def test_counter_names_are_stable_during_rotation() -> None:
    """Follow the runbook: key added at the end, moved to the front, old key removed."""
    old, new = bytes(range(32)), bytes(range(1, 33))

    def name(**index: bytes) -> str:
        return KeyRing({}, index).counter_name("13800130011", b"phone")

    before = name(i9=old)
    assert name(i9=old, i10=new) == before
    assert name(i10=new, i9=old) == before
    assert name(i10=new) != before


def test_sm4_has_a_key_of_its_own_and_reads_the_derived_one() -> None:
    derived = KeyRing(DATA, INDEX, "sm4-gcm")
    stored = derived.encrypt("王小明", b"account.name")
    own = KeyRing({"s1": bytes(range(16)), **DATA}, INDEX, "sm4-gcm")
    assert own.decrypt(stored, b"account.name") == "王小明"
    assert not own.is_current(stored)
    renewed = own.encrypt("王小明", b"account.name")
    assert own.is_current(renewed)
    # No hash lies between: the key itself opens it.
    head, nonce, sealed = renewed[:4], renewed[4:16], renewed[16:]
    opened = Cipher(algorithms.SM4(bytes(range(16))), modes.GCM(nonce, sealed[-16:])).decryptor()
    opened.authenticate_additional_data(head + b"account.name")
    assert (opened.update(sealed[:-16]) + opened.finalize()).decode() == "王小明"
    assert len(own.all_deterministic("o1", b"openid")) == 1 + 2 * len(DATA)
