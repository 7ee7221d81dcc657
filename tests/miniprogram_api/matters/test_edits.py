"""A changed content is told field by field, to the persons, their system and the desk."""

import json
from datetime import date

import pytest

from miniprogram_api.matters import acceptance, own, receipts, versions, views
from miniprogram_api.matters.forms import Detail, Subject
from models.matters.events import MatterEvent
from models.matters.matters import Line, Matter
from models.matters.messages import MatterMessage
from tests.support.matters.matters import (
    PEOPLE,
    accept,
    confirm,
    form,
    lines_of,
    matter_of,
    named,
    refuse,
    system,
    verified,
)
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ZHANG, LI, _ = PEOPLE


def put(rules: Rules, matter: Matter, version: int, **changes: object) -> None:
    new = form([named(ZHANG), named(LI)], **changes)
    maker = Matter.get_by_id(matter.id).maker
    versions.replace(
        rules.services, matter.public_id, new, version=version, maker=maker, actor="system:x"
    )


@BOTH
def test_person_who_confirmed_sees_each_changed_field(rules: Rules) -> None:
    zhang, li = verified(ZHANG), verified(LI)
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    confirm(rules.services, matter, zhang)
    assert own.show(rules.services, zhang.id, matter.public_id).changes == ()

    put(rules, matter, 1, details=(Detail("注册资本", "200万元"),))
    put(
        rules,
        matter,
        2,
        subject=Subject("示例智能有限公司", "有限责任公司"),
        details=(Detail("注册资本", "200万元"), Detail("负责人", "张三")),
    )
    shown = own.show(rules.services, zhang.id, matter.public_id)
    # Since the version that was confirmed, not since the last one.
    assert [(one.field, one.label, one.old, one.new) for one in shown.changes] == [
        ("subject.name", "企业名称", "示例科技有限公司", "示例智能有限公司"),
        ("details", "注册资本", "100万元", "200万元"),
        ("details", "负责人", None, "张三"),
    ]
    assert shown.maker == "企业登记系统"
    assert own.show(rules.services, li.id, matter.public_id).changes == ()

    (message,) = MatterMessage.select().where(MatterMessage.kind == "lost")
    assert (message.reason, message.line_id) == ("changed", lines_of(matter)[0].id)
    (event,) = MatterEvent.select().where(MatterEvent.kind == "matter.line_lost")
    told = json.loads(event.content)
    assert (told["version"], told["state"]) == (2, "waiting")
    assert [(line["state"], line["reason"]) for line in told["lines"]] == [("pending", "changed")]

    confirm(rules.services, matter, zhang)
    assert own.show(rules.services, zhang.id, matter.public_id).changes == ()
    assert Line.select().where(Line.confirmed_content.is_null(False)).count() == 0


def test_list_says_that_the_person_refused(rules: Rules) -> None:
    zhang, li = verified(ZHANG), verified(LI)
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    refuse(rules.services, matter, li)
    refused = [own.listed(one.id, "open").items for one in (zhang, li)]
    assert [[item.refused for item in items or ()] for items in refused] == [[False], [True]]


@BOTH
def test_acceptance_is_a_receipt_of_the_person_with_its_ground(rules: Rules) -> None:
    services = rules.with_settings(matter_guard="either")
    until = date(2099, 12, 31)
    zhang = verified(ZHANG)
    li = verified(LI, authorization_enabled=True, authorization_until=until)
    maker = system(services)
    matter = matter_of(services, [named(ZHANG), named(LI)], maker=maker)
    confirm(services, matter, zhang)
    assert receipts.of_account(zhang.id) == []

    accept(services, matter)
    by_face, by_switch = (receipts.of_account(one.id) for one in (zhang, li))
    for (found,), ground, day in ((by_face, "face", None), (by_switch, "switch", until)):
        assert (found.kind, found.system, found.matter, found.role) == (
            "acceptance",
            "企业登记系统",
            "M-1",
            "股东",
        )
        assert (found.ground, found.authorized_until, found.verified) == (ground, day, True)
    of_system = views.receipt(str(maker.key_id), by_switch[0].number)
    assert (of_system.verified_by, of_system.authorized_until) == ("switch", until)


def test_acceptance_again_keeps_ground_and_number(rules: Rules) -> None:
    services = rules.with_settings(matter_guard="switch")
    li = verified(LI, authorization_enabled=True, authorization_until=date(2099, 12, 31))
    matter = matter_of(services, [named(LI)])
    accept(services, matter)
    (first,) = receipts.of_account(li.id)
    found = Matter.get_by_id(matter.id)
    acceptance.accept(services, found.public_id, 1, maker=found.maker, actor="test")
    assert receipts.of_account(li.id) == [first]
