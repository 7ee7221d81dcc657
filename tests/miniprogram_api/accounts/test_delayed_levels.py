"""A delayed check counts once, when its day is over, unless its account is disputed before."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.accounts import accounts, cancellation, delayed_levels, levels, switching
from miniprogram_api.delivery import background_jobs, sending
from miniprogram_api.messaging import notices
from miniprogram_api.outbox import Payload
from miniprogram_api.second_person import deciding
from miniprogram_api.tickets import opening, tickets
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import ACTIVE, Account
from models.accounts.verifications import COUNTED, VOID, WAITING, HandedCheck
from models.desks.audit import AuditEntry
from models.desks.tickets import Ticket
from models.outbox import Notice, OutboxJob
from models.storage.database import transaction
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time, account_of, fresh
from tests.support.people.persons import Person, make_phone, person
from tests.support.service.rules import Rules, at_once

BOTH_DATABASES = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
MORNING = datetime(2026, 11, 24, 9, 30, tzinfo=clock.SHANGHAI)
SOMEONE = person(number=71)


@pytest.fixture
def time(rules: Rules) -> Iterator[Time]:
    with Time(MORNING).running() as running:
        yield running


def delay(account: Account, name: str = "a", purpose: Any = "verify") -> HandedCheck:
    with transaction():
        return delayed_levels.delay(account, name * 32, "o-victim", "face", purpose)


def work(rules: Rules, run: Callable[[str, Payload], None] | None = None) -> bool:
    """Run the next due job of delayed levels."""
    run = run or (lambda name, payload: jobs.run(rules.services, name, payload))
    channel = background_jobs.channel(run, only=[delayed_levels.JOB])
    return sending.work_once(rules.services, [channel], clock.now())


def state(check: HandedCheck) -> tuple[str, str | None]:
    row = HandedCheck.get_by_id(check.id)
    return row.state, row.cause


def dispute(rules: Rules, someone: Person = SOMEONE, openid: str = "o-real") -> None:
    opening.open_ticket(
        rules.services,
        Opening(
            kind="identity_dispute",
            source="user",
            openid=openid,
            subject=Subject(someone.name, someone.id_number),
        ),
    )


def verified_lines() -> int:
    return int(AuditEntry.select().where(AuditEntry.tag == "api:account:verified").count())


def test_counts_after_24_hours_and_not_before(rules: Rules, time: Time) -> None:
    account = account_of(SOMEONE)
    check = delay(account)
    assert accounts.current(account.id).level_pending == accounts.PendingLevel(
        MORNING + timedelta(hours=24)
    )
    time.advance(hours=24, milliseconds=-1)
    assert not work(rules)
    # Even a job that runs too early waits.
    delayed_levels.apply(check.id)
    assert (state(check), fresh(account).level) == ((WAITING, None), 3)
    time.advance(milliseconds=1)
    assert work(rules)
    assert (state(check), fresh(account).level) == ((COUNTED, None), 4)
    assert (fresh(account).verified_by, fresh(account).verified_at) == ("face", time.now)
    assert accounts.current(account.id).level_pending is None


def test_counts_once_however_often_the_job_runs(rules: Rules, time: Time) -> None:
    check = delay(account_of(SOMEONE))
    time.advance(days=1)
    for _ in range(3):
        delayed_levels.apply(check.id)
    delayed_levels.apply("of a deleted row")
    assert verified_lines() == 1


def test_worker_that_dies_before_the_commit_leaves_it_to_the_next(
    rules: Rules, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = account_of(SOMEONE)
    check = delay(account)
    time.advance(days=1)
    with monkeypatch.context() as patch:
        patch.setattr(levels.holders, "account_changed", _die)
        with pytest.raises(SystemExit):
            work(rules)
    assert (state(check), fresh(account).level) == ((WAITING, None), 3)
    assert not work(rules)
    time.now += sending.LEASE
    assert work(rules)
    assert (state(check), fresh(account).level) == ((COUNTED, None), 4)
    assert verified_lines() == 1


def test_worker_that_dies_after_the_commit_changes_nothing_again(rules: Rules, time: Time) -> None:
    account = account_of(SOMEONE)
    check = delay(account)
    time.advance(days=1)

    def run(name: str, payload: Payload) -> None:
        jobs.run(rules.services, name, payload)
        _die()

    with pytest.raises(SystemExit):
        work(rules, run)
    # A review meanwhile takes the level away: it stays away.
    Account.update(level=3, verified_by=None).execute()
    time.now += sending.LEASE
    assert work(rules)
    assert (state(check), fresh(account).level, verified_lines()) == ((COUNTED, None), 3, 1)
    assert OutboxJob.get(OutboxJob.name == delayed_levels.JOB).done_at is not None


def _die(*_: Any) -> None:
    raise SystemExit(9)


@pytest.mark.parametrize("what", ["frozen", "cancelled", "disputed", "verified"])
def test_state_of_the_account_is_judged_when_due(rules: Rules, time: Time, what: str) -> None:
    account = account_of(SOMEONE)
    check = delay(account)
    if what == "frozen":
        with transaction():
            accounts.freeze(account)
    elif what == "cancelled":
        cancellation.cancel_by_hand(account.id, "test", actor="command:test")
    elif what == "disputed":
        # As by a process of the release before, which does not end it itself.
        dispute(rules)
        HandedCheck.update(state=WAITING, ended_at=None, cause=None).execute()
    else:
        Account.update(level=4, verified_by="manual").execute()
    before = fresh(account)
    time.advance(days=1)
    assert work(rules)
    cause = what if what in ("disputed", "verified") else "status"
    assert state(check) == (VOID, cause)
    after = fresh(account)
    assert (after.status, after.level, after.verified_by) == (
        before.status,
        before.level,
        before.verified_by,
    )
    line = AuditEntry.get(AuditEntry.tag == "api:level:withheld")
    assert (line.account_id, cause in line.details) == (account.id, True)


def test_closed_dispute_lets_a_later_check_count(rules: Rules, time: Time) -> None:
    account = account_of(SOMEONE)
    first = delay(account)
    dispute(rules)
    assert state(first) == (VOID, "disputed")
    assert fresh(account).status == ACTIVE
    assert [row.kind for row in Notice.select()] == [
        notices.LEVEL_DELAYED,
        notices.STATUS_CHANGED,
    ]
    with transaction():
        tickets.close(Ticket.get(), "withdrawn", None, actor="wechat:o-real")
    second = delay(account, "b")
    time.advance(days=1)
    assert work(rules)
    assert work(rules)
    assert (state(first), state(second)) == ((VOID, "disputed"), (COUNTED, None))


@pytest.mark.parametrize("what", ["frozen", "cancelled"])
def test_freeze_and_cancellation_end_it_at_once(rules: Rules, time: Time, what: str) -> None:
    account = account_of(SOMEONE)
    check = delay(account)
    if what == "frozen":
        with transaction():
            accounts.freeze(account)
    else:
        cancellation.cancel_by_hand(account.id, "test", actor="command:test")
    assert (state(check), HandedCheck.get().ended_at) == ((VOID, "status"), MORNING)
    assert accounts.summary(fresh(account), time.now).level_pending is None
    # Unfreezing does not bring it back.
    Account.update(status=ACTIVE).execute()
    time.advance(days=1)
    assert work(rules)
    assert (state(check), fresh(account).level) == ((VOID, "status"), 3)


def test_revoked_verification_ends_it(rules: Rules, time: Time) -> None:
    """A check from before the review must not undo it."""
    account, seen = account_of(SOMEONE), on_site(["id_card"], "test")
    verified = window_desk.verify_on_site(member_of("clerk"), SOMEONE.id_number, seen)
    Account.update(authorization_closed_at=MORNING).execute()
    check = delay(account, purpose="authorization")
    deciding.decide(
        rules.services,
        member_of("clerk"),
        verified.verification_id,
        agrees=False,
        reason="test",
        cause="not_same_person",
    )
    assert state(check) == (VOID, "revoked")
    time.advance(days=1)
    assert work(rules)
    assert (fresh(account).level, fresh(account).verified_by) == (3, None)


@pytest.mark.parametrize("level", [3, 4])
def test_reset_before_it_is_due_ends_it(rules: Rules, time: Time, level: int) -> None:
    """The check was of the password and phone of before."""
    account = account_of(SOMEONE, level=level, authorization_closed_at=MORNING)
    check = delay(account, purpose="authorization" if level == 4 else "verify")
    assert accounts.current(account.id).level_pending is not None
    time.advance(hours=1)
    with transaction():
        current = accounts.locked(account.id)
        switching.close(current, "password_reset", phone=SOMEONE.phone, actor="account:1")
    assert state(check) == (VOID, "reset")
    time.advance(days=1)
    assert work(rules)
    assert (fresh(account).level, fresh(account).authorization_closed_at is None) == (level, False)


def test_delayed_check_opens_the_switch_after_a_reset(rules: Rules, time: Time) -> None:
    account = account_of(SOMEONE, level=4, verified_by="manual", authorization_closed_at=MORNING)
    check = delay(account, purpose="authorization")
    time.advance(days=1)
    assert work(rules)
    after = fresh(account)
    assert (after.authorization_closed_at, after.verified_by) == (None, "manual")
    assert state(check) == (COUNTED, None)
    assert verified_lines() == 0
    assert accounts.current(account.id).level_pending is None


def test_switch_opened_meanwhile_ends_what_waits(rules: Rules, time: Time) -> None:
    account = account_of(SOMEONE, level=4, authorization_closed_at=MORNING)
    check = delay(account, purpose="authorization")
    with transaction():
        switching.reopen(accounts.locked(account.id), actor="account:1", by="face")
    assert state(check) == (VOID, "verified")


def test_dispute_about_another_person_cancels_nothing(rules: Rules, time: Time) -> None:
    check = delay(account_of(SOMEONE))
    dispute(rules, person(number=72))
    assert state(check) == (WAITING, None)


@BOTH_DATABASES
def test_dispute_at_the_due_moment_is_either_before_or_after(rules: Rules) -> None:
    """Whichever comes first, the level and the state of the check agree, and nothing hangs."""
    for number in range(80, 86):
        someone = person(number=number)
        account = account_of(someone)
        check = delay(account, str(number)[1])
        HandedCheck.update(due_at=clock.now()).execute()
        results = at_once(
            [
                lambda check=check: delayed_levels.apply(check.id),  # type: ignore[misc]
                lambda someone=someone: dispute(rules, someone),  # type: ignore[misc]
                lambda check=check: delayed_levels.apply(check.id),  # type: ignore[misc]
            ]
        )
        assert [result for result in results if result is not None] == []
        assert (fresh(account).level, *state(check)) in (
            (4, COUNTED, None),
            (3, VOID, "disputed"),
        )
    assert verified_lines() == HandedCheck.select().where(HandedCheck.state == COUNTED).count()


def test_old_checks_are_deleted_and_the_dead_phone_is_told_nothing(
    rules: Rules, time: Time
) -> None:
    account = account_of(SOMEONE, phone=None, phone_index=None)
    check = delay(account)
    assert Notice.select().count() == 0
    time.advance(days=1)
    assert work(rules)
    time.advance(days=29)
    assert delayed_levels.remove_old() == 0
    time.advance(milliseconds=1)
    assert delayed_levels.remove_old() == 1
    assert HandedCheck.get_or_none(HandedCheck.id == check.id) is None


def test_phones_are_told_once_each(rules: Rules, time: Time) -> None:
    former = make_phone(7171)
    account_of(
        SOMEONE,
        status="cancelled",
        identity_index=None,
        former_identity_index=SOMEONE.id_number,
        cancelled_at=MORNING,
    )
    account_of(
        SOMEONE,
        status="cancelled",
        identity_index=None,
        former_identity_index=SOMEONE.id_number,
        cancelled_at=MORNING,
        phone=former,
        phone_index=former,
    )
    delay(account_of(SOMEONE))
    assert [row.phone for row in Notice.select().order_by(Notice.id)] == [SOMEONE.phone, former]
