"""Staff sign-in: password, TOTP, recovery codes, locks and expiry."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from miniprogram_api import clock
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import (
    attempts as staff_attempts,
)
from miniprogram_api.staff import (
    members as staff,
)
from miniprogram_api.staff import (
    sessions as staff_sessions,
)
from miniprogram_api.staff.members import Permission
from models.desks.audit import AuditEntry
from models.desks.staff import StaffMember as Row
from tests.support.admin.staff import STAFF_PASSWORD, member_of
from tests.support.people.accounts import ADDRESS, Time
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
NEW_PASSWORD = "Siskin-in-52-trees"


def sign_in(services: Services, **changes: object) -> staff_sessions.SignedIn:
    values = {
        "username": "wangfang",
        "password": STAFF_PASSWORD,
        "totp": None,
        "address": ADDRESS,
        **changes,
    }
    return staff_sessions.sign_in(services, **values)  # type: ignore[arg-type]


def reason_of(services: Services, **changes: object) -> Reason:
    with pytest.raises(Refused) as refused:
        sign_in(services, **changes)
    return refused.value.reason


def change_password(
    services: Services, signed_in: staff_sessions.SignedIn, present: str, new: str
) -> None:
    staff_sessions.change_password(
        services,
        signed_in.member,
        present,
        new,
        token=signed_in.token,
        address=ADDRESS,
        device="",
    )


def enrol(member: staff.StaffMember) -> tuple[pyotp.TOTP, list[str]]:
    """Set up a second factor; return its generator and the recovery codes."""
    uri = staff_sessions.begin_totp(member)
    generator = pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0])
    return generator, staff_sessions.confirm_totp(member, number(generator))


def number(generator: pyotp.TOTP) -> str:
    return str(generator.at(int(clock.now().timestamp())))


def test_session_expires_after_15_idle_minutes_or_12_hours(rules: Rules) -> None:
    member_of("editor", username="wangfang")
    with Time(clock.now()).running() as time:
        token = sign_in(rules.services).token
        for _ in range(51):
            time.advance(minutes=14)
            assert staff_sessions.find_session(rules.services, token) is not None
        time.advance(minutes=7)
        assert staff_sessions.find_session(rules.services, token) is None

        idle = sign_in(rules.services).token
        time.advance(minutes=16)
        assert staff_sessions.find_session(rules.services, idle) is None
        assert staff_sessions.remove_expired() == 1
        time.advance(hours=12)
        assert staff_sessions.remove_expired() == 1


def test_refusal_does_not_name_the_wrong_field(rules: Rules) -> None:
    member_of("editor", username="wangfang")
    member_of("editor", username="gone", active=False)
    for changes in ({"password": "wrong"}, {"username": "nobody"}, {"username": "gone"}):
        assert reason_of(rules.services, **changes) is Reason.STAFF_SIGN_IN_REFUSED


@pytest.mark.parametrize("username", ["wangfang", "nobody"])
def test_five_wrong_tries_lock_known_and_unknown_names_alike(rules: Rules, username: str) -> None:
    member_of("editor", username="wangfang")
    for _ in range(5):
        assert (
            reason_of(rules.services, username=username, password="wrong")
            is Reason.STAFF_SIGN_IN_REFUSED
        )
    assert reason_of(rules.services, username=username) is Reason.STAFF_LOCKED
    if username == "wangfang":
        assert sign_in(rules.services, address="192.0.2.99").member.username == "wangfang"


@BOTH
def test_totp_code_is_accepted_once_under_concurrency(rules: Rules) -> None:
    member = member_of("editor", username="wangfang")
    with Time(clock.now()).running() as time:
        generator, _ = enrol(member)
        # The number that confirmed the second factor is used up.
        assert reason_of(rules.services, totp=number(generator)) is Reason.STAFF_SIGN_IN_REFUSED
        assert reason_of(rules.services) is Reason.STAFF_SIGN_IN_REFUSED
        time.advance(seconds=60)
        shown = number(generator)

        answers = at_once([lambda: sign_in(rules.services, totp=shown)] * 3)

    assert sum(isinstance(answer, staff_sessions.SignedIn) for answer in answers) == 1


def test_recovery_code_is_accepted_once(rules: Rules) -> None:
    member = member_of("editor", username="wangfang")
    _, codes = enrol(member)
    assert len(set(codes)) == 10

    assert sign_in(rules.services, totp=codes[0].upper()).member.has_totp
    assert reason_of(rules.services, totp=codes[0]) is Reason.STAFF_SIGN_IN_REFUSED
    other = member_of("editor", username="lisi")
    enrol(other)
    assert reason_of(rules.services, username="lisi", totp=codes[1]) is Reason.STAFF_SIGN_IN_REFUSED


def test_second_factor_is_required_in_production(rules: Rules) -> None:
    settings = rules.services.settings.model_copy(update={"profile": "production"})
    services = Services(settings, rules.services.clients)
    member = member_of("editor", username="wangfang")

    signed_in = sign_in(services)

    assert signed_in.member.pending == {"totp"}
    assert not signed_in.member.may(Permission.READ_CONTENT)
    enrol(member)
    found = staff_sessions.find_session(services, signed_in.token)
    assert found is not None
    assert found.may(Permission.READ_CONTENT)
    with pytest.raises(Refused) as refused:
        staff_sessions.begin_totp(member)
    assert refused.value.reason is Reason.FORBIDDEN


def test_initial_password_must_be_changed_first(rules: Rules) -> None:
    member_of("editor", username="wangfang", must_change_password=True)
    other = sign_in(rules.services).token
    signed_in = sign_in(rules.services)
    assert signed_in.member.pending == {"password"}

    for present, new in (
        ("wrong", NEW_PASSWORD),
        (STAFF_PASSWORD, STAFF_PASSWORD),
        (STAFF_PASSWORD, "1"),
    ):
        with pytest.raises(Refused) as refused:
            change_password(rules.services, signed_in, present, new)
        assert refused.value.reason is Reason.INVALID_INPUT
    change_password(rules.services, signed_in, STAFF_PASSWORD, NEW_PASSWORD)

    found = staff_sessions.find_session(rules.services, signed_in.token)
    assert found is not None
    assert found.may(Permission.WRITE_CONTENT)
    assert staff_sessions.find_session(rules.services, other) is None
    assert reason_of(rules.services) is Reason.STAFF_SIGN_IN_REFUSED
    staff_sessions.end(signed_in.token)
    assert staff_sessions.find_session(rules.services, signed_in.token) is None


def test_changes_by_an_administrator_are_effective_at_once(rules: Rules) -> None:
    member = member_of("editor", username="wangfang")
    token = sign_in(rules.services).token
    Row.update(roles="auditor").where(Row.id == member.id).execute()
    found = staff_sessions.find_session(rules.services, token)
    assert found is not None
    assert found.roles == {"auditor"}
    Row.update(active=False).where(Row.id == member.id).execute()
    assert staff_sessions.find_session(rules.services, token) is None


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "é" * 43, "x" * 5000])
def test_invalid_token_is_refused(rules: Rules, token: str) -> None:
    assert staff_sessions.find_session(rules.services, token) is None


def lines() -> list[tuple[str, dict[str, object]]]:
    """Return tag and details of the audit entries about wrong tries."""
    rows = (
        AuditEntry.select()
        .where(AuditEntry.tag.startswith("staff:sign_in"))
        .order_by(AuditEntry.id)
    )
    assert {row.actor for row in rows} <= {"stranger"}
    return [(row.tag, json.loads(row.details)) for row in rows]


@BOTH
def test_wrong_tries_and_locks_are_logged_without_input(rules: Rules) -> None:
    member = member_of("editor", username="wangfang")
    with Time(clock.now()).running() as time:
        for _ in range(7):
            reason_of(rules.services, password="Guess-in-1-go")
        failed = ("staff:sign_in:failed", {"member": member.id, "why": "password"})
        locked = ("staff:sign_in:locked", {"member": member.id})
        assert lines() == [failed, locked]
        until = staff_attempts.locked_until(rules.services, staff.members())
        assert list(until) == [member.id]
        assert timedelta(seconds=55) < until[member.id] - clock.now() <= timedelta(minutes=1)
        time.advance(minutes=2)
        assert staff_attempts.locked_until(rules.services, staff.members()) == {}
        sign_in(rules.services)
        Row.update(active=False).where(Row.id == member.id).execute()
        reason_of(rules.services)
        assert lines()[2:] == [("staff:sign_in:failed", {"member": member.id, "why": "inactive"})]


def test_wrong_totp_code_is_logged(rules: Rules) -> None:
    member = member_of("editor", username="wangfang")
    enrol(member)
    reason_of(rules.services, totp="000000")
    assert lines() == [("staff:sign_in:failed", {"member": member.id, "why": "totp"})]


def test_log_entries_of_unknown_names_are_limited(rules: Rules) -> None:
    member = member_of("editor", username="wangfang")
    for n in range(30):
        reason_of(rules.services, username=f"nobody{n}", address=f"10.{n}.0.1")
        reason_of(rules.services, password="Guess-in-1-go", address=f"10.{n}.0.1")
    unknown = ("staff:sign_in:failed", {"why": "unknown"})
    known = ("staff:sign_in:failed", {"member": member.id, "why": "password"})
    assert (lines().count(unknown), lines().count(known)) == (10, 10)
    for n in range(3):
        assert reason_of(rules.services, address=f"10.40.{n}.1") is Reason.STAFF_LOCKED
    for _ in range(7):
        reason_of(rules.services, username="nobody0", address="10.50.0.1")
    # An unknown name is not reported as locked.
    assert lines()[20:] == [("staff:sign_in:locked", {"member": member.id})]
    assert list(staff_attempts.locked_until(rules.services, staff.members())) == [member.id]


def test_staff_can_be_read_without_redis(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise StoreUnavailable

    member_of("editor", username="wangfang")
    monkeypatch.setattr(rules.services.clients.store, "inquire", fails)
    assert staff_attempts.locked_until(rules.services, staff.members()) == {}
