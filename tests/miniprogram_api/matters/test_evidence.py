"""Acceptance verifies the signed decision behind each confirmed line, and its pictures."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.matters import acceptance, versions
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.windows import matter_acts
from models.desks.audit import AuditEntry
from models.desks.ledger import LedgerLine
from models.desks.tickets import Ticket
from models.matters.decisions import Decision
from models.matters.matters import ACCEPTED, CONFIRMED, LOST, WAITING, Line, Matter
from models.matters.messages import MatterMessage
from models.matters.pictures import MatterPicture
from tests.support.admin.staff import member_of, window_of
from tests.support.matters.matters import (
    PEOPLE,
    confirm,
    events_of,
    form,
    lines_of,
    matter_of,
    named,
    refuse,
    states_of,
    system,
    verified,
)
from tests.support.people.signatures import signature
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ZHANG, LI, _ = PEOPLE
MISSING = "evidence_missing"


def signed(services: Services, matter: Matter, account: Any) -> Decision:
    """Confirm with a stored signature."""
    stored = {pictures.SIGNATURE: signature()}
    decided = confirm(services, matter, account, pictures=pictures.digests(stored))
    pictures.store(services.settings, decided.decision.id, stored)
    return decided.decision


def accept(rules: Rules, matter: Matter) -> list[Line]:
    found = Matter.get_by_id(matter.id)
    _, lines = acceptance.accept(
        rules.services, found.public_id, found.version, maker=found.maker, actor="test"
    )
    return list(lines)


def refusal(call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value


def reasons(refused: Refused) -> list[str]:
    assert refused.reason is Reason.MATTER_NOT_READY
    return [line["reason"] for line in refused.details["lines"]]


def delete(decision: Decision) -> None:
    MatterPicture.delete().where(MatterPicture.decision == decision.id).execute()
    Decision.delete().where(Decision.id == decision.id).execute()


def of_decision(**changes: Any) -> Callable[[Decision], None]:
    def change(decision: Decision) -> None:
        Decision.update(changes).where(Decision.id == decision.id).execute()

    return change


def of_picture(**changes: Any) -> Callable[[Decision], None]:
    def change(decision: Decision) -> None:
        MatterPicture.update(changes).where(MatterPicture.decision == decision.id).execute()

    return change


def without_pictures(decision: Decision) -> None:
    MatterPicture.delete().where(MatterPicture.decision == decision.id).execute()


def of_line(**changes: Any) -> Callable[[Decision], None]:
    def change(decision: Decision) -> None:
        Line.update(changes).where(Line.matter == decision.matter_id).execute()

    return change


def of_matter(**changes: Any) -> Callable[[Decision], None]:
    def change(decision: Decision) -> None:
        Matter.update(changes).where(Matter.id == decision.matter_id).execute()

    return change


DAMAGES = {
    "deleted": delete,
    "altered": of_decision(digest="0" * 64),
    "unsigned": of_decision(signature=None, public_key=None),
    "of another time": of_line(confirmed_at=clock.now()),
    "of another way": of_line(confirmed_by="ctid"),
    "of another post": of_line(role="法定代表人"),
    "of another firm": of_line(on_behalf_of=json.dumps({"name": "另一公司", "code": None})),
    "of other content": of_matter(subject_name="另一公司"),
    "begun anew since": of_line(since_version=2),
    "picture deleted": without_pictures,
    "picture unreadable": of_picture(key="00" * 32),
    "picture of another digest": of_picture(sha256="0" * 64),
}


@BOTH
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_line_without_its_evidence_is_lost_for_good(
    rules: Rules, damage: Callable[[Decision], None]
) -> None:
    zhang, li = verified(ZHANG), verified(LI)
    matter = matter_of(rules.services, [named(ZHANG)])
    other = matter_of(rules.services, [named(LI)], number="M-2")
    signed(rules.services, other, li)
    damage(signed(rules.services, matter, zhang))

    assert reasons(refusal(lambda: accept(rules, matter))) == [MISSING]

    assert states_of(matter) == (WAITING, [LOST])
    assert lines_of(matter)[0].reason == MISSING
    assert events_of(matter)[-1][1] == "matter.line_lost"
    assert MatterMessage.get(MatterMessage.kind == "lost").reason == MISSING
    assert [line.state for line in accept(rules, other)] == [CONFIRMED]


def test_only_the_line_without_evidence_is_lost(rules: Rules) -> None:
    zhang, li = verified(ZHANG), verified(LI)
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    signed(rules.services, matter, zhang)
    delete(signed(rules.services, matter, li))

    refused = refusal(lambda: accept(rules, matter))

    assert refused.details["lines"] == [
        {"line_id": lines_of(matter)[1].public_id, "reason": MISSING}
    ]
    assert states_of(matter) == (WAITING, [CONFIRMED, LOST])


def test_one_ticket_of_the_centre_a_matter_until_it_is_ended(
    rules: Rules, caplog: pytest.LogCaptureFixture
) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    delete(signed(rules.services, matter, zhang))
    for _ in range(2):
        assert reasons(refusal(lambda: accept(rules, matter))) == [MISSING]
    delete(signed(rules.services, matter, zhang))
    assert reasons(refusal(lambda: accept(rules, matter))) == [MISSING]

    (ticket,) = Ticket.select()
    assert (ticket.kind, ticket.state, ticket.source) == (
        "matter_evidence",
        "with_centre",
        "service",
    )
    assert (ticket.name, ticket.id_number, ticket.account_id) == (None, None, None)
    assert json.loads(ticket.facts)["matter"] == matter.public_id
    audited = AuditEntry.select().where(AuditEntry.tag == "matter:evidence:missing")
    assert [json.loads(row.details)["lines"] for row in audited] == [1, 1]
    assert acceptance.evidence_tickets() == 1


def test_alarm_is_an_error_of_the_log(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(acceptance.log, "error", lambda event, **more: said.append((event, more)))
    matter = matter_of(rules.services, [named(ZHANG)])
    delete(signed(rules.services, matter, verified(ZHANG)))
    refusal(lambda: accept(rules, matter))
    refusal(lambda: accept(rules, matter))
    assert said == [("matter_evidence_missing", {"matter": matter.public_id, "lines": 1})]


def test_confirming_again_makes_it_ready(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    delete(signed(rules.services, matter, zhang))
    refusal(lambda: accept(rules, matter))
    signed(rules.services, matter, zhang)
    accept(rules, matter)
    assert states_of(matter)[0] == ACCEPTED


def test_refused_line_that_the_column_calls_confirmed_does_not_count(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    decision = signed(rules.services, matter, zhang)
    before = lines_of(matter)[0]
    refuse(rules.services, matter, zhang)
    columns = ("state", "reason", "confirmed_by", "confirmed_at", "receipt")
    of_line(**{name: getattr(before, name) for name in columns})(decision)
    of_matter(state=CONFIRMED)(decision)
    assert reasons(refusal(lambda: accept(rules, matter))) == [MISSING]


def test_line_without_any_decision_does_not_count(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    Line.update(
        state=CONFIRMED, confirmed_by="face", confirmed_at=clock.now(), account=zhang.id
    ).where(Line.matter == matter.id).execute()
    assert reasons(refusal(lambda: accept(rules, matter))) == [MISSING]


def test_picture_absent_by_setting_is_not_missing(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    confirm(rules.services, matter, verified(ZHANG))
    assert accept(rules, matter)[0].state == CONFIRMED


@pytest.mark.parametrize(("days", "counts"), [(None, False), (29, False), (31, True)])
def test_pictures_erased_after_the_sheet_was_fetched_are_not_missing(
    rules: Rules, days: int | None, counts: bool
) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    decision = signed(rules.services, matter, verified(ZHANG))
    without_pictures(decision)
    if days is not None:
        of_matter(sheet_fetched_at=clock.now() - timedelta(days=days))(decision)
    if counts:
        assert accept(rules, matter)[0].state == CONFIRMED
    else:
        assert reasons(refusal(lambda: accept(rules, matter))) == [MISSING]


def test_forged_picture_does_not_count_whenever_the_sheet_was_fetched(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    decision = signed(rules.services, matter, verified(ZHANG))
    pictures.discard(decision.id)
    pictures.store(rules.services.settings, decision.id, {pictures.SIGNATURE: b"another"})
    of_matter(sheet_fetched_at=clock.now() - timedelta(days=31))(decision)
    assert reasons(refusal(lambda: accept(rules, matter))) == [MISSING]


def test_confirmations_outlast_a_version_with_other_persons(rules: Rules) -> None:
    zhang, maker = verified(ZHANG), system(rules.services)
    matter = matter_of(rules.services, [named(ZHANG), named(ZHANG, "经理")], maker=maker)
    signed(rules.services, matter, zhang)
    for version, persons in enumerate(
        (
            [named(LI), named(ZHANG, "经理"), named(ZHANG)],
            [named(ZHANG, "监事"), named(ZHANG, "经理"), named(ZHANG)],
        ),
        1,
    ):
        versions.replace(
            rules.services,
            matter.public_id,
            form(persons),
            version=version,
            maker=maker.name,
            actor="test",
        )
    confirm(rules.services, matter, zhang, "监事")
    assert [line.state for line in accept(rules, matter)] == [CONFIRMED] * 3


@pytest.mark.parametrize("policy", ["matter", "either"])
def test_broken_evidence_is_refused_once_although_the_switch_would_do(
    rules: Rules, policy: str
) -> None:
    services = rules.with_settings(matter_guard=policy)
    until = clock.today() + timedelta(days=3)
    zhang = verified(ZHANG, authorization_enabled=True, authorization_until=until)
    matter = matter_of(services, [named(ZHANG)])
    delete(signed(services, matter, zhang))
    changed = Rules(services, rules.sandbox, rules.overrides)
    assert reasons(refusal(lambda: accept(changed, matter))) == [MISSING]
    if policy == "either":
        assert accept(changed, matter)[0].state == LOST
        assert states_of(matter)[0] == ACCEPTED


def received(services: Services) -> tuple[StaffMember, Matter]:
    clerk = member_of("clerk", window=window_of(name="受理县窗口").id)
    return clerk, matter_acts.create(services, clerk, "M-1", form([named(ZHANG)])).matter


def test_window_that_accepts_loses_the_line_for_good(rules: Rules) -> None:
    clerk, matter = received(rules.services)
    delete(signed(rules.services, matter, verified(ZHANG)))
    before = LedgerLine.select().count()
    refused = refusal(lambda: matter_acts.accept(rules.services, clerk, matter.public_id, 1))
    assert reasons(refused) == [MISSING]
    assert states_of(matter) == (WAITING, [LOST])
    assert Ticket.select().count() == 1
    assert LedgerLine.select().count() == before
