"""The sixteen problem cases: met in the program, their help read, their way out taken."""

from datetime import date

from playwright.sync_api import Page, expect

from tests.support.app import Phone
from tests.support.app_ways import (
    FIELDS,
    REGISTER,
    VERIFIED,
    ask,
    begin_face_check,
    check_face,
    fill,
    fill_elements,
    finish,
    press,
    prove_phone,
    register,
    shown,
    sign_in,
)
from tests.support.people.accounts import tables_of
from tests.support.people.persons import Person, make_phone, person
from tests.support.people.registrations import PASSWORD, synced_account
from tests.support.service.service import Service


def reads(page: Page, *sentences: str) -> None:
    """Check what the card of the refusal says, and its folded steps and way to the bot."""
    card = shown(page)
    for sentence in sentences:
        expect(card).to_contain_text(sentence)
    fold = card.get_by_role("button", name="其他办法", expanded=False)
    if fold.count():
        fold.click()
        expect(card.get_by_role("listitem").first).to_be_visible()
    expect(card.get_by_role("button", name="问问看")).to_be_visible()


def begin_activation(phone: Phone, number: int) -> tuple[Page, Person]:
    """Type the ID number of a person of the older system."""
    someone = person(number=number)
    with tables_of(phone.service):
        synced_account(someone)
    page = phone.open("pages/activation/index")
    fill(page, "身份证号", someone.id_number)
    press(page, "下一步")
    return page, someone


def test_case_1_sms_is_not_received(phone: Phone, service: Service) -> None:
    page = phone.open(REGISTER)
    fill_elements(page, person(number=6101))
    press(page, "下一步")
    fill(page, "手机号", "13800130009")
    press(page, "获取验证码")
    reads(page, "短信")
    press(page, "申请核实手机号")
    expect(page).to_have_title("我的申请")
    expect(page.get_by_role("heading", name="手机号人工核实")).to_be_visible()


def test_case_2_number_range_is_not_supported(phone: Phone) -> None:
    someone = person(number=6102)
    page = phone.open(REGISTER)
    fill_elements(page, someone)
    press(page, "下一步")
    fill(page, "手机号", "19900136102")
    press(page, "获取验证码")
    reads(page, "199")
    prove_phone(phone, someone.phone)
    press(page, "下一步")
    finish(page)
    expect(page.get_by_text("注册成功，已经登录")).to_be_visible()


def test_case_3_user_is_not_found(phone: Phone) -> None:
    page = phone.open("pages/sign-in/index")
    sign_in(page, person(number=6103).id_number, PASSWORD)
    reads(page, "账号")
    press(page, "去注册")
    expect(page).to_have_title("注册")


def test_case_4_data_are_missing(phone: Phone) -> None:
    wrong = person("王秀英不符", number=6104)
    page = register(phone, wrong)
    reads(page, "核验数据缺失")
    fill(page, "姓名", "王秀英")
    press(page, "提交注册")
    expect(page.get_by_text("注册成功，已经登录")).to_be_visible()


def test_case_5_too_many_codes(phone: Phone) -> None:
    someone = person(number=6105)
    page = phone.open(REGISTER)
    fill_elements(page, someone)
    press(page, "下一步")
    fill(page, "手机号", someone.phone)
    press(page, "获取验证码")
    code = phone.code_for(someone.phone)
    # A request that the reload cut off is asked again, not refused.
    expect(page.get_by_text("10分钟内有效")).to_be_visible()
    page.reload()
    press(page, "获取验证码")
    reads(page, "秒后可再试")
    fill(page, "短信验证码", code)
    press(page, "下一步")
    finish(page)
    expect(page.get_by_text("注册成功，已经登录")).to_be_visible()


def test_cases_6_and_7_the_phone_of_a_relative(phone: Phone) -> None:
    page = phone.open("pages/chat/index")
    ask(page, "手机号机主必须和身份证一致吗")
    expect(page.get_by_role("heading", name="手机号机主是否须与身份证一致")).to_be_visible()
    ask(page, "没有智能手机怎么注册")
    press(page, "查看窗口")
    expect(page).to_have_title("窗口查询")
    page = register(phone, person(number=6106), number=make_phone(6206))
    expect(page.get_by_text("注册成功，已经登录")).to_be_visible()


def test_case_8_password_is_still_wrong(phone: Phone, service: Service) -> None:
    someone = person(number=6108)
    phone.sign_in(someone)
    page = phone.open("pages/sign-in/index")
    phone.page.evaluate("localStorage.clear()")
    page.reload()
    sign_in(page, someone.id_number, "falsch2026")
    reads(page, "密码")
    press(page, "再次重置密码")
    fill(page, "身份证号、手机号或登录账号", someone.id_number)
    prove_phone(phone, someone.phone, "登记的手机号")
    press(page, "下一步")
    fill(page, "新密码", "neu-und-gut-2026")
    press(page, "保存新密码")
    expect(page.get_by_text("新密码已经设好")).to_be_visible()


