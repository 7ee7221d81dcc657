"""The hourly housekeeping job."""

from datetime import datetime, timedelta

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.access import idempotency, sessions
from miniprogram_api.staff import sittings
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening
from models.accounts.idempotency import IdempotentCall
from models.accounts.sessions import Session
from models.accounts.verifications import IdentityCheck
from models.desks.sittings import DeskSitting
from models.desks.tickets import Ticket
from models.outbox import OutboxJob
from models.storage.database import database
from models.storage.fields import DecryptionFailed
from tests.support.admin.staff import member_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules


def run_housekeeping(rules: Rules, now: datetime) -> None:
    jobs.plan_periodic(now)
    # A job is due when it was written, which is slightly later than now.
    due = now + timedelta(seconds=5)
    while jobs.work_once(rules.services, due):
        pass
    of_interest = OutboxJob.select().where(OutboxJob.name == "housekeeping")
    job = of_interest.order_by(OutboxJob.id.desc()).get()
    assert (job.last_error, job.failed_at) == ("", None)
    assert job.done_at is not None


def note_check(number: int, checked_at: datetime) -> None:
    IdentityCheck.create(
        id_number=person(number=number).id_number,
        identity_index=person(number=number).id_number,
        purpose="register",
        checked_at=checked_at,
        outcome="match",
        source="tencent",
        long_term=False,
        name_has_dot=False,
    )


def test_job_is_planned_once_an_hour_by_all_workers(rules: Rules) -> None:
    now = clock.now()
    for _ in range(3):
        jobs.plan_periodic(now)
    assert OutboxJob.select().where(OutboxJob.name == "housekeeping").count() == 1
    jobs.plan_periodic(now + timedelta(hours=1))
    assert OutboxJob.select().where(OutboxJob.name == "housekeeping").count() == 2


def test_job_of_a_day_is_planned_at_midnight_in_china(rules: Rules) -> None:
    midnight = clock.midnight(clock.today())
    planned = OutboxJob.select().where(OutboxJob.name == "matter.look_at_all")
    for minutes, count in ((-1, 1), (0, 2), (8 * 60, 2), (24 * 60 - 1, 2), (24 * 60, 3)):
        jobs.plan_periodic(midnight + timedelta(minutes=minutes))
        assert planned.count() == count


def test_expired_rows_are_deleted_and_others_kept(rules: Rules) -> None:
    living = sessions.start("o-living", None)
    began = clock.now()
    note_check(2, began - timedelta(days=1))
    note_check(1, began - timedelta(days=181))
    with clock.replaced(lambda: began - timedelta(hours=25)):
        sessions.start("o-dead", None)
        idempotency.begin(b"k" * 32, b"d" * 32, timedelta(seconds=30))
    run_housekeeping(rules, clock.now())
    assert [bytes(row.token_hash) for row in Session.select()] == [living.token_hash]
    assert IdempotentCall.select().count() == 0
    assert [row.id_number for row in IdentityCheck.select()] == [person(number=2).id_number]


def open_ticket(openid: str) -> int:
    return opening.insert(
        Opening(kind="other", source="user", openid=openid, subject=opening.Subject()),
        f"other:wechat:{openid}:",
        actor=f"wechat:{openid}",
    ).id


def test_damaged_row_does_not_stop_the_deletion(rules: Rules) -> None:
    with clock.replaced(lambda: datetime.now(clock.SHANGHAI) - timedelta(days=30)):
        sittings.begin(member_of("clerk"), person(number=1).id_number)
        damaged, later = open_ticket("o-someone"), open_ticket("o-another")
    database.execute_sql("UPDATE ticket SET description = ? WHERE id = ?", (b"damaged", damaged))
    with pytest.raises(DecryptionFailed):
        jobs.run(rules.services, "housekeeping", {})
    assert DeskSitting.select().count() == 0
    noted = Ticket.select(Ticket.id).where(Ticket.reminded_at.is_null(False))
    assert [row.id for row in noted] == [later]
