"""A clerk's sittings in a browser: on a phone and on a tablet."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from miniprogram_api import clock
from miniprogram_api.staff import members as staff
from models.accounts.accounts import Account
from models.desks.staff import StaffMember, StaffSession
from models.desks.tickets import TicketEvidence
from models.second_person import SecondPersonRequest
from tests.support.admin.browser import PHONE, Visit, browsing
from tests.support.admin.clerks import GO_ON, ClerkInBrowser
from tests.support.admin.staff import member_of
from tests.support.people import photos
from tests.support.people.accounts import account_of, fresh, sign_in
from tests.support.people.captures import picture
from tests.support.people.persons import make_phone, person
from tests.support.service.service import Service, data_of

TABLET = (768, 1024)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Visit]:
    with browsing(PHONE) as visit:
        yield visit


@pytest.fixture
def clerk(browser: Visit, desk_service: Service) -> Iterator[ClerkInBrowser]:
    """Sign in a clerk whose browser must make no foreign request and no complaint."""
    working = ClerkInBrowser(browser.page, desk_service)
    working.sign_in(member_of("clerk"))
    browser.asked.clear()
    browser.complaints.clear()
    yield working
    strange = [
        url for url in browser.asked if not url.startswith((desk_service.url, "data:", "blob:"))
    ]
    assert strange == []
    # Browsers report a returned form as a failed resource.
    assert [said for said in browser.complaints if "422" not in said] == []


def test_person_reaches_level_4_in_one_sitting(clerk: ClerkInBrowser) -> None:
    someone, relatives = person("张三丰", number=31), make_phone(90)
    clerk.find(someone.id_number)
    assert someone.id_number not in clerk.page.url
    clerk.open("家属陪同前来")
    expect(clerk.page.locator("[data-act=register]")).to_be_visible()
    number = clerk.register(someone, code_to_relative=relatives, valid_from="2024.06.03")
    assert number == 2
    account = Account.get()
    assert (account.level, account.verified_by, account.phone) == (4, "manual", relatives)
    assert account.phone_verified_by == "sms"
    clerk.page.get_by_role("link", name="查看此人").click()
    expect(clerk.page.get_by_text("经人工核验通过")).to_be_visible()


def test_registration_against_the_source_waits_for_a_second_person(
    clerk: ClerkInBrowser,
) -> None:
    someone = person("张不符", number=34)
    clerk.register(someone, despite_source=True)
    assert clerk.page.evaluate(TOO_WIDE) <= 0
    assert Account.select().count() == 0
    clerk.page.get_by_role("link", name="查看此人").click()
    expect(clerk.page.get_by_text("还没有生效")).to_be_visible()
    assert clerk.page.evaluate(TOO_WIDE) <= 0
    clerk.page.locator("[data-held] a").click()
    expect(clerk.page.get_by_text("要由另一位同事决定")).to_be_visible()

    clerk.sign_in(member_of("centre"))
    clerk.go("/reviews")
    assert clerk.page.evaluate(TOO_WIDE) <= 0
    clerk.decide(approve=True)
    assert clerk.page.evaluate(TOO_WIDE) <= 0
    assert (Account.get().level, Account.get().verified_by) == (4, "manual")


def test_child_is_registered_with_a_guardian_on_a_tablet(clerk: ClerkInBrowser) -> None:
    child, parent = person("张小宝", birth=date(2016, 5, 1), sequence=991), person(number=32)
    clerk.page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})
    clerk.go("/registrations")
    clerk.fill_identity(child)
    assert clerk.page.evaluate(TOO_WIDE) <= 0
    clerk.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    clerk.register(child, guardian=parent, seen=("户口簿", "监护人身份证原件"))
    expect(clerk.page.get_by_text("父亲")).to_be_visible()


def test_manual_verification_is_reviewed_and_revoked(clerk: ClerkInBrowser) -> None:
    someone = person("张三丰", number=33)
    account = account_of(someone)
    clerk.find(someone.id_number)
    clerk.open()
    assert clerk.verify("多次刷脸未通过，核对原件一致") == 2
    assert fresh(account).level == 4
    clerk.sign_in(member_of("clerk"))
    clerk.see_requests(SecondPersonRequest.get().id)
    # No confirmation for an act that will be refused.
    asked: list[str] = []
    note = lambda dialog: asked.append(dialog.message)  # noqa: E731
    clerk.page.on("dialog", note)
    clerk.page.get_by_role("button", name="撤销", exact=True).click()
    expect(clerk.page.get_by_text("请选择一个理由").first).to_be_visible()
    assert asked == []
    clerk.page.remove_listener("dialog", note)
    clerk.review(confirm=False, reason="照片与本人不符")
    assert fresh(account).level == 3
    assert SecondPersonRequest.get().state == "denied"


def test_ticket_with_a_picture_takes_three_clicks(clerk: ClerkInBrowser, tmp_path: Path) -> None:
    someone = person("张三丰", number=34)
    account_of(someone)
    picture = tmp_path / "card.jpg"
    picture.write_bytes(photos.portrait())
    clerk.find(someone.id_number)
    clerk.open()
    ticket = clerk.file_ticket("phone_change", picture, phone=make_phone(91))
    assert TicketEvidence.get().ticket.number == ticket
    assert TicketEvidence.select().count() == 1
    assert clerk.page.evaluate(TOO_WIDE) <= 0


def test_user_tickets_are_answered_forwarded_and_an_account_frozen(
    clerk: ClerkInBrowser, desk_service: Service
) -> None:
    someone = person("张三丰", number=37)
    account = account_of(someone)
    token = sign_in(desk_service, someone)
    other = {"kind": "other", "description": "窗口几点开门"}
    again = {"kind": "re_registration", "description": "用了旧证日期"}
    stolen = {"kind": "identity_dispute", "name": someone.name, "id_number": someone.id_number}
    tickets = [
        data_of(desk_service.post("/tickets", json=asked, token=token), 201)["id"]
        for asked in (other, again, stolen)
    ]
    clerk.answer(tickets[0], "工作日九点开门")
    clerk.hand_over(tickets[1], "请更正")
    clerk.freeze(tickets[2], "来人持原件，与账号持有人不是同一人")
    assert fresh(account).status == "frozen"
    seen = data_of(desk_service.get("/tickets", token=token))["tickets"]
    states = {ticket["id"]: ticket["state"] for ticket in seen}
    assert [states[ticket] for ticket in tickets] == ["resolved", "with_centre", "with_centre"]


def test_typed_text_survives_an_expired_session(
    clerk: ClerkInBrowser, desk_service: Service
) -> None:
    someone, page = person(number=36), clerk.page
    clerk.go("/registrations")
    clerk.fill_identity(someone)
    with page.expect_response(lambda answer: answer.status == 204):
        page.locator("#f-phone").type(someone.phone)
    member = StaffMember.select().order_by(StaffMember.id.desc()).get()
    StaffSession.delete().execute()
    page.locator(GO_ON).click()
    expect(page.get_by_label("用户名")).to_be_visible()
    clerk.sign_in(staff.of_row(member))
    clerk.go()
    page.get_by_role("link", name="张*").click()
    expect(page.locator("#f-name")).to_have_value(someone.name)
    page.locator(GO_ON).click()
    expect(page.locator("#f-phone")).to_have_value(someone.phone)


def test_keyboard_alone_is_enough(clerk: ClerkInBrowser) -> None:
    """Enter submits from every field, and two quick clicks count once."""
    someone = person(number=35)
    page = clerk.page
    clerk.go()
    page.keyboard.type(someone.id_number)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="代为注册并核验").press("Enter")
    expect(page.locator("#f-name")).to_be_focused()
    page.keyboard.type(someone.name)
    page.locator("#f-valid_from").fill(someone.four_elements["valid_from"])
    page.locator("#f-valid_until").fill(someone.four_elements["valid_until"])
    page.keyboard.press("Enter")
    expect(page.locator("#f-phone")).to_be_focused()
    page.keyboard.type(someone.phone)
    page.locator("input[name=consent_signed]").press("Space")
    page.keyboard.press("Enter")
    file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.locator("#f-photo").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_label("居民身份证原件", exact=True).press("Space")
    page.locator("#f-reason").fill("本人没有智能手机")
    page.locator("main button.btn-primary").dblclick()
    page.get_by_label("不办理", exact=True).press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("[data-done]")).to_be_visible()
    assert SecondPersonRequest.select().count() == 1


def test_answer_no_is_recorded_after_a_day_too_late(clerk: ClerkInBrowser) -> None:
    someone = person(number=33)
    account_of(someone, level=4, verified_by="face")
    clerk.find(someone.id_number)
    clerk.page.get_by_role("link", name="办理授权").click()
    clerk.page.get_by_label("居民身份证原件", exact=True).check()
    clerk.page.get_by_label("办理", exact=True).check()
    clerk.page.locator("#f-until").fill("2099-01-01")
    clerk.authorise(None)
    expect(clerk.page.get_by_text("本人的回答已记入台账")).to_be_visible()


def test_question_about_the_switch_is_whole_after_going_back(clerk: ClerkInBrowser) -> None:
    someone = person(number=34)
    account_of(someone, level=4, verified_by="face")
    clerk.find(someone.id_number)
    clerk.page.get_by_role("link", name="办理授权").click()
    expect(clerk.page.locator("#f-until")).to_be_hidden()
    clerk.page.get_by_label("居民身份证原件", exact=True).check()
    clerk.authorise(clock.today())
    expect(clerk.page.get_by_text("本人的回答已记入台账")).to_be_visible()
    clerk.page.go_back()
    expect(clerk.page.get_by_label("办理", exact=True)).to_be_checked()
    expect(clerk.page.locator("#f-until")).to_be_visible()


def test_names_are_checked_on_any_screen(clerk: ClerkInBrowser) -> None:
    page = clerk.page
    for width in (PHONE[0], 1366):
        page.set_viewport_size({"width": width, "height": PHONE[1]})
        clerk.go("/names")
        page.get_by_label("住所所在地").fill("浙江省杭州市西湖区")
        names = "杭州 绿 餐饮 有限公司\n杭州青山绿水餐饮有限公司"
        page.get_by_label("名称（最多五个，一行一个）").fill(names)
        page.get_by_role("button", name="查一查").click()
        refused = page.get_by_role("region", name="杭州绿餐饮有限公司")
        expect(refused).to_contain_text("这样写不能用")
        expect(page.get_by_role("region").first).to_have_accessible_name("杭州青山绿水餐饮有限公司")
        expect(page.get_by_text("仅供参考，不是名称预留")).to_be_visible()
        assert page.evaluate(TOO_WIDE) <= 0
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
