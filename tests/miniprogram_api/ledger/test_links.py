"""Chains of decisions, steps of tickets and audit lines, made in batches by the worker."""

from datetime import timedelta

import pytest

from miniprogram_api import audit, clock
from miniprogram_api.ledger import integrity, links, seals, sources
from miniprogram_api.matter_lines import erasing
from miniprogram_api.tickets import retention, tickets
from models.desks.audit import AuditEntry
from models.desks.links import AuditLink, DecisionLink, DecisionSalt
from models.desks.tickets import Ticket
from models.matters.decisions import Decision
from models.matters.matters import Matter
from models.storage.database import transaction
from tests.support.matters.matters import PEOPLE, confirm, matter_of, named, refuse, verified
from tests.support.people.accounts import Time
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ZHANG, *_ = PEOPLE


def faults(rules: Rules) -> list[str]:
    return [
        fault.place + fault.sentence for fault in integrity.verify(rules.services.settings).faults
    ]


def lines(count: int) -> None:
    for number in range(count):
        audit.write_own("staff:person:opened", actor="staff:1", number=number)


@BOTH
def test_rows_of_before_and_new_ones_are_chained_in_batches(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "BATCH", 10)
    lines(25)
    with transaction():
        AuditEntry.insert(at=1, tag="a:b:c", actor="x", stamp=None).execute()
    assert links.waiting_since() is not None
    assert links.chain_all() == 26
    assert links.chain_all() == 0
    assert links.waiting_since() is None
    rows = AuditLink.select().order_by(AuditLink.number)
    assert [row.number for row in rows] == list(range(1, 27))
    lines(1)
    assert links.chain_all() == 1
    assert faults(rules) == ["audit link 26 has a row that no key of the service wrote"]


def test_rows_from_before_the_stamps_are_no_fault(rules: Rules) -> None:
    with transaction():
        AuditEntry.insert(at=1, tag="a:b:c", actor="x", stamp=None).execute()
    lines(1)
    links.chain_all()
    assert faults(rules) == []


@BOTH
def test_row_that_commits_late_is_chained(rules: Rules) -> None:
    lines(2)
    first = AuditEntry.select().order_by(AuditEntry.id).first()
    values = dict(first.__data__)
    with transaction() as undone:
        # As if the transaction of the first line were still open.
        from models.desks import ledger_triggers
        from models.storage.database import database

        ledger_triggers.drop(database)
        AuditEntry.delete().where(AuditEntry.id == first.id).execute()
        assert links.chain_all() == 1
        AuditEntry.insert(**values).execute()
        ledger_triggers.create(database)
        assert links.chain_all() == 1
        assert faults(rules) == []
        undone.rollback()


@BOTH
def test_workers_at_once_chain_each_row_once(rules: Rules) -> None:
    lines(60)
    assert sum(at_once([links.chain_all] * 3)) in range(61)
    links.chain_all()
    assert AuditLink.select().count() == 60
    assert faults(rules) == []


def test_seal_signs_the_ends_of_all_chains(rules: Rules) -> None:
    settings = rules.services.settings
    lines(3)
    links.chain_all()
    seal = seals.make(settings)
    assert [(head.chain, head.number) for head in seal.heads] == [("decisions", 0), ("audit", 3)]
    assert seals.from_json(seals.to_json(seal)) == seal == seals.get(1)
    assert seals.is_genuine(settings, seal)
    assert seals.seal_if_due(settings) is None


def test_long_chain_is_sealed_on_the_same_day(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(seals, "CHAINS", (replace(sources.AUDIT, most_unsealed=5),))
    settings = rules.services.settings
    assert seals.seal_if_due(settings) is not None
    lines(4)
    links.chain_all()
    assert seals.seal_if_due(settings) is None
    lines(1)
    links.chain_all()
    assert seals.seal_if_due(settings) is not None


@BOTH
def test_erased_matter_and_ticket_stay_verifiable(rules: Rules) -> None:
    services = rules.services
    with Time(clock.now() - timedelta(days=11 * 366)).running():
        account = verified(ZHANG)
        matter = matter_of(services, [named(ZHANG)])
        confirm(services, matter, account)
        refuse(services, matter, account)
        now = clock.now()
        row = Ticket.create(
            number="T-1",
            kind="other",
            source="user",
            matter="x",
            description="手机号用不了",
            facts="{}",
            created_at=now,
            due_at=now,
        )
        with transaction():
            tickets.note(row, "staff:1", "handed_on", "张三来过窗口")
        links.chain_all()
        Matter.update(state="withdrawn", ended_at=clock.now()).execute()
        Ticket.update(closed_at=clock.now(), state="resolved").execute()
    assert faults(rules) == []
    assert erasing.remove_old(services.settings) == 1
    assert Decision.select().count() == 0
    assert retention.erase_old() == 1
    links.chain_all()
    assert DecisionLink.select().where(DecisionLink.source == "erased").count() >= 3
    assert DecisionSalt.select().where(DecisionSalt.salt.is_null(False)).count() == 0
    assert faults(rules) == []
