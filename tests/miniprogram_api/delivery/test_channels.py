"""What the channels of one worker have in common: turns, order, waits, doubt, quiet hours."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from config import Settings
from miniprogram_api import clock
from miniprogram_api.delivery import backlog, sending
from miniprogram_api.delivery.channels import DONE, Channel, Letter, Outcome, Result
from miniprogram_api.delivery.quiet_hours import is_quiet
from models.outbox import Notice, OutboxJob
from models.registrars import RegistrarEvent, RegistrarKey, RegistrarWatch
from models.storage.database import transaction
from tests.support.people.accounts import Time

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
NOON = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)
SERVICES: Any = None


class Recorder:
    """A way to send that answers as told and remembers the rows."""

    def __init__(self, *results: Result, before: Callable[[], None] = lambda: None) -> None:
        self.seen: list[int] = []
        self._results = list(results)
        self._before = before

    def __call__(self, _services: Any, row: Any, hand_over: Callable[[], None]) -> Result:
        self.seen.append(row.id)
        hand_over()
        self._before()
        return self._results.pop(0) if self._results else DONE


def channel(send: Recorder, table: Any = Notice, **options: Any) -> Channel:
    return Channel(name="x", table=table, letter=_letter, send=send, **options)


def _letter(_row: Any) -> Letter:
    return Letter("", "", "")


def notice(due_at: datetime = NOON) -> int:
    values = {"kind": "phone_changed", "phone": "13900000001", "created_at": NOON}
    return int(Notice.insert(**values, due_at=due_at).execute())


def events(count: int) -> list[int]:
    """Let events of one person wait."""
    key = RegistrarKey.create(id="k", name="s", secret="s", daily_quota=1, created_at=NOON)
    watch = RegistrarWatch.insert(
        key=key, name="张三", id_number="1", identity_index="1", told="{}", until=NOON, looked_on=""
    ).execute()
    return [
        RegistrarEvent.insert(
            number=str(number), watch=watch, sequence=number, kind="x", content="{}",
            created_at=NOON, due_at=NOON,
        ).execute()
        for number in range(count)
    ]  # fmt: skip


@BOTH
def test_channels_take_turns_by_due_date(tables: Settings) -> None:
    late, early = notice(NOON + timedelta(seconds=2)), notice(NOON)
    OutboxJob.insert(name="x", created_at=NOON, due_at=NOON + timedelta(seconds=1)).execute()
    order: list[str] = []
    of_notices = Recorder(before=lambda: order.append("notice"))
    of_jobs = Recorder(before=lambda: order.append("job"))
    both = [channel(of_notices), channel(of_jobs, OutboxJob)]

    while sending.work_once(SERVICES, both, NOON + timedelta(minutes=1)):
        pass

    assert order == ["notice", "job", "notice"]
    assert of_notices.seen == [early, late]


@BOTH
def test_rows_of_one_queue_are_sent_one_at_a_time(tables: Settings) -> None:
    first, second = events(2)
    others: list[bool] = []

    def work_beside() -> None:
        others.append(sending.work_once(SERVICES, [of_queue], NOON))

    send = Recorder(Result(Outcome.LATER), before=work_beside)
    of_queue = channel(send, RegistrarEvent, queue=RegistrarEvent.watch)
    with Time(NOON).running() as now:
        assert sending.work_once(SERVICES, [of_queue], NOON)
        # The second waits for the first, which waits for its retry.
        assert not sending.work_once(SERVICES, [of_queue], NOON)
        now.advance(seconds=5)
        while sending.work_once(SERVICES, [of_queue], clock.now()):
            pass
    assert send.seen == [first, first, second]
    assert others == [False] * 3


@BOTH
def test_a_dead_letter_sent_again_waits_for_the_one_in_hand(tables: Settings) -> None:
    first, second = events(2)

    def again() -> None:
        if send.seen == [first, second]:
            with transaction():
                sending.send_again(RegistrarEvent.get_by_id(first))
            assert not sending.work_once(SERVICES, [of_queue], clock.now())

    send = Recorder(Result(Outcome.FAILED, 500), before=again)
    of_queue = channel(send, RegistrarEvent, queue=RegistrarEvent.watch)
    with Time(NOON).running():
        while sending.work_once(SERVICES, [of_queue], NOON):
            pass
    assert send.seen == [first, second, first]


def test_postponed_row_is_no_attempt(tables: Settings) -> None:
    notice()
    wait = Result(Outcome.POSTPONED, wait=timedelta(minutes=2))
    send = Recorder(*[wait] * 30)
    with Time(NOON).running() as now:
        for _ in range(30):
            assert sending.work_once(SERVICES, [channel(send)], clock.now())
            assert not sending.work_once(SERVICES, [channel(send)], clock.now())
            now.advance(minutes=2)
        assert sending.work_once(SERVICES, [channel(send)], clock.now())
    row = Notice.get()
    assert (row.attempts, row.failed_at) == (1, None)
    assert row.done_at is not None


def test_row_in_doubt_is_not_sent_twice(tables: Settings) -> None:
    notice()

    def die() -> None:
        raise KeyboardInterrupt

    failed = Result(Outcome.FAILED, 7)
    with Time(NOON).running() as now:
        with pytest.raises(KeyboardInterrupt):
            sending.work_once(SERVICES, [channel(Recorder(before=die))], NOON)
        now.advance(minutes=1)
        send = Recorder()
        assert sending.work_once(SERVICES, [channel(send, in_doubt=failed)], clock.now())
    assert send.seen == []
    assert (Notice.get().code, Notice.get().done_at) == (7, None)


def test_row_is_given_up_after_its_time(tables: Settings) -> None:
    notice()
    send = Recorder(*[Result(Outcome.LATER, 503)] * 20)
    limited = channel(send, retry_for=timedelta(minutes=1))
    with Time(NOON).running() as now:
        while sending.work_once(SERVICES, [limited], clock.now()):
            now.advance(seconds=40)
    assert len(send.seen) == 3
    assert (Notice.get().code, Notice.get().due_at) == (503, None)
    assert backlog.by_channel()["notice"] == backlog.Backlog(due=0, due_seconds=0, failed=1)


def test_ended_row_is_never_due(tables: Settings) -> None:
    for ended in ("done_at", "failed_at"):
        Notice.update(**{ended: NOON}).where(Notice.id == notice()).execute()
    assert not sending.work_once(SERVICES, [channel(Recorder())], NOON + timedelta(days=1))


@pytest.mark.parametrize(
    ("hour", "minute", "quiet"),
    [(7, 59, True), (8, 0, False), (20, 59, False), (21, 0, True), (0, 0, True)],
)
def test_quiet_hours(tables: Settings, hour: int, minute: int, quiet: bool) -> None:
    at = NOON.replace(hour=hour, minute=minute)
    notice(at)
    assert is_quiet(at) is quiet
    assert sending.work_once(SERVICES, [channel(Recorder(), daytime_only=True)], at) is not quiet
    assert sending.work_once(SERVICES, [channel(Recorder())], at) is quiet
