"""Matters in a browser: from the to-do to 已确认, refused, changed, ended; the sheet; reminders."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from miniprogram_api.accounts import consents
from models.accounts.accounts import FROZEN, Account
from tests.support.admin.staff import window_of
from tests.support.app import Phone
from tests.support.app_ways import shown
from tests.support.matters.systems import System, made, matter_body, person_body, system_of
from tests.support.people.accounts import tables_of
from tests.support.people.persons import Person, person
from tests.support.people.photos import portrait
from tests.support.service.service import Service

ZHANG, LI, WANG = (person(name, number=4401 + n) for n, name in enumerate(("张三", "李四", "王五")))
LIST, DETAIL = "pages/matters/index", "pages/matters/confirm"
MOST_TAPS = 6

# The corner of the signature's paper, and the size of its picture.
PAPER = """() => {
    const paper = document.querySelector("canvas")
    const corner = paper.getContext("2d").getImageData(0, 0, 1, 1).data
    return [[...corner], paper.toDataURL().length]
}"""


@pytest.fixture
def system(service: Service) -> System:
    return system_of(service)


def verified(phone: Phone, someone: Person) -> None:
    """Sign in a person who passed the face check, with the consents of that way."""
    phone.sign_in(someone, level=4, verified_by="face")
    account = phone.account(someone)
    with tables_of(phone.service):
        consents.record(account.id, ["identity", "face"])


class Tapper:
    """Tap on a page and count the taps; a stroke of the signature and a chosen photo are one each.

    Scrolling and reading count nothing.
    """

    def __init__(self, page: Page, photo: Path) -> None:
        self.page, self.photo, self.taps = page, photo, 0
        photo.write_bytes(portrait())

    def tap(self, target: Locator) -> None:
        target.click()
        self.taps += 1

    def press(self, name: str) -> None:
        self.tap(self.page.get_by_role("button", name=name, exact=True))

    def tick(self, name: str) -> None:
        self.tap(self.page.get_by_role("checkbox", name=name))

    def sign(self) -> None:
        paper = self.page.get_by_role("img", name="请在框内写全姓名")
        paper.scroll_into_view_if_needed()
        box = paper.bounding_box()
        assert box is not None
        left, top, mouse = box["x"], box["y"], self.page.mouse
        mouse.move(left + 40, top + 40)
        mouse.down()
        for x, y in ((120, 120), (160, 40), (220, 110), (280, 60)):
            mouse.move(left + x, top + y, steps=4)
        mouse.up()
        self.taps += 1

    def take_photo(self) -> None:
        self.page.locator("input[type=file]").set_input_files(self.photo)
        self.taps += 1

    def confirm(self) -> None:
        """Confirm on the open page, with all consents given before."""
        self.tick("本人已看过以上内容")
        self.sign()
        self.press("刷脸并确认")
        self.take_photo()


@pytest.fixture
def tapper(phone: Phone, tmp_path: Path) -> Tapper:
    return Tapper(phone.page, tmp_path / "face.jpg")


def test_to_do_is_confirmed_in_six_taps_in_spite_of_a_cut_connection(
    phone: Phone, tapper: Tapper, system: System, service: Service
) -> None:
    with tables_of(service):
        office = window_of("示例县登记窗口")
    posts = [person_body(ZHANG), person_body(ZHANG, "法定代表人"), person_body(LI, "监事")]
    matter_id = made(system, *posts, office=office.id)
    verified(phone, ZHANG)
    page = phone.open(LIST)
    card = page.get_by_role("group", name="示例科技有限公司")
    for said in ("待您确认", "您的身份：股东、法定代表人", "受理窗口：示例县登记窗口", "前办完"):
        expect(card).to_contain_text(said)
    assert phone.faults() == []

    tapper.press("去确认：示例科技有限公司")
    expect(page.get_by_text("100万元")).to_be_visible()
    expect(page.get_by_text("其他人：共1人，已有0人确认")).to_be_visible()
    expect(page.get_by_role("button", name="刷脸并确认")).to_be_disabled()
    tapper.tick("本人已看过以上内容")
    tapper.tick("单独同意处理业务确认的信息")
    assert phone.faults() == []
    page.emulate_media(color_scheme="dark")
    large = page.get_by_role("button", name="横过手机，放大了签")
    large.press("Enter")
    expect(page.get_by_role("dialog")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="签好了")).to_be_focused()
    page.keyboard.press("Escape")
    expect(large).to_be_focused()
    tapper.sign()
    corner, size = page.evaluate(PAPER)
    assert (corner, size < 200 * 1024) == ([255, 255, 255, 255], True)
    tapper.press("刷脸并确认")
    page.route("**/confirmations", lambda route: route.abort(), times=1)
    tapper.take_photo()
    assert tapper.taps <= MOST_TAPS

    # Not stored: the same check is sent again, and no face is checked twice.
    expect(page.get_by_text("核验已做好，不用再做，点下面送出就行。")).to_be_visible()
    page.get_by_role("button", name="送出确认").click()
    expect(page.get_by_text("您已确认", exact=True)).to_be_visible()
    expect(page.get_by_text("还有1人没有确认")).to_be_visible()
    assert len(service.sandbox.calls("ImageRecognitionV2")) == 1
    lines = system.call("GET", f"/matters/{matter_id}").json()["data"]["lines"]
    assert [line["state"] for line in lines] == ["confirmed", "confirmed", "pending"]

    with page.expect_download() as download:
        page.get_by_role("button", name="下载我的业务信息表").click()
    assert download.value.suggested_filename == "业务信息表.pdf"
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def test_refusal_is_asked_once_more_and_may_be_taken_back(
    phone: Phone, tapper: Tapper, system: System
) -> None:
    matter_id = made(system, person_body(ZHANG))
    verified(phone, ZHANG)
    page = phone.open(DETAIL, id=matter_id)
    tapper.press("拒绝：不是我办的，或我不同意")
    for reason in ("内容不对", "我不同意", "不是我办的"):
        expect(page.get_by_role("dialog").get_by_role("button", name=reason)).to_be_visible()
    tapper.press("不是我办的")
    expect(page.get_by_role("dialog", name="确定拒绝？")).to_contain_text(
        "整项业务会暂停，并通知经办人。"
    )
    assert phone.faults() == []
    page.get_by_label("补充说明").fill("没有办过")
    page.reload()
    tapper.press("拒绝：不是我办的，或我不同意")
    tapper.press("不是我办的")
    expect(page.get_by_label("补充说明")).to_have_value("没有办过")
    tapper.press("确定拒绝")
    expect(page.get_by_text("您已拒绝：不是我办的")).to_be_visible()
    expect(page.get_by_role("button", name="申请冒名处理")).to_be_visible()
    found = system.call("GET", f"/matters/{matter_id}").json()["data"]
    assert (found["state"], found["lines"][0]["reason"]) == ("refused", "not_me")

    # Nothing offers to confirm what is not the user's, until the user says so.
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("button", name="刷脸并确认")).to_have_count(0)
    expect(page.get_by_role("button", name="回到业务列表")).to_be_visible()
    tapper.press("我改主意了，要确认")
    expect(page.get_by_role("dialog", name="改主意了？")).to_contain_text("请不要确认")
    assert phone.faults() == []
    tapper.press("确实是我要办，重新确认")
    tapper.tick("单独同意处理业务确认的信息")
    tapper.confirm()
    expect(page.get_by_text("全部人已确认")).to_be_visible()
    tapper.press("我改主意了，不同意")
    tapper.press("我不同意")
    tapper.press("确定拒绝")
    expect(page.get_by_text("您已拒绝：我不同意")).to_be_visible()
    assert system.call("GET", f"/matters/{matter_id}").json()["data"]["state"] == "refused"


def without_consents(route: Route) -> None:
    """Answer as before a consent became necessary."""
    answer = route.fetch()
    content = answer.json()
    content["data"]["needs"]["consents"] = []
    route.fulfill(response=answer, body=json.dumps(content))


def refuse_the_version(route: Route) -> None:
    """Answer as after a change of the text of the consent."""
    body = {"code": "CONSENT_OUTDATED", "message": "规则已更新", "data": {}, "help": None}
    route.fulfill(status=409, json={**body, "request_id": "r"})


def test_changed_and_ended_matters_are_read_anew(
    phone: Phone, tapper: Tapper, system: System
) -> None:
    body = matter_body(person_body(ZHANG), person_body(LI))
    matter_id = str(system.call("POST", "/matters", body).json()["data"]["matter_id"])
    verified(phone, ZHANG)
    phone.page.route(f"**/api/v1/matters/{matter_id}", without_consents, times=1)
    page = phone.open(DETAIL, id=matter_id)
    tapper.tick("本人已看过以上内容")
    tapper.sign()
    tapper.press("刷脸并确认")
    expect(shown(page)).to_contain_text("请先阅读并勾选同意")
    tapper.tick("单独同意处理业务确认的信息")
    # A text that changed meanwhile is shown anew, whichever way is taken.
    tapper.press("用网证核验")
    page.get_by_label("网证凭证").fill(f"ctid-ok-{ZHANG.id_number}")
    page.route("**/confirmations", refuse_the_version, times=1)
    tapper.press("提交网证")
    expect(page.get_by_text("规则刚刚更新了")).to_be_visible()
    tapper.tick("我已阅读并同意")
    tapper.tick("单独同意处理业务确认的信息")
    details = [{"label": "注册资本", "value": "500万元"}]
    changed = {**body, "details": details, "version": 1}
    assert system.call("PUT", f"/matters/{matter_id}", changed).status_code == 200
    tapper.press("送出确认")
    expect(page.get_by_text("业务内容刚被修改", exact=True)).to_be_visible()
    expect(page.get_by_text("500万元")).to_be_visible()
    expect(page.get_by_text("有改动", exact=True)).to_have_count(1)
    tapper.press("问问看")
    expect(page.locator(".own").filter(visible=True)).to_contain_text("怎么确认")
    page.go_back()
    expect(page.get_by_role("checkbox", name="本人已看过以上内容")).not_to_be_checked()

    tapper.tick("本人已看过以上内容")
    tapper.sign()
    assert system.call("POST", f"/matters/{matter_id}/withdrawal", {}).status_code == 200
    tapper.press("刷脸并确认")
    expect(page.get_by_role("alert").get_by_text("这项业务已撤回，不用再确认")).to_be_visible()
    tapper.press("回到业务列表")
    expect(page.get_by_text("现在没有等您确认的业务。")).to_be_visible()
    tapper.press("看已办业务")
    expect(page.get_by_role("group", name="示例科技有限公司")).to_contain_text("已撤回")
    assert phone.faults() == []
    # The way from the list and back leaves one list.
    page.get_by_role("button", name="查看：示例科技有限公司").click()
    tapper.press("回到业务列表")
    tapper.press("返回")
    expect(page).to_have_title("登记注册身份验证")


def test_posts_are_confirmed_one_by_one_where_each_needs_a_face(
    phone: Phone, tapper: Tapper, system: System
) -> None:
    matter_id = made(system, person_body(ZHANG), person_body(ZHANG, "监事"))
    verified(phone, ZHANG)

    def with_role(route: Route) -> None:
        answer = route.fetch()
        content = answer.json()
        content["data"]["needs"]["face"] = "role"
        route.fulfill(response=answer, body=json.dumps(content))

    phone.page.route(f"**/api/v1/matters/{matter_id}", with_role)
    page = phone.open(DETAIL, id=matter_id)
    expect(page.get_by_text("您有2个身份，请一个一个确认。现在确认：股东。")).to_be_visible()
    tapper.tick("单独同意处理业务确认的信息")
    tapper.confirm()
    expect(page.get_by_text("已确认", exact=True)).to_have_count(1)
    tapper.confirm()
    expect(page.get_by_text("全部人已确认")).to_be_visible()
    tapper.press("我改主意了，不同意")
    tapper.press("内容不对")
    posts = page.get_by_label("拒绝哪个身份").get_by_role("option")
    expect(posts).to_have_text(["我的全部身份", "股东", "监事"])
    page.get_by_label("拒绝哪个身份").select_option("监事")
    tapper.press("取消")
    tapper.press("我改主意了，不同意")
    tapper.press("内容不对")
    expect(page.get_by_label("拒绝哪个身份").locator("option:checked")).to_have_text("我的全部身份")
    page.unroute_all()


def test_face_that_does_not_match_leads_to_another_way(
    phone: Phone, tapper: Tapper, system: System
) -> None:
    someone = person("张不像", number=4404)
    matter_id = made(system, person_body(someone))
    verified(phone, someone)
    page = phone.open(DETAIL, id=matter_id)
    tapper.tick("单独同意处理业务确认的信息")
    tapper.confirm()
    expect(page.get_by_role("alert")).to_contain_text("人脸比对未通过")
    # The next try is another check, and its refusal the only one.
    page.route("**/challenges", lambda route: route.abort(), times=1)
    tapper.press("刷脸并确认")
    expect(shown(page)).to_contain_text("网络连接失败")
    expect(page.locator("[data-refusal]")).to_have_count(1)
    tapper.press("用网证核验")
    page.get_by_label("网证凭证").fill(f"ctid-ok-{someone.id_number}")
    tapper.press("提交网证")
    expect(page.get_by_text("全部人已确认")).to_be_visible()
    expect(page.get_by_text("（网证）")).to_be_visible()


def test_agent_reminds_the_others_once_a_day(phone: Phone, tapper: Tapper, system: System) -> None:
    matter_id = made(
        system, person_body(ZHANG), person_body(LI, "监事"), person_body(WANG, "经办人")
    )
    verified(phone, WANG)
    page = phone.open(DETAIL, id=matter_id)
    expect(page.get_by_role("listitem").filter(has_text="张*（股东）")).to_contain_text("待确认")
    tapper.press("提醒还没确认的人")
    expect(page.get_by_text("已提醒2人。")).to_be_visible()
    tapper.press("提醒还没确认的人")
    expect(page.get_by_text("今天已提醒过")).to_be_visible()
    expect(page.get_by_text("后可再试").first).to_be_visible()


def test_below_level_4_only_the_number_is_shown(
    make_phone: Callable[..., Phone], system: System
) -> None:
    matter_id = made(system, person_body(ZHANG))
    phone = make_phone()
    page = phone.open(LIST)
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    phone.sign_in(ZHANG)
    page = phone.open(LIST)
    expect(page.get_by_text("您有1项未办完的业务")).to_be_visible()
    expect(
        page.get_by_text("请先刷脸、用网证或到窗口通过身份核验，再查看待办业务。")
    ).to_be_visible()
    expect(page.get_by_text("示例科技有限公司")).to_have_count(0)
    assert phone.faults() == []
    phone.open(DETAIL, id=matter_id)
    expect(page.get_by_role("alert")).to_contain_text("再查看待办业务")
    page.go_back()
    page.get_by_role("button", name="去刷脸").click()
    expect(page).to_have_title("刷脸核验")


def test_frozen_account_is_shown_no_matter(phone: Phone, service: Service, system: System) -> None:
    verified(phone, ZHANG)
    matter_id = made(system, person_body(ZHANG), subject={"name": "绝密科技", "type": "公司"})
    with tables_of(service):
        Account.update(status=FROZEN).execute()
    for path in (LIST, f"{DETAIL}?id={matter_id}"):
        page = phone.open(path)
        expect(page.locator("[data-refusal]")).to_contain_text("请带身份证原件到窗口处理")
        expect(page.get_by_text("绝密科技")).to_have_count(0)
        assert phone.faults() == []
