"""A clerk at the counter in a real browser: one method for each act.

    with browsing(PHONE) as visit:
        clerk = ClerkInBrowser(visit.page, service)
        clerk.sign_in(member)                  # a member of staff from tests.support.admin.staff
        clerk.find(someone.id_number)          # the person's page, masked
        clerk.open("本人到窗口办理")             # a preset reason, or any text
        clerk.verify("多次刷脸未通过")           # level 4 at once; returns the number of the line
        clerk.sign_in(second)
        clerk.review(confirm=False, reason="照片与本人不符")

Each method begins where the previous one ended and fails the test when a page is not as expected.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Dialog, Page, expect

from handlers.admin.frame.access import COOKIE
from miniprogram_api.staff.members import StaffMember
from tests.support.admin.staff import token_of
from tests.support.people.captures import picture
from tests.support.people.persons import Person
from tests.support.service.service import Service

GO_ON = "main button.btn-primary"


class ClerkInBrowser:
    """Drive the pages under /admin/window; confirmation dialogs are accepted."""

    def __init__(self, page: Page, service: Service) -> None:
        self.authorised_until: date | None = None
        """What the person answers at the end of a sitting: until this day, or no."""
        self.page, self._service = page, service
        page.on("dialog", _say_yes)

    def sign_in(self, member: StaffMember) -> None:
        """Sign in as this member, whose models must be bound (``tables_of``)."""
        self.page.context.clear_cookies()
        cookie = {"name": COOKIE, "value": token_of(member), "url": self._service.url}
        self.page.context.add_cookies([cookie | {"sameSite": "Strict", "httpOnly": True}])

    def go(self, path: str = "") -> None:
        """Open a page below /admin/window."""
        self.page.goto(f"{self._service.url}/admin/window{path}")

    def see_requests(self, request_id: int | None = None) -> None:
        """Open the list of what waits for a second person, or one of it."""
        one = "" if request_id is None else f"/{request_id}"
        self.page.goto(f"{self._service.url}/admin/second-person{one}")

    def find(self, id_number: str) -> None:
        """Search a person and end on the masked page."""
        self.go()
        self.page.get_by_label("群众的身份证号码").fill(id_number)
        self.page.get_by_role("button", name="查找").click()
        expect(self.page.locator("[data-person=masked]")).to_be_visible()

    def open(self, reason: str = "本人到窗口办理") -> None:
        """Unmask the person found, for a preset reason or any text."""
        if reason == "本人到窗口办理" and self.page.get_by_text("查询原因：").count():
            # Chosen beforehand when searching.
            self.page.get_by_role("button", name="查看完整信息").click()
            expect(self.page.locator("[data-person=opened]")).to_be_visible()
            return
        other = self.page.get_by_text("换一个原因")
        if other.count():
            other.click()
        preset = self.page.get_by_role("button", name=reason, exact=True)
        if preset.count():
            preset.click()
        else:
            self.page.get_by_label("其他原因").fill(reason)
            self.page.get_by_role("button", name="查看", exact=True).click()
        expect(self.page.locator("[data-person=opened]")).to_be_visible()

    def verify(self, reason: str, seen: tuple[str, ...] = ("居民身份证原件",)) -> int:
        """Verify the unmasked person on site and return the number of the ledger line."""
        self.page.locator("[data-act=verify]").click()
        return self.see_papers(reason, seen)

    def register(
        self,
        someone: Person,
        *,
        reason: str = "本人没有智能手机",
        seen: tuple[str, ...] = ("居民身份证原件",),
        code_to_relative: str | None = None,
        guardian: Person | None = None,
        despite_source: bool = False,
        **typed: str,
    ) -> int:
        """Register a person up to level 4 and return the number of the ledger line.

        ``typed``: elements typed differently from the card. ``code_to_relative``: the phone is a
        relative's and gets a code, else it is verified manually. ``despite_source``: the clerk goes
        by the card although the source says no, and a second person has to approve.
        """
        self.go("/registrations")
        self.fill_identity(someone, **typed)
        self.fill_contact(code_to_relative or someone.phone, guardian, bool(code_to_relative))
        if despite_source:
            self._fill_papers(reason, seen)
            self.page.locator(GO_ON).click()
            self.page.get_by_label("以证件原件为准").check()
            self.page.locator(GO_ON).click()
            expect(self.page.locator("[data-held]")).to_be_visible()
            return self._number()
        if guardian is not None:
            # Without a photographed proof of guardianship a second person decides.
            self._fill_papers(reason, seen)
            self.page.locator(GO_ON).click()
            expect(self.page.locator("[data-held]")).to_be_visible()
            return self._number()
        return self.see_papers(reason, seen)

    def fill_identity(self, someone: Person, **typed: str) -> None:
        """Complete the first step of a registration and confirm its warnings."""
        for name, value in {**someone.four_elements, **typed}.items():
            # The number of the search need not be typed again.
            if self.page.locator(f"#f-{name}").input_value() != value:
                self.page.locator(f"#f-{name}").fill(value)
        self.page.locator(GO_ON).click()
        warnings = self.page.locator("input[type=checkbox][name=confirmed]")
        if warnings.count():
            for warning in warnings.all():
                warning.check()
            self.page.locator(GO_ON).click()
        expect(self.page).to_have_url(re.compile("/contact$"))

    def fill_contact(
        self, phone: str | None, guardian: Person | None = None, code: bool = False
    ) -> None:
        """Complete the second step; ``code``: the phone is a relative's and gets a code."""
        page = self.page
        if phone is None:
            page.get_by_label("不登记手机号").check()
            expect(page.locator("#f-phone")).to_be_hidden()
        else:
            page.locator("#f-phone").fill(phone)
        if phone is not None and code:
            page.get_by_label("亲属的").check()
            page.get_by_label("短信验证码", exact=False).first.check()
            page.get_by_role("button", name="发送验证码").click()
            expect(page.get_by_text("验证码已发出")).to_be_visible()
            page.locator("#f-sms_code").fill(self._service.sandbox.last_code(phone))
        if guardian is not None:
            page.get_by_label("监护人姓名").fill(guardian.name)
            page.get_by_label("监护人身份证号码").fill(guardian.id_number)
            elements = guardian.four_elements
            page.get_by_label("监护人证件有效期起").fill(elements["valid_from"])
            page.get_by_label("监护人证件有效期止").fill(elements["valid_until"])
        page.locator("input[name=consent_signed]").check()
        page.locator(GO_ON).click()
        expect(page).to_have_url(re.compile("/verification$"))

    def file_ticket(self, kind: str, picture: Path | None = None, **fields: Any) -> str:
        """File a ticket of the unmasked person to the centre and return its number.

        ``fields`` replace prefilled values; ``picture`` is a photo taken at the counter.
        """
        self.page.locator(f"[data-act={kind}]").click()
        for name, value in fields.items():
            self.page.locator(f"#f-{name}").fill(value)
        self.page.locator(GO_ON).click()
        card = self.page.locator("[data-ticket]")
        expect(card).to_be_visible()
        if picture is not None:
            # The page's script sends a chosen picture.
            self.page.wait_for_load_state()
            self.page.locator("#f-image").set_input_files(picture)
            expect(self.page.get_by_text("照片已保存")).to_be_visible()
        return card.get_attribute("data-ticket") or ""

    def hand_over(self, ticket: str, reason: str) -> None:
        """Forward an unclaimed ticket of a person to the centre."""
        self.go(f"/tickets/{ticket}")
        self.page.get_by_label("报送的原因").fill(reason)
        self.page.get_by_role("button", name="报送", exact=True).click()
        expect(self.page.get_by_text("已报送省局信息中心")).to_be_visible()

    def freeze(self, ticket: str, reason: str, seen: tuple[str, ...] = ("居民身份证原件",)) -> None:
        """Record on an identity dispute that the card was checked, which freezes the account."""
        self.go(f"/tickets/{ticket}")
        self._fill_papers(reason, seen)
        self.page.get_by_role("button", name="核对无误，冻结账号").click()
        expect(self.page.get_by_text("账号已冻结").first).to_be_visible()

    def answer(self, ticket: str, words: str, *, solved: bool = True) -> None:
        """Claim a person's ticket and end it with this answer."""
        self.go(f"/tickets/{ticket}")
        self.page.get_by_role("button", name="领取工单").click()
        self.page.get_by_label("已解决" if solved else "不能办理").check()
        self.page.get_by_label("给本人的答复").fill(words)
        self.page.get_by_role("button", name="办结", exact=True).click()
        expect(self.page.get_by_text("工单已办结")).to_be_visible()

    def review(self, *, confirm: bool, reason: str = "", verification: int | None = None) -> None:
        """Decide the manual verification that is due first, or the one with this id."""
        if verification is None:
            self.go("/reviews")
            self.page.locator("table a").first.click()
        else:
            self.go(f"/reviews/{verification}")
        self._give_reason(reason, denied=not confirm)
        name = "复核通过" if confirm else "撤销"
        self.page.get_by_role("button", name=name, exact=True).click()
        said = "复核通过，已记入台账" if confirm else "已撤销，账号退回3级"
        expect(self.page.get_by_text(said)).to_be_visible()

    def decide(self, *, approve: bool, reason: str = "") -> None:
        """Decide about the verification that is held and due first."""
        self.go("/reviews")
        self.page.locator("tr", has_text="未生效").first.get_by_role("link").click()
        self._give_reason(reason, denied=not approve)
        name = "同意，核验生效" if approve else "不同意"
        self.page.get_by_role("button", name=name, exact=True).click()
        said = "已同意，核验生效" if approve else "没有同意，核验不生效"
        expect(self.page.get_by_text(said)).to_be_visible()

    def _give_reason(self, reason: str, *, denied: bool) -> None:
        if denied:
            self.page.get_by_label("不同意或撤销的理由").select_option("not_same_person")
        self.page.get_by_label("给本人的话").fill(reason)

    def see_papers(self, reason: str, seen: tuple[str, ...] = ("居民身份证原件",)) -> int:
        """Complete the last steps of a sitting and return the number of its ledger line."""
        self._fill_papers(reason, seen)
        self.page.locator(GO_ON).click()
        return self._done()

    def _fill_papers(self, reason: str, seen: tuple[str, ...]) -> None:
        for paper in seen:
            self.page.get_by_label(paper, exact=True).check()
        photo = self.page.locator("#f-photo")
        if photo.count():
            file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture()}
            photo.set_input_files(file)  # type: ignore[arg-type]
        self.page.locator("#f-reason").fill(reason)

    def authorise(self, until: date | None) -> None:
        """Record the person's answer to 是否办理工商登记注册."""
        ask = self.page.locator("[data-ask=authorization]")
        self.page.wait_for_load_state("load")
        ask.get_by_label("不办理" if until is None else "办理", exact=True).check()
        if until is not None:
            ask.locator("#f-until").fill(until.isoformat())
        ask.locator("button.btn-primary").click()

    def _done(self) -> int:
        expect(self.page.locator("[data-ask=authorization]")).to_be_visible()
        self.authorise(self.authorised_until)
        return self._number()

    def _number(self) -> int:
        done = self.page.locator("[data-done]")
        expect(done).to_be_visible()
        number = done.locator(".datagrid-item", has_text="台账编号").locator(".datagrid-content")
        return int(number.inner_text())


def _say_yes(dialog: Dialog) -> None:
    dialog.accept()
