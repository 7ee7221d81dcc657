"""Verifications of the whole ledger on request."""

import json
from datetime import datetime, timedelta

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.ledger import verifications as ledger_verifications
from miniprogram_api.ledger.faults import Fault, FaultKind
from models.outbox import OutboxJob
from models.storage.database import database
from tests.support.admin.staff import member_of
from tests.support.service.rules import Rules


def work_off(rules: Rules) -> None:
    while jobs.work_once(rules.services, soon()):
        pass


def soon() -> datetime:
    return clock.now() + timedelta(seconds=1)


def test_verification_with_a_failed_job_can_be_requested_again(rules: Rules) -> None:
    member = member_of("auditor")
    number = ledger_verifications.request(member)
    OutboxJob.update(failed_at=clock.now()).execute()
    assert ledger_verifications.request(member) == number
    work_off(rules)
    assert ledger_verifications.listed(member)[0].finished_at is None
    later = clock.now() + timedelta(minutes=1)
    with clock.replaced(lambda: later):
        assert ledger_verifications.request(member) == number
        work_off(rules)
        assert ledger_verifications.listed(member)[0].finished_at is not None
        assert ledger_verifications.request(member) != number


def test_faults_are_stored_by_kind_and_those_of_earlier_versions_stay_readable(
    rules: Rules,
) -> None:
    member = member_of("auditor")
    ledger_verifications.request(member)
    sql = "UPDATE ledger_verification SET faults = ?, finished_at = 1"
    now = Fault(0, FaultKind.SEAL_CHANGED, {"seal": 3, "day": "2026-11-02"})
    earlier = [4, "is not what was sealed on 2026-10-01"]
    database.execute_sql(sql, (json.dumps([now.stored(), earlier]),))
    first, second = ledger_verifications.listed(member)[0].faults
    assert first == now
    assert first.sentence == "seal 3 is not the one anchored on 2026-11-02"
    assert first.text == "第3次封存与2026-11-02存到库外的不一致"
    assert (second.number, second.sentence) == (4, "is not what was sealed on 2026-10-01")
    assert second.text.endswith("（英文）：is not what was sealed on 2026-10-01")
