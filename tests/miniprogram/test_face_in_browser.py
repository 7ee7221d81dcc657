"""From level 3 to the authorisation in a browser: by a picture, by WeChat, by CTID."""

import re

from playwright.sync_api import Page, expect

from miniprogram_api import clock
from models.accounts.accounts import Account
from tests.support.app import Phone
from tests.support.app_ways import VERIFIED, agree, choose_picture, follow, press
from tests.support.people import photos
from tests.support.people.accounts import account_of, phone_proof, tables_of
from tests.support.people.faces import CONSENT
from tests.support.people.persons import person
from tests.support.service.service import data_of, error_of

FACE = "pages/face/index"


def send_picture(page: Page, picture: bytes) -> None:
    press(page, "开始刷脸")
    chosen = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": picture}
    page.get_by_label("拍照或选照片").set_input_files(files=[chosen])


def test_picture_raises_the_level_and_the_switch_is_turned(phone: Phone) -> None:
    someone = person(number=3101)
    phone.sign_in(someone)
    page = phone.open()
    expect(page.get_by_role("heading", name="请刷脸核验")).to_be_visible()
    press(page, "去刷脸")

    expect(page.get_by_text("要刷脸的是：张*")).to_be_visible()
    expect(page.get_by_text(someone.id_number)).to_have_count(0)
    choose_picture(page)
    expect(page.get_by_role("checkbox")).to_have_count(2)
    agree(page)
    assert phone.faults() == []
    send_picture(page, photos.jpeg(photos.landscape()))
    refused = page.locator("[data-refusal]")
    expect(refused).to_contain_text("没有拍到人脸")
    press(page, "其他办法")
    expect(refused.get_by_role("button", name="问问看")).to_be_visible()
    # A consent that was given is not asked again.
    page.reload()
    choose_picture(page)
    send_picture(page, photos.portrait())
    expect(page.get_by_text(VERIFIED)).to_be_visible()

    press(page, "去开启")
    expect(page.get_by_text("没有开启", exact=True)).to_be_visible()
    days = page.get_by_role("group", name="开启到哪一天").get_by_role("button")
    expect(page.locator(".calendar [aria-pressed=true]")).to_have_count(0)
    press(page, "是，开启")
    expect(page.get_by_text("请先选一天。")).to_be_visible()
    expect(days.first).to_be_focused()
    expect(days.last).to_have_accessible_name(re.compile("，工作日$"))
    days.first.click()
    press(page, "获取验证码")
    page.get_by_label("短信验证码").fill("000000")
    press(page, "是，开启")
    expect(page.get_by_text(re.compile("验证码不对"))).to_be_visible()
    assert phone.faults() == []
    page.get_by_label("短信验证码").fill(phone.code_for(someone.phone))
    press(page, "是，开启")
    today = clock.today()
    expect(page.get_by_text(f"已开启，到{today.month}月{today.day}日")).to_be_visible()
    press(page, "关闭")
    page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    expect(page.get_by_text("没有开启", exact=True)).to_be_visible()
    expect(page.get_by_text(f"开启到{today.month}月{today.day}日")).to_be_visible()


def wechat_passes(phone: Phone, path: str, wechat: str, **body: object) -> None:
    """Pass in WeChat the check that the code in the browser opens."""
    service = phone.service
    opened = data_of(service.post(path, json={**CONSENT, **body}, token=wechat))
    sent = {"challenge_id": opened["challenge"]["challenge_id"]}
    data_of(service.post("/face-verifications", json=sent, token=wechat))


def test_wechat_checks_the_face_of_the_browser(phone: Phone) -> None:
    someone = person(number=3102)
    phone.sign_in(someone)
    page = phone.open("pages/account/authorization")
    expect(page.get_by_text("还不能开启：您还没有通过身份核验")).to_be_visible()
    with page.expect_response("**/handovers") as issued:
        press(page, "去刷脸")
    expect(page.get_by_role("img", name="用微信扫一扫的二维码")).to_be_visible()
    expect(page.get_by_text(re.compile("二维码还有.*有效"))).to_be_visible()
    path = f"/handovers/{issued.value.json()['data']['code']}"

    service, wechat = phone.service, phone.service.wechat_login("wang")
    proof = phone_proof(service, wechat, someone.phone)
    wechat_passes(phone, path, wechat, phone_proof=proof)
    expect(page.get_by_text(VERIFIED)).to_be_visible()
    # The address in the code says in a browser that WeChat must open it.
    phone.open("pages/handover/index", code="x")
    expect(page.get_by_text("请用微信打开")).to_be_visible()
    assert phone.faults() == []


