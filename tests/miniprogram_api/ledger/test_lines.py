"""Ledger lines: gapless numbers, a hash chain and no updates."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from peewee import DatabaseError

from miniprogram_api import texts
from miniprogram_api.ledger import (
    export as ledger_export,
)
from miniprogram_api.ledger import (
    integrity as ledger_check,
)
from miniprogram_api.ledger import (
    lines as ledger,
)
from miniprogram_api.ledger import (
    seals as ledger_seals,
)
from miniprogram_api.ledger import (
    view as ledger_view,
)
from miniprogram_api.ledger.lines import Person
from miniprogram_api.operations import key_rotation
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import StaffMember
from models.desks.ledger import LedgerChanged, LedgerDetail, LedgerLine
from models.storage.database import database, is_sqlite, transaction
from models.storage.fields import KeyRing, keys, use_keys
from tests.support.admin.staff import member_of
from tests.support.people.persons import person
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def write(member: StaffMember, number: int = 0, **more: Any) -> int:
    someone = person(number=number)
    with transaction():
        return ledger.append(
            member,
            "manual_verification",
            Person(someone.id_number, someone.name),
            reason="刷脸不过，窗口核对原件",
            before={"level": 3},
            after={"level": 4},
            **more,
        )


def verify(rules: Rules) -> ledger_check.Verdict:
    return ledger_check.verify(rules.services.settings)


def faults(rules: Rules) -> list[tuple[int, str]]:
    """Return the faults of lines; ``unprotect`` leaves those of triggers, too."""
    return [(fault.number, fault.sentence) for fault in verify(rules).faults if fault.number]


def unprotect() -> None:
    """Change lines without the triggers, as an owner of the database can."""
    if is_sqlite():
        for (name,) in database.execute_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute_sql(f"DROP TRIGGER {name}")
    else:
        for table in ("ledger_line", "ledger_detail", "ledger_seal"):
            database.execute_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def write_and_fail(member: StaffMember) -> None:
    """A rolled back line releases its number."""
    with transaction():
        write(member)
        raise ZeroDivisionError


@BOTH
def test_twelve_simultaneous_writers_leave_no_gap(rules: Rules) -> None:
    members = [member_of("centre") for _ in range(12)]

    def work(member: StaffMember) -> list[int]:
        numbers = [write(member, number) for number in range(10)]
        with pytest.raises(ZeroDivisionError):
            write_and_fail(member)
        return numbers

    written = at_once([lambda member=m: work(member) for m in members])  # type: ignore[misc]

    assert not [answer for answer in written if isinstance(answer, Exception)]
    numbers = itertools.chain.from_iterable(written)  # type: ignore[arg-type]
    assert sorted(numbers) == list(range(1, 121))
    verdict = verify(rules)
    assert (verdict.lines, verdict.faults) == (120, ())


def test_line_is_rolled_back_with_its_transaction(rules: Rules) -> None:
    member = member_of("centre")
    with pytest.raises(RuntimeError):
        ledger.append(member, "card_seen", Person())
    with pytest.raises(KeyError), transaction():
        ledger.append(member, "tea_drunk", Person())
    assert verify(rules).lines == 0


@BOTH
@pytest.mark.parametrize("table", ["ledger_line", "ledger_seal"])
def test_the_database_refuses_every_change(rules: Rules, table: str) -> None:
    write(member_of("centre"))
    LedgerLine.select()
    if table == "ledger_seal":
        settings = rules.services.settings
        ledger_seals.make(settings)
    for statement in (
        f"UPDATE {table} SET number = 7",
        f"UPDATE {table} SET number = number",
        f"DELETE FROM {table}",
        "DELETE FROM ledger_detail",
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
        if is_sqlite()
        else f"TRUNCATE {table}",
    ):
        with pytest.raises(DatabaseError), transaction():
            database.execute_sql(statement)
    assert database.execute_sql(f"SELECT count(*) FROM {table}").fetchone()[0] == 1


def test_the_code_refuses_every_change(rules: Rules) -> None:
    write(member_of("centre"))
    line = LedgerLine.get()
    line.actor = "staff:0"
    for change in (
        lambda: LedgerLine.update(actor="staff:0"),
        LedgerLine.delete,
        line.save,
        line.delete_instance,
    ):
        with pytest.raises(LedgerChanged):
            change()
    assert faults(rules) == []


def sql(statement: str) -> Callable[[], None]:
    return lambda: database.execute_sql(statement)


@BOTH
@pytest.mark.parametrize(
    ("tamper", "number", "what"),
    [
        (sql("UPDATE ledger_line SET actor = 'staff:99' WHERE number = 3"), 3, "was changed"),
        (sql("UPDATE ledger_line SET at = at + 1 WHERE number = 3"), 3, "was changed"),
        (sql("UPDATE ledger_line SET ticket_id = 5 WHERE number = 5"), 5, "was changed"),
        (sql("DELETE FROM ledger_line WHERE number = 3"), 3, "is missing"),
        (
            sql("DELETE FROM ledger_line WHERE number IN (2, 3)"),
            2,
            "and those up to 3 are missing",
        ),
        (sql("DELETE FROM ledger_detail WHERE number = 4"), 4, "lost its personal part"),
        (
            sql("UPDATE ledger_detail SET content = (SELECT content FROM ledger_detail WHERE "
                "number = 1), salt = (SELECT salt FROM ledger_detail WHERE number = 1) "
                "WHERE number = 2"),
            2,
            "has another personal part than it had",
        ),
        (
            sql("UPDATE ledger_detail SET identity_index = NULL WHERE number = 5"),
            5,
            "cannot be found by its person",
        ),
        (
            sql("UPDATE ledger_detail SET salt = NULL, content = NULL, id_number = NULL, "
                "identity_index = NULL WHERE number = 2"),
            2,
            "is erased, and no line says so",
        ),
        (
            sql("UPDATE ledger_detail SET salt = NULL, content = NULL WHERE number = 2"),
            2,
            "was erased in part",
        ),
    ],
)  # fmt: skip
def test_check_names_a_changed_line(
    rules: Rules, tamper: Callable[[], None], number: int, what: str
) -> None:
    member = member_of("centre")
    for order in range(5):
        write(member, order)
    unprotect()

    tamper()

    assert (number, what) in faults(rules)
    assert {where for where, _ in faults(rules)} <= {number, number + 1}


def test_line_rewritten_with_a_valid_hash_breaks_the_chain(rules: Rules) -> None:
    member = member_of("centre")
    for number in range(3):
        write(member, number)
    unprotect()
    from models.desks import ledger as table

    stored = next(iter(table.walk()))
    forged = stored.line._replace(actor="staff:99")
    database.execute_sql(
        "UPDATE ledger_line SET actor = ?, hash = ? WHERE number = 1",
        (forged.actor, ledger.line_hash(forged)),
    )

    assert faults(rules) == [(2, "does not follow the line before it")]


@BOTH
def test_ledger_is_valid_after_key_rotation(rules: Rules) -> None:
    member = member_of("centre")
    for number in range(3):
        write(member, number)
    before = keys()
    use_keys(
        KeyRing(
            {"d2": bytes(range(32)), **before.data}, {"i2": bytes(range(32, 64)), **before.index}
        )
    )
    try:
        outcome = key_rotation.rotate(lambda _: None)
        assert outcome.problems == {}
        assert not [
            u for u in key_rotation.survey() if u.table == "ledger_detail" and not u.current
        ]
        assert faults(rules) == []
        assert [entry.number for entry in lines_about(person(number=1).id_number)] == [2]
    finally:
        use_keys(before)


def test_erasure_keeps_the_line_and_is_reported(rules: Rules) -> None:
    member = member_of("centre")
    someone = person()
    write(member)
    write(member, 1)

    with pytest.raises(Refused) as refused:
        ledger.erase(member, 1, "他自己办的")
    assert refused.value.reason is Reason.SECOND_PERSON_REQUIRED
    assert ledger.erase(member_of("centre"), 1, "本人申请删除，依个人信息保护法第47条") == 3

    assert lines_about(someone.id_number) == []
    first = ledger.page(member)[-1]
    assert (first.number, first.erased, first.id_number) == (1, True, None)
    verdict = verify(rules)
    assert (verdict.lines, verdict.erased, verdict.faults) == (3, 1, ())
    with pytest.raises(Refused) as refused:
        ledger.erase(member_of("centre"), 1, "again")
    assert refused.value.reason is Reason.NOT_FOUND
    with pytest.raises(Refused) as refused:
        ledger.erase(member_of("clerk"), 2, "not his to do")
    assert refused.value.reason is Reason.FORBIDDEN


def test_lines_are_found_by_person_and_unmasked_by_role(rules: Rules) -> None:
    centre = member_of("centre")
    for number in (0, 1, 0, 2, 0):
        write(centre, number)
    someone = person()

    found = lines_about(someone.id_number)

    assert [entry.number for entry in found] == [5, 3, 1]
    assert found[0].content["name"] == someone.name
    assert found[0].content["after"] == {"level": 4}
    assert someone.name not in repr(found)
    for role in ("clerk", "administrator", "editor", "operator"):
        with pytest.raises(Refused):
            ledger.newest_about(member_of(role), someone.id_number)
    assert [entry.number for entry in ledger.page(centre, before=4, most=2)] == [3, 2]


def test_personal_data_is_encrypted_in_the_tables(rules: Rules) -> None:
    write(member_of("centre"))
    someone = person()
    row = database.execute_sql("SELECT * FROM ledger_line, ledger_detail").fetchone()
    stored = b"".join(value if isinstance(value, bytes) else repr(value).encode() for value in row)
    for text in (someone.name, someone.id_number, "刷脸"):
        assert text.encode() not in stored
    assert LedgerDetail.get().id_number == someone.id_number


def test_unreadable_line_is_reported_and_hides_no_other(rules: Rules) -> None:
    member = member_of("centre", "auditor")
    for number in range(3):
        write(member, number)
    unprotect()
    database.execute_sql("UPDATE ledger_detail SET content = ? WHERE number = 2", (b"damaged",))
    found = ledger.page(member)
    assert [entry.number for entry in found] == [3, 2, 1]
    damaged = ledger_view.localise(found[1])
    unreadable = texts.text("ledger.unreadable")
    assert (damaged.reason, damaged.erased, damaged.name) == (unreadable, False, "")
    assert unreadable in ledger_export.export(member, "csv", reason="年度审计").decode()
    assert faults(rules) == [(2, "has a personal part that cannot be decrypted")]
