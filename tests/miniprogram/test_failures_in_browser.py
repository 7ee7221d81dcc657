"""No answer comes, or not one of the service: nothing is lost and nothing is done twice."""

import pytest
from playwright.sync_api import Page, Route, expect

from models.desks.tickets import Ticket
from tests.support.app import Phone
from tests.support.app_ways import fill, press, shown
from tests.support.people.accounts import tables_of
from tests.support.service.service import Service

TICKETS = "**/api/v1/tickets"
SAID = "窗口让我跑了三趟，材料都齐。"
PAGE_OF_A_PROXY = "<html><h1>502 Bad Gateway</h1></html>"
OUTDATED = {
    "code": "CLIENT_OUTDATED",
    "message": "您用的版本太旧，请更新到新版本后再办理。",
    "data": {},
    "help": {"case": 14, "slug": "", "title": "", "steps": ["重新填写有效期。"], "actions": []},
    "request_id": "r",
}


def complain(phone: Phone) -> Page:
    """Type a complaint and send it."""
    page = phone.open("pages/tickets/index", kind="complaint")
    fill(page, "请说说情况", SAID)
    press(page, "提交申请")
    return page


def assert_filed_once(page: Page, service: Service) -> None:
    press(page, "再试一次")
    expect(page.get_by_text("申请编号")).to_be_visible()
    with tables_of(service):
        assert [ticket.description for ticket in Ticket.select()] == [SAID]


def test_answer_is_cut_off_after_the_write(phone: Phone, service: Service) -> None:
    """The ticket was filed; asking again under the same key returns it."""

    def cut(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    phone.page.route(TICKETS, cut, times=1)
    page = complain(phone)
    expect(shown(page)).to_contain_text("网络连接失败。您填的内容都在")
    assert_filed_once(page, service)


def test_phone_has_no_network(phone: Phone, service: Service) -> None:
    page = phone.open("pages/tickets/index", kind="complaint")
    fill(page, "请说说情况", SAID)
    phone.context.set_offline(True)
    expect(page.get_by_text("手机现在没有网络。")).to_be_visible()
    press(page, "提交申请")
    expect(shown(page)).to_contain_text("网络连接失败")
    phone.context.set_offline(False)
    expect(page.get_by_text("手机现在没有网络。")).to_be_hidden()
    page.reload()
    expect(page.get_by_label("请说说情况")).to_have_value(SAID)


@pytest.mark.parametrize(("status", "said"), [(200, "没收到完整的回复"), (502, "系统正在维护")])
def test_proxy_answers_with_a_page(phone: Phone, service: Service, status: int, said: str) -> None:
    phone.page.route(
        TICKETS,
        lambda route: route.fulfill(status=status, content_type="text/html", body=PAGE_OF_A_PROXY),
        times=1,
    )
    page = complain(phone)
    expect(shown(page)).to_contain_text(said)
    assert_filed_once(page, service)


def test_version_is_too_old(phone: Phone) -> None:
    phone.page.route(TICKETS, lambda route: route.fulfill(status=426, json=OUTDATED), times=1)
    page = complain(phone)
    expect(shown(page)).to_contain_text("您用的版本太旧")
    expect(shown(page)).not_to_contain_text("重新填写有效期")
    expect(shown(page).get_by_role("button")).to_have_count(1)
    press(page, "请更新到新版本")
    expect(page.get_by_label("请说说情况")).to_have_value(SAID)
