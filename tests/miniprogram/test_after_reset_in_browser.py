"""From a reset to the switch turned on again in a browser: the face, CTID, the window."""

import re
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from miniprogram_api import clock
from tests.support.app import Phone
from tests.support.app_ways import agree, choose_picture, fill, follow, press, prove_phone
from tests.support.people import photos
from tests.support.people.accounts import phone_proof, tables_of
from tests.support.people.faces import CONSENT
from tests.support.people.persons import Person, person
from tests.support.people.registrations import PASSWORD, sent_code
from tests.support.service.service import data_of

SWITCH = "pages/account/authorization"
NEW_PASSWORD = "Heron-under-23-bridges"
PASSED = "核验通过，是您本人"
CLOSED = "已关闭：您重置过密码，或换过手机号"


def verified(phone: Phone, number: int, **columns: Any) -> Person:
    """Sign a phone in to an account that has switched it on; return the person."""
    someone = person(number=number, phone=phone.fresh_phone())
    values = {
        "level": 4,
        "verified_by": "face",
        "authorization_enabled": True,
        "authorization_until": clock.today() + timedelta(days=5),
    }
    phone.sign_in(someone, **{**values, **columns})
    return someone


def turn_on(phone: Phone, page: Page, number: str) -> None:
    # The phone has just got a code for another step.
    with tables_of(phone.service):
        fill(page, "短信验证码", sent_code(number, "confirm"))
    days = page.get_by_role("group", name="开启到哪一天").get_by_role("button")
    days.last.click()
    press(page, "是，开启")
    expect(page.get_by_text(re.compile("^已开启，到"))).to_be_visible()


def test_reset_password_leads_to_the_face_and_back_to_the_switch(phone: Phone) -> None:
    someone = verified(phone, 3401)
    page = phone.open("pages/password-reset/index")
    fill(page, "身份证号、手机号或登录账号", someone.id_number)
    prove_phone(phone, someone.phone, "登记的手机号")
    press(page, "下一步")
    page.get_by_label("新密码", exact=True).fill(NEW_PASSWORD)
    press(page, "保存新密码")
    expect(page.get_by_text("请先刷脸、用网证或到窗口核验一次")).to_be_visible()
    assert phone.faults() == []
    press(page, "继续办理")

    page = phone.open()
    expect(page.get_by_role("heading", name="要办登记业务，请先再核验一次")).to_be_visible()
    assert phone.faults() == []
    press(page, "去核验")
    expect(page.get_by_text(CLOSED)).to_be_visible()
    expect(page.get_by_text("重置密码，自动关闭")).to_be_visible()
    for way in ("用网证核验", "带身份证到窗口核验"):
        expect(page.get_by_role("link", name=way)).to_be_visible()
    assert phone.faults() == []

    with page.expect_response("**/handovers") as issued:
        press(page, "刷脸核验后开启")
    path = f"/handovers/{issued.value.json()['data']['code']}"
    expect(page.get_by_text("刷脸通过后，就可以再开启")).to_be_visible()
    service, wechat = phone.service, phone.service.wechat_login("owner")
    opening = CONSENT | {"phone_proof": phone_proof(service, wechat, someone.phone)}
    challenge = data_of(service.post(path, json=opening, token=wechat))["challenge"]
    assert challenge["purpose"] == "authorization"
    sent = {"challenge_id": challenge["challenge_id"]}
    data_of(service.post("/face-verifications", json=sent, token=wechat))
    expect(page.get_by_text(PASSED)).to_be_visible()
    press(page, "去开启")
    expect(page.get_by_text("没有开启", exact=True)).to_be_visible()
    turn_on(phone, page, someone.phone)


def test_picture_of_the_sandbox_opens_it(phone: Phone) -> None:
    someone = verified(
        phone, 3402, authorization_enabled=False, authorization_closed_at=clock.now()
    )
    page = phone.open("pages/face/index")
    choose_picture(page)
    agree(page)
    press(page, "开始刷脸")
    chosen = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": photos.portrait()}
    page.get_by_label("拍照或选照片").set_input_files(files=[chosen])
    expect(page.get_by_text(PASSED)).to_be_visible()
    assert phone.account(someone).authorization_closed_at is None


def test_change_of_phone_is_announced_and_ctid_opens_the_switch(phone: Phone) -> None:
    someone, number = verified(phone, 3403), phone.fresh_phone()
    page = phone.open("pages/account/phone")
    expect(page.get_by_text("会自动关闭；要再开启")).to_be_visible()
    assert phone.faults() == []
    prove_phone(phone, number, "新手机号")
    page.get_by_label("登录密码", exact=True).fill(PASSWORD)
    press(page, "更换")
    expect(page.get_by_text("请先刷脸、用网证或到窗口核验一次")).to_be_visible()
    press(page, "回到账号管理")
    expect(page.get_by_text(CLOSED)).to_be_visible()

    page = phone.open(SWITCH)
    follow(page, "用网证核验")
    page.get_by_label("网证凭证").fill("ctid-ok-someone-else")
    press(page, "提交网证")
    expect(page.locator("[data-refusal]")).to_contain_text("网证核验未通过")
    page.get_by_label("网证凭证").fill(f"ctid-ok-{someone.id_number}")
    press(page, "提交网证")
    expect(page.get_by_text(PASSED)).to_be_visible()
    press(page, "去开启")
    turn_on(phone, page, number)
