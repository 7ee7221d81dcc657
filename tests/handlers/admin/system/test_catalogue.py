"""Pages of what districts add to the service catalogue."""

import pytest

from models.desks.audit import AuditEntry
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of


@pytest.fixture
def operator(desk_service: Service) -> Desk:
    """Return an operator's pages; the sandbox has windows for three districts."""
    return Desk(desk_service, token_of(member_of("operator")))


def test_districts_add_their_own_fields(desk_service: Service, operator: Desk) -> None:
    path = "/catalogue/deregistration"
    for district, promised in (("城东区", "当场办结"), ("示例县", "1个工作日")):
        form = {"district": district, "promised": promised, "materials_note": "公告页打印一份"}
        page = f"/local-catalogue/deregistration?district={district}"
        assert operator.post(page, form).status_code == 302
        local = data_of(desk_service.get(path, params={"district": f" {district}"}))["local"]
        assert local == {
            "district": district,
            "promised": promised,
            "materials_note": "公告页打印一份",
            "item_code": None,
            "online_url": None,
            "note": None,
        }
    assert data_of(desk_service.get(path, params={"district": "城西区"}))["local"] is None
    assert data_of(desk_service.get(path))["local"] is None


def test_saved_fields_are_listed_and_audited(desk_service: Service, operator: Desk) -> None:
    page = "/local-catalogue/license?district=城东区"
    form = {"district": "城东区", "online_url": "https://example.invalid/banshi", "note": "二楼"}
    assert operator.post(page, form).status_code == 302
    assert "example.invalid/banshi" in operator.get("/local-catalogue?district=城东区").text
    assert "example.invalid" not in operator.get("/local-catalogue?district=城西区").text
    (entry,) = AuditEntry.select().where(AuditEntry.tag == "admin:catalogue:changed")
    assert '"online_url"' in entry.details
    # Emptied, the item is as everywhere.
    assert operator.post(page, {"district": "城东区"}).status_code == 302
    path = "/catalogue/license"
    assert data_of(desk_service.get(path, params={"district": "城东区"}))["local"] is None


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"online_url": "http://example.invalid"}, "https:// 开头"),
        ({"promised": "x" * 201}, "最多200个字"),
        ({"district": "月亮区"}, "没有“月亮区”这个区县"),
    ],
)
def test_wrong_field_is_refused_and_kept(operator: Desk, form: dict[str, str], told: str) -> None:
    page = "/local-catalogue/license?district=城东区"
    refused = operator.post(page, {"district": "城东区", **form})
    assert refused.status_code == 422
    assert told in refused.text
    assert next(iter(form.values())) in refused.text


def test_auditor_reads_and_changes_nothing(desk_service: Service) -> None:
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    page = "/local-catalogue/license?district=城东区"
    assert "保存" not in auditor.get(page).text.partition("</form>")[2]
    assert auditor.post(page, {"district": "城东区", "note": "x"}).status_code == 403
    assert auditor.get("/local-catalogue/nowhere?district=城东区").status_code == 404
