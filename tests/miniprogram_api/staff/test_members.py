"""Members of staff: roles and their changes; two administrators always remain."""

import pytest

from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import members as staff
from miniprogram_api.staff.members import Permission, StaffMember
from models.desks.staff import StaffMember as Row
from models.desks.staff import StaffSession
from tests.support.admin.staff import member_of, token_of, window_of
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def refusal(call: object) -> Reason:
    with pytest.raises(Refused) as refused:
        call()  # type: ignore[operator]
    return refused.value.reason


def test_read_and_write_permissions_are_separate() -> None:
    auditor = staff.ROLES["auditor"]
    assert {p for p in Permission if p.value.startswith("read_")} <= auditor
    assert not {p for p in auditor if p.value.startswith(("write_", "work_"))}
    assert Permission.SEE_PERSONAL_DATA not in staff.ROLES["administrator"]
    for role in ("editor", "operator", "clerk", "centre", "auditor"):
        assert Permission.WRITE_STAFF not in staff.ROLES[role]


def test_only_an_administrator_adds_members(rules: Rules) -> None:
    administrator = member_of("administrator")
    window = window_of()

    made = staff.create(
        administrator, username="WangFang", name="王芳", roles=["clerk"], window_id=window.id
    )

    assert made.member.pending == {"password"}
    assert made.member.window_id == window.id
    assert (
        refusal(
            lambda: staff.create(
                administrator, username="wangfang", name="王芳", roles=["editor"], window_id=None
            )
        )
        is Reason.USERNAME_TAKEN
    )
    clerk = member_of("clerk", "centre", "auditor", "editor", "operator")
    assert (
        refusal(
            lambda: staff.create(
                clerk, username="lisi", name="李四", roles=["editor"], window_id=None
            )
        )
        is Reason.FORBIDDEN
    )


@pytest.mark.parametrize(
    ("roles", "window", "field"),
    [
        ([], None, "roles"),
        (["king"], None, "roles"),
        (["clerk"], None, "window_id"),
        (["clerk"], 999, "window_id"),
    ],
)
def test_invalid_roles_are_refused(
    rules: Rules, roles: list[str], window: int | None, field: str
) -> None:
    administrator = member_of("administrator")
    with pytest.raises(Refused) as refused:
        staff.create(administrator, username="lisi", name="李四", roles=roles, window_id=window)
    assert [entry["field"] for entry in refused.value.details["fields"]] == [field]


def test_member_cannot_raise_own_roles(rules: Rules) -> None:
    administrator = member_of("administrator")
    other = member_of("administrator")
    for call in (
        lambda: staff.change_roles(administrator, administrator.id, ["administrator"], None),
        lambda: staff.deactivate(administrator, administrator.id),
        lambda: staff.reset(administrator, administrator.id),
        lambda: staff.readmit(administrator, administrator.id, ["administrator"], None),
        lambda: staff.change_roles(member_of("editor"), other.id, ["editor"], None),
    ):
        assert refusal(call) is Reason.FORBIDDEN


@BOTH
def test_two_administrators_remain_after_simultaneous_removals(rules: Rules) -> None:
    first, second, third = (member_of("administrator") for _ in range(3))

    answers = at_once(
        [
            lambda: staff.deactivate(first, second.id),
            lambda: staff.deactivate(second, third.id),
            lambda: staff.change_roles(third, first.id, ["auditor"], None),
        ]
    )

    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [answer.reason for answer in refused] == [Reason.ADMINISTRATORS_NEEDED] * 2
    left = [m for m in staff.members() if m.active and "administrator" in m.roles]
    assert len(left) == 2


def test_a_reset_ends_sessions_and_the_second_factor(rules: Rules) -> None:
    administrator, other = member_of("administrator"), member_of("editor")
    token_of(other)
    Row.update(totp_secret="JBSWY3DPEHPK3PXP", totp_confirmed_at=1).where(
        Row.id == other.id
    ).execute()

    reset = staff.reset(administrator, other.id)

    assert reset.member.pending == {"password"}
    assert not reset.member.has_totp
    assert StaffSession.select().count() == 0


def test_readmitted_member_starts_with_new_credentials(rules: Rules) -> None:
    administrator, other = member_of("administrator"), member_of("editor")
    again = lambda: staff.readmit(administrator, other.id, ["operator"], None)  # noqa: E731
    assert refusal(again) is Reason.NOT_APPLICABLE
    Row.update(totp_secret="JBSWY3DPEHPK3PXP", totp_confirmed_at=1).where(
        Row.id == other.id
    ).execute()
    staff.deactivate(administrator, other.id)
    assert refusal(lambda: staff.reset(administrator, other.id)) is Reason.NOT_APPLICABLE
    no_role = lambda: staff.readmit(administrator, other.id, [], None)  # noqa: E731
    assert refusal(no_role) is Reason.INVALID_INPUT

    back = again()

    assert (back.member.active, back.member.roles) == (True, {"operator"})
    assert back.member.pending == {"password"}
    assert not back.member.has_totp


def test_name_is_encrypted(rules: Rules) -> None:
    member: StaffMember = member_of("editor")
    assert "经办人" not in repr(member)
    assert staff.names_of([member.id]) == {member.id: "经办人"}
