"""No dead end: other documents, WeChat from a phone's browser, unknown addresses, one refusal."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.app import Phone
from tests.support.app_ways import REGISTER, VERIFIED, fill, press, shown, sign_in
from tests.support.people.accounts import phone_proof
from tests.support.people.faces import CONSENT
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD
from tests.support.service.service import data_of

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; V2314A) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/124.0.0.0 Mobile Safari/537.36"
)
HOME_TITLE = "登记注册身份验证"


def test_other_documents_are_led_to_a_window(phone: Phone) -> None:
    page = phone.open(REGISTER)
    document = page.get_by_label("您用哪种证件")
    expect(document.locator("option:checked")).to_have_text("居民身份证")
    document.select_option("港澳台居民居住证")
    expect(page.get_by_text("有效期是5年")).to_be_visible()
    document.select_option("护照、通行证等其他证件")
    expect(page.get_by_label("身份证号", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="下一步")).to_have_count(0)
    assert phone.faults() == []
    press(page, "看去哪里、带什么")
    expect(page).to_have_title("其他证件怎么办")
    expect(page.get_by_text("护照原件，要在有效期内。")).to_be_visible()
    expect(page.get_by_role("heading", name="到了窗口")).to_be_visible()
    expect(page.get_by_text("工作日 9:00").first).to_be_visible()
    page.get_by_label("您要用的是").select_option("本人未满14周岁")
    expect(page.get_by_text("监护关系证明")).to_be_visible()
    page.get_by_label("您要用的是").select_option("人在国外、境外，来不了")
    expect(page.get_by_text("公证文件")).to_be_visible()
    expect(page.get_by_role("heading", name="到了窗口")).to_have_count(0)
    assert phone.faults() == []


def test_browser_of_a_phone_opens_wechat(make_phone: Callable[..., Phone]) -> None:
    phone = make_phone(user_agent=ANDROID)
    someone = person(number=6301)
    phone.sign_in(someone)
    with phone.page.expect_response("**/handovers") as issued:
        page = phone.open("pages/face/index")
    link = page.get_by_role("link", name="打开微信刷脸")
    answer = issued.value.json()["data"]
    assert answer["link"]
    expect(link).to_have_attribute("href", answer["link"])
    expect(page.get_by_role("img", name="用微信扫一扫的二维码")).to_have_count(0)
    press(page, "用另一台手机扫码")
    expect(page.get_by_role("img", name="用微信扫一扫的二维码")).to_be_visible()
    assert phone.faults() == []
    # WeChat opens in a page of its own; this one waits for the result.
    with phone.context.expect_page() as opened:
        link.click()
    expect(opened.value.get_by_text("pages/handover/index")).to_be_visible()
    opened.value.close()
    service, wechat = phone.service, phone.service.wechat_login("wang")
    proof = phone_proof(service, wechat, someone.phone)
    body = {**CONSENT, "phone_proof": proof}
    begun = data_of(service.post(f"/handovers/{answer['code']}", json=body, token=wechat))
    sent = {"challenge_id": begun["challenge"]["challenge_id"]}
    data_of(service.post("/face-verifications", json=sent, token=wechat))
    expect(page.get_by_text(VERIFIED)).to_be_visible()


def test_unknown_address_is_a_page_with_a_way_home(phone: Phone) -> None:
    page = phone.open("pages/old/link")
    expect(page).to_have_title("没有这个页面")
    assert phone.faults() == []
    press(page, "回首页")
    expect(page).to_have_title(HOME_TITLE)
    page.evaluate("location.hash = '#/pages/typed/wrong'")
    expect(page).to_have_title("没有这个页面")


def test_refusal_of_a_dead_session_is_gone_after_signing_in(phone: Phone) -> None:
    someone = person(number=6302, phone=phone.fresh_phone())
    token = phone.sign_in(someone, level=4, verified_by="face")
    page = phone.open("pages/tickets/index", kind="complaint")
    fill(page, "请说说情况", "窗口让我跑了三趟。")
    data_of(phone.service.delete("/sessions/current", token=token))
    press(page, "提交申请")
    expect(shown(page)).to_contain_text("登录")
    press(page, "登录")
    sign_in(page, someone.id_number, PASSWORD)
    expect(page.get_by_label("请说说情况")).to_have_value("窗口让我跑了三趟。")
    expect(page.locator("[data-refusal]").filter(visible=True)).to_have_count(0)


def test_of_two_refusals_the_newest_is_shown(phone: Phone) -> None:
    page = phone.open("pages/password-reset/index")
    fill(page, "身份证号、手机号或登录账号", person(number=6303).id_number)
    fill(page, "登记的手机号", "13800130009")
    press(page, "获取验证码")
    refusals = page.locator("[data-refusal]")
    expect(refusals).to_have_count(1)
    first = refusals.inner_text()
    fill(page, "短信验证码", "123456")
    press(page, "下一步")
    expect(refusals).not_to_have_text(first)
    expect(refusals).to_have_count(1)
    # The sentence alone is read out at once.
    expect(refusals.get_by_role("alert").get_by_role("button")).to_have_count(0)
