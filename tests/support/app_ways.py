"""The ways of a person through the mini program, as taps and typed values."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from tests.support.app import Phone
from tests.support.people.persons import Person
from tests.support.people.registrations import PASSWORD

REGISTER = "pages/register/index"
FIELDS = {
    "name": "姓名",
    "id_number": "身份证号",
    "valid_from": "证件有效期起始日期",
    "valid_until": "证件有效期结束日期",
}
VERIFIED = "您已通过核验，是四级实名"
PORTRAIT = Path(__file__).parents[1] / "data" / "portrait.jpg"


def press(page: Page, name: str) -> None:
    """Tap the button of this name; one that is folded is unfolded first."""
    button = page.get_by_role("button", name=name, exact=True)
    folded = page.get_by_role("button", name="其他办法", expanded=False)
    button.or_(folded).filter(visible=True).first.wait_for()
    if not button.count():
        folded.filter(visible=True).last.click()
    button.click()


def follow(page: Page, name: str) -> None:
    """Follow the link whose text begins with this."""
    page.get_by_role("link", name=name).first.click()


def fill(page: Page, label: str, value: str) -> None:
    """Type into the field of this label and leave it."""
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.blur()


def shown(page: Page) -> Locator:
    """Return the card of the refusal that the page shows."""
    return page.locator("[data-refusal]").filter(visible=True).last


def ask(page: Page, question: str) -> None:
    """Ask the bot this on its page."""
    box = page.get_by_role("combobox", name="您的问题")
    box.fill(question)
    box.press("Enter")


def sign_in(page: Page, login: str, password: str) -> None:
    """Fill in the page of signing in and send it."""
    fill(page, "身份证号、手机号或登录账号", login)
    fill(page, "密码", password)
    press(page, "登录")


def fill_elements(page: Page, someone: Person, **changes: str) -> None:
    """Type the four elements, with these ``changes``."""
    for field, value in {**someone.four_elements, **changes}.items():
        fill(page, FIELDS[field], value)


def prove_phone(phone: Phone, number: str, label: str = "手机号") -> None:
    """Type the number into the field of this label, send for its code and type it."""
    page = phone.page
    fill(page, label, number)
    press(page, "获取验证码")
    fill(page, "短信验证码", phone.code_for(number))


def agree(page: Page) -> None:
    """Tick all boxes of the consent."""
    boxes = page.get_by_role("checkbox")
    boxes.first.wait_for()
    for box in boxes.all():
        box.check()


def finish(page: Page, button: str = "提交注册", password: str = PASSWORD) -> None:
    """Fill in the last step of a registration or an activation and send it."""
    fill(page, "设一个密码", password)
    agree(page)
    press(page, button)


def register(phone: Phone, someone: Person, number: str | None = None) -> Page:
    """Go through all steps of registering to their end, with this number as the phone's."""
    page = phone.open(REGISTER)
    fill_elements(page, someone)
    press(page, "下一步")
    prove_phone(phone, number or someone.phone)
    press(page, "下一步")
    finish(page)
    return page


def check_face(page: Page) -> None:
    """Take the picture by which the sandbox checks a face."""
    with page.expect_file_chooser() as chooser:
        page.get_by_text("拍照或选照片").click()
    chooser.value.set_files(PORTRAIT)


def choose_picture(page: Page) -> None:
    """Take a picture instead of WeChat's face check."""
    press(page, "用照片核验（仅演示环境）")


def begin_face_check(page: Page) -> None:
    """Go from the page of the face check to its picture."""
    choose_picture(page)
    agree(page)
    press(page, "开始刷脸")


def envelope(code: str, message: str = "", **data: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "data": data, "help": None, "request_id": "test"}


def answer_once(page: Page, path: str, status: int, content: dict[str, Any]) -> None:
    """Answer the next call of this path in the service's place."""
    address = f"**/api/v1/{path}"
    page.route(address, lambda route: route.fulfill(status=status, json=content), times=1)
