"""The service catalogue: the shipped items, and the short answers from their fields."""

from datetime import date

import pytest
from pydantic import ValidationError

from faq.content import seed
from faq.content.catalogue import Item, texts_of_item
from faq.content.entries import Content

# The 37 names of services that users know, and their items.
NAMES = """
公司注册 establishment, 企业核名 name-approval, 公司变更 change, 公司注销 deregistration,
证件注册 license, 工商牌照 license, 工商变更 change, 工商咨询 consulting,
工商年检 annual-report, 公司登记 establishment, 刻章备案 seal-engraving,
公司转让 change-shareholder, 企业年检 annual-report, 注册企业 establishment,
企业登记业务 establishment, 代办工商执照 license, 资质 permits, 许可证 permits,
变更股权 change-shareholder, 股权转让 change-shareholder, 企业开户 bank-account,
企业注销 deregistration, 企业年审 annual-report, 高企认定 high-tech, 蓝筹股改 change-type,
注册资金变更 change-capital, 企业名称变更 change-name, 经营范围变更 change-scope,
地址变更 change-address, 企业变更 change, 法人变更 change-legal-representative,
股权变更 change-shareholder, 有限公司注册 establishment-limited,
合作企业注册 establishment-partnership, 个人独资企业设立 establishment-sole,
分公司注册 establishment-branch, 地址注册 address
"""
CODES = dict(pair.split() for pair in NAMES.replace("\n", " ").split(","))


@pytest.fixture(scope="module")
def content() -> Content:
    return seed.load()


def item(**changes: object) -> Item:
    values = {"code": "a-code", "title": "事项", "reviewed_on": date(2026, 1, 31)}
    return Item.model_validate(values | changes)


def test_every_known_name_leads_to_its_item(content: Content) -> None:
    assert len(CODES) == 37
    items = content.catalogue_items.values()
    found = {name: [one.code for one in items if name in one.names] for name in CODES}
    assert found == {name: [code] for name, code in CODES.items()}


def test_no_name_leads_to_two_items(content: Content) -> None:
    names = [name for one in content.catalogue_items.values() for name in one.names]
    assert len(names) == len(set(names))


def test_catalogue_has_28_items_in_nine_groups(content: Content) -> None:
    assert len(content.catalogue_items) == 28
    assert [group.code for group in content.catalogue] == [
        "name-approval",
        "establishment",
        "change",
        "deregistration",
        "license",
        "annual-report",
        "seal-engraving",
        "bank-account",
        "enterprise-services",
    ]


def test_local_fields_are_shipped_empty(content: Content) -> None:
    items = content.catalogue_items.values()
    assert {(one.online_url, one.item_code, one.promised) for one in items} == {(None, None, None)}


def test_every_item_tells_time_fee_and_authority(content: Content) -> None:
    for one in content.catalogue_items.values():
        assert one.statutory, one.code
        assert one.fee, one.code
        assert one.steps, one.code
        # The business of others needs no verification.
        assert one.handled_by == "bureau" or not one.verify, one.code


def test_papers_follow_the_current_norms(content: Content) -> None:
    cited = [basis for one in content.catalogue_items.values() for basis in one.basis]
    assert "《提交材料规范（2026年版）》" in cited
    assert [basis for basis in cited if "2022" in basis] == []


@pytest.mark.parametrize(
    ("handled_by", "authority"), [("bank", None), ("bureau", "别的单位"), ("other", None)]
)
def test_authority_is_named_exactly_for_the_business_of_others(
    handled_by: str, authority: str | None
) -> None:
    with pytest.raises(ValidationError, match="办理单位"):
        item(handled_by=handled_by, authority=authority)


@pytest.mark.parametrize(
    ("today", "due"),
    [(date(2027, 1, 31), False), (date(2027, 2, 1), True), (date(2026, 2, 1), False)],
)
def test_item_is_due_for_review_after_twelve_months(today: date, due: bool) -> None:
    assert item().is_due(today) == due


def test_short_texts_come_from_the_fields_of_an_item(content: Content) -> None:
    branch = texts_of_item(content.catalogue_items["establishment-branch"])
    assert "所属公司的法定代表人" in str(branch.myself)
    assert "公司的营业执照" in str(branch.documents)
    assert "3个工作日" in str(branch.how_long)
    assert branch.cost == "设立登记不收登记费。"
    bank = texts_of_item(content.catalogue_items["bank-account"])
    assert "不归登记机关办，请找您自己选的银行" in str(bank.where)
    assert bank.myself is None


def test_short_text_says_when_it_omits_some() -> None:
    many = texts_of_item(item(materials=[f"第{number}份材料的名称很长" for number in range(20)]))
    assert "等，其余见“登记业务”" in str(many.documents)
    assert len(str(many.documents)) <= 200


def test_item_without_fields_has_no_short_texts() -> None:
    texts = texts_of_item(item())
    assert (texts.how_long, texts.cost, texts.documents) == (None, None, None)
