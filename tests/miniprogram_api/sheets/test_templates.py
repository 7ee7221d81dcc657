"""Versions of the template: read from a form, kept, the newest in force."""

from dataclasses import replace

import pytest

from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sheets import templates
from miniprogram_api.sheets.templates import FIRST_PAGE, SECOND_PAGE
from models.desks.audit import AuditEntry
from tests.support.admin.staff import member_of
from tests.support.service.rules import Rules


def test_built_in_template_is_in_force_first(rules: Rules) -> None:
    assert templates.in_force() == templates.built_in()
    assert templates.read(templates.as_form(templates.built_in())) == templates.built_in()
    assert [version.number for version in templates.versions()] == [0]


def test_newest_version_is_in_force_and_earlier_ones_are_kept(rules: Rules) -> None:
    operator = member_of("operator")
    second = replace(templates.built_in(), title="实名登记确认表格", by_line=True)
    templates.save(operator, second)
    templates.save(operator, second)
    assert templates.in_force() == second
    newest, built_in = templates.versions()
    assert (newest.template, newest.actor) == (second, operator.actor)
    assert built_in.template == templates.built_in()
    lines = AuditEntry.select().where(AuditEntry.tag == "admin:sheet_template:changed")
    assert lines.count() == 1


def test_fields_are_ordered_and_renamed(rules: Rules) -> None:
    typed = templates.as_form(templates.built_in())
    typed |= {
        "place_name": "0",
        "place_company": "7",
        "label_name": " 自然人 姓名 ",
        "place_phone": "",
    }
    read = templates.read(typed)
    assert read.first_page[0] == ("name", "自然人 姓名")
    assert {key for key, _ in read.first_page} == set(FIRST_PAGE)
    assert [key for key, _ in read.second_page] == list(SECOND_PAGE)


def test_faulty_fields_are_refused_at_once(rules: Rules) -> None:
    typed = templates.as_form(templates.built_in())
    typed |= {"title": "", "notes": "长" * 501, "label_kind": "长" * 17, "label_way": " "}
    with pytest.raises(Refused) as caught:
        templates.read(typed)
    assert caught.value.reason is Reason.INVALID_INPUT
    fields = {one["field"] for one in caught.value.details["fields"]}
    assert fields == {"title", "notes", "label_kind", "label_way"}


def test_clerk_may_not_save(rules: Rules) -> None:
    with pytest.raises(Refused) as caught:
        templates.save(member_of("clerk"), replace(templates.built_in(), title="x"))
    assert caught.value.reason is Reason.FORBIDDEN
