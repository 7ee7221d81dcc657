"""Windows and announcements in a browser."""

from collections.abc import Callable
from urllib.parse import quote

from playwright.sync_api import expect

from miniprogram_api import clock
from miniprogram_api.operations import announcements, outages
from models.desks.windows import ServiceWindow
from tests.support.app import Phone
from tests.support.app_ways import press
from tests.support.people.accounts import tables_of
from tests.support.service.service import Service

ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36"


def window(name: str, district: str, closed_days: str = "[]") -> None:
    ServiceWindow.create(
        name=name,
        address=f"{district}人民路10号",
        hours="每天 9:00-17:00",
        phone="010-00000001、010-00000002转8",
        districts=f'["{district}"]',
        closed_days=closed_days,
        active=True,
        changed_at=clock.now(),
    )


def test_windows_of_the_district_and_what_is_announced(
    make_phone: Callable[..., Phone], service: Service
) -> None:
    with tables_of(service):
        ServiceWindow.delete().execute()
        window("东区窗口", "东区")
        window("西区窗口", "西区", f'["{clock.today().isoformat()}"]')
        announcements.save(
            None, title="系统升级", text="周六升级。", districts=["西区"],
            starts_at=None, ends_at=None, actor="test",
        )  # fmt: skip
        outages.switch_off("sms", "短信通道正在抢修", None, actor="test")
    phone = make_phone(user_agent=ANDROID)
    phone.page.route("**/api/v1/windows*", lambda route: route.abort(), times=1)
    page = phone.open("pages/windows/index")
    press(page, "再试一次")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    cards = page.get_by_role("group")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("今天办公")
    expect(cards.last).to_contain_text("今天不办公")
    east = page.get_by_role("group", name="东区窗口")
    expect(east.get_by_role("button", name="010-00000002转8")).to_be_visible()
    place = quote("东区人民路10号 东区窗口")
    map_link = east.get_by_role("link", name="打开地图")
    expect(map_link).to_have_attribute("href", f"geo:0,0?q={place}")
    assert phone.faults() == []
    page.get_by_label("您所在的区县").select_option("西区")
    expect(cards).to_have_count(1)
    page.reload()
    expect(page.get_by_text("区县：西区")).to_be_visible()
    expect(cards).to_have_count(1)
    page.get_by_role("link", name="给窗口扫的码").click()
    expect(page.get_by_text("请先登录您的账号。")).to_be_visible()

    phone.open("pages/announcements/index")
    expect(page.get_by_text("短信通道正在抢修")).to_be_visible()
    expect(page.get_by_role("heading", name="系统升级")).to_be_visible()
    assert phone.faults() == []
