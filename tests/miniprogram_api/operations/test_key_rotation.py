"""Key rotation rewrites every value while the service runs."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from config import Settings
from miniprogram_api.accounts import accounts, cancellation
from miniprogram_api.enrolment import registration
from miniprogram_api.operations import key_rotation
from miniprogram_api.operations.key_rotation import Outcome
from miniprogram_api.phones import capacity
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sign_in import sign_in
from miniprogram_api.sign_in.sign_in import Credentials
from models.accounts.accounts import ACTIVE, Account
from models.accounts.sms_codes import SmsCode
from models.storage import stored_values
from models.storage.database import database, transaction
from models.storage.fields import KeyRing, keys
from tests.support.people.accounts import account_of, fresh
from tests.support.people.persons import Person, person
from tests.support.people.registrations import (
    PASSWORD,
    form,
    sent_code,
    synced_account,
    wechat_session,
)
from tests.support.service import key_rings
from tests.support.service.rotations import (
    ADDRESS,
    everything,
    fill_all_tables,
    left,
    raw_rows,
    rotate,
)
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@both_databases
@pytest.mark.parametrize("cipher", ["aes-256-gcm", "sm4-gcm"])
def test_every_value_is_rewritten_and_reads_the_same(tables: Settings, cipher: str) -> None:
    fill_all_tables()
    before = everything()
    columns = {(usage.table, usage.column) for usage in key_rotation.survey()}
    assert columns == {
        (table.name, field.column_name)
        for table in stored_values.tables()
        for field in (*table.fields, *table.leases)
    }, "a table for personal data is not filled by this test"
    ring = key_rings.with_new_first(keys(), cipher)

    with key_rings.using(ring):
        assert {(usage.table, usage.column) for usage in left()} == columns
        outcome = rotate()
        assert not outcome.problems
        assert outcome.removed == 1
        assert left() == []
        assert rotate().rows == 0
    with key_rings.using(key_rings.without_old(ring)):
        assert everything() == before
        assert left() == []
        assert accounts.find_by_login(person(number=1).id_number)[0].name == "张三"
        assert accounts.find_by_login("zhang_san")[0].username == "Zhang_San"
        login = accounts.read_login(person(number=2).id_number)
        assert login is not None
        cancelled = accounts.find_cancelled(login)
        assert cancelled is not None
        assert cancelled.cancellation_reason == "搬家了"


def test_changed_cipher_rotates_every_value(tables: Settings) -> None:
    account = account_of(person(number=1))
    ring = keys()
    chinese = KeyRing(ring.data, ring.index, "sm4-gcm")

    with key_rings.using(chinese):
        assert {usage.key for usage in left()} == {f"{ring.data_key_id} (aes-256-gcm)"}
        assert rotate().rows == 1
        assert left() == []
        assert fresh(account).name == "张三"
        stored = database.execute_sql("SELECT name FROM account").fetchone()[0]
        assert bytes(stored)[0] == 2


@both_databases
def test_dry_run_writes_nothing_and_reports_faults(tables: Settings) -> None:
    fill_all_tables()
    ring = key_rings.with_new_first(keys())
    Account.update(phone_index="13900139000").where(Account.status == ACTIVE).execute()
    before = raw_rows()

    with key_rings.using(ring):
        outcome = rotate(dry_run=True)

        # All but the lease, which is no value that is written anew.
        assert outcome.rows == len(before) - 1
        assert list(outcome.problems) == [("account", "phone_index", key_rotation.MISMATCH)]
    assert raw_rows() == before


# While others work


class Busy:
    """Change accounts in several threads during the rotation."""

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
            capacity.require_capacity(phone, 1_000)
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
def test_service_works_during_a_rotation(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
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
    with key_rings.using(ring), busy.working():
        changes = busy.changes
        outcome = key_rotation.rotate(progress)
        assert busy.changes > changes
        assert not outcome.problems
        assert left() == []
        signs_in_and_is_known()
    assert len(seen) >= 5
    with key_rings.using(key_rings.without_old(ring)):
        signs_in_and_is_known()
        busy.check()
        assert all(row.phone for row in SmsCode.select())


@both_databases
def test_concurrent_change_wins_over_rotation(
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
            with key_rings.using(KeyRing(keys().data, old.index)):
                Account.update(phone=phone, phone_index=phone).execute()
        return real(table, changes)

    monkeypatch.setattr(stored_values, "replace", replace)
    old = keys()
    with key_rings.using(key_rings.with_new_first(old)) as ring:
        outcome = rotate()
        assert (outcome.rows, left()) == (1, [])
    with key_rings.using(key_rings.without_old(ring)):
        assert fresh(account).phone == "13900139001"
        assert len(accounts.find_by_login("13900139001")) == 1


@both_databases
def test_values_written_under_old_keys_are_rotated_in_the_next_run(tables: Settings) -> None:
    ring = key_rings.with_new_first(keys())
    old_order = KeyRing(dict(reversed(ring.data.items())), dict(reversed(ring.index.items())))
    account = account_of(person(number=1))
    with key_rings.using(ring):
        rotate()
    with key_rings.using(old_order):
        Account.update(phone="13900139000", phone_index="13900139000").execute()

    with key_rings.using(ring):
        assert {(usage.column, usage.rows) for usage in left()} == {
            ("phone", 1),
            ("phone_index", 1),
        }
        assert rotate().rows == 1
        assert left() == []
    with key_rings.using(key_rings.without_old(ring)):
        assert fresh(account).phone == "13900139000"
        assert len(accounts.find_by_login("13900139000")) == 1


@both_databases
def test_two_simultaneous_rotations_keep_every_value(
    tables: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 10)
    people = [person(number=number) for number in range(60)]
    for someone in people:
        synced_account(someone)
    ring = key_rings.with_new_first(keys())

    with key_rings.using(ring):
        results = at_once([rotate, rotate])

        assert all(isinstance(result, Outcome) for result in results), results
        assert left() == []
    with key_rings.using(key_rings.without_old(ring)):
        for someone in people:
            assert accounts.find_by_login(someone.id_number)[0].phone == someone.phone


@both_databases
def test_interrupted_rotation_resumes(tables: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 10)
    for number in range(30):
        synced_account(person(number=number))

    def interrupt(rows: int) -> None:
        if rows == 20:
            raise KeyboardInterrupt

    with key_rings.using(key_rings.with_new_first(keys())):
        with pytest.raises(KeyboardInterrupt):
            key_rotation.rotate(interrupt)
        assert {usage.rows for usage in left()} == {10}
        assert rotate().rows == 10
        assert left() == []


@pytest.mark.parametrize("tables", ["postgresql"], indirect=True)
def test_locked_row_is_skipped_and_retried(tables: Settings) -> None:
    accounts_made = [synced_account(person(number=number)) for number in range(3)]
    locked, done = Event(), Event()

    def hold() -> None:
        with transaction():
            Account.update(name="王五").where(Account.id == accounts_made[1].id).execute()
            locked.set()
            done.wait(20)
        database.close()

    with key_rings.using(key_rings.with_new_first(keys())):
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