def test_case_9_activation(phone: Phone, service: Service) -> None:
    someone = person(number=6109)
    with tables_of(service):
        synced_account(someone)
    page = phone.open("pages/sign-in/index")
    sign_in(page, someone.id_number, PASSWORD)
    reads(page, "激活")
    press(page, "去激活")
    activate(phone, someone.phone)
    expect(page.get_by_text("激活成功，已经登录")).to_be_visible()


def activate(phone: Phone, number: str) -> None:
    page = phone.page
    press(page, "下一步")
    prove_phone(phone, number, f"登记的手机号（尾号{number[-2:]}）")
    press(page, "下一步")
    finish(page, "完成激活")


def test_case_10_many_failures(phone: Phone) -> None:
    page = register(phone, person("王秀英不符", number=6110))
    for _ in range(5):
        reads(page, "核验数据缺失")
        with page.expect_response("**/registrations"):
            press(page, "提交注册")
    reads(page, "窗口")
    press(page, "申请人工核验")
    expect(page).to_have_title("我的申请")


def test_case_11_network_fails_while_activating(phone: Phone, service: Service) -> None:
    page, someone = begin_activation(phone, 6111)
    fill(page, f"登记的手机号（尾号{someone.phone[-2:]}）", someone.phone)
    service.sandbox.fault("sms", "error")
    press(page, "获取验证码")
    reads(page, "激活短信暂时发不出，不是您的网络问题")
    press(page, "重试激活")
    fill(page, "短信验证码", phone.code_for(someone.phone))
    press(page, "下一步")
    expect(page.get_by_label("设一个密码", exact=True)).to_be_visible()


def test_case_12_face_check_fails(phone: Phone) -> None:
    someone = person("王秀英脸忙", number=6112)
    phone.sign_in(someone)
    page = phone.open("pages/face/index")
    begin_face_check(page)
    check_face(page)
    reads(page, "系统")
    press(page, "改用网证")
    fill(page, "网证凭证", f"ctid-ok-{someone.id_number}")
    press(page, "提交网证")
    expect(page.get_by_text(VERIFIED)).to_be_visible()


def test_case_13_dot_of_a_name(phone: Phone) -> None:
    someone = person("阿依古丽·买买提", number=6113)
    page = phone.open(REGISTER)
    name = page.get_by_label("姓名", exact=True)
    name.fill("阿依古丽")
    press(page, "加点“·”")
    name.press_sequentially("买买提")
    expect(name).to_have_value(someone.name)
    fill_elements(page, someone, name="阿依古丽 买买提")
    press(page, "下一步")
    press(page, f"改为“{someone.name}”")
    press(page, "下一步")
    prove_phone(phone, someone.phone)
    press(page, "下一步")
    finish(page)
    expect(page.get_by_text("注册成功，已经登录")).to_be_visible()


def test_case_14_long_term_card(phone: Phone) -> None:
    someone = person("王建国不符", number=6114, birth=date(1970, 5, 4))
    page = phone.open(REGISTER)
    for field in ("name", "id_number", "valid_from"):
        fill(page, FIELDS[field], someone.four_elements[field])
    press(page, "长期有效")
    press(page, "下一步")
    prove_phone(phone, someone.phone)
    press(page, "下一步")
    finish(page)
    reads(page, "长期")
    fill(page, "姓名", "王建国")
    press(page, "提交注册")
    expect(page.get_by_text("注册成功，已经登录")).to_be_visible()


def test_case_15_phone_on_record_is_wrong(phone: Phone, service: Service) -> None:
    page, someone = begin_activation(phone, 6115)
    fill(page, f"登记的手机号（尾号{someone.phone[-2:]}）", make_phone(6215))
    press(page, "获取验证码")
    reads(page, "手机号")
    press(page, "申请更正登记的手机号")
    expect(page).to_have_title("我的申请")
    expect(page.get_by_role("button", name="提交申请")).to_be_visible()


def test_case_16_dates_of_the_old_card(phone: Phone) -> None:
    someone = person("王秀英旧证", number=6116)
    phone.sign_in(someone)
    page = phone.open("pages/face/index")
    begin_face_check(page)
    check_face(page)
    reads(page, "旧证")
    press(page, "改正证件有效期")
    fill(page, "证件有效期起始日期", "2024-09-01")
    fill(page, "证件有效期结束日期", "2044-09-01")
    press(page, "获取验证码")
    fill(page, "短信验证码", phone.code_for(someone.phone))
    press(page, "核对并改正")
    expect(page.get_by_text("有效期已改正。")).to_be_visible()
