"""The account in a browser: what is known of it, changes, one's own data, and its end."""

import re
from datetime import timedelta

from playwright.sync_api import Page, Route, expect

from miniprogram_api import clock
from miniprogram_api.accounts import consents
from miniprogram_api.registrars import queries
from miniprogram_api.registrars.queries import Asked
from models.accounts.accounts import CANCELLED, FROZEN, Account
from models.registrars import RegistrarReceipt
from tests.support.app import Phone
from tests.support.app_ways import press
from tests.support.matters.systems import matter_body, person_body, system_of
from tests.support.people.accounts import fresh, tables_of
from tests.support.people.persons import Person, person
from tests.support.people.registrations import CODE, PASSWORD, sent_code
from tests.support.service.service import Service
from tests.support.service.waiting import eventually

ACCOUNT = "pages/account/index"
NEW_PASSWORD = "Heron-under-23-bridges"


def confirm(service: Service, page: Page, someone: Person) -> None:
    """Fill in a code that was sent to the phone on record."""
    with tables_of(service):
        sent_code(someone.phone, "confirm")
    page.get_by_label("短信验证码").fill(CODE)


def test_dates_phone_and_password_are_changed(phone: Phone, service: Service) -> None:
    someone = person(number=3301, phone=phone.fresh_phone())
    assert someone.valid_until is not None
    ends = clock.today() + timedelta(days=20)
    phone.sign_in(
        someone, level=4, verified_by="manual", valid_until=ends, wechat_openid="o-someone"
    )
    page = phone.open(ACCOUNT)
    expect(page.get_by_text("经人工核验通过。")).to_be_visible()
    expect(page.get_by_text("已用短信验证码验证")).to_be_visible()
    expect(page.get_by_text("证件快到期了")).to_be_visible()
    expect(page.get_by_text("没有开启", exact=True)).to_be_visible()
    assert someone.id_number not in page.content()
    assert phone.faults() == []
    press(page, "解除绑定微信")
    expect(page.get_by_role("dialog")).to_contain_text("要输入账号和密码")
    press(page, "解除绑定")
    expect(page.get_by_role("button", name="解除绑定微信")).to_have_count(0)

    press(page, "改正证件有效期")
    page.get_by_label("证件有效期起始日期", exact=True).fill(str(someone.valid_from))
    press(page, "长期有效")
    # The phone on record gets the code without being typed, and the typed dates survive.
    press(page, "获取验证码")
    code = phone.code_for(someone.phone)
    page.reload()
    expect(page.get_by_label("证件有效期结束日期", exact=True)).to_have_value("长期")
    page.get_by_label("短信验证码").fill(code)
    press(page, "核对并改正")
    expect(page.get_by_role("button", name="填的没错，继续")).to_be_visible()
    expect(page.locator("[data-refusal]")).to_have_count(0)
    assert phone.faults() == []
    page.get_by_label("证件有效期结束日期", exact=True).fill(str(someone.valid_until))
    press(page, "核对并改正")
    expect(page.get_by_text("有效期已改正。")).to_be_visible()
    press(page, "回到账号管理")
    expect(page.get_by_text(f"{someone.valid_from} 至 {someone.valid_until}")).to_be_visible()

    press(page, "更换手机号")
    expect(page.get_by_role("button", name="申请更换手机号")).to_be_visible()
    page.get_by_label("新手机号").fill("19912345678")
    press(page, "获取验证码")
    refusal = page.locator("[data-refusal]")
    expect(refusal).to_contain_text("199号段暂不支持")
    expect(refusal.get_by_role("button", name="换号注册")).to_have_count(0)
    # The page does not lead to itself.
    expect(refusal.get_by_role("button", name="更换手机号", include_hidden=True)).to_have_count(0)
    number = phone.fresh_phone()
    page.get_by_label("新手机号").fill(number)
    press(page, "获取验证码")
    page.get_by_label("短信验证码").fill(phone.code_for(number))
    page.get_by_label("登录密码", exact=True).fill("wrong-password")
    press(page, "更换")
    expect(refusal).to_contain_text("密码错误")
    expect(refusal.get_by_role("button", name="重新登录")).to_have_count(0)
    assert phone.faults() == []
    page.get_by_label("登录密码", exact=True).fill(PASSWORD)
    press(page, "更换")
    expect(page.get_by_text(f"手机号已换成{number[:3]}****{number[-4:]}。")).to_be_visible()
    press(page, "回到账号管理")

    press(page, "修改密码")
    page.get_by_label("新密码", exact=True).fill("12345678")
    with tables_of(service):
        page.get_by_label("短信验证码").fill(sent_code(number, "confirm"))
    press(page, "修改密码")
    expect(page.locator(".field.wrong")).to_have_count(1)
    assert phone.faults() == []
    page.get_by_label("新密码", exact=True).fill(NEW_PASSWORD)
    press(page, "修改密码")
    expect(page.get_by_text("密码已修改。")).to_be_visible()


