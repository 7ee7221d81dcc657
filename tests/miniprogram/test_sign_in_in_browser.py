"""Sign-in and password reset in a browser."""

import re

from playwright.sync_api import expect

from miniprogram_api.access.password_attempts import LOCK_RULE
from tests.support.app import Phone
from tests.support.app_ways import (
    answer_once,
    envelope,
    fill,
    press,
    prove_phone,
    shown,
    sign_in,
)
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD
from tests.support.service.service import Service

NEW_PASSWORD = "Heron-under-23-bridges"


def test_a_locked_account_opens_with_a_code(phone: Phone, service: Service) -> None:
    someone = person("钱上锁", number=3104, phone=phone.fresh_phone())
    with tables_of(service):
        account_of(someone)
    page = phone.open("pages/sign-in/index")
    refusal = page.locator("[data-refusal]")
    for left in reversed(range(LOCK_RULE.attempts)):
        sign_in(page, someone.id_number, "wrong-password")
        expect(refusal).to_contain_text(f"还可试{left}次" if left else "已达次数上限")
    sign_in(page, someone.id_number, PASSWORD)
    expect(refusal).to_contain_text(re.compile("账号已临时锁定.*秒后可再试"))
    assert phone.faults() == []

    # Others go on guessing, until the lock holds for every address.
    for place in range(LOCK_RULE.attempts_a_day // LOCK_RULE.attempts - 1):
        for _ in range(LOCK_RULE.attempts):
            content = {"login": someone.id_number, "password": "wrong-password"}
            address = {"X-Forwarded-For": f"203.0.113.{place + 1}"}
            service.post("/sessions", json=content, headers=address)
    sign_in(page, someone.id_number, PASSWORD)
    press(page, "登录")
    expect(page.get_by_label("短信验证码")).to_be_focused()
    prove_phone(phone, someone.phone, "登记的手机号")
    assert phone.faults() == []
    press(page, "登录")
    expect(page).to_have_title("登记注册身份验证")


def test_an_account_that_others_locked_is_opened_by_ctid(phone: Phone, service: Service) -> None:
    someone = person("赵网证", number=3115, phone=phone.fresh_phone())
    with tables_of(service):
        account_of(someone)
    wrong = {"login": someone.id_number, "password": "wrong-password"}
    for place in range(LOCK_RULE.attempts_a_day):
        address = {"X-Forwarded-For": f"203.0.113.{place // LOCK_RULE.attempts + 1}"}
        service.post("/sessions", json=wrong, headers=address)
    page = phone.open("pages/sign-in/index")
    sign_in(page, someone.id_number, PASSWORD)
    expect(page.locator("[data-refusal]")).to_contain_text("本人用网证解锁")
    press(page, "收不了验证码，用网证解锁")
    expect(page.get_by_role("button", name="提交网证")).to_be_disabled()
    fill(page, "姓名", someone.name)
    fill(page, "身份证号", someone.id_number)
    page.get_by_role("checkbox").first.click()
    fill(page, "网证凭证", "ctid-no")
    press(page, "提交网证")
    expect(page.get_by_text("网证核验未通过")).to_be_visible()
    fill(page, "网证凭证", f"ctid-ok-{someone.id_number}")
    press(page, "提交网证")
    # The password that was typed signs in at once.
    expect(page).to_have_title("登记注册身份验证")


def test_a_visitor_proves_the_person_by_ctid(phone: Phone, service: Service) -> None:
    someone = person("孙网证", number=3116)
    page = phone.open("pages/ctid/index")
    expect(page.get_by_role("heading", name="用网证证明是您本人")).to_be_visible()
    expect(page.get_by_text("一天能收几条验证码不变")).to_be_visible()
    fill(page, "姓名", someone.name)
    fill(page, "身份证号", someone.id_number)
    page.get_by_role("checkbox").first.click()
    fill(page, "网证凭证", f"ctid-ok-{someone.id_number}")
    press(page, "提交网证")
    expect(page.get_by_text("已证明是您本人")).to_be_visible()
    assert phone.faults() == []


def test_a_forgotten_password_is_reset_and_signs_in(phone: Phone, service: Service) -> None:
    someone = person("钱忘记", number=3105, phone=phone.fresh_phone())
    with tables_of(service):
        account_of(someone)
    page = phone.open("pages/sign-in/index")
    sign_in(page, someone.id_number, "wrong-password")
    page.get_by_role("button", name="再次重置密码").click()
    login = page.get_by_label("身份证号、手机号或登录账号")
    expect(login).to_have_value(someone.id_number)
    fill(page, "身份证号、手机号或登录账号", "")
    press(page, "下一步")
    expect(login).to_be_focused()
    expect(page.locator("[aria-invalid=true]")).to_have_count(3)
    fill(page, "身份证号、手机号或登录账号", someone.id_number)
    prove_phone(phone, someone.phone, "登记的手机号")
    assert phone.faults() == []
    # A reset that the service has forgotten begins anew, and the next one does not show that.
    answer_once(page, "password-resets", 200, envelope("OK", token="t", expires_in=600))
    press(page, "下一步")
    fill(page, "新密码", NEW_PASSWORD)
    press(page, "保存新密码")
    expect(shown(page)).to_contain_text("请重新验证手机号")
    press(page, "下一步")
    expect(page.get_by_label("新密码", exact=True)).to_be_visible()
    expect(page.locator("[data-refusal]")).to_have_count(0)
    press(page, "保存新密码")
    expect(page.get_by_text("已用新密码为您登录")).to_be_visible()
    press(page, "继续办理")
    expect(page).to_have_title("登记注册身份验证")


def test_a_browser_says_where_wechat_proves_a_phone(phone: Phone) -> None:
    page = phone.open("pages/wechat-phone/index")
    expect(page.get_by_role("button", name="返回，用短信验证码")).to_be_visible()
    assert phone.faults() == []
