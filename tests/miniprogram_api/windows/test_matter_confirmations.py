"""Confirming at a window: sittings, papers, reviews, and the ledger."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.accounts import consents
from miniprogram_api.identity.other_documents import SeenDocument
from miniprogram_api.matters import forms
from miniprogram_api.matters.forms import Document, Named
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import deciding, matter_review_details
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.windows import guardians, matter_acts, matter_views
from miniprogram_api.windows import matter_confirmations as confirmations
from miniprogram_api.windows.guardians import Guardian
from miniprogram_api.windows.matter_confirmations import Papers, Sitting
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.desks.ledger import LedgerDetail, LedgerLine
from models.desks.tickets import Ticket
from models.matters.decisions import Decision
from models.matters.matters import Matter
from models.second_person import SecondPersonRequest
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of, window_of
from tests.support.matters.matters import (
    PEOPLE,
    form,
    lines_of,
    matter_of,
    named,
    states_of,
    verified,
)
from tests.support.people import photos
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.people.signatures import signature
from tests.support.service.rules import Rules

ZHANG, LI, WANG = PEOPLE
SEEN = on_site(["id_card"], "本人到场")
FOREIGNER = Named("JOHN SAMPLE", Document("passport", "E12345678"), "董事")


def taken(**changes: Any) -> Sitting:
    return Sitting(
        **{"on_site": SEEN, "photo": photos.portrait(), "signature": signature(), **changes}
    )


OF_FOREIGNER: dict[str, Any] = {
    "on_site": on_site(["passport"], "持护照到窗口办理"),
    "document": SeenDocument("2031-06-03", "德国"),
}


def received(
    services: Services, *persons: Named, number: str = "M-1"
) -> tuple[StaffMember, Matter]:
    clerk = member_of("clerk", window=window_of(name="受理县窗口").id)
    made = matter_acts.create(services, clerk, number, form(persons))
    return clerk, made.matter


def ids(*matters: Matter, of: str | None = None) -> list[str]:
    return [
        line.public_id
        for matter in matters
        for line in lines_of(matter)
        if of is None or line.name == of
    ]


def ledger() -> list[tuple[str, dict[str, Any]]]:
    return [
        (line.action, json.loads(LedgerDetail.get_by_id(line.number).content))
        for line in LedgerLine.select().order_by(LedgerLine.number)
    ]


def confirm(
    rules: Rules, clerk: StaffMember, line_ids: list[str], sitting: Sitting | None = None
) -> list[confirmations.DeskDecided]:
    return confirmations.confirm_on_site(
        rules.services, clerk, line_ids, sitting or taken(), address="198.51.100.1"
    )


def refused(reason: Reason) -> Any:
    return pytest.raises(Refused, match=reason.name)


def test_another_window_confirms_all_posts_in_all_matters_at_once(rules: Rules) -> None:
    account = account_of(ZHANG, level=3)
    _, first = received(rules.services, named(ZHANG), named(ZHANG, "经理"))
    second = matter_of(rules.services, [named(ZHANG, "监事")])
    other = member_of("clerk", window=window_of(name="另一县窗口").id)
    done = confirm(rules, other, ids(first, second))
    assert states_of(first) == ("confirmed", ["confirmed", "confirmed"])
    assert states_of(second) == ("confirmed", ["confirmed"])
    assert Account.get_by_id(account.id).level == 4
    asked = [row.kind for row in SecondPersonRequest.select().order_by(SecondPersonRequest.id)]
    assert asked == ["verification", "on_site_confirmation", "on_site_confirmation"]
    said = [content for action, content in ledger() if action == "matter_confirmed"]
    assert [(one["place"], one.get("receiving_window")) for one in said] == [
        ("另一县窗口", "受理县窗口"),
        ("另一县窗口", None),
    ]
    assert said[0]["roles"] == ["股东", "经理"]
    assert len(done) == 2
    for decision in Decision.select():
        kept = pictures.of_decision(rules.services.settings, decision.id)
        assert set(kept) == {"photo", "signature"} == set(json.loads(decision.pictures))
    # Both pages asked the person for the consent; it can be withdrawn like one given online.
    assert [one.key for one in consents.latest(account.id)] == ["matter"]


def test_lines_of_two_persons_are_refused(rules: Rules) -> None:
    verified(ZHANG), verified(LI)
    clerk, matter = received(rules.services, named(ZHANG), named(LI))
    with refused(Reason.NOT_FOUND):
        confirm(rules, clerk, ids(matter))
    with refused(Reason.NOT_FOUND):
        confirm(rules, clerk, [*ids(matter, of=ZHANG.name), "x"])


def test_resident_without_account_is_registered_first(rules: Rules) -> None:
    clerk, matter = received(rules.services, named(ZHANG))
    with refused(Reason.PERSON_NOT_REGISTERED):
        confirm(rules, clerk, ids(matter))
    account_of(ZHANG, level=4, verified_by="face", status="frozen")
    with refused(Reason.ACCOUNT_FROZEN):
        confirm(rules, clerk, ids(matter))


def test_foreign_document_is_ticked_and_valid(rules: Rules) -> None:
    clerk, matter = received(rules.services, FOREIGNER)
    today = clock.today().isoformat()
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"on_site": SEEN}, "evidence_seen"),
        ({"document": SeenDocument()}, "document_valid_until"),
        ({"document": SeenDocument("2020-01-01", "德国")}, "document_valid_until"),
        ({"document": SeenDocument(today, " ")}, "document_issued_by"),
    ]
    for wrong, field in wrongs:
        with pytest.raises(Refused) as asked:
            confirm(rules, clerk, ids(matter), taken(**{**OF_FOREIGNER, **wrong}))
        assert field in {one["field"] for one in asked.value.details["fields"]}
    assert states_of(matter) == ("waiting", ["pending"])
    confirm(rules, clerk, ids(matter), taken(**OF_FOREIGNER))
    newest = ledger()[-1][1]
    assert (newest["document_valid_until"], newest["document_issued_by"]) == ("2031-06-03", "德国")


def test_foreign_document_needs_no_account(rules: Rules) -> None:
    clerk, matter = received(rules.services, FOREIGNER)
    confirm(rules, clerk, ids(matter), taken(**OF_FOREIGNER))
    assert states_of(matter) == ("confirmed", ["confirmed"])
    matter_acts.accept(rules.services, clerk, matter.public_id, 1)
    assert [action for action, _ in ledger()] == [
        "matter_created",
        "matter_confirmed",
        "matter_accepted",
    ]


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ({"photo": None}, "no_photo"),
        ({"signature": None}, "signature"),
        ({"signature": None, "cannot_sign": "手部受伤"}, "witness"),
    ],
)
def test_missing_parts_need_a_reason(rules: Rules, missing: dict[str, Any], field: str) -> None:
    verified(ZHANG)
    clerk, matter = received(rules.services, named(ZHANG))
    with pytest.raises(Refused) as told:
        confirm(rules, clerk, ids(matter), taken(**missing))
    assert [one["field"] for one in told.value.details["fields"]] == [field]
    reasons = {"no_photo": "本人不同意拍照", "cannot_sign": "手部受伤", "witness": "李见证"}
    confirm(rules, clerk, ids(matter), taken(photo=None, signature=None, **reasons))
    said = ledger()[-1][1]
    assert {name: said[name] for name in reasons} == reasons
    assert Decision.get().pictures == "{}"


def test_minor_needs_a_guardian(rules: Rules) -> None:
    child = person("张小宝", birth=date(2014, 5, 1), sequence=991)
    verified(child), verified(LI)
    clerk, matter = received(rules.services, named(child))
    with pytest.raises(Refused) as told:
        confirm(rules, clerk, ids(matter))
    assert told.value.reason is Reason.GUARDIAN_REQUIRED
    confirm(
        rules,
        clerk,
        ids(matter),
        taken(
            guardian=Guardian(LI.name, LI.id_number, "父亲", proof="birth_certificate"),
            guardian_proof=photos.portrait(),
        ),
    )
    assert states_of(matter) == ("confirmed", ["confirmed"])
    assert ledger()[-1][1]["guardian"]["relation"] == "父亲"
    assert "guardian_proof" in json.loads(Decision.get().pictures)


@pytest.mark.parametrize("agrees", [True, False])
def test_minor_without_a_photographed_proof_waits_for_a_second_person(
    rules: Rules, agrees: bool
) -> None:
    child = person("张小宝", birth=date(2014, 5, 1), sequence=991)
    verified(child), verified(LI)
    clerk, matter = received(rules.services, named(child))
    guardian = Guardian(LI.name, LI.id_number, "父亲", proof="birth_certificate")
    (done,) = confirm(rules, clerk, ids(matter), taken(guardian=guardian))
    assert not done.effective
    assert states_of(matter) == ("waiting", ["pending"])
    with refused(Reason.LINE_DECIDED):
        confirm(rules, clerk, ids(matter), taken(guardian=guardian))
    with refused(Reason.SECOND_PERSON_REQUIRED):
        deciding.decide(rules.services, clerk, done.review_id, agrees=True, reason="x")
    second = member_of("clerk")
    deciding.decide(rules.services, second, done.review_id, agrees=agrees, reason="看不出关系")
    if agrees:
        assert states_of(matter) == ("confirmed", ["confirmed"])
        return
    assert states_of(matter) == ("waiting", ["pending"])
    (again,) = confirm(
        rules, clerk, ids(matter), taken(guardian=guardian, guardian_proof=photos.portrait())
    )
    assert again.effective


def test_guardian_is_the_one_named_in_the_matter(rules: Rules) -> None:
    child = person("张小宝", birth=date(2014, 5, 1), sequence=991)
    verified(child), verified(LI), verified(WANG)
    wanted = forms.Guardian(LI.name, Document("id_card", LI.id_number))
    clerk, matter = received(rules.services, replace(named(child), guardian=wanted))
    other = Guardian(WANG.name, WANG.id_number, "母亲", proof="household_register")
    with pytest.raises(Refused) as told:
        confirm(rules, clerk, ids(matter), taken(guardian=other))
    assert [one["field"] for one in told.value.details["fields"]] == ["guardian"]
    right = replace(other, name=LI.name, id_number=LI.id_number, proof="")
    with refused(Reason.INVALID_INPUT):
        confirm(rules, clerk, ids(matter), taken(guardian=right))
    right = replace(right, proof="appointment")
    confirm(rules, clerk, ids(matter), taken(guardian=right, guardian_proof=photos.portrait()))
    assert states_of(matter) == ("confirmed", ["confirmed"])


def test_posts_tell_who_may_hold_them() -> None:
    told = guardians.posts(["股东", "董事", "普通合伙人", "经办人", "股东"])
    assert len(told) == 4
    assert "没有年龄限制" in told[0]
    assert "公司法第178条" in told[1]
    assert "合伙企业法第14条" in told[2]


def test_clerk_is_no_person_of_the_matter(rules: Rules) -> None:
    verified(ZHANG)
    clerk, matter = received(rules.services, named(ZHANG))
    own = member_of("clerk", name=LI.name, window=clerk.window_id)
    with refused(Reason.OWN_MATTER):
        matter_acts.create(rules.services, own, "M-2", form([named(LI)]))
    matter_acts.change(rules.services, clerk, matter.public_id, form([named(ZHANG), named(LI)]), 1)
    for act in (
        lambda: confirm(rules, own, ids(matter, of=ZHANG.name)),
        lambda: matter_acts.accept(rules.services, own, matter.public_id, 2),
        lambda: matter_acts.withdraw(own, matter.public_id, None),
        lambda: matter_acts.refuse(rules.services, own, matter.public_id, ids(matter, of="张三")),
        lambda: matter_views.show(rules.services, own, matter.public_id),
    ):
        with refused(Reason.OWN_MATTER):
            act()


def test_other_windows_and_systems_keep_their_matters(rules: Rules) -> None:
    _, matter = received(rules.services, named(ZHANG))
    of_system = matter_of(rules.services, [named(ZHANG)])
    other = member_of("clerk")
    for found in (matter, of_system):
        with refused(Reason.FORBIDDEN):
            matter_acts.withdraw(other, found.public_id, None)
        with refused(Reason.FORBIDDEN):
            matter_acts.accept(rules.services, other, found.public_id, 1)
    assert matter_views.show(rules.services, other, matter.public_id).lines[0].name == "张*"


def test_refusal_at_the_desk_pauses_the_matter(rules: Rules) -> None:
    account = verified(ZHANG)
    clerk, matter = received(rules.services, named(ZHANG))
    matter_acts.refuse(
        rules.services, member_of("clerk"), matter.public_id, ids(matter), reason="not_me"
    )
    assert states_of(matter) == ("refused", ["refused"])
    decision = Decision.get()
    assert (decision.way, decision.account_id, decision.reason) == ("on_site", account.id, "not_me")
    assert ledger()[-1][1]["refusal"] == "不是我办的"
    ticket = Ticket.get()
    assert (ticket.window_id, ticket.source) == (clerk.window_id, "clerk")
    confirm(rules, clerk, ids(matter))
    assert states_of(matter) == ("confirmed", ["confirmed"])


def test_revoked_confirmation_is_lost(rules: Rules) -> None:
    verified(ZHANG)
    clerk, matter = received(rules.services, named(ZHANG))
    [done] = confirm(rules, clerk, ids(matter))
    assert done.review_id is not None
    with refused(Reason.SECOND_PERSON_REQUIRED):
        deciding.decide(rules.services, clerk, done.review_id, agrees=True, reason="")
    second = member_of("clerk")
    [waiting] = matter_review_details.pending(second)
    assert (waiting.own, waiting.way, waiting.name) == (False, "on_site", "张*")
    deciding.decide(rules.services, second, done.review_id, agrees=False, reason="照片不是本人")
    assert states_of(matter) == ("waiting", ["lost"])
    assert lines_of(matter)[0].reason == "revoked"
    with refused(Reason.NOT_APPLICABLE):
        deciding.decide(rules.services, second, done.review_id, agrees=True, reason="")
    assert matter_review_details.pending(second) == []


def test_papers_count_once_a_second_person_approves(rules: Rules) -> None:
    clerk, matter = received(rules.services, FOREIGNER)
    papers = Papers("示例公证处", "（2026）示证字第1号", "2026-11-01", [photos.portrait()] * 2)
    with pytest.raises(Refused, match="INVALID_INPUT"):
        confirmations.file_papers(
            rules.services, clerk, ids(matter), Papers("", "", "2999-01-01", [])
        )
    [filed] = confirmations.file_papers(rules.services, clerk, ids(matter), papers)
    assert states_of(matter) == ("waiting", ["pending"])
    assert filed.review_id is not None
    second = member_of("clerk")
    shown = matter_review_details.get(rules.services, second, filed.review_id)
    assert shown.pictures == ("scan_1", "scan_2")
    assert matter_review_details.picture(rules.services, second, filed.review_id, "scan_1")
    deciding.decide(rules.services, second, filed.review_id, agrees=True, reason="")
    assert states_of(matter) == ("confirmed", ["confirmed"])
    assert lines_of(matter)[0].confirmed_by == "notarised"
    approved = Decision.get(Decision.kind == "confirmation")
    assert approved.source_number == "（2026）示证字第1号"
    assert set(pictures.of_decision(rules.services.settings, approved.id)) == {"scan_1", "scan_2"}


def test_refused_papers_leave_no_picture(rules: Rules) -> None:
    clerk, matter = received(rules.services, FOREIGNER)
    papers = Papers("示例公证处", "1号", "2026-11-01", [photos.portrait()])
    [filed] = confirmations.file_papers(rules.services, clerk, ids(matter), papers)
    assert filed.review_id is not None
    deciding.decide(
        rules.services, member_of("clerk"), filed.review_id, agrees=False, reason="看不清"
    )
    assert states_of(matter) == ("waiting", ["pending"])
    assert pictures.of_decision(rules.services.settings, Decision.get().id) == {}


def test_looking_at_a_matter_is_audited(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(PEOPLE[0])])
    clerk = member_of("clerk")
    assert matter_views.look(rules.services, clerk, matter.public_id).number == "M-1"
    (line,) = AuditEntry.select().where(AuditEntry.tag == "window:matter:shown")
    assert json.loads(line.details)["matter"] == matter.public_id


def test_window_finds_by_number_and_by_document(rules: Rules) -> None:
    clerk, matter = received(rules.services, FOREIGNER, named(ZHANG))
    other = member_of("clerk")
    assert matter_views.listed(other) == []
    assert [one.matter_id for one in matter_views.listed(clerk)] == [matter.public_id]
    for wanted in ({"number": "M-1"}, {"document": "e12345678"}, {"document": ZHANG.id_number}):
        found = matter_views.find(rules.services, other, **wanted)
        assert [one.matter_id for one in found] == [matter.public_id]
    with refused(Reason.INVALID_INPUT):
        matter_views.find(rules.services, other)
    assert matter_views.open_lines_of("E12345678") == 1
