"""The command staff: unlocking and resetting members without the pages."""

import re
from functools import partial

import pytest

from miniprogram_api.access import passwords
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import (
    attempts as staff_attempts,
)
from miniprogram_api.staff import (
    members as staff,
)
from miniprogram_api.staff import (
    sessions as staff_sessions,
)
from models.desks.audit import AuditEntry
from models.desks.staff import StaffMember, StaffSession
from tests.support.admin.staff import STAFF_PASSWORD, member_of, token_of
from tests.support.service.command_line import outcome
from tests.support.service.rules import Rules

pytestmark = pytest.mark.usefixtures("operator_with_redis")

run = partial(outcome, "staff")
"""Runs the command: its exit status and everything printed."""


def try_to_sign_in(rules: Rules, password: str) -> Reason | None:
    """Return why the administrator cannot sign in from the usual address."""
    try:
        staff_sessions.sign_in(rules.services, "chief", password, None, address="198.51.100.7")
    except Refused as refused:
        return refused.reason
    return None


def lock_out(rules: Rules) -> None:
    for _ in range(5):
        try_to_sign_in(rules, "not his password")
    assert try_to_sign_in(rules, STAFF_PASSWORD) is Reason.STAFF_LOCKED


def test_locked_member_is_listed_and_unlocked(
    rules: Rules, capsys: pytest.CaptureFixture[str]
) -> None:
    member = member_of("administrator", username="chief")
    member_of("editor", "auditor", username="gone", active=False)
    lock_out(rules)
    status, printed = run(capsys, "list")
    assert status == 0
    assert re.search(r"^chief  administrator  no second factor  locked until 20", printed, re.M)
    assert re.search(r"^gone  auditor,editor  no second factor  let go$", printed, re.M)
    assert run(capsys, "unlock", " CHIEF ") == (0, "chief may try again at once.\n")
    assert try_to_sign_in(rules, STAFF_PASSWORD) is None
    assert staff_attempts.locked_until(rules.services, [member]) == {}
    written = AuditEntry.get(AuditEntry.tag == "command:staff:unlocked")
    assert written.actor == "command:wang"


def test_reset_gives_a_new_password_and_second_factor(
    rules: Rules, capsys: pytest.CaptureFixture[str]
) -> None:
    member = member_of("administrator", username="chief", totp_secret="JBSWY3DPEHPK3PXP")
    token_of(member)
    lock_out(rules)
    status, printed = run(capsys, "reset", "chief")
    assert status == 0
    password = re.search(r"signs in with ([a-hjkmnp-z2-9]{16}),", printed)
    assert password is not None
    row = StaffMember.get()
    assert passwords.verify(row.password_hash, password[1])
    assert (row.must_change_password, row.totp_secret) == (True, None)
    assert StaffSession.select().count() == 0
    assert try_to_sign_in(rules, password[1]) is None
    assert AuditEntry.get(AuditEntry.tag == "command:staff:reset").actor == "command:wang"


def test_impossible_acts_are_reported(rules: Rules, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "list") == (
        0,
        "Nobody yet; manage.py migrate makes the first administrator.\n",
    )
    member_of("editor", username="gone", active=False)
    for act, who, reason in (
        ("unlock", "nobody", "NOT_FOUND"),
        ("reset", "nobody", "NOT_FOUND"),
        ("reset", "gone", "NOT_APPLICABLE"),
    ):
        status, printed = run(capsys, act, who)
        assert status == 1
        assert printed.startswith(f"{reason}: ")
    assert [m.active for m in staff.members()] == [False]
