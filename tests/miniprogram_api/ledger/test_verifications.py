"""Verifications of the whole ledger on request."""

from datetime import datetime, timedelta

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.ledger import verifications as ledger_verifications
from models.outbox import OutboxJob
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
