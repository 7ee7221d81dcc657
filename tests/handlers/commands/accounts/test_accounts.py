"""The command accounts: masked output, an audit line per act, and refusals."""

from functools import partial

import pytest

from miniprogram_api.access import password_attempts
from miniprogram_api.services import Services
from models.accounts.accounts import CANCELLED, Account
from models.desks.audit import AuditEntry
from tests.support.people.accounts import account_of, account_session, fresh
from tests.support.people.persons import person
from tests.support.people.registrations import synced_account
from tests.support.service.command_line import outcome
from tests.support.service.rules import Rules

SOMEONE = person("王小明", number=7)

pytestmark = pytest.mark.usefixtures("operator_with_redis")

run = partial(outcome, "accounts")
"""Runs the command: its exit status and everything printed."""


def lines() -> list[tuple[str, str, int | None]]:
    return [(entry.tag, entry.actor, entry.account_id) for entry in AuditEntry.select()]


def lock(services: Services, account: Account) -> None:
    for place in range(6):
        for _ in range(5):
            password_attempts.count(
                services, account, password_attempts.pair_of(f"203.0.113.{place}")
            )


def test_account_is_found_by_each_login_and_masked(
    rules: Rules, capsys: pytest.CaptureFixture[str]
) -> None:
    account = account_of(SOMEONE, username="Wang_xm", username_index="Wang_xm")
    account_session(account)
    for who in (str(account.id), SOMEONE.id_number, SOMEONE.phone, "WANG_XM"):
        status, printed = run(capsys, "show", who)
        assert status == 0
        assert "registered, level 3, from self" in printed
        assert f"{SOMEONE.id_number[:3]}***********{SOMEONE.id_number[-4:]}" in printed
        assert f"{SOMEONE.phone[:3]}****{SOMEONE.phone[-4:]} (sms)" in printed
        assert "sessions  1" in printed
        for private in (SOMEONE.name, SOMEONE.id_number, SOMEONE.phone):
            assert private not in printed
    assert lines() == [("command:account:shown", "command:wang", account.id)] * 4


def test_all_accounts_of_a_phone_are_shown(
    rules: Rules, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts = [account_of(SOMEONE), synced_account(person(number=8, phone=SOMEONE.phone))]
    status, printed = run(capsys, "show", SOMEONE.phone)
    assert status == 0
    assert printed.count("ID number") == 2
    assert [line[2] for line in lines()] == [account.id for account in accounts]
    for act in (["unlock"], ["cancel", "--reason", "x"]):
        status, printed = run(capsys, *act, SOMEONE.phone)
        assert status == 1
        assert printed.startswith("LOGIN_AMBIGUOUS")


def test_account_is_unlocked(rules: Rules, capsys: pytest.CaptureFixture[str]) -> None:
    account = account_of(SOMEONE)
    lock(rules.services, account)
    assert "needs an SMS code for 86" in run(capsys, "show", SOMEONE.id_number)[1]
    status, printed = run(capsys, "unlock", SOMEONE.id_number)
    assert status == 0
    assert "lock  none" in printed
    assert (
        password_attempts.count(rules.services, account, password_attempts.pair_of("203.0.113.0"))
        == 4
    )
    assert lines()[-1] == ("command:account:unlocked", "command:wang", account.id)


def test_account_is_cancelled_once(rules: Rules, capsys: pytest.CaptureFixture[str]) -> None:
    account = account_of(SOMEONE)
    status, printed = run(capsys, "cancel", SOMEONE.id_number, "--reason", "本人到窗口申请")
    assert status == 0
    assert "cancelled, level 3" in printed
    assert fresh(account).status == CANCELLED
    assert fresh(account).cancellation_reason == "本人到窗口申请"
    assert ("command:account:cancelled", "command:wang", account.id) in lines()
    # It is still found, by its number and the ID number.
    assert run(capsys, "show", SOMEONE.id_number)[0] == 0
    status, printed = run(capsys, "cancel", str(account.id), "--reason", "again")
    assert status == 1
    assert printed.startswith("ACCOUNT_CANCELLED")


@pytest.mark.parametrize("who", ["nobody_here", "999", "", "11010119900101991X", "13800139999"])
def test_unknown_login_is_reported(
    rules: Rules, capsys: pytest.CaptureFixture[str], who: str
) -> None:
    for act in (["show"], ["unlock"], ["cancel", "--reason", "x"]):
        status, printed = run(capsys, *act, who)
        assert status == 1
        assert printed.startswith("NOT_FOUND")
    assert lines() == []


def test_missing_redis_is_reported(
    rules: Rules, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    account_of(SOMEONE)
    monkeypatch.setenv("REDIS_URL", "unix:///nonexistent/valkey.sock")
    status, printed = run(capsys, "unlock", SOMEONE.id_number)
    assert status == 1
    assert "Redis does not answer" in printed