def test_own_data_is_seen_and_fetched(phone: Phone, service: Service) -> None:
    someone = person(number=3302, phone=phone.fresh_phone())
    token = phone.sign_in(someone, level=4, verified_by="face")
    page = phone.open("pages/account/receipts")
    expect(page.get_by_text("还没有系统查询过您。")).to_be_visible()
    key_id = system_of(service).key.key_id
    with tables_of(service):
        queries.query(key_id, "设立登记", [Asked(someone.name, someone.id_number, "股东")])
        consents.record(phone.account(someone).id, consents.KEYS)
    page.reload()
    expect(page.get_by_text("因为“设立登记”查询您，您的身份是股东。")).to_be_visible()
    expect(page.get_by_text("没有开启“是否办理工商登记注册”。")).to_be_visible()
    earlier = page.get_by_text("还会显示更早的查询")
    expect(earlier).to_have_count(0)
    assert phone.faults() == []
    with tables_of(service):
        Account.update(level=3).execute()
        RegistrarReceipt.update(account_id=None).execute()
    page.reload()
    expect(page.get_by_text("还没有系统查询过这个账号。")).to_be_visible()
    expect(earlier).to_be_visible()
    assert phone.faults() == []
    with tables_of(service):
        Account.update(level=4).execute()

    phone.open("pages/account/consents")
    expect(page.get_by_role("button", name="撤回处理人脸信息")).to_be_visible()
    assert phone.faults() == []
    # What was refused for one consent says nothing about another.
    busy = {"code": "SERVICE_UNAVAILABLE", "message": "系统忙。", "data": {}, "request_id": "r"}
    held: list[Route] = []
    page.route("**/consents/matter", lambda route: held.append(route))
    press(page, "撤回处理业务确认的信息")
    dialog = page.get_by_role("dialog")
    with page.expect_request("**/consents/matter"):
        press(page, "确定撤回")
    # It stays open until the answer is there, and Escape closes it wherever the focus was.
    press(page, "取消")
    page.keyboard.press("Escape")
    held.pop().fulfill(status=503, json=busy)
    expect(dialog).to_contain_text("系统忙")
    with page.expect_request("**/consents/matter"):
        press(page, "再试一次")
    expect(dialog).to_be_focused()
    held.pop().fulfill(status=503, json=busy)
    expect(dialog).to_contain_text("系统忙")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    press(page, "撤回处理人脸信息")
    expect(dialog).to_contain_text("已经通过的核验仍然有效")
    expect(dialog).not_to_contain_text("系统忙")
    assert phone.faults() == []
    press(page, "确定撤回")
    expect(page.get_by_text(re.compile("已撤回$"))).to_be_visible()
    expect(page.get_by_role("button", name="撤回处理人脸信息")).to_have_count(0)

    phone.open("pages/account/export")
    page.get_by_label("短信验证码").fill("000000")
    press(page, "申请资料")
    expect(page.locator("[data-refusal]")).to_contain_text("验证码")
    confirm(service, page, someone)
    assert phone.faults() == []
    with page.expect_response("**/account/export") as answer:
        press(page, "申请资料")
    expect(
        page.get_by_text("正在整理您的资料").or_(page.get_by_text("资料已准备好"))
    ).to_be_visible()
    export = f"/account/export/{answer.value.json()['data']['id']}"
    eventually(lambda: service.get(export, token=token).status_code == 200)
    page.reload()
    expect(page.get_by_text("资料已准备好")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="保存到这台设备").click()
    assert download.value.suggested_filename == "data.zip"
    assert download.value.path().read_bytes().startswith(b"PK")
    assert phone.faults() == []


