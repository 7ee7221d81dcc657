"""A citizen's ticket is seen in its district, in no other, and goes to the centre unclaimed."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.scenarios.conftest import Counter
from tests.support.admin.centre_pages import CentreInBrowser
from tests.support.admin.staff import member_of, token_of, window_of
from tests.support.people.accounts import tables_of
from tests.support.service.service import Service, data_of, error_of

EAST, WEST = "城东区", "城西区"
TABLET = {"width": 820, "height": 1180}


@pytest.fixture
def clerks(service: Service) -> tuple[Any, Any]:
    """Create a clerk of each district."""
    with tables_of(service):
        return tuple(  # type: ignore[return-value]
            member_of("clerk", window=window_of(f"{name}窗口", districts=json.dumps([name])).id)
            for name in (EAST, WEST)
        )


def test_ticket_is_seen_in_its_district_alone(
    service: Service, window: Counter, clerks: tuple[Any, Any]
) -> None:
    token = service.wechat_login()
    asked = {"kind": "other", "description": "执照上的地址怎么改", "district": EAST}
    ticket = data_of(service.post("/tickets", json=asked, token=token), 201)
    number = ticket["id"]
    assert (len(number), ticket["district"]) == (10, EAST)
    assert data_of(service.get(f"/tickets/{number}", token=token)) == ticket
    with tables_of(service):
        east, west = map(token_of, clerks)

    def queue(by: str) -> list[str]:
        return [one["id"] for one in data_of(service.get("/centre/tickets", token=by))["tickets"]]

    assert (queue(east), queue(west)) == ([number], [])
    for path in (f"/window/tickets/{number}", f"/centre/tickets/{number}"):
        data_of(service.get(path, token=east))
        error_of(service.get(path, token=west), 404, "NOT_FOUND")
    error_of(service.post(f"/centre/tickets/{number}/claim", token=west), 404, "NOT_FOUND")

    page = window.page
    page.set_viewport_size(TABLET)  # type: ignore[arg-type]
    with tables_of(service):
        window.sign_in(clerks[1])
    window.go("/tickets")
    expect(page.get_by_text("没有待办的工单")).to_be_visible()
    assert page.request.get(f"{service.url}/admin/window/tickets/{number}").status == 404
    with tables_of(service):
        window.sign_in(clerks[0])
    window.go("/tickets")
    page.get_by_label("工单编号").fill(number.lower())
    page.get_by_role("button", name="查找").click()
    expect(page.locator(f"[data-ticket='{number}']")).to_be_visible()
    page.get_by_role("link", name="打印凭条").click()
    slip = page.locator(f"[data-slip='{number}']")
    expect(slip).to_contain_text("010-00000000")
    expect(slip).to_contain_text("人工咨询")


def test_complaint_has_a_button_to_call_and_is_the_centres(
    service: Service,
    window: Counter,
    centre: tuple[CentreInBrowser, CentreInBrowser],
    clerks: tuple[Any, Any],
) -> None:
    token = service.wechat_login()
    asked = {
        "kind": "complaint",
        "description": "让我跑了三趟",
        "window_id": clerks[0].window_id,
        "clerk_name": "钱工",
    }
    ticket = data_of(service.post("/tickets", json=asked, token=token), 201)
    (button,) = ticket["actions"]
    assert (button["type"], button["label"], button["call"]) == (
        "call",
        "12345政务服务热线",
        "12345",
    )
    assert (ticket["state"], ticket["district"]) == ("with_centre", EAST)
    with tables_of(service):
        window.sign_in(clerks[0])
    path = f"tickets/{ticket['id']}"
    assert window.page.request.get(f"{service.url}/admin/window/{path}").status == 404
    first, named = centre
    assert named.queue() == []
    assert named.page.request.get(f"{service.url}/admin/centre/{path}").status == 404
    assert first.queue() == [ticket["id"]]
    first.claim(ticket["id"])
    assert "让我跑了三趟" in first.text
