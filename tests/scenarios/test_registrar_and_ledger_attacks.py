"""Attacks on the registration systems' API and on the ledger: refused or detected."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from peewee import DatabaseError

from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.registrars import systems as registrar_systems
from models.desks import ledger as table
from models.desks.audit import AuditEntry
from models.desks.ledger import LedgerChanged, LedgerDetail, LedgerLine
from models.storage.database import database, transaction
from tests.handlers.registrar.test_persons import ask, asked, question, send, signed
from tests.support.admin.staff import member_of, token_of, window_of
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.persons import person
from tests.support.service.command_line import manage
from tests.support.service.service import Service, data_of, error_of

SOMEONE, OTHER = person(number=9601), person(number=9602)


@pytest.fixture
def bound(service: Service) -> Iterator[Service]:
    with tables_of(service):
        yield service


def audited_refusals() -> Counter[tuple[str, str]]:
    """Return (who, cause) of every refused request."""
    lines = AuditEntry.select().where(AuditEntry.tag == "registrar:attempt:refused")
    return Counter((line.actor, json.loads(line.details)["why"]) for line in lines)


# The registration systems' door --------------------------------------------------------------


def test_altered_and_replayed_requests_are_refused(bound: Service) -> None:
    issue = partial(registrar_systems.issue, bound.settings, daily_quota=50, actor="test")
    key, inside = issue(name="企业登记系统"), issue(name="内网系统", networks=["10.0.0.0/8"])
    content = question(asked(SOMEONE))
    genuine = signed(key, content)
    data_of(send(bound, content, genuine))

    # An eavesdropper could replay it, change the person or the nonce.
    error_of(send(bound, content, genuine), 409, "REPLAYED")
    error_of(send(bound, content, genuine), 409, "REPLAYED")
    altered = question(asked(OTHER))
    error_of(send(bound, altered, genuine), 401, "SIGNATURE_INVALID")
    for header, value in (("X-Nonce", "0" * 32), ("X-Timestamp", "1793000000")):
        error_of(send(bound, content, {**genuine, header: value}), 401, "SIGNATURE_INVALID")
    # Another system signs with its key in this one's name.
    stolen = {**signed(inside, content), "X-Key-Id": key.key_id}
    error_of(send(bound, content, stolen), 401, "SIGNATURE_INVALID")
    # An hour late, and from an unlisted address with a forged header.
    kept = signed(key, content, timestamp=str(int(genuine["X-Timestamp"]) - 3600))
    error_of(send(bound, content, kept), 401, "SIGNATURE_INVALID")
    outside = send(bound, content, signed(inside, content), address="203.0.113.9")
    error_of(outside, 403, "FORBIDDEN")
    claimed = send(bound, content, signed(inside, content), address="10.0.0.5, 203.0.113.9")
    error_of(claimed, 403, "FORBIDDEN")
    # A revoked key is unknown.
    registrar_systems.revoke(key.key_id, actor="test")
    error_of(send(bound, content, signed(key, content)), 401, "SIGNATURE_INVALID")

    assert audited_refusals() == {
        (f"registrar:{key.key_id}", "nonce"): 2,
        (f"registrar:{key.key_id}", "signature"): 4,
        (f"registrar:{key.key_id}", "time"): 1,
        (f"registrar:{inside.key_id}", "address"): 2,
        ("registrar:unknown", "key"): 1,
    }
    # Only one query was stored.
    assert database.execute_sql("SELECT count(*) FROM registrar_receipt").fetchone()[0] == 1


def test_refused_requests_are_limited_in_the_audit_log(bound: Service) -> None:
    key = registrar_systems.issue(bound.settings, name="系统", daily_quota=5, actor="test")
    content = question(asked(SOMEONE))
    for _ in range(25):
        wrong = {**signed(key, content), "X-Signature": "0" * 64}
        error_of(send(bound, content, wrong), 401, "SIGNATURE_INVALID")
    assert audited_refusals() == {(f"registrar:{key.key_id}", "signature"): 10}
    # The system's quota is unchanged.
    for _ in range(5):
        ask(bound, key, asked(SOMEONE))


# The ledger ----------------------------------------------------------------------------------


@pytest.fixture
def five_lines(bound: Service) -> Service:
    """Write five ledger lines over HTTP."""
    token = token_of(member_of("clerk", window=window_of().id))
    account_of(SOMEONE)
    for reason in ("at_window", "enquiry", "complaint", "follow_up", "at_window"):
        body = {"id_number": SOMEONE.id_number, "reason": reason}
        data_of(bound.post("/window/persons", json=body, token=token))
    assert LedgerLine.select().count() == 5
    return bound


def verify(service: Service, *seals: Path) -> tuple[int, str]:
    """Return exit status and findings of ``manage.py ledger verify``."""
    done = manage(service.environment, "ledger", "verify", *(f"--seal={seal}" for seal in seals))
    return done.returncode, done.stderr


def test_code_and_sql_cannot_edit_a_ledger_line(five_lines: Service) -> None:
    line = LedgerLine.get(LedgerLine.number == 3)
    line.actor = "staff:0"
    for edit in (
        line.save,
        line.delete_instance,
        LedgerLine.delete,
        lambda: LedgerLine.update(actor="staff:0"),
        lambda: LedgerLine.bulk_update([line], [LedgerLine.actor]),
        lambda: LedgerLine.delete_by_id(3),
        lambda: LedgerLine.set_by_id(3, {"actor": "staff:0"}),
    ):
        with pytest.raises(LedgerChanged):
            edit()
    path = five_lines.settings.database_address.removeprefix("sqlite:///")
    for statement in (
        "UPDATE ledger_line SET actor = 'staff:0' WHERE number = 3",
        "DELETE FROM ledger_line WHERE number = 5",
        "DELETE FROM ledger_detail WHERE number = 3",
        "REPLACE INTO ledger_line SELECT * FROM ledger_line WHERE number = 3",
        "INSERT OR REPLACE INTO ledger_detail SELECT * FROM ledger_detail WHERE number = 3",
    ):
        connection = sqlite3.connect(path, timeout=10)
        with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
            connection.execute(statement)
        connection.close()
    for replace in (
        lambda: LedgerLine.replace(**line.__data__).execute(),
        lambda: LedgerDetail.delete().where(LedgerDetail.number == 3).execute(),
    ):
        with pytest.raises(DatabaseError), transaction():
            replace()
    assert verify(five_lines) == (0, "")


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE ledger_line SET actor = 'staff:0' WHERE number = 3", "line 3 was changed"),
        ("UPDATE ledger_line SET at = at - 86400000 WHERE number = 2", "line 2 was changed"),
        ("DELETE FROM ledger_line WHERE number = 4", "line 4 is missing"),
        ("DELETE FROM ledger_detail WHERE number = 1", "line 1 lost its personal part"),
        (
            "UPDATE ledger_detail SET content = (SELECT content FROM ledger_detail WHERE "
            "number = 1) WHERE number = 2",
            "line 2 has another personal part than it had",
        ),
    ],
)
def test_edits_by_the_database_owner_are_detected(
    five_lines: Service, statement: str, finding: str
) -> None:
    with without_triggers():
        database.execute_sql(statement)
    status, findings = verify(five_lines)
    assert status == 1
    assert finding in findings.splitlines()


def test_rewritten_ledger_contradicts_the_exported_seal(bound: Service, tmp_path: Path) -> None:
    member = member_of("centre")
    for who in (SOMEONE, OTHER, SOMEONE):
        with transaction():
            someone = ledger.Person(who.id_number, who.name)
            ledger.append(member, "card_seen", someone, reason="核对原件")
    seal = ledger_seals.make(bound.settings)
    exported = tmp_path / "seal.json"
    exported.write_text(ledger_seals.to_json(seal))
    assert verify(bound, exported) == (0, "")

    with without_triggers():
        # Even an attacker with the ledger's key cannot sign a seal, so it is removed.
        forge("staff:99")
        database.execute_sql("DELETE FROM ledger_seal")
    status, findings = verify(bound, exported)
    assert status == 1
    assert "line 3 or one before it is not what was sealed" in findings


def forge(actor: str) -> None:
    """Rewrite the first line and every hash after it, with the ledger's key."""
    previous = ledger.BEGINNING
    for stored in list(table.walk()):
        line = stored.line._replace(previous_hash=previous)
        if line.number == 1:
            line = line._replace(actor=actor)
        previous = ledger.line_hash(line)
        database.execute_sql(
            "UPDATE ledger_line SET actor = ?, previous_hash = ?, hash = ? WHERE number = ?",
            (line.actor, line.previous_hash, previous, line.number),
        )


@contextmanager
def without_triggers() -> Iterator[None]:
    """Drop the triggers for the block, as the database owner can."""
    triggers = database.execute_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for name, _ in triggers:
        database.execute_sql(f"DROP TRIGGER {name}")
    yield
    for _, statement in triggers:
        database.execute_sql(statement)
