"""Registration and activation in a browser."""

from datetime import date

from playwright.sync_api import Page, Route, expect

from tests.support.app import Phone
from tests.support.app_ways import (
    REGISTER,
    answer_once,
    envelope,
    fill,
    fill_elements,
    finish,
    press,
    prove_phone,
    shown,
    sign_in,
)
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD, synced_account
from tests.support.service.service import Service

NEW_PASSWORD = "Heron-under-23-bridges"
ACTIVATION = "pages/activation/index"


def photograph(page: Page, label: str, card: bytes) -> None:
    page.get_by_label(label).set_input_files(
        {"name": "card.png", "mimeType": "image/png", "buffer": card}
    )


def test_a_person_registers_with_photos_of_the_card(phone: Phone, service: Service) -> None:
    someone = person("买买提·艾力", number=3101)
    page = phone.open(REGISTER)
    assert someone.valid_until is not None
    sandbox = service.sandbox
    back = sandbox.card("back", valid_from="20240603", valid_until=f"{someone.valid_until:%Y%m%d}")
    photograph(page, "拍人像面", back)
    expect(page.locator("[data-refusal]")).to_contain_text("另一面")
    photograph(page, "拍国徽面", back)
    until = page.get_by_label("证件有效期结束日期", exact=True)
    expect(until).to_have_value(str(someone.valid_until))
    front = sandbox.card("front", name="买买提艾力", id_number=someone.id_number)
    photograph(page, "拍人像面", front)
    expect(page.get_by_label("身份证号")).to_have_value(someone.id_number)

    # The dot goes where the cursor was.
    name = page.get_by_label("姓名", exact=True)
    name.evaluate("input => { input.focus(); input.setSelectionRange(3, 3) }")
    name.blur()
    page.get_by_role("button", name="加点").click()
    expect(name).to_have_value(someone.name)

    # A wrong value is told when the field is left, and the next button leads to it.
    fill(page, "身份证号", someone.id_number[:12])
    expect(page.get_by_text("您填了12位")).to_be_visible()
    press(page, "下一步")
    expect(page.get_by_label("身份证号")).to_be_focused()
    assert phone.faults() == []
    fill(page, "身份证号", someone.id_number)

    # A doubtful value comes with the one that would fit.
    wrong = date(someone.valid_until.year, someone.valid_until.month, someone.valid_until.day + 1)
    fill(page, "证件有效期结束日期", str(wrong))
    press(page, f"改为“{someone.valid_until}”")
    press(page, "下一步")
    expect(page.get_by_label("第2步")).to_be_focused()

    # A number that cannot be one is told at its field.
    number = phone.fresh_phone()
    fill(page, "短信验证码", "123456")
    press(page, "下一步")
    expect(page.get_by_label("手机号", exact=True)).to_be_focused()
    fill(page, "手机号", number[:4])
    press(page, "获取验证码")
    expect(page.get_by_label("手机号", exact=True)).to_be_focused()
    expect(page.get_by_text("这不是手机号，")).to_be_visible()
    prove_phone(phone, number)
    # A button that waits for the clock keeps the focus.
    again = page.get_by_role("button", name="秒后可重发")
    again.focus()
    expect(again).to_be_focused()
    assert phone.faults() == []
    # The program is killed: everything is there but the code, which is still good.
    page.reload()
    expect(page.get_by_label("手机号", exact=True)).to_have_value(number)
    press(page, "下一步")
    expect(page.get_by_text("请填写短信里的6位验证码")).to_be_visible()
    fill(page, "短信验证码", phone.code_for(number))
    press(page, "下一步")

    press(page, "提交注册")
    expect(page.get_by_text("逐项勾选，再继续")).to_be_visible()
    expect(page.get_by_label("设一个密码", exact=True)).to_be_focused()
    press(page, "看全文、听全文")
    expect(page.get_by_role("heading", name="一、谁在处理您的信息")).to_be_visible()
    page.evaluate("void (speechSynthesis.speak = ({text}) => (window.spoken ||= []).push(text))")
    page.get_by_role("button", name="读给我听").first.click()
    assert page.evaluate("spoken[0]").startswith("一、谁在处理您的信息")
    page.get_by_role("button", name="停止朗读").click()
    assert phone.faults() == []
    press(page, "看完了，返回")
    expect(page.get_by_role("button", name="看全文、听全文")).to_be_focused()
    finish(page, "提交注册", number)
    expect(page.get_by_label("设一个密码", exact=True)).to_be_focused()
    assert phone.faults() == []
    finish(page, "提交注册")
    # The next page is that of the face check, and says it.
    expect(page.get_by_text("注册成功，已经登录")).to_be_visible()
    page.wait_for_url("**/pages/face/index")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert phone.account(someone).level == 3


