"""The guardian of a child at a window: a proven adult who is not the clerk."""

from dataclasses import replace
from datetime import date

import pytest

from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import verification_details
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.windows import registration as window_registration
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.guardians import Guardian
from miniprogram_api.windows.registration import WindowForm
from miniprogram_api.windows.verifications import VerifiedAtWindow
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import Person, person
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

CHILD = person("张小宝", birth=date(2016, 5, 1), sequence=991, issued=date(2024, 6, 3))
PARENT = person("张大山", number=71)
SEEN = on_site(["id_card", "guardian_id_card"], "监护人陪同")


def guardian_of(parent: Person, **changes: str) -> Guardian:
    elements = parent.four_elements
    made = Guardian(
        parent.name,
        parent.id_number,
        "父亲",
        elements["valid_from"],
        elements["valid_until"],
        "birth_certificate",
    )
    return replace(made, **changes)


def register(
    rules: Rules,
    guardian: Guardian,
    *,
    clerk: StaffMember | None = None,
    despite_source: bool = False,
) -> VerifiedAtWindow:
    form = WindowForm(
        **CHILD.four_elements,
        phone=PARENT.phone,
        phone_of_relative=True,
        consent_signed=True,
        on_site=SEEN,
        guardian=guardian,
        despite_source=despite_source,
    )
    return window_registration.register(
        rules.services, clerk or member_of("clerk"), form, address="192.0.2.1"
    )


def refusal(rules: Rules, guardian: Guardian, **how: object) -> Refused:
    with pytest.raises(Refused) as refused:
        register(rules, guardian, **how)  # type: ignore[arg-type]
    assert Account.select().where(Account.name == CHILD.name).count() == 0
    return refused.value


def test_source_is_asked_about_the_guardian(rules: Rules) -> None:
    done = register(rules, guardian_of(PARENT))
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 2
    content = lines_about(CHILD.id_number)[0].content
    assert content["guardian"] == {
        "name": PARENT.name,
        "id_number": PARENT.id_number,
        "relation": "父亲",
        "relation_proof": "出生医学证明",
    }
    assert content["guardian_said"] == "match"
    seen = verification_details.get(member_of("clerk"), done.verification_id)
    assert (seen.guardian, seen.guardian_said) == ("父亲", "一致")


@pytest.mark.parametrize("name", ["张不符", "张无记录", "张无效"])
@pytest.mark.parametrize("despite_source", [False, True])
def test_no_of_the_source_is_final(rules: Rules, name: str, despite_source: bool) -> None:
    guardian = guardian_of(PARENT, name=name)
    refused = refusal(rules, guardian, despite_source=despite_source)
    assert refused.reason is Reason.GUARDIAN_NOT_CONFIRMED


def test_busy_source_leaves_it_to_the_card(rules: Rules) -> None:
    busy = guardian_of(PARENT, name="张源忙")
    assert refusal(rules, busy).reason is Reason.IDENTITY_SOURCE_BUSY
    register(rules, busy, despite_source=True)
    content = lines_about(CHILD.id_number)[0].content
    assert content["guardian_said"] == "identity_source_busy"


@pytest.mark.parametrize("level", [3, 4])
def test_verified_account_needs_no_dates(rules: Rules, level: int) -> None:
    account_of(PARENT, level=level)
    guardian = guardian_of(PARENT, valid_from="", valid_until="")
    if level == 3:
        (entry,) = refusal(rules, guardian).details["fields"]
        assert (entry["field"], entry["code"]) == ("guardian", "dates_required")
        return
    other_name = replace(guardian, name="王大山")
    assert refusal(rules, other_name).details["fields"][0]["code"] == "dates_required"
    register(rules, guardian)
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1
    content = lines_about(CHILD.id_number)[0].content
    assert content["guardian_said"] == "verified_account"


@pytest.mark.parametrize("known_by", ["id_number", "name"])
def test_clerk_is_not_the_guardian(rules: Rules, known_by: str) -> None:
    about = (
        {"id_number": PARENT.id_number, "identity_index": PARENT.id_number}
        if known_by == "id_number"
        else {"name": PARENT.name}
    )
    clerk = member_of("clerk", **about)
    assert refusal(rules, guardian_of(PARENT), clerk=clerk).reason is Reason.OWN_MATTER
    assert rules.sandbox.calls("CheckIdNameDate") == []
    assert AuditEntry.select().where(AuditEntry.tag == "staff:attempt:refused").count() == 1


def test_namesake_with_another_number_is_the_guardian(rules: Rules) -> None:
    own = person(number=72).id_number
    clerk = member_of("clerk", name=PARENT.name, id_number=own, identity_index=own)
    register(rules, guardian_of(PARENT), clerk=clerk)


def test_clerk_of_the_same_name_without_a_number_is_refused(rules: Rules) -> None:
    account_of(PARENT)
    clerk = member_of("clerk", name=PARENT.name)
    form = WindowForm(
        **PARENT.four_elements,
        phone=PARENT.phone,
        phone_of_relative=False,
        consent_signed=True,
        on_site=SEEN,
    )
    for call in (
        lambda: window_desk.verify_on_site(clerk, PARENT.id_number, SEEN),
        lambda: window_registration.register(rules.services, clerk, form, address="192.0.2.1"),
    ):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.reason is Reason.OWN_MATTER
        assert refused.value.details == {"cause": "name"}
