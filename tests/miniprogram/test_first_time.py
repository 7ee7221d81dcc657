"""A first-time user of sixty: large type, a slow network, from opening to level 4."""

from collections import Counter
from datetime import date

from playwright.sync_api import Page, expect

from tests.support.app import Phone
from tests.support.app_ways import FIELDS, VERIFIED, check_face
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD

# A weak mobile network: 50 KB/s and 400 ms.
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SOMEONE = person("王秀英", number=6201, birth=date(1966, 5, 4))


class Walk:
    """Go through the program and count the screens, taps and typed fields."""

    def __init__(self, page: Page) -> None:
        self.page, self.counts = page, Counter[str]()

    def tap(self, name: str, role: str = "button") -> None:
        self.page.get_by_role(role, name=name, exact=True).click()  # type: ignore[arg-type]
        self.counts["taps"] += 1

    def type(self, label: str, value: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        field.fill(value)
        field.blur()
        self.counts["fields"] += 1

    def agree(self) -> None:
        boxes = self.page.get_by_role("checkbox")
        boxes.first.wait_for()
        for box in boxes.all():
            box.check()
            self.counts["taps"] += 1

    def screen(self, sentence: str) -> None:
        expect(self.page.get_by_text(sentence).first).to_be_visible()
        self.counts["screens"] += 1


def test_from_opening_to_level_4(phone: Phone) -> None:
    page = phone.page
    phone.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
    phone.open()
    walk = Walk(page)
    walk.screen("先办好账号")
    walk.tap("大字版")
    walk.tap("注册")

    walk.screen("拍身份证自动填写")
    for field, value in SOMEONE.four_elements.items():
        walk.type(FIELDS[field], value)
    walk.tap("下一步")

    walk.screen("短信验证码")
    walk.type("手机号", SOMEONE.phone)
    walk.tap("获取验证码")
    walk.type("短信验证码", phone.code_for(SOMEONE.phone))
    walk.tap("下一步")

    walk.screen("设一个密码")
    walk.type("设一个密码", PASSWORD)
    walk.agree()
    walk.tap("提交注册")

    walk.screen("注册成功，已经登录")
    walk.tap("去刷脸")

    walk.screen("刷脸之前")
    walk.tap("显示二维码，用微信刷脸")
    walk.tap("用照片核验（仅演示环境）")
    walk.agree()
    walk.tap("开始刷脸")
    check_face(page)
    walk.counts["taps"] += 1
    walk.screen(VERIFIED)
    # WeChat needs four taps less: its face check has no QR code and no picture to choose.
    assert dict(walk.counts) == {"screens": 7, "taps": 14, "fields": 7}
