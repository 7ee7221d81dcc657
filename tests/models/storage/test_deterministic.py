"""Deterministic encryption of the identifiers that join tables."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Settings
from miniprogram_api import clock
from miniprogram_api.operations import key_rotation
from models.accounts import client_reports
from models.accounts.client_reports import ClientReport
from models.chat import ChatUser, acquire_lease, route_to_human
from models.storage import fields
from models.storage.database import database
from models.storage.deterministic import asked_by
from models.storage.fields import CIPHERS, KeyRing, keys
from tests.support.service import key_rings

DATA, INDEX = {"d1": b"1" * 32}, {"i1": b"2" * 32}
CONTEXT = b"openid"
both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("cipher", CIPHERS)
@given(one=TEXTS, other=TEXTS)
def test_equal_texts_alone_give_equal_values(cipher: str, one: str, other: str) -> None:
    ring, same = KeyRing(DATA, INDEX, cipher), KeyRing(DATA, INDEX, cipher)
    value = ring.encrypt_deterministically(one, CONTEXT)
    assert value == same.encrypt_deterministically(one, CONTEXT)
    assert (value == ring.encrypt_deterministically(other, CONTEXT)) is (one == other)
    assert value != ring.encrypt_deterministically(one, b"other")
    assert ring.decrypt(value, CONTEXT) == one
    assert ring.is_current(value)
    # Nonces of different texts differ, also in one key.
    assert (value[4:16] == ring.encrypt_deterministically(other, CONTEXT)[4:16]) is (one == other)


def test_value_depends_on_the_key() -> None:
    other = KeyRing({"d1": b"3" * 32}, INDEX)
    value = KeyRing(DATA, INDEX).encrypt_deterministically("o-zhang", CONTEXT)
    assert value != other.encrypt_deterministically("o-zhang", CONTEXT)
    assert b"zhang" not in value


def report(openid: str) -> ClientReport:
    return ClientReport.create(openid=openid, kind="sms", step="", reported_at=clock.now())


@both
def test_values_are_found_under_every_key_and_rotated(tables: Settings) -> None:
    rows = [report("o-zhang"), report("o-li")]
    assert rows[0].openid == "o-zhang"
    [(stored,)] = database.execute_sql("SELECT openid FROM client_report WHERE id = 1").fetchall()
    assert bytes(stored).startswith(keys().data_head)
    assert b"zhang" not in bytes(stored)

    def found(openid: str) -> int:
        equal = ClientReport.select().where(ClientReport.openid == openid).count()
        among = ClientReport.select().where(ClientReport.openid.in_([openid, "o-x"])).count()
        others = ClientReport.select().where(ClientReport.openid != openid).count()
        since = clock.milliseconds(clock.now() - timedelta(hours=1))
        asked = len(client_reports.last(openid, None, since, 9))
        assert equal == among == asked == ClientReport.select().count() - others
        return equal

    assert (found("o-zhang"), found("o-li"), found("o-wang")) == (1, 1, 0)
    newer = key_rings.with_new_first(keys())
    for ring in (newer, KeyRing(newer.data, newer.index, "sm4-gcm")):
        fields.use_keys(ring)
        report("o-zhang")
        before = found("o-zhang")
        assert before > 1
        key_rotation.rotate(lambda _count: None)
        assert found("o-zhang") == before
        assert key_rotation.outdated(key_rotation.survey()) == []


@both
def test_primary_key_and_join_compare_values(tables: Settings) -> None:
    now = clock.now()
    assert acquire_lease("o-zhang", "one", now, now + timedelta(minutes=1))
    assert not acquire_lease("o-zhang", "other", now, now + timedelta(minutes=1))
    assert ChatUser.get_by_id("o-zhang").holder == "one"
    # A row under an older key is the user's, too.
    with key_rings.using(key_rings.with_new_first(keys())):
        assert not acquire_lease("o-zhang", "other", now, now + timedelta(minutes=1))
        later = now + timedelta(minutes=2)
        assert acquire_lease("o-zhang", "other", later, later + timedelta(minutes=1))
        route_to_human("o-zhang", later)
    assert ChatUser.select().count() == 1
    report("o-zhang")
    joined = ClientReport.select().join(ChatUser, on=(ChatUser.openid == ClientReport.openid))
    assert joined.count() == 1


@both
def test_rows_of_an_asker_are_found_and_none_without_one(tables: Settings) -> None:
    report("o-zhang")

    def found(openid: str | None, account_id: int | None) -> int:
        return ClientReport.select().where(asked_by(ClientReport, openid, account_id)).count()

    assert (found("o-zhang", None), found("o-zhang", 1), found("o-li", 1)) == (1, 1, 0)
    # A comparison with NULL would find this row, whose account is unknown.
    assert found(None, None) == found(None, 1) == 0
