"""Import of accounts: new and known people, concurrency and interruption."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from config import Settings
from miniprogram_api import clock
from miniprogram_api.accounts import accounts, cancellation, consents
from miniprogram_api.enrolment import activation, registration
from miniprogram_api.enrolment import import_accounts as account_import
from miniprogram_api.enrolment.import_accounts import AccountImport, Counts
from miniprogram_api.enrolment.import_rows import FIELDS, Problem, Row
from miniprogram_api.identity import verification
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import ACTIVE, FROZEN, UNACTIVATED, Account
from models.accounts.verifications import IdentityClaim
from models.desks.audit import AuditEntry
from models.storage.database import IntegrityError, database
from models.storage.fields import keys
from tests.support.people.persons import Person, person
from tests.support.people.registrations import (
    PASSWORD,
    form,
    requested_code,
    sent_code,
    synced_account,
    wechat_session,
)
from tests.support.service import key_rings
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ADDRESS = "192.0.2.7"


def row(someone: Person, line: int = 2, **changes: str) -> Row:
    values = {"username": "", "phone": someone.phone, **someone.four_elements, **changes}
    return Row(line, f"line {line}\n", tuple(values[name] for name in FIELDS))


def rows_of(people: Sequence[Person]) -> list[Row]:
    return [row(someone, line) for line, someone in enumerate(people, start=2)]


def run(
    settings: Settings, *batches: Sequence[Row], dry_run: bool = False
) -> tuple[Counts, list[Problem]]:
    importing = AccountImport(settings, dry_run=dry_run)
    problems = [problem for _, found in importing.run(batches) for problem in found]
    return importing.counts, problems


def found(number: str) -> Account:
    return Account.get(Account.identity_index.matches(number))


@both_databases
def test_imported_account_has_all_columns(tables: Settings) -> None:
    someone = person("阿依古丽·买买提", number=1)

    counts, problems = run(tables, [row(someone, username="Ayi_Guli")])

    assert (counts, problems) == (Counts(rows=1, imported=1), [])
    account = Account.get()
    assert (account.status, account.level, account.source) == (UNACTIVATED, 3, "synced")
    assert (account.name, account.id_number) == (someone.name, someone.id_number)
    assert (account.valid_from, account.valid_until) == (someone.valid_from, someone.valid_until)
    assert (account.phone, account.phone_verified_by) == (someone.phone, None)
    assert (account.password_hash, account.activated_at, account.verified_by) == (None, None, None)
    assert not account.authorization_enabled
    assert clock.now() - account.created_at < timedelta(minutes=1)
    for login in (someone.id_number, someone.phone, "ayi_guli"):
        assert [one.id for one in accounts.find_by_login(login)] == [account.id]


@both_databases
def test_imported_person_activates_with_new_card_dates(rules: Rules) -> None:
    someone, session = person(number=2), wechat_session()
    run(
        rules.services.settings,
        [row(someone, valid_from="2004-06-03", valid_until="2024-06-02")],
    )
    sent_code(someone.phone)
    with pytest.raises(Refused) as refused:
        registration.register(
            rules.services, form(someone), session=wechat_session("li"), address=ADDRESS
        )
    assert refused.value.reason is Reason.ACTIVATION_REQUIRED

    started = activation.start(rules.services, someone.id_number, session=session, address=ADDRESS)
    assert started.phone_hint == someone.phone[-2:]
    code = requested_code(rules, session, someone.phone, "activate", started.activation_token)
    step = activation.prove_phone(
        rules.services,
        started.activation_token,
        phone_text=someone.phone,
        proof=PhoneProof(code),
        session=session,
        address=ADDRESS,
    )
    assert step.needs_dates
    elements = someone.four_elements
    done = activation.finish(
        rules.services,
        started.activation_token,
        activation.PasswordForm(
            PASSWORD,
            None,
            consents.current_text().version,
            ["identity"],
            valid_from=elements["valid_from"],
            valid_until=elements["valid_until"],
        ),
        session=session,
        address=ADDRESS,
    )

    assert done.account.status == "registered"
    assert found(someone.id_number).valid_from == someone.valid_from


@both_databases
def test_known_person_is_unchanged(tables: Settings) -> None:
    people = [person(number=number) for number in range(5)]
    run(tables, rows_of(people[:1]))
    synced_account(people[1], status=ACTIVE, level=4, name="李四")
    synced_account(people[2], status=FROZEN)
    cancelled = synced_account(people[3], status=ACTIVE)
    cancellation.cancel_by_hand(cancelled.id, "不用了", actor="command")
    before = sorted(Account.select().tuples())

    counts, problems = run(tables, rows_of(people))

    assert problems == []
    assert counts == Counts(rows=5, imported=1, already_imported=1, already_active=2, cancelled=1)
    assert sorted(Account.select().where(Account.id.in_([r[0] for r in before])).tuples()) == before
    assert not Account.select().where(Account.identity_index.matches(people[3].id_number)).exists()
    counts, _ = run(tables, rows_of(people))
    assert counts == Counts(rows=5, already_imported=2, already_active=2, cancelled=1)


@pytest.mark.parametrize("apart", [False, True])
def test_duplicate_person_in_the_file_is_imported_once(tables: Settings, apart: bool) -> None:
    someone = person(number=1)
    old = someone.id_number[:6] + someone.id_number[8:17]
    first, second = row(someone, 2), row(someone, 3, id_number=old, phone="13800138888")

    counts, problems = run(tables, *([[first], [second]] if apart else [[first, second]]))

    assert counts == Counts(rows=2, imported=1, put_aside=1)
    assert problems == [
        Problem(
            3,
            "id_number",
            "duplicate_in_file",
            "与第2行是同一个身份证号码，只处理先出现的那一行。",
        )
    ]
    assert Account.get().phone == someone.phone


@both_databases
def test_phone_limit_counts_table_and_file(tables: Settings) -> None:
    phone = "13800138888"
    people = [person(number=number, phone=phone) for number in range(8)]
    synced_account(people[0], status=ACTIVE)
    gone = synced_account(people[1], status=ACTIVE)
    cancellation.cancel_by_hand(gone.id, "不用了", actor="command")
    file = rows_of(people[2:])

    for dry_run in (True, False):
        counts, problems = run(tables, file[:3], file[3:], dry_run=dry_run)

        assert counts == Counts(rows=6, imported=4, put_aside=2)
        assert [(p.line, p.field, p.code, p.imported) for p in problems] == [
            (6, "phone", "phone_account_limit", False),
            (7, "phone", "phone_account_limit", False),
        ]
    living = Account.phone_index.matches(phone) & (Account.status != "cancelled")
    assert Account.select().where(living).count() == 5


@both_databases
def test_user_name_is_assigned_once(tables: Settings) -> None:
    people = [person(number=number) for number in range(5)]
    synced_account(people[0], status=ACTIVE, username="Wang_Wu", username_index="Wang_Wu")
    names = ["WANG_WU", "zhao_liu", "Zhao_Liu", "张三"]
    file = [row(people[n], n + 1, username=name) for n, name in enumerate(names, 1)]

    for dry_run in (True, False):
        counts, problems = run(tables, file[:2], file[2:], dry_run=dry_run)

        assert counts == Counts(rows=4, imported=4, without_username=3)
        assert [(p.line, p.code, p.imported) for p in problems] == [
            (2, "username_taken", True),
            (4, "username_taken", True),
            (5, "username_form", True),
        ]
    assert [found(one.id_number).username for one in people[1:]] == [None, "zhao_liu", None, None]


def test_dry_run_stores_nothing(tables: Settings) -> None:
    people = [person(number=number) for number in range(4)]
    file = [*rows_of(people), row(person(number=9), 9, name="")]

    counts, problems = run(tables, file, dry_run=True)

    assert counts == Counts(rows=5, imported=4, put_aside=1)
    assert [p.code for p in problems] == ["name_missing"]
    assert Account.select().count() == 0
    assert AuditEntry.select().count() == 0


def test_problems_are_in_file_order(tables: Settings) -> None:
    phone = "13800138888"
    file = [row(person(number=n, phone=phone), n + 2) for n in range(6)]
    file.append(row(person(number=10), 8, name=""))
    file.insert(0, row(person(number=11), 1, phone="1"))

    _, problems = run(tables, file)

    assert [p.line for p in problems] == [1, 7, 8]


@both_databases
def test_rows_stored_before_an_interruption_are_not_stored_again(tables: Settings) -> None:
    people = [person(number=number) for number in range(30)]
    file = rows_of(people)
    importing = AccountImport(tables).run(file[start : start + 10] for start in (0, 10, 20))
    next(importing)
    importing.close()
    stored = Account.select().count()
    assert 10 <= stored < 30

    counts, _ = run(tables, file)

    assert counts == Counts(rows=30, imported=30 - stored, already_imported=stored)
    assert {account.id_number for account in Account.select()} == {p.id_number for p in people}


@both_databases
def test_two_simultaneous_imports_store_each_person_once(tables: Settings) -> None:
    people = [person(number=number) for number in range(200)]
    names = [f"name_{number}" for number in range(200)]
    file = [row(p, n, username=u) for n, (p, u) in enumerate(zip(people, names, strict=True), 2)]
    batches = [file[start : start + 20] for start in range(0, 200, 20)]

    results = at_once([lambda: run(tables, *batches)] * 3)

    counts = [result[0] for result in results if not isinstance(result, Exception)]
    assert len(counts) == 3, results
    assert sum(c.imported for c in counts) == 200
    assert sum(c.already_imported for c in counts) == 400
    assert Account.select().count() == 200
    assert Account.select().where(Account.username.is_null(False)).count() == 200


@both_databases
def test_person_registering_during_an_import_has_one_account(rules: Rules) -> None:
    people = [person(number=number) for number in range(8)]
    for someone in people:
        sent_code(someone.phone)
    settings = rules.services.settings

    def register(someone: Person, name: str) -> object:
        return registration.register(
            rules.services, form(someone), session=wechat_session(name), address=ADDRESS
        )

    calls = [lambda p=p, n=n: register(p, f"u{n}") for n, p in enumerate(people)]
    results = at_once([*calls, lambda: run(settings, rows_of(people))])

    imported = results.pop()
    assert isinstance(imported, tuple), imported
    counts, problems = imported
    refused = [r for r in results if isinstance(r, Exception)]
    assert all(isinstance(r, Refused) for r in refused), refused
    assert {r.reason for r in refused if isinstance(r, Refused)} <= {Reason.ACTIVATION_REQUIRED}
    assert problems == []
    assert counts.imported == len(refused)
    assert counts.imported + counts.already_active == 8
    assert Account.select().count() == 8


def test_batch_that_lost_a_race_is_retried(
    tables: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone, other = person(number=1), person(number=2)
    real, looks = account_import.table.taken_usernames, []

    def taken(names: Mapping[bytes, str]) -> set[str]:
        seen = real(names)
        if not looks:
            # The name is taken between the look-up and the insert.
            synced_account(other, status=ACTIVE, username="same", username_index="same")
        looks.append(seen)
        return seen

    monkeypatch.setattr(account_import.table, "taken_usernames", taken)
    importing = AccountImport(tables)
    # The first try is rolled back whole, with what this test put into its transaction; so the
    # second one finds the name free again.
    list(importing.run([[row(someone, username="same")]]))

    assert looks == [set(), set()]
    assert importing.counts == Counts(rows=1, imported=1)


def test_batch_that_loses_every_race_is_an_error(
    tables: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(*_: object) -> None:
        raise IntegrityError("unique")

    monkeypatch.setattr(account_import.table, "add", add)
    importing = AccountImport(tables)

    with pytest.raises(IntegrityError):
        list(importing.run([[row(person(number=1))]]))
    assert importing.counts == Counts()


@both_databases
def test_people_are_found_under_both_keys_during_rotation(rules: Rules) -> None:
    settings = rules.services.settings
    people = [person(number=number, phone="13800138888") for number in range(6)]
    run(settings, rows_of(people[:2]))
    cancellation.cancel_by_hand(found(people[1].id_number).id, "不用了", actor="command")
    ring = key_rings.with_new_first(keys())

    with key_rings.using(ring), verification.claimed(rules.services, people[2].id_number):
        counts, problems = run(settings, rows_of(people))

    # The first is there under the old key, and his phone counts; the third registers just now.
    assert counts == Counts(rows=6, imported=3, already_imported=1, cancelled=1, put_aside=1)
    assert [(p.line, p.code) for p in problems] == [(4, "identity_check_in_progress")]
    assert IdentityClaim.select().count() == 0
    with key_rings.using(ring):
        last = row(person(number=20, phone="13800138888"))
        assert run(settings, [last])[0].imported == 1
        one_more = row(person(number=21, phone="13800138888"))
        assert run(settings, [one_more])[1][0].code == "phone_account_limit"


def test_claim_of_a_dead_process_does_not_block_the_import(tables: Settings) -> None:
    someone = person(number=1)
    ring = key_rings.with_new_first(keys())
    with key_rings.using(ring):
        IdentityClaim.insert(
            identity_index=someone.id_number,
            holder=b"dead",
            lease_until=clock.now() - timedelta(seconds=1),
        ).execute()

        assert run(tables, [row(someone)])[0].imported == 1


@both_databases
def test_interrupted_batch_is_rolled_back(
    tables: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("in the middle")

    with key_rings.using(key_rings.with_new_first(keys())):
        monkeypatch.setattr(account_import.verifications, "release_claims", fail)
        with pytest.raises(KeyError):
            run(tables, rows_of([person(number=number) for number in range(3)]))

    assert Account.select().count() == 0
    assert IdentityClaim.select().count() == 0
    assert not database.in_transaction()


def test_audit_log_has_counts_and_no_personal_data(tables: Settings) -> None:
    someone = person(number=1)
    account_import.note_start("ab" * 32, actor="command:root")
    counts, _ = run(tables, [row(someone)])
    account_import.note_end("ab" * 32, counts, actor="command:root")

    entries = list(AuditEntry.select().order_by(AuditEntry.id))
    assert [entry.tag for entry in entries] == [
        "command:account_import:started",
        "command:account_import:finished",
    ]
    assert '"imported": 1' in entries[1].details
    for entry in entries:
        assert someone.id_number not in entry.details
        assert someone.phone not in entry.details
