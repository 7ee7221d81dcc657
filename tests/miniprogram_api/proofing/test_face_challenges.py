"""Face challenges: owner, expiry and single use."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.access import sessions, web_visitors
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.clients import face as client
from miniprogram_api.proofing import faces
from miniprogram_api.proofing.face_challenges import mode_of, remove_old
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import CANCELLED, FROZEN, Account
from models.accounts.verifications import FaceChallenge
from models.desks.audit import AuditEntry
from models.storage.database import database
from tests.support.people.accounts import Time, account_session, fresh
from tests.support.people.faces import (
    Holder,
    assert_no_connection_is_held,
    mismatches_used,
    refusal,
)
from tests.support.people.persons import person
from tests.support.service.rules import Rules, at_once

BOTH_DATABASES = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def challenge_row(challenge: faces.FaceChallenge) -> Any:
    return FaceChallenge.get_by_id(challenge.challenge_id)


def test_a_challenge_belongs_to_its_session_and_account(rules: Rules) -> None:
    holder, other = (
        Holder(rules, person(number=11)),
        Holder(rules, person("李四", number=12), wechat="li"),
    )
    challenge = holder.open()
    elsewhere = account_session(holder.account, "zhang")
    attempts: list[tuple[Any, dict[str, Any]]] = [
        (holder.verify, {"session": elsewhere}),
        (other.verify, {}),
        (other.verify, {"session": holder.session}),
    ]
    for call, changes in attempts:
        refused = refusal(call, challenge.challenge_id, **changes)
        assert (refused.reason, refused.details) == (Reason.NOT_FOUND, {})
    assert refusal(holder.verify, "0" * 32).reason is Reason.NOT_FOUND
    assert refusal(holder.verify, "").reason is Reason.NOT_FOUND
    assert rules.sandbox.calls("queryverifyinfo") == []
    assert holder.verify(challenge.challenge_id).level == 4
    assert other.level == 3


def test_a_challenge_expires(rules: Rules) -> None:
    holder = Holder(rules, person(number=13))
    challenge = holder.open()
    time = Time(clock.now() + timedelta(seconds=challenge.expires_in - 5))
    with time.running():
        row = challenge_row(challenge)
        assert clock.now() < row.expires_at
        time.advance(seconds=6)
        assert refusal(holder.verify, challenge.challenge_id).reason is Reason.NOT_FOUND
    assert rules.sandbox.calls("queryverifyinfo") == []


def test_only_the_sandbox_takes_pictures_of_browsers(rules: Rules) -> None:
    settings = rules.services.settings
    production = settings.model_copy(update={"profile": "production"})
    browser = SessionInfo(b"t" * 32, web_visitors.name_of("d" * 22), 1)
    assert mode_of(settings, browser) == "photo"
    assert mode_of(production, browser) == "wechat"
    assert mode_of(settings, SessionInfo(b"t" * 32, "o-zhang", 1)) == "wechat"


def test_challenge_needs_a_wechat_user(rules: Rules) -> None:
    holder = Holder(rules, person(number=14), wechat=None)
    refused = refusal(holder.open)
    assert (refused.reason, refused.details) == (Reason.FACE_NOT_FINISHED, {"cause": "no_wechat"})
    assert rules.sandbox.calls("getverifyid") == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [(FROZEN, Reason.ACCOUNT_FROZEN), (CANCELLED, Reason.UNAUTHENTICATED)],
)
def test_only_an_active_account_is_checked(rules: Rules, status: str, reason: Reason) -> None:
    holder = Holder(rules, person(number=15))
    challenge = holder.open()
    Account.update(status=status).execute()
    # Before its own input is looked at.
    assert refusal(holder.open, None).reason is reason
    assert refusal(holder.verify, challenge.challenge_id).reason is reason
    assert refusal(holder.verify, None).reason is reason


def test_opening_checks_is_limited(rules: Rules) -> None:
    holder = Holder(rules, person(number=19))
    most = rules.services.settings.face_checks_per_account
    challenges = [holder.open() for _ in range(most)]
    refused = refusal(holder.open)
    assert (refused.reason, refused.details["scope"]) == (Reason.TOO_MANY_ATTEMPTS, "face_checks")
    assert len(rules.sandbox.calls("getverifyid")) == most
    # What is open already can still be used.
    assert holder.verify(challenges[-1].challenge_id).level == 4


def test_verified_account_is_refused(rules: Rules) -> None:
    holder = Holder(rules, person(number=16))
    challenge, spare = holder.open(), holder.open()
    holder.verify(challenge.challenge_id)
    for call in (
        holder.open,
        lambda: holder.verify(challenge.challenge_id),
        lambda: holder.verify(spare.challenge_id),
    ):
        assert refusal(call).reason is Reason.ALREADY_VERIFIED
    assert len(rules.sandbox.calls("queryverifyinfo")) == 1


class Meanwhile(client.FaceClient):
    """Return services whose face client changes the account during the call."""

    def __init__(self, services: Services, change: Any) -> None:
        self.__dict__.update(services.clients.face.__dict__)
        self.change = change

    def open_wechat_check(self, *arguments: Any) -> client.FaceTicket | client.FaceAnswer:
        assert_no_connection_is_held()
        return super().open_wechat_check(*arguments)

    def wechat_result(self, *arguments: Any) -> client.FaceAnswer:
        assert_no_connection_is_held()
        answer = super().wechat_result(*arguments)
        self.change()
        return answer


def with_change(services: Services, change: Any) -> Services:
    from dataclasses import replace

    return replace(services, clients=replace(services.clients, face=Meanwhile(services, change)))


@BOTH_DATABASES
@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"status": FROZEN}, Reason.ACCOUNT_FROZEN),
        ({"status": CANCELLED}, Reason.UNAUTHENTICATED),
        ({"level": 4, "verified_by": "ctid"}, Reason.ALREADY_VERIFIED),
    ],
)
def test_account_change_during_the_check_is_respected(
    rules: Rules, columns: dict[str, Any], reason: Reason
) -> None:
    holder = Holder(rules, person(number=17))
    services = with_change(rules.services, lambda: Account.update(**columns).execute())
    challenge = holder.open(services=services)
    refused = refusal(holder.verify, challenge.challenge_id, services=services)
    assert refused.reason is reason
    account = fresh(holder.account)
    assert (account.level, account.verified_by) == (
        columns.get("level", 3),
        columns.get("verified_by"),
    )
    assert AuditEntry.select().where(AuditEntry.tag == "api:account:verified").count() == 0
    assert challenge_row(challenge).used_at is None


# One use -----------------------------------------------------------------------------------------


@BOTH_DATABASES
def test_one_of_many_calls_with_one_challenge_asks_the_source(rules: Rules) -> None:
    holder = Holder(rules, person("张不像", number=18))
    challenge = holder.open()
    rules.sandbox.fault("face", "slow", seconds=1, action="queryverifyinfo")
    results = at_once([lambda: holder.verify(challenge.challenge_id)] * 8)
    reasons = Counter(r.reason for r in results if isinstance(r, Refused))
    assert reasons == {Reason.FACE_MISMATCH: 1, Reason.IDENTITY_CHECK_IN_PROGRESS: 7}
    waits = {
        r.details["retry_after"]
        for r in results
        if isinstance(r, Refused) and r.reason is Reason.IDENTITY_CHECK_IN_PROGRESS
    }
    assert waits <= set(range(1, 61))
    assert len(rules.sandbox.calls("queryverifyinfo")) == 1
    assert mismatches_used(rules, person(number=18)) == 1


@BOTH_DATABASES
def test_one_of_many_simultaneous_checks_raises_the_level(rules: Rules) -> None:
    holder = Holder(rules, person(number=19))
    challenges = [holder.open() for _ in range(4)]
    calls = [lambda c=c: holder.verify(c.challenge_id) for c in challenges]
    results = at_once(calls)
    assert sum(isinstance(r, AccountSummary) for r in results) == 1
    assert Counter(r.reason for r in results if isinstance(r, Refused)) == {
        Reason.ALREADY_VERIFIED: 3
    }
    assert AuditEntry.select().where(AuditEntry.tag == "api:account:verified").count() == 1
    assert mismatches_used(rules, person(number=19)) == 0


def test_challenge_of_a_dead_process_is_released_after_a_minute(rules: Rules) -> None:
    holder = Holder(rules, person(number=20))
    challenge = holder.open()
    # What kill -9 leaves behind: taken, without an outcome.
    FaceChallenge.update(used_at=clock.now()).execute()
    refused = refusal(holder.verify, challenge.challenge_id)
    assert refused.reason is Reason.IDENTITY_CHECK_IN_PROGRESS
    assert 58 <= refused.details["retry_after"] <= 60
    assert rules.sandbox.calls("queryverifyinfo") == []
    FaceChallenge.update(used_at=clock.now() - timedelta(minutes=1)).execute()
    assert holder.verify(challenge.challenge_id).level == 4


def test_old_checks_are_deleted(rules: Rules) -> None:
    holder = Holder(rules, person(number=28))
    old, new = holder.open(), holder.open()
    FaceChallenge.update(created_at=clock.now() - timedelta(days=30, seconds=1)).where(
        FaceChallenge.id == old.challenge_id
    ).execute()
    assert remove_old() == 1
    assert [row.id for row in FaceChallenge.select()] == [new.challenge_id]


def test_verify_id_is_encrypted(rules: Rules) -> None:
    challenge = Holder(rules, person(number=29)).open()
    (stored,) = database.execute_sql("SELECT verify_id FROM face_challenge").fetchone()
    assert challenge.verify_id
    assert challenge.verify_id.encode() not in bytes(stored)
    assert challenge_row(challenge).verify_id == challenge.verify_id


def test_ended_session_deletes_its_challenges(rules: Rules) -> None:
    holder = Holder(rules, person(number=30))
    challenge = holder.open()
    opened = sessions.replace(holder.session, holder.account.id)
    after = SessionInfo(opened.token_hash, "o-zhang", holder.account.id)
    assert refusal(holder.verify, challenge.challenge_id, session=after).reason is Reason.NOT_FOUND
    assert accounts.current(holder.account.id).level == 3
