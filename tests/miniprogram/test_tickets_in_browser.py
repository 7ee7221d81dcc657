"""Tickets and the service catalogue in a browser."""

from collections.abc import Callable

from playwright.sync_api import FilePayload, Route, expect

from miniprogram_api.catalogue import overrides
from miniprogram_api.staff import windows
from miniprogram_api.staff.windows import WindowForm
from tests.support.admin.staff import member_of
from tests.support.app import Phone
from tests.support.app_ways import fill, press, shown
from tests.support.people.accounts import tables_of
from tests.support.people.persons import person
from tests.support.people.photos import drawn
from tests.support.people.registrations import synced_account
from tests.support.service.service import Service

TICKETS = "pages/tickets/index"


def test_ticket_is_filed_with_pictures_and_withdrawn(phone: Phone) -> None:
    someone = person(number=3501)
    page = phone.open(TICKETS)
    expect(page.get_by_text("您还没有提交过申请。")).to_be_visible()
    press(page, "提交新的申请")
    expect(page.get_by_role("link", name="投诉")).to_be_visible()
    assert phone.faults() == []
    page.get_by_role("link", name="身份信息复核").click()
    press(page, "提交申请")
    expect(shown(page)).to_contain_text("处需要修改")
    # The sentences stand beside the fields alone.
    expect(shown(page)).not_to_contain_text("请填写这一项")
    expect(page.get_by_label("姓名", exact=True)).to_be_focused()
    assert phone.faults() == []
    fill(page, "姓名", someone.name)
    # A field that was filled in is wrong no more.
    expect(page.locator(".field.wrong")).to_have_count(3)
    fill(page, "身份证号", someone.id_number)
    fill(page, "证件有效期起始日期", someone.four_elements["valid_from"])
    press(page, "长期有效")
    expect(page.locator("[data-refusal]")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("身份证号", exact=True)).to_have_value(someone.id_number)
    expect(page.get_by_label("证件有效期结束日期", exact=True)).to_have_value("长期")
    fill(page, "证件有效期结束日期", someone.four_elements["valid_until"])
    page.get_by_label("您所在的区县").select_option(index=1)
    pictures: list[FilePayload] = [
        {"name": f"{side}.png", "mimeType": "image/png", "buffer": drawn(side=side)}
        for side in (40, 41, 42)
    ]
    page.get_by_label("添加照片").set_input_files(pictures)
    press(page, "删除第3张照片")
    expect(page.get_by_text("已选2张，最多6张")).to_be_visible()

    sent = []

    def lose_the_second(route: Route) -> None:
        sent.append(route.request.headers["idempotency-key"])
        if len(sent) == 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/evidence", lose_the_second)
    press(page, "提交申请")
    expect(page.get_by_text("还有1张照片没有提交")).to_be_visible()
    expect(page.get_by_text("已交照片1张")).to_be_visible()
    assert phone.faults() == []
    press(page, "提交这1张照片")
    expect(page.get_by_text("已交照片2张")).to_be_visible()
    assert (len(sent), sent[2]) == (3, sent[1])
    page.reload()
    expect(page.get_by_text("已交照片2张")).to_be_visible()
    expect(page.get_by_text("预计办结时间")).to_be_visible()
    assert someone.id_number not in page.content()

    press(page, "撤回申请")
    press(page, "确定撤回")
    expect(page.get_by_text("已撤回", exact=True)).to_be_visible()
    press(page, "我的全部申请")
    expect(page.get_by_role("button", name="看进度")).to_have_count(1)
    assert phone.faults() == []
    # The district was asked once.
    press(page, "提交新的申请")
    page.get_by_role("link", name="人工咨询").click()
    expect(page.get_by_text("区县：")).to_be_visible()
    fill(page, "请说说情况", "想问问进度")
    press(page, "提交申请")
    expect(page.get_by_text("申请编号")).to_be_visible()
    # A picture that cannot be read does not hold up the next one.
    broken: FilePayload = {"name": "a.gif", "mimeType": "image/gif", "buffer": b"GIF89a"}
    large: FilePayload = {"name": "b.png", "mimeType": "image/png", "buffer": bytes(11 << 20)}
    page.get_by_label("添加照片").set_input_files([broken, large, pictures[0]])
    expect(page.get_by_text("照片太大")).to_be_visible()
    press(page, "提交这2张照片")
    expect(shown(page)).to_contain_text("照片打不开，请用相机重新拍")
    expect(page.get_by_text("已交照片1张")).to_be_visible()
    expect(page.get_by_text("还有1张照片没有提交")).to_be_visible()