def test_a_doubt_is_confirmed_and_a_mismatch_leads_back_to_the_card(
    phone: Phone, service: Service
) -> None:
    someone = person("王不符", number=3102)
    # A service without a reader of cards offers none.
    page = phone.page
    answer_once(page, "operator", 200, envelope("OK", reads_cards=False))
    phone.open(REGISTER)
    fill_elements(page, someone)
    expect(page.get_by_label("拍人像面")).to_have_count(0)
    fill(page, "证件有效期结束日期", "长期")
    press(page, "填的没错，继续")
    prove_phone(phone, phone.fresh_phone())
    press(page, "下一步")
    finish(page, "提交注册")
    refusal = page.locator("[data-refusal]")
    expect(refusal).to_contain_text("核验数据缺失")
    # How many tries are left is said from the first, and only then what to check.
    expect(refusal).to_contain_text("还可试4次")
    expect(refusal.get_by_role("button")).to_have_text(["其他办法"])
    assert phone.faults() == []

    # Tries that others used up are cleared by CTID.
    said = "有他人用这个身份多次核验未通过"
    limited = envelope("TOO_MANY_ATTEMPTS", said, scope="person", retry_after=600)
    answer_once(page, "registrations", 429, limited)
    press(page, "提交注册")
    expect(page.get_by_role("heading", name="用网证证明是您本人")).to_be_visible()
    expect(page.get_by_role("button", name="提交网证")).to_be_enabled()
    expect(page.get_by_text("10分钟后可再试").first).to_be_visible()
    press(page, "上一步")
    press(page, "上一步")
    # Code, password and consent are at hand: a second miss and the correction are one tap each.
    press(page, "提交注册")
    expect(refusal).to_contain_text("还可试3次")
    # From the second miss on the stronger ways are named.
    expect(refusal.get_by_role("button", name="申请复核身份信息")).to_be_visible()
    expect(page.get_by_text("换个更稳的办法")).to_be_visible()
    expect(page.get_by_role("link", name="带身份证到窗口核验")).to_be_visible()
    fill(page, "姓名", "王福")
    press(page, "填的没错，继续")
    expect(page.get_by_text("注册成功，已经登录")).to_be_visible()
    assert phone.account(someone).level == 3