def test_desk_code_expires_and_is_made_anew(phone: Phone) -> None:
    phone.page.clock.install()
    phone.sign_in(person(number=3303, phone=phone.fresh_phone()))
    page = phone.open(ACCOUNT)
    page.get_by_role("link", name="给窗口扫的码").click()
    picture = page.get_by_role("img", name="给窗口工作人员扫的二维码")
    expect(picture).to_be_visible()
    expect(page.get_by_text("3分钟内有效，只能扫一次")).to_be_visible()
    former = picture.get_attribute("src")
    page.clock.fast_forward("03:01")
    expect(page.get_by_text("二维码已过期。")).to_be_visible()
    press(page, "换一个新的二维码")
    expect(picture).to_be_visible()
    assert picture.get_attribute("src") != former
    page.clock.resume()
    assert phone.faults() == []


def test_account_is_left_on_a_shared_phone(phone: Phone, service: Service) -> None:
    someone = person(number=3304, phone=phone.fresh_phone())
    phone.sign_in(someone)
    with tables_of(service):
        Account.update(status=FROZEN).execute()
    page = phone.open(ACCOUNT)
    expect(page.get_by_text("冻结不会自动解除")).to_be_visible()
    expect(page.get_by_role("button", name="更换手机号")).to_have_count(0)
    assert phone.faults() == []
    with tables_of(service):
        Account.update(status="active").execute()
    phone.open("pages/account/phone")
    page.get_by_label("新手机号").fill("13800000000")
    phone.open(ACCOUNT)
    press(page, "退出登录")
    assert phone.faults() == []
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("button", name="退出登录")).to_be_visible()
    press(page, "退出，并清除这部手机上填过的内容")
    expect(page.get_by_text("已退出登录。")).to_be_visible()
    expect(other.get_by_text("请先登录您的账号。")).to_be_visible()
    other.close()
    drafts = "Object.keys(localStorage).filter((key) => key.startsWith('draft:'))"
    assert page.evaluate(drafts) == []
    phone.open(ACCOUNT)
    expect(page.get_by_text("请先登录您的账号。")).to_be_visible()
    assert phone.faults() == []


def test_cancellation_asks_again_about_open_matters(phone: Phone, service: Service) -> None:
    someone = person(number=3305, phone=phone.fresh_phone())
    phone.sign_in(someone, level=4, verified_by="face")
    made = system_of(service).call("POST", "/matters", matter_body(person_body(someone)))
    assert made.status_code == 201
    page = phone.open("pages/account/cancellation")
    page.get_by_label("为什么注销（选填）").fill("不用了")
    page.reload()
    expect(page.get_by_label("为什么注销（选填）")).to_have_value("不用了")
    confirm(service, page, someone)
    press(page, "注销账号")
    expect(page.locator("[data-refusal]")).to_contain_text("1项业务未办完")
    assert phone.faults() == []
    account = phone.account(someone)
    assert account.status != CANCELLED
    press(page, "业务不办了，仍要注销")
    expect(page.get_by_role("heading", name="登记注册身份验证")).to_be_visible()
    expect(page.get_by_text("账号已注销")).to_be_visible()
    with tables_of(service):
        assert fresh(account).status == CANCELLED