def test_activation_goes_along_and_a_dispute_leads_into_wechat(
    phone: Phone, service: Service
) -> None:
    someone = person(number=3502, phone=phone.fresh_phone())
    with tables_of(service):
        synced_account(someone)
    page = phone.open("pages/activation/index")
    fill(page, "身份证号", someone.id_number)
    press(page, "下一步")
    expect(page.get_by_label("短信验证码")).to_be_visible()
    phone.open(TICKETS, kind="activation_phone")
    expect(page.get_by_label("现在用的手机号")).to_be_visible()
    expect(page.get_by_label("身份证号", exact=True)).to_have_count(0)
    fill(page, "现在用的手机号", phone.fresh_phone())
    press(page, "提交申请")
    expect(page.get_by_text("申请编号")).to_be_visible()
    expect(page.get_by_role("heading", name="激活手机号更正")).to_be_visible()

    press(page, "我的全部申请")
    press(page, "提交新的申请")
    page.get_by_role("link", name="冒名注册处理").click()
    fill(page, "姓名", someone.name)
    fill(page, "身份证号", someone.id_number)
    press(page, "提交申请")
    # WeChat shows no ticket of a browser's visitor: the code leads to the form.
    expect(page.get_by_text("在小程序里再提交一次")).to_be_visible()
    expect(page.get_by_role("img", name="用微信扫一扫的二维码")).to_be_visible()
    assert phone.faults() == []
    press(page, "查看窗口")
    expect(page).to_have_title("窗口查询")


def test_service_says_who_handles_it_and_who_verifies(
    make_phone: Callable[..., Phone], service: Service
) -> None:
    local = {
        "online_url": "https://deng.example.gov.cn/qydj",
        "promised": "半个工作日。",
        "note": "三楼企业开办专区。",
    }
    form = WindowForm("海滨窗口", "海滨路1号", "每天 9:00-17:00", "010-00000001", ["海滨区"])
    with tables_of(service):
        operator = member_of("operator")
        windows.add(operator, form)
        overrides.change(operator, "海滨区", "establishment-limited", local)
    phone = make_phone()
    page = phone.open("pages/catalogue/index")
    expect(page.get_by_role("link", name="设立登记")).to_be_visible()
    assert phone.faults() == []
    page.get_by_label("找业务").fill("年检")
    expect(page.get_by_role("link", name="设立登记")).to_have_count(0)
    expect(page.get_by_role("link", name="年度报告公示")).to_be_visible()
    page.get_by_label("找业务").fill("有限公司注册")
    page.get_by_role("link", name="有限责任公司设立").click()
    expect(page.get_by_role("heading", name="谁要验证身份")).to_be_visible()
    expect(page.get_by_text("公司章程")).to_be_visible()
    expect(page.get_by_text("内容核对日期")).to_be_visible()
    district = page.get_by_label("您所在的区县")
    expect(district).to_have_accessible_description("只问这一次，以后不用再选")
    district.select_option("海滨区")
    expect(page.get_by_text("三楼企业开办专区。")).to_be_visible()
    expect(page.get_by_text("承诺时限：半个工作日。")).to_be_visible()
    link = page.get_by_role("link", name="网上办理")
    expect(link).to_have_attribute("href", local["online_url"])
    expect(link).to_have_attribute("rel", "noopener")
    assert phone.faults() == []
    press(page, "去刷脸核验")
    expect(page).to_have_title("刷脸核验")

    verified = make_phone()
    verified.sign_in(person(number=3503), level=4)
    page = verified.open("pages/catalogue/index", item="establishment")
    page.get_by_role("link", name="分公司设立").click()
    press(page, "去业务确认")
    expect(page).to_have_title("业务确认")

    # An address typed over that of an open page, and the step back from it.
    page = phone.open("pages/catalogue/index", item="seal-engraving")
    expect(page.get_by_role("heading", name="公章刻制备案")).to_be_visible()
    phone.open("pages/catalogue/index", item="bank-account")
    expect(page.get_by_role("heading", name="企业银行结算账户")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="公章刻制备案")).to_be_visible()
    page.go_forward()
    expect(page.get_by_text("登记机关不受理")).to_be_visible()
    expect(page.get_by_role("heading", name="谁要验证身份")).to_have_count(0)
    press(page, "问问这项业务")
    expect(page.locator(".own").filter(visible=True)).to_have_text("企业银行结算账户")
    expect(page.get_by_role("button", name="没帮上")).to_be_visible()
