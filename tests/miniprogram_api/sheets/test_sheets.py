"""Sheets of persons and lines, of confirmed lines alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.matter_lines import finding
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sheets import drawing, sheets, templates
from miniprogram_api.sheets.sheet import Drawn, Sheet
from models.desks.audit import AuditEntry
from models.matters.matters import Matter
from models.matters.pictures import MatterPicture
from tests.support.people.confirmed_matters import FIRM, THREE, confirm, confirmed, matter_of
from tests.support.service.rules import Rules

WANG, LI = THREE[0].person, THREE[2].person


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Sheet]:
    """Collect the sheets instead of drawing them."""
    found: list[Sheet] = []

    def draw(_template: object, said: list[Sheet], _at: object) -> Drawn:
        found.extend(said)
        return Drawn(b"%PDF", frozenset())

    monkeypatch.setattr(drawing, "draw", draw)
    return found


def test_each_person_has_one_sheet_with_all_posts(rules: Rules, drawn: list[Sheet]) -> None:
    matter = confirmed(rules.services)
    assert sheets.for_file(rules.services, matter, actor="registrar:k").pdf == b"%PDF"
    wang, li = drawn
    assert (wang.company, wang.name, wang.document_number) == (FIRM, "王小明", WANG.id_number)
    assert wang.phone == WANG.phone
    (one,) = wang.confirmations
    assert one.roles == ("股东", "经理")
    assert one.photo is not None
    assert one.signature is not None
    assert li.confirmations[0].roles == ("监事（代表示例投资公司）",)


def test_template_may_split_by_line(rules: Rules, drawn: list[Sheet]) -> None:
    matter = confirmed(rules.services)
    split = replace(templates.built_in(), by_line=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(templates, "in_force", lambda: split)
        sheets.for_file(rules.services, matter, actor="registrar:k")
    assert [sheet.confirmations[0].roles for sheet in drawn] == [
        ("股东",),
        ("经理",),
        ("监事（代表示例投资公司）",),
    ]


def test_posts_confirmed_one_by_one_have_their_own_records(
    rules: Rules, drawn: list[Sheet]
) -> None:
    matter = matter_of()
    confirm(rules.services, matter, WANG, roles=["股东"])
    confirm(rules.services, matter, WANG, roles=["经理"], way="notarised")
    sheets.for_file(rules.services, Matter.get(), actor="registrar:k")
    (wang,) = drawn
    assert [one.roles for one in wang.confirmations] == [("股东",), ("经理",)]
    assert len({one.code for one in wang.confirmations}) == 2


def test_without_a_portrait_the_sheet_says_why(rules: Rules, drawn: list[Sheet]) -> None:
    matter = matter_of(THREE[2:])
    confirm(rules.services, matter, LI, way="face", source_number="WX77")
    sheets.for_file(rules.services, matter, actor="registrar:k")
    assert drawn[0].confirmations[0].no_photo == "未采集（微信核验，流水号WX77）"


def test_deleted_picture_leaves_its_digest(rules: Rules, drawn: list[Sheet]) -> None:
    matter = confirmed(rules.services)
    digest = MatterPicture.get(MatterPicture.name == "signature").sha256
    MatterPicture.delete().execute()
    sheets.for_file(rules.services, matter, actor="registrar:k")
    assert digest[:16] in drawn[0].confirmations[0].no_signature
    assert drawn[0].confirmations[0].signature is None


def test_nothing_confirmed_is_refused(rules: Rules) -> None:
    with pytest.raises(Refused) as caught:
        sheets.for_file(rules.services, matter_of(), actor="registrar:k")
    assert caught.value.reason is Reason.NOT_APPLICABLE


def test_first_fetch_is_noted_and_every_one_audited(rules: Rules, drawn: list[Sheet]) -> None:
    matter = confirmed(rules.services)
    sheets.for_file(rules.services, matter, actor="registrar:k")
    first = Matter.get().sheet_fetched_at
    later = clock.now() + timedelta(days=1)
    with clock.replaced(lambda: later):
        sheets.for_file(rules.services, matter, actor="registrar:k")
    assert Matter.get().sheet_fetched_at == first
    tags = [row.tag for row in AuditEntry.select() if row.tag.startswith("matter:sheets")]
    assert len(tags) == 2
    assert finding.lines(matter)
