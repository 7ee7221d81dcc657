"""The clock of an incident, the accounts that it concerns, and notices to them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from miniprogram_api import audit, clock
from miniprogram_api.incidents import notice, persons, register
from miniprogram_api.reasons import Refused
from models.incidents import Incident
from models.outbox import Notice
from models.storage.database import transaction
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time, account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules

NIGHT = datetime(2026, 11, 24, 23, 30, tzinfo=clock.SHANGHAI)
ACTOR = "staff:ops"


@pytest.fixture
def time() -> Iterator[Time]:
    with Time(NIGHT).running() as running:
        yield running


def entered(known_at: datetime | None = None) -> int:
    return register.enter(
        title="数据库拷贝外泄",
        kind="leak",
        description="备份盘遗失。",
        known_at=known_at,
        actor=ACTOR,
    )


def test_report_is_due_four_hours_after_it_was_known(rules: Rules, time: Time) -> None:
    settings = rules.services.settings
    number = entered(NIGHT - timedelta(hours=1))
    incident = register.get(settings, number)
    assert incident.report_due_at == NIGHT + timedelta(hours=3)
    assert incident.seconds_left(NIGHT) == 3 * 3600
    assert not incident.is_late(NIGHT)
    time.now = NIGHT + timedelta(hours=3, seconds=1)
    assert register.get(settings, number).is_late(time.now)
    register.report(number, reported_as="电话", at=None, actor=ACTOR)
    assert not register.get(settings, number).is_late(time.now)
    with pytest.raises(Refused):
        register.report(number, reported_as="早", at=NIGHT - timedelta(hours=2), actor=ACTOR)


def test_accounts_are_found_by_each_way(rules: Rules, time: Time) -> None:
    first, second = (account_of(person("王小明", number=9860 + n)) for n in range(2))
    with transaction():
        audit.write("staff:account:seen", actor="staff:9", account_id=second.id)
    hour = timedelta(hours=1)
    period = {"begins": NIGHT - hour, "ends": NIGHT + hour}

    def found(way: str, **more: object) -> list[int]:
        by = persons.query(way, **more)  # type: ignore[arg-type]
        assert persons.of_text(persons.to_text(by)) == by
        return [row.account_id for row in persons.listed(by, 10)]

    assert found("all") == [first.id, second.id]
    assert found("registered", **period) == [first.id, second.id]
    assert found("registered", begins=NIGHT - 2 * hour, ends=NIGHT - hour) == []
    assert found("handled_by", actor="staff:9", **period) == [second.id]
    assert found("handled_by", actor="staff:8", **period) == []
    assert found("accounts", ids=f"{first.id}, 999") == [first.id]
    with pytest.raises(Refused):
        persons.query("handled_by", actor="", **period)
    with pytest.raises(Refused):
        persons.query("unknown")


def test_each_account_gets_one_notice_in_the_morning(
    rules: Rules, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice, "BATCH", 2)
    accounts = [account_of(person("王小明", number=9860 + n)) for n in range(5)]
    number = entered()
    register.choose_persons(number, persons.query("all"), actor=ACTOR)
    register.ask_notice(number, number=5, actor=ACTOR)
    register.begin_notice(rules.services, member_of("operator"), number, 5)
    # It ends in the middle and runs again.
    assert notice._queue_batch(number)
    notice.queue(number)
    notice.queue(number)
    rows = list(Notice.select().order_by(Notice.id))
    assert [row.account_id for row in rows] == [account.id for account in accounts]
    assert {row.due_at for row in rows} == {datetime(2026, 11, 25, 8, tzinfo=clock.SHANGHAI)}
    assert Incident.get().notice_count == 5


def test_closed_incident_is_kept_for_three_years(rules: Rules, time: Time) -> None:
    number = entered()
    register.report(number, reported_as="不需要：没有个人信息", at=None, actor=ACTOR)
    with pytest.raises(Refused):
        register.close(number, closing_report="完", no_notice="", actor=ACTOR)
    register.close(number, closing_report="完", no_notice="数据已加密，密钥未失。", actor=ACTOR)
    time.now = NIGHT + timedelta(days=3 * 365 - 1)
    assert register.remove_old() == 0
    time.now = NIGHT + timedelta(days=3 * 365 + 1)
    assert register.remove_old() == 1
