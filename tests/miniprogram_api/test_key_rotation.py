"""Rotating keys: everything is written anew, nothing is lost, and nobody notices."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest

from config import Settings
from miniprogram_api import (
    accounts,
    cancellation,
    clock,
    key_rotation,
    registration,
    sign_in,
    verification,
)
from miniprogram_api.key_rotation import Outcome, PresentKeyWrong, Usage
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sign_in import Credentials
from models import stored_values
from models.accounts import ACTIVE, Account
from models.audit import AuditEntry
from models.database import database, transaction
from models.fields import DecryptionFailed, KeyRing, keys
from models.idempotency import IdempotentCall
from models.inventory import all_tables
from models.outbox import Notice
from models.sms_codes import PhoneProof, SmsCode
from models.verifications import FaceChallenge, IdentityCheck, IdentityClaim
from tests.support import key_rings
from tests.support.accounts import account_of, fresh
from tests.support.people import Person, person
from tests.support.registrations import PASSWORD, form, sent_code, synced_account, wechat_session
from tests.support.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ADDRESS = "192.0.2.7"


def rotate(**options: bool) -> Outcome:
    return key_rotation.rotate(lambda _rows: None, **options)


def left() -> list[Usage]:
    return key_rotation.left(key_rotation.survey())


def fill_all_tables() -> None:
    """At least one value in every column for personal data."""
    someone, gone = person(number=1), person("李四", number=2)
    account = account_of(someone)
    cancellation.cancel_by_hand(account_of(gone).id, "搬家了", actor="command")
    now = clock.now()
    sent_code(someone.phone)
    PhoneProof.insert(
        token_hash=b"proof",
        phone=someone.phone,
        phone_index=someone.phone,
        method="wechat",
        created_at=now,
        expires_at=now,
    ).execute()
    Notice.insert(account=account.id, kind="x", phone=someone.phone, created_at=now).execute()
    FaceChallenge.insert(
        id="challenge",
        account=account.id,
        session_hash=b"session",
        mode="wechat",
        verify_id="verify-id",
        created_at=now,
        expires_at=now,
    ).execute()
    IdempotentCall.insert(
        key_hash=b"call",
        body_digest=b"digest",
        holder="me",
        created_at=now,
        lease_until=now,
        status=200,
        body="{}",
    ).execute()
    IdentityCheck.insert(
        id_number=someone.id_number,
        identity_index=someone.id_number,
        purpose="register",
        checked_at=now,
        outcome="match",
        source="test",
        long_term=False,
        name_has_dot=False,
    ).execute()
    IdentityClaim.insert(
        identity_index=gone.id_number, holder=b"dead", lease_until=now - timedelta(seconds=1)
    ).execute()


def everything() -> dict[str, list[str]]:
    """All rows as the models read them; blind indexes and what a rotation adds are left out."""
    return {
        model._meta.table_name: sorted(
            repr([value for name, value in row.__data__.items() if not name.endswith("_index")])
            for row in model.select()
        )
        for model in all_tables()
        if model not in (AuditEntry, IdentityClaim)
    }


@both_databases
@pytest.mark.parametrize("cipher", ["aes-256-gcm", "sm4-gcm"])
def test_everything_is_written_anew_and_reads_as_before(tables: Settings, cipher: str) -> None:
    fill_all_tables()
    before = everything()
    columns = {(usage.table, usage.column) for usage in key_rotation.survey()}
    assert columns == {
        (table.name, field.column_name)
        for table in stored_values.tables()
        for field in (*table.fields, *table.leases)
    }, "a table for personal data is not filled by this test"
    ring = key_rings.with_new_first(keys(), cipher)

    with key_rings.in_force(ring):
        assert {(usage.table, usage.column) for usage in left()} == columns
        outcome = rotate()
        assert not outcome.problems
        assert outcome.removed == 1
        assert left() == []
        assert rotate().rows == 0
    with key_rings.in_force(key_rings.without_old(ring)):
        assert everything() == before
        assert left() == []
        assert accounts.find_by_login(person(number=1).id_number)[0].name == "张三"
        login = accounts.read_login(person(number=2).id_number)
        assert login is not None
        cancelled = accounts.find_cancelled(login)
        assert cancelled is not None
        assert cancelled.cancellation_reason == "搬家了"


def test_another_cipher_alone_is_a_rotation(tables: Settings) -> None:
    account = account_of(person(number=1))
    ring = keys()
    chinese = KeyRing(ring.data, ring.index, "sm4-gcm")

    with key_rings.in_force(chinese):
        assert {usage.key for usage in left()} == {f"{ring.data_key_id} (aes-256-gcm)"}
        assert rotate().rows == 1
        assert left() == []
        assert fresh(account).name == "张三"
        stored = database.execute_sql("SELECT name FROM account").fetchone()[0]
        assert bytes(stored)[0] == 2


@both_databases
def test_a_rehearsal_writes_nothing_and_finds_what_is_wrong(tables: Settings) -> None:
    fill_all_tables()
    ring = key_rings.with_new_first(keys())
    Account.update(phone_index="13900139000").where(Account.status == ACTIVE).execute()
    before = _raw()

    with key_rings.in_force(ring):
        outcome = rotate(dry_run=True)

        assert outcome.rows == 8
        assert list(outcome.problems) == [("account", "phone_index", key_rotation.MISMATCH)]
    assert _raw() == before


def _raw() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for table in stored_values.tables():
        for row in database.execute_sql(f'SELECT * FROM "{table.name}"').fetchall():
            rows.append((table.name, *(bytes(v) if isinstance(v, memoryview) else v for v in row)))
    return sorted(rows, key=repr)


# While others work


class Busy:
    """Threads that keep changing accounts of their own, as the service does."""

    def __init__(self, count: int, each: int) -> None:
        self.errors: list[Exception] = []
        self.changes = 0
        self.phones: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self._stop = Event()
        self.people = [person(number=number) for number in range(count * each)]
        for someone in self.people:
            account_of(someone)
            self.phones[someone.id_number] = someone.phone
            self.names[someone.id_number] = someone.name
        self._threads = [
            Thread(target=self._work, args=(number, self.people[number::count]))
            for number in range(count)
        ]

    def _work(self, number: int, people: list[Person]) -> None:
        chance = random.Random(number)
        acts = [self._change_phone, self._rename, self._cancel_and_register, self._send_code]
        try:
            while not self._stop.is_set():
                chance.choice(acts)(chance.choice(people), chance)
                self.changes += 1
        except Exception as error:
            self.errors.append(error)
        finally:
            if not database.is_closed():
                database.close()

    def _change_phone(self, someone: Person, chance: random.Random) -> None:
        phone = f"1390013{chance.randrange(10_000):04d}"
        with transaction():
            accounts.require_place_on_phone(phone, 1_000)
            account = self._account(someone)
            Account.update(phone=phone, phone_index=phone).where(Account.id == account.id).execute()
        self.phones[someone.id_number] = phone

    def _rename(self, someone: Person, chance: random.Random) -> None:
        name = chance.choice("王李赵钱") + chance.choice("一二三四")
        account = self._account(someone)
        Account.update(name=name).where(Account.id == account.id).execute()
        self.names[someone.id_number] = name

    def _cancel_and_register(self, someone: Person, chance: random.Random) -> None:
        cancellation.cancel_by_hand(self._account(someone).id, "换证", actor="command")
        account_of(someone)
        self.phones[someone.id_number] = someone.phone
        self.names[someone.id_number] = someone.name

    def _send_code(self, someone: Person, chance: random.Random) -> None:
        sent_code(someone.phone)

    def _account(self, someone: Person) -> Account:
        return Account.get(Account.identity_index.matches(someone.id_number))

    @contextmanager
    def working(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()
        assert not self.errors, self.errors

    def check(self) -> None:
        """Every account is readable, found, and as its thread left it."""
        for number, phone in self.phones.items():
            account = Account.get(Account.identity_index.matches(number))
            assert (account.id_number, account.phone) == (number, phone)
            assert account.name == self.names[number]
            assert account.id in {a.id for a in accounts.find_by_login(phone)}
        for account in Account.select().where(Account.status == "cancelled"):
            assert account.former_identity_index == keys().digest(account.id_number, b"identity")


@both_databases
def test_nobody_notices_a_rotation(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 20)
    someone = person(number=900)
    account_of(someone)
    busy = Busy(4, 25)
    seen: list[int] = []

    def signs_in_and_is_known() -> None:
        credentials = Credentials(someone.id_number, PASSWORD)
        done = sign_in.with_password(
            rules.services, credentials, session=wechat_session(), address=ADDRESS
        )
        assert done.account.level == 3
        sent_code(someone.phone)
        with pytest.raises(Refused) as refused:
            registration.register(
                rules.services, form(someone), session=wechat_session("li"), address=ADDRESS
            )
        assert refused.value.reason is Reason.ALREADY_REGISTERED

    def progress(rows: int) -> None:
        seen.append(rows)
        # In the middle: some rows are under the new keys, others are not.
        if len(seen) in (1, 4):
            signs_in_and_is_known()

    signs_in_and_is_known()
    ring = key_rings.with_new_first(keys())
    with key_rings.in_force(ring), busy.working():
        changes = busy.changes
        outcome = key_rotation.rotate(progress)
        assert busy.changes > changes
        assert not outcome.problems
        assert left() == []
        signs_in_and_is_known()
    assert len(seen) >= 5
    with key_rings.in_force(key_rings.without_old(ring)):
        signs_in_and_is_known()
        busy.check()
        assert all(row.phone for row in SmsCode.select())


@both_databases
def test_a_change_between_reading_and_writing_wins(
    tables: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = account_of(person(number=1))
    real, meanwhile = stored_values.replace, ["13900139001", "13900139002"]

    def replace(
        table: stored_values.Table, changes: list[stored_values.Change]
    ) -> tuple[int, list[stored_values.Change]]:
        if meanwhile:
            phone = meanwhile.pop()
            # The index alone is still to be rotated in the second pass.
            with key_rings.in_force(KeyRing(keys().data, old.index)):
                Account.update(phone=phone, phone_index=phone).execute()
        return real(table, changes)

    monkeypatch.setattr(stored_values, "replace", replace)
    old = keys()
    with key_rings.in_force(key_rings.with_new_first(old)) as ring:
        outcome = rotate()
        assert (outcome.rows, left()) == (1, [])
    with key_rings.in_force(key_rings.without_old(ring)):
        assert fresh(account).phone == "13900139001"
        assert len(accounts.find_by_login("13900139001")) == 1


@both_databases
def test_what_processes_with_the_old_order_write_is_met_in_the_next_run(tables: Settings) -> None:
    ring = key_rings.with_new_first(keys())
    old_order = KeyRing(dict(reversed(ring.data.items())), dict(reversed(ring.index.items())))
    account = account_of(person(number=1))
    with key_rings.in_force(ring):
        rotate()
    with key_rings.in_force(old_order):
        Account.update(phone="13900139000", phone_index="13900139000").execute()

    with key_rings.in_force(ring):
        assert {(usage.column, usage.rows) for usage in left()} == {
            ("phone", 1),
            ("phone_index", 1),
        }
        assert rotate().rows == 1
        assert left() == []
    with key_rings.in_force(key_rings.without_old(ring)):
        assert fresh(account).phone == "13900139000"
        assert len(accounts.find_by_login("13900139000")) == 1


@both_databases
def test_two_rotations_at_once_do_no_harm(
    tables: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 10)
    people = [person(number=number) for number in range(60)]
    for someone in people:
        synced_account(someone)
    ring = key_rings.with_new_first(keys())

    with key_rings.in_force(ring):
        results = at_once([rotate, rotate])

        assert all(isinstance(result, Outcome) for result in results), results
        assert left() == []
    with key_rings.in_force(key_rings.without_old(ring)):
        for someone in people:
            assert accounts.find_by_login(someone.id_number)[0].phone == someone.phone


@both_databases
def test_an_interrupted_rotation_goes_on_where_it_stopped(
    tables: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 10)
    for number in range(30):
        synced_account(person(number=number))

    def interrupt(rows: int) -> None:
        if rows == 20:
            raise KeyboardInterrupt

    with key_rings.in_force(key_rings.with_new_first(keys())):
        with pytest.raises(KeyboardInterrupt):
            key_rotation.rotate(interrupt)
        assert {usage.rows for usage in left()} == {10}
        assert rotate().rows == 10
        assert left() == []


@pytest.mark.parametrize("tables", ["postgresql"], indirect=True)
def test_a_locked_row_is_left_and_met_again(tables: Settings) -> None:
    accounts_made = [synced_account(person(number=number)) for number in range(3)]
    locked, done = Event(), Event()

    def hold() -> None:
        with transaction():
            Account.update(name="王五").where(Account.id == accounts_made[1].id).execute()
            locked.set()
            done.wait(20)
        database.close()

    with key_rings.in_force(key_rings.with_new_first(keys())):
        thread = Thread(target=hold)
        thread.start()
        assert locked.wait(20)

        def progress(rows: int) -> None:
            if rows > 3:
                # The second pass looks at the locked row alone.
                done.set()

        outcome = key_rotation.rotate(progress)
        thread.join()
        assert left() == []
        assert outcome.rows >= 2
        assert fresh(accounts_made[1]).name == "王五"


# What can be wrong


def test_a_missing_key_is_named_and_the_rest_is_done(tables: Settings) -> None:
    ring = keys()
    synced_account(person(number=1))
    other = KeyRing({"dx": b"x" * 32}, ring.index)
    with key_rings.in_force(other):
        account = synced_account(person(number=2))
    new = key_rings.with_new_first(ring)

    with key_rings.in_force(new):
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
    with key_rings.in_force(KeyRing({**new.data, **other.data}, new.index)):
        assert rotate().rows == 1
        assert left() == []
        assert fresh(account).id_number == person(number=2).id_number


def test_a_lost_index_key_is_made_up_for(tables: Settings) -> None:
    someone = person(number=1)
    synced_account(someone)
    ring = keys()

    with key_rings.in_force(KeyRing(ring.data, {"fresh": b"f" * 32})):
        assert accounts.find_by_login(someone.id_number) == []
        assert [usage.known for usage in left()] == [False, False]
        assert not rotate().problems
        assert len(accounts.find_by_login(someone.id_number)) == 1


@pytest.mark.parametrize("kind", ["DATA_KEYS", "INDEX_KEYS"])
def test_a_wrong_first_key_changes_nothing(tables: Settings, kind: str) -> None:
    synced_account(person(number=1))
    ring = keys()
    with key_rings.in_force(key_rings.with_new_first(ring)) as new:
        synced_account(person(number=2))
    wrong = KeyRing(
        {**new.data, **({new.data_key_id: b"w" * 32} if kind == "DATA_KEYS" else {})},
        {**new.index, **({new.index_key_id: b"w" * 32} if kind == "INDEX_KEYS" else {})},
    )
    before = _raw()

    with key_rings.in_force(wrong), pytest.raises(PresentKeyWrong) as raised:
        rotate()

    assert kind in str(raised.value)
    assert _raw() == before


def test_a_wrong_old_key_reads_nothing_and_writes_nothing(tables: Settings) -> None:
    synced_account(person(number=1))
    ring = keys()
    new = key_rings.with_new_first(ring)
    before = _raw()

    with key_rings.in_force(KeyRing({**new.data, ring.data_key_id: b"w" * 32}, new.index)):
        outcome = rotate()

    assert set(outcome.problems) == {
        ("account", column, key_rotation.UNREADABLE)
        for column in ("name", "id_number", "phone", "identity_index", "phone_index")
    }
    assert _raw()[:1] == before[:1]


def test_a_damaged_value_costs_no_other_one(tables: Settings) -> None:
    account = synced_account(person(number=1))
    damaged = bytearray(database.execute_sql("SELECT name FROM account").fetchone()[0])
    damaged[-1] ^= 1
    database.execute_sql("UPDATE account SET name = ?", (bytes(damaged),))

    with key_rings.in_force(key_rings.with_new_first(keys())) as ring:
        outcome = rotate()

        assert list(outcome.problems) == [("account", "name", key_rotation.UNREADABLE)]
        assert [usage.column for usage in left()] == ["name"]
    with key_rings.in_force(key_rings.without_old(ring)):
        phone = Account.select(Account.phone).where(Account.id == account.id).scalar()
        assert phone == person(number=1).phone
        with pytest.raises(DecryptionFailed):
            fresh(account)


@both_databases
def test_two_rows_of_one_person_are_reported_and_nothing_is_lost(tables: Settings) -> None:
    someone = person(number=1)
    first = synced_account(someone)
    new = key_rings.with_new_first(keys())
    with key_rings.in_force(new):
        # Nothing in the service does this: both rows would have to be written past the claims.
        second = synced_account(someone, phone=None, phone_index=None)
        other = synced_account(person(number=2))
        Account.update(phone_index=b"\x05other").where(Account.id == other.id).execute()

        outcome = rotate()

        assert outcome.problems["account", "identity_index", key_rotation.NOT_UNIQUE] == 1
        assert {usage.column for usage in left()} >= {"identity_index"}
        assert {fresh(first).id_number, fresh(second).id_number} == {someone.id_number}
        assert fresh(other).phone_index == new.digest(person(number=2).phone, b"phone")


def test_living_claims_are_left_to_end_by_themselves(rules: Rules) -> None:
    ring = key_rings.with_new_first(keys())
    with key_rings.in_force(ring), verification.claimed(rules.services, person(number=1).id_number):
        assert IdentityClaim.select().count() == 2
        assert left() == []
        assert rotate().removed == 0
        assert IdentityClaim.select().count() == 2
    assert IdentityClaim.select().count() == 0
