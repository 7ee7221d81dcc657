"""CTID verification gives level 4 without a face check."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.clients.ctid import CtidAnswer, CtidClient
from miniprogram_api.proofing import ctid as ctid_verifications
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import CANCELLED, FROZEN, Account
from models.desks.audit import AuditEntry
from tests.support.people.accounts import ADDRESS, account_of, fresh
from tests.support.people.faces import Holder, assert_no_connection_is_held, refusal
from tests.support.people.persons import Person, person
from tests.support.service.rules import Rules, at_once

BOTH_DATABASES = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def token_of(someone: Person) -> str:
    return f"ctid-ok-{someone.id_number}"


def verify(
    services: Services, account: Account, token: str, address: str = ADDRESS
) -> AccountSummary:
    return ctid_verifications.verify(
        services,
        session=SessionInfo(b"t" * 32, "o-zhang", account.id),
        account_id=account.id,
        address=address,
        ctid_token=token,
    )


def test_own_token_gives_level_4(rules: Rules) -> None:
    someone = person(number=1)
    account = account_of(someone)
    summary = verify(rules.services, account, token_of(someone))
    assert (summary.status, summary.level, summary.verified_by) == ("verified", 4, "ctid")
    assert fresh(account).verified_at is not None
    (entry,) = AuditEntry.select()
    assert (entry.tag, entry.account_id) == ("api:account:verified", account.id)
    assert '"by": "ctid"' in entry.details
    assert someone.id_number not in entry.details
    (asked,) = rules.sandbox.calls("ctid/verifications")
    assert asked["request"]["id_number"] == someone.id_number
    refused = refusal(verify, rules.services, account, token_of(someone))
    assert refused.reason is Reason.ALREADY_VERIFIED
    assert len(rules.sandbox.calls("ctid/verifications")) == 1


def test_ctid_works_after_a_failed_face_check(rules: Rules) -> None:
    someone = person("张不像", number=2)
    holder = Holder(rules, someone)
    for _ in range(5):
        assert refusal(holder.check).reason is Reason.FACE_MISMATCH
    assert refusal(holder.open).reason is Reason.TOO_MANY_ATTEMPTS
    assert verify(rules.services, holder.account, token_of(someone)).level == 4


@pytest.mark.parametrize("token", ["ctid-ok-nobody", "x", token_of(person(number=4))])
def test_token_of_another_person_is_rejected(rules: Rules, token: str) -> None:
    account = account_of(person(number=3))
    refused = refusal(verify, rules.services, account, token)
    assert (refused.reason, refused.case) == (Reason.CTID_REJECTED, 12)
    assert refused.details == {"attempts_left": 4}
    assert fresh(account).level == 3


def test_five_rejections_block_for_a_day(rules: Rules) -> None:
    someone = person(number=5)
    account = account_of(someone)
    left = [
        refusal(verify, rules.services, account, "x").details["attempts_left"] for _ in range(5)
    ]
    assert left == [4, 3, 2, 1, 0]
    refused = refusal(verify, rules.services, account, token_of(someone))
    assert (refused.reason, refused.case) == (Reason.TOO_MANY_ATTEMPTS, 10)
    assert 86_300 <= refused.details["retry_after"] <= 86_400
    assert len(rules.sandbox.calls("ctid/verifications")) == 5
    # The face is another way, with attempts of its own.
    assert rules.services.settings.face_attempts_per_account == 5


def test_an_address_has_a_limit_over_all_accounts(rules: Rules) -> None:
    services = rules.with_settings(wechat_failures_per_address=2)
    for number in (6, 7):
        refusal(verify, services, account_of(person(number=number)), "x")
    someone = person(number=8)
    account = account_of(someone)
    refused = refusal(verify, services, account, token_of(someone))
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    assert verify(services, account, token_of(someone), "192.0.2.99").level == 4


@pytest.mark.parametrize("mode", ["busy", "error", "reset", "limit", "slow"])
def test_missing_answer_uses_no_attempt(rules: Rules, mode: str) -> None:
    someone = person(number=9)
    account = account_of(someone)
    services = rules.with_settings(upstream_timeout=0.5, ctid_attempts_per_account=1)
    rules.sandbox.fault("ctid", mode, seconds=1.5)
    refused = refusal(verify, services, account, token_of(someone))
    assert (refused.reason, refused.case, refused.details) == (Reason.CTID_UNAVAILABLE, 12, {})
    assert fresh(account).level == 3
    assert verify(services, account, token_of(someone)).level == 4


@pytest.mark.parametrize(
    ("status", "reason"),
    [(FROZEN, Reason.ACCOUNT_FROZEN), (CANCELLED, Reason.UNAUTHENTICATED)],
)
def test_only_an_active_account_is_verified(rules: Rules, status: str, reason: Reason) -> None:
    someone = person(number=10)
    account = account_of(someone, status=status)
    assert refusal(verify, rules.services, account, token_of(someone)).reason is reason
    assert rules.sandbox.calls("ctid/verifications") == []


@BOTH_DATABASES
def test_simultaneous_calls_raise_the_level_once(rules: Rules) -> None:
    someone = person(number=11)
    account = account_of(someone)
    calls: list[Any] = [lambda: verify(rules.services, account, token_of(someone))] * 5
    results = at_once(calls)
    assert sum(isinstance(r, AccountSummary) for r in results) == 1
    assert Counter(r.reason for r in results if isinstance(r, Refused)) == {
        Reason.ALREADY_VERIFIED: 4
    }
    assert AuditEntry.select().count() == 1


@BOTH_DATABASES
def test_no_connection_is_held_during_the_ctid_call(rules: Rules) -> None:
    class Watched(CtidClient):
        def verify(
            self, token: str, name: str, id_number: str, serial: str | None = None
        ) -> CtidAnswer:
            assert_no_connection_is_held()
            return super().verify(token, name, id_number, serial)

    services = rules.with_settings()
    watched = Watched.__new__(Watched)
    watched.__dict__.update(services.clients.ctid.__dict__)
    someone = person(number=12)
    account = account_of(someone)
    services = replace(services, clients=replace(services.clients, ctid=watched))
    assert verify(services, account, token_of(someone)).level == 4