def test_a_lost_answer_of_a_registration_is_recognised(phone: Phone) -> None:
    """The answer is lost and the program ended: nothing tells the second call from a new one."""
    someone = person("孙刚注册", number=3121)
    page = phone.page

    def cut(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route("**/api/v1/registrations", cut, times=1)
    phone.open(REGISTER)
    fill_elements(page, someone)
    press(page, "下一步")
    prove_phone(phone, someone.phone)
    press(page, "下一步")
    finish(page)
    expect(shown(page)).to_contain_text("网络连接失败")
    page.reload()
    fill(page, "短信验证码", phone.code_for(someone.phone))
    press(page, "下一步")
    finish(page)
    expect(page.get_by_text("注册成功，已经登录")).to_be_visible()
    assert phone.account(someone).level == 3


def test_a_synced_person_hears_of_the_activation_with_the_phone(
    phone: Phone, service: Service
) -> None:
    someone = person("李早激活", number=3120)
    with tables_of(service):
        synced_account(someone)
    page = phone.open(REGISTER)
    fill_elements(page, someone)
    press(page, "下一步")
    prove_phone(phone, phone.fresh_phone())
    press(page, "下一步")
    expect(shown(page)).to_contain_text("请按提示完成三步激活")
    expect(page.get_by_label("第2步")).to_be_visible()
    press(page, "去激活")
    expect(page.get_by_label("身份证号", exact=True)).to_have_value(someone.id_number)


def test_a_registered_person_is_led_to_the_login(phone: Phone, service: Service) -> None:
    someone = person("孙再来", number=3106)
    with tables_of(service):
        account_of(someone)
    page = phone.open(REGISTER)
    fill_elements(page, someone)
    press(page, "下一步")
    prove_phone(phone, phone.fresh_phone())
    press(page, "下一步")
    finish(page, "提交注册")
    expect(page.get_by_role("button", name="申请冒名处理")).to_be_visible()
    press(page, "去登录")
    expect(page.get_by_label("身份证号、手机号或登录账号")).to_have_value(someone.id_number)


def test_a_registered_account_is_activated_in_three_steps(phone: Phone, service: Service) -> None:
    someone = person("赵激活", number=3103, phone=phone.fresh_phone())
    with tables_of(service):
        synced_account(someone, valid_from=None, valid_until=None)
    page = phone.open("pages/sign-in/index")
    sign_in(page, someone.phone, PASSWORD)
    press(page, "去激活")
    # A phone that was typed as the login is no ID number.
    expect(page.get_by_label("身份证号", exact=True)).to_have_value("")
    fill(page, "身份证号", someone.id_number)
    assert phone.faults() == []
    press(page, "下一步")

    label = f"登记的手机号（尾号{someone.phone[-2:]}）"
    fill(page, label, phone.fresh_phone())
    press(page, "获取验证码")
    expect(page.get_by_role("button", name="申请更正登记的手机号")).to_be_visible()
    assert phone.faults() == []
    page.get_by_role("button", name="申请更正登记的手机号").click()
    page.wait_for_url("**kind=activation_phone**")
    page.go_back()

    # An activation that has expired begins anew, and says why until it does.
    expired = envelope("ACTIVATION_EXPIRED", "激活已超时")
    answer_once(page, "sms-codes", 404, expired)
    press(page, "获取验证码")
    expect(shown(page)).to_contain_text("激活已超时")
    press(page, "下一步")
    answer_once(page, "activations/*/phone", 200, envelope("OK", needs_dates=True))
    press(page, "下一步")
    answer_once(page, "activations/*/password", 404, expired)
    finish(page, "完成激活")
    expect(shown(page)).to_contain_text("激活已超时")
    press(page, "下一步")
    prove_phone(phone, someone.phone, label)
    expect(page.locator("[data-refusal]")).to_have_count(0)
    code = page.get_by_label("短信验证码").input_value()
    fill(page, "短信验证码", f"{(int(code) + 1) % 10**6:06}")
    press(page, "下一步")
    expect(shown(page)).to_contain_text("验证码不对")
    fill(page, "短信验证码", code)
    press(page, "下一步")
    expect(page.get_by_text("登记里没有证件有效期")).to_be_visible()
    draft = page.evaluate("JSON.parse(localStorage.getItem('draft:activation')).data")
    page.reload()
    elements = someone.four_elements
    expect(page.get_by_text(f"尾号{someone.id_number[-4:]}的账号")).to_be_visible()
    fill(page, "证件有效期起始日期", elements["valid_from"])
    fill(page, "证件有效期结束日期", "2044-06-04")
    # A confirmed doubt does not hold for another date.
    doubt = {"field": "valid_until", "code": "day_off", "message": "可能填错了"}
    doubtful = envelope("IDENTITY_NEEDS_CONFIRMATION", "请核对", warnings=[doubt])
    answer_once(page, "activations/*/password", 422, doubtful)
    finish(page, "完成激活")
    until = page.get_by_label("证件有效期结束日期", exact=True)
    expect(until).to_be_focused()
    head, box = page.locator(".page-head").bounding_box(), until.bounding_box()
    assert head
    assert box
    assert head["y"] + head["height"] < box["y"]
    mismatch = envelope("FOUR_ELEMENTS_MISMATCH", "核验数据缺失")
    answer_once(page, "activations/*/password", 422, mismatch)
    with page.expect_request("**/activations/*/password") as confirmed:
        press(page, "填的没错，继续")
    assert (confirmed.value.post_data_json or {})["confirmed_warnings"] == ["day_off"]
    expect(shown(page)).to_contain_text("核验数据缺失")
    fill(page, "证件有效期结束日期", elements["valid_until"])
    assert phone.faults() == []
    with page.expect_request("**/activations/*/password") as sent:
        press(page, "完成激活")
    assert (sent.value.post_data_json or {})["confirmed_warnings"] == []
    expect(page.get_by_text("激活成功，已经登录")).to_be_visible()
    assert phone.account(someone).level == 3

    # Another person uses the phone of an activation that was left at its last step.
    phone.store("draft:activation", draft)
    page = phone.open(ACTIVATION)
    press(page, "换一个身份证号激活")
    expect(page.get_by_label("身份证号", exact=True)).to_have_value("")
    page.reload()
    expect(page.get_by_label("身份证号", exact=True)).to_have_value("")