def test_borrowed_wechat_counts_a_day_later(phone: Phone) -> None:
    someone = person(number=3104)
    token = phone.sign_in(someone)
    with phone.page.expect_response("**/handovers") as issued:
        page = phone.open(FACE)
    expect(page.get_by_text(re.compile("请用登记手机号的那个微信"))).to_be_visible()
    path = f"/handovers/{issued.value.json()['data']['code']}"

    wechat_passes(phone, path, phone.service.wechat_login("li"), delayed=True)
    expect(page.get_by_text("核验已通过，24小时后生效")).to_be_visible()
    expect(page.get_by_role("img", name="用微信扫一扫的二维码")).to_have_count(0)
    # The ways that count at once stay open.
    expect(page.get_by_role("button", name="显示二维码，用微信刷脸")).to_be_visible()
    page = phone.open()
    expect(page.get_by_role("heading", name="核验已通过，等待生效")).to_be_visible()
    press(page, "看马上生效的办法")
    expect(page.get_by_text("核验已通过，24小时后生效")).to_be_visible()
    follow(page, "用网证核验")
    page.get_by_label("网证凭证").fill(f"ctid-ok-{someone.id_number}")
    press(page, "提交网证")
    expect(page.get_by_text(VERIFIED)).to_be_visible()
    account = data_of(phone.service.get("/account", token=token))
    assert account["level_pending"] is None
    assert phone.faults() == []


def test_dispute_is_proved_by_ctid_in_a_browser(phone: Phone) -> None:
    victim = person(number=3105)
    with tables_of(phone.service):
        account_of(victim, phone=person(number=3106).phone)
    page = phone.open("pages/tickets/index", kind="identity_dispute")
    page.get_by_label("姓名").fill(victim.name)
    page.get_by_label("身份证号").fill(victim.id_number)
    press(page, "提交申请")
    expect(page.get_by_role("heading", name="也可以用网证证明")).to_be_visible()
    page.get_by_label("网证凭证").fill("ctid-ok-someone-else")
    press(page, "提交网证")
    expect(page.locator("[data-refusal]")).to_contain_text("网证核验未通过")
    page.get_by_label("网证凭证").fill(f"ctid-ok-{victim.id_number}")
    press(page, "提交网证")
    expect(page.get_by_text("本人网证通过")).to_be_visible()
    expect(page.get_by_role("heading", name="也可以用网证证明")).to_have_count(0)
    with tables_of(phone.service):
        assert Account.get().status == "frozen"
    assert phone.faults() == []


def test_ctid_helps_where_the_face_does_not_match(phone: Phone) -> None:
    someone = person("张不像", number=3103)
    token = phone.sign_in(someone)
    page = phone.open(FACE)
    choose_picture(page)
    expect(page.get_by_role("checkbox")).to_have_count(2)
    agree(page)
    send_picture(page, photos.portrait())
    refused = page.locator("[data-refusal]")
    expect(refused).to_contain_text("人脸比对未通过")
    refused.get_by_role("button", name=re.compile("网证")).click()

    expect(page.get_by_text("用不用网证由您自愿")).to_be_visible()
    page.get_by_label("网证凭证").fill("ctid-ok-someone-else")
    press(page, "提交网证")
    expect(refused).to_contain_text("网证核验未通过")
    # The page does not lead to itself.
    expect(refused.get_by_role("button", name="改用网证")).to_have_count(0)
    assert phone.faults() == []
    page.get_by_label("网证凭证").fill(f"ctid-ok-{someone.id_number}")
    press(page, "提交网证")
    expect(page.get_by_text(VERIFIED)).to_be_visible()
    answer = phone.service.post("/handovers", token=token)
    error_of(answer, 409, "ALREADY_VERIFIED")
