"""The service catalogue over HTTP: the list, and an item."""

import pytest

from tests.faq.content.test_catalogue import CODES
from tests.support.service.service import Service, data_of, error_of


def test_list_has_groups_items_and_every_known_name(service: Service) -> None:
    groups = data_of(service.get("/catalogue"), 200)["groups"]
    assert len(groups) == 9
    items = [one for group in groups for one in (group, *group["items"])]
    found = {name: one["code"] for one in items for name in (one["title"], *one["old_names"])}
    assert {name: found[name] for name in CODES} == CODES
    bank = next(one for one in items if one["code"] == "bank-account")
    assert set(bank) == {"code", "title", "old_names", "handled_by", "items"}
    assert bank["handled_by"] == "bank"


def test_item_is_read_by_code(service: Service) -> None:
    item = data_of(service.get("/catalogue/change-capital"), 200)
    assert (item["title"], item["handled_by"], item["authority"]) == (
        "注册资本变更",
        "bureau",
        None,
    )
    assert "45日" in item["steps"][0]
    assert item["fee"]["amount"].startswith("变更登记不收登记费")
    assert {one["role"] for one in item["verify"]} >= {"经办人（指定代表或委托代理人）"}
    assert (item["local"], item["promised"], item["online_url"]) == (None, None, None)
    assert "以当地窗口为准" in item["notes"][0]
    group = data_of(service.get("/catalogue/change"), 200)
    assert "change-capital" in [one["code"] for one in group["items"]]


@pytest.mark.parametrize("code", ["nowhere", "%00", "😀", "x" * 3000])
def test_unknown_item_is_not_found(service: Service, code: str) -> None:
    assert error_of(service.get(f"/catalogue/{code}"), 404, "NOT_FOUND")


def test_unknown_district_is_refused_with_the_known_ones(service: Service) -> None:
    answer = service.get("/catalogue/change", params={"district": "月亮区"})
    refused = error_of(answer, 422, "INVALID_INPUT")
    (field,) = refused["data"]["fields"]
    assert (field["field"], field["code"]) == ("district", "unknown")
    assert "城东区" in field["message"]
