"""Every known name of a service: asked of the bot, and looked up as two districts keep its item."""

from collections.abc import Iterator

import pytest

from miniprogram_api.operations import maintenance
from tests.faq.content.test_catalogue import CODES
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of

EAST, COUNTY, WITHOUT = "城东区", "示例县", "城西区"
PAGE = "pages/catalogue/index?item="


@pytest.fixture
def kept(service: Service) -> Iterator[dict[tuple[str, str], str]]:
    """Let an operator keep a time limit for each item in two districts; return them."""
    maintenance.connect(service.settings)
    try:
        operator = Desk(service, token_of(member_of("operator")))
        limits = {
            (district, code): f"{district}{code}：{days}个工作日"
            for district, days in ((EAST, 1), (COUNTY, 2))
            for code in set(CODES.values())
        }
        for (district, code), limit in limits.items():
            path = f"/local-catalogue/{code}?district={district}"
            form = {"district": district, "promised": limit}
            assert operator.post(path, form, page="/profile").status_code == 302
        yield limits
    finally:
        maintenance.disconnect()


def test_every_word_leads_to_its_item_in_each_district(
    service: Service, kept: dict[tuple[str, str], str]
) -> None:
    groups = data_of(service.get("/catalogue"))["groups"]
    above = {one["code"]: group["code"] for group in groups for one in (group, *group["items"])}
    for word, code in CODES.items():
        answer = data_of(service.post("/faq/ask", json={"question": word}))
        pages = {action.get("page") for action in answer["actions"]}
        # The page of the item, or that of its group, which lists it.
        assert pages & {PAGE + code, PAGE + above[code]}, (word, answer["slug"])
        for district in (EAST, COUNTY, WITHOUT):
            item = data_of(service.get(f"/catalogue/{code}", params={"district": district}))
            assert word in (item["title"], *item["old_names"])
            local = item["local"] or {"promised": None}
            assert local["promised"] == kept.get((district, code)), (word, district)
