"""At the desk, in a browser of 820 x 1180: an elderly person at another county's window, a minor,
a foreign card, a person abroad by a notary, and printing.
"""

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models.accounts.accounts import Account
from models.desks.ledger import LedgerDetail, LedgerLine
from models.matters.matters import Line, Matter
from tests.support.admin.browser import browsing
from tests.support.admin.clerks import ClerkInBrowser
from tests.support.admin.staff import member_of, window_of
from tests.support.matters.matters import PEOPLE, verified
from tests.support.people import photos
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.persons import person
from tests.support.service.service import Service

OLD = person("王奶奶", birth=date(1940, 3, 1), sequence=992)
CHILD = person("张小宝", birth=date(2014, 5, 1), sequence=991)
PARENT = PEOPLE[0]
STROKES = (((0.1, 0.3), (0.5, 0.25)), ((0.3, 0.1), (0.25, 0.9)), ((0.6, 0.2), (0.9, 0.8)))
FOREIGN_CARD, PASSPORT = "CAN110019900101", "E12345678"


@pytest.fixture
def clerk(service: Service) -> Iterator[ClerkInBrowser]:
    with tables_of(service), browsing((820, 1180)) as visit:
        yield ClerkInBrowser(visit.page, service)
        assert [said for said in visit.complaints if "422" not in said] == []


def look(page: Page, name: str) -> None:
    """Keep a picture of the page where SCREENSHOTS names a folder."""
    page.wait_for_load_state()
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, name
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def fill_person(page: Page, row: int, name: str, kind: str, number: str, role: str) -> None:
    page.locator(f"[name='persons.{row}.name']").fill(name)
    page.locator(f"[name='persons.{row}.document.type']").select_option(kind)
    page.locator(f"[name='persons.{row}.document.number']").fill(number)
    page.locator(f"[name='persons.{row}.role']").fill(role)


def sign(page: Page) -> None:
    """Draw strokes on the pad and wait until they are a file."""
    page.wait_for_load_state("load")
    pad = page.locator("canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    for start, end in (
        ((0.1, 0.3), (0.5, 0.25)),
        ((0.3, 0.1), (0.25, 0.9)),
        ((0.6, 0.2), (0.9, 0.8)),
    ):
        page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
        page.mouse.down()
        page.mouse.move(
            box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=5
        )
        page.mouse.up()
    expect(page.locator("canvas[data-signed]")).to_be_visible()


def confirm(page: Page, photo: Path, papers: str = "居民身份证原件") -> None:
    if papers:
        page.get_by_label(papers, exact=True).check()
    page.locator("#f-photo").set_input_files(photo)
    sign(page)
    page.locator("#f-reason").fill("本人不会用智能手机")
    page.get_by_role("button", name="核对本人无误，全部确认").click()


def test_a_day_at_two_windows(clerk: ClerkInBrowser, tmp_path: Path) -> None:
    old = account_of(OLD, level=3)
    verified(CHILD)
    verified(PARENT)
    page, photo = clerk.page, tmp_path / "photo.jpg"
    photo.write_bytes(photos.portrait())
    receiving = window_of(name="受理县窗口")
    first = member_of("clerk", window=receiving.id)
    second = member_of("clerk", window=window_of(name="另一县窗口").id)

    clerk.sign_in(first)
    clerk.go("/matters")
    look(page, "list_empty")
    page.get_by_role("link", name="收件", exact=True).click()
    for name, value in (
        ("number", "收-1"),
        ("subject.name", "示例市云上科技有限公司"),
        ("subject.type", "有限责任公司"),
        ("details.0.label", "注册资本"),
        ("details.0.value", "100万元"),
    ):
        page.locator(f"[name='{name}']").fill(value)
    page.get_by_role("button", name="再加几行").click()
    fill_person(page, 0, OLD.name, "id_card", "110101194003010000", "股东")
    fill_person(page, 1, OLD.name, "id_card", OLD.id_number, "监事")
    fill_person(page, 2, CHILD.name, "id_card", CHILD.id_number, "股东")
    fill_person(page, 3, "JOHN SAMPLE", "foreign_permanent_card", FOREIGN_CARD, "经理")
    fill_person(page, 4, "MARY SAMPLE", "passport", PASSPORT, "董事")
    page.get_by_role("button", name="检查名单").click()
    expect(page.get_by_text("证件号码与证件类型不符").first).to_be_visible()
    look(page, "form_refused")
    page.locator("[name='persons.0.document.number']").fill(OLD.id_number)
    page.get_by_role("button", name="检查名单").click()
    expect(page.locator("[data-checked]")).to_be_visible()
    look(page, "form_checked")
    page.get_by_role("button", name="收件并发起业务确认").click()
    expect(page.locator("[data-state=waiting]")).to_be_visible()
    look(page, "matter_waiting")
    page.get_by_role("button", name="提醒还没确认的人").click()
    expect(page.get_by_text("已提醒")).to_be_visible()

    # An elderly person at the window of another county: both posts at once, level 4 by it.
    clerk.sign_in(second)
    clerk.go("/matters")
    page.get_by_label("证件号码").fill(OLD.id_number)
    page.get_by_role("button", name="办理确认").click()
    expect(page.locator("[data-confirming]")).to_be_visible()
    assert OLD.id_number not in page.url
    page.locator("#f-reason").fill("本人不会用智能手机")
    page.get_by_role("button", name="核对本人无误，全部确认").click()
    expect(page.get_by_text("请拍照；本人不同意")).to_be_visible()
    look(page, "confirming_refused")
    confirm(page, photo)
    expect(page.get_by_text("已确认，记入台账")).to_be_visible()
    expect(page.get_by_text(f"到场的人：{OLD.name[0]}")).to_be_visible()
    look(page, "confirmed")
    assert Account.get_by_id(old.id).level == 4

    # A minor needs the guardian.
    page.goto(page.url.partition("/persons/")[0] + "/matters")
    page.get_by_label("证件号码").fill(CHILD.id_number)
    page.get_by_role("button", name="办理确认").click()
    confirm(page, photo)
    expect(page.get_by_text("请监护人到场")).to_be_visible()
    for name, value in (("姓名", PARENT.name), ("身份证号码", PARENT.id_number), ("关系", "父亲")):
        page.locator("[data-guardian]").get_by_label(name, exact=True).fill(value)
    page.locator("#f-guardian_proof").set_input_files(photo)
    look(page, "confirming_minor")
    confirm(page, photo)
    expect(page.get_by_text("已确认，记入台账")).to_be_visible()

    # A foreign resident card and a passport need no account; the second by a notary.
    clerk.sign_in(first)
    clerk.go("/matters")
    page.get_by_role("link", name="示例市云上科技有限公司").click()
    page.locator("tr", has_text="JOHN").get_by_role("button", name="到场办理").click()
    page.get_by_label("护照或通行证有效期止").fill("2036-06-03")
    page.get_by_label("签发地或签发机关").fill("国家移民管理局")
    confirm(page, photo, "外国人永久居留身份证原件")
    expect(page.get_by_text("已确认，记入台账")).to_be_visible()
    clerk.go("/matters")
    page.get_by_role("link", name="示例市云上科技有限公司").click()
    page.locator("tr", has_text="MARY").get_by_role("button", name="公证文件").click()
    page.get_by_label("公证机构").fill("示例公证处")
    page.get_by_label("公证书编号").fill("1号")
    page.get_by_label("公证日期").fill("2026-11-01")
    page.get_by_label("第1张").set_input_files(photo)
    look(page, "papers")
    page.get_by_role("button", name="提交，待另一位同事批准").click()
    expect(page.get_by_text("已提交，由另一位同事批准后生效")).to_be_visible()
    look(page, "reviews")
    clerk.sign_in(second)
    clerk.see_requests()
    page.locator("tr", has_text="待批准").get_by_role("link").click()
    look(page, "review_papers")
    page.get_by_role("button", name="批准", exact=True).click()
    expect(page.get_by_text("已批准")).to_be_visible()

    clerk.sign_in(first)
    clerk.go(f"/matters/{Matter.get().public_id}")
    expect(page.locator("[data-state=confirmed]")).to_be_visible()
    look(page, "matter_confirmed")
    page.get_by_role("button", name="受理", exact=True).click()
    expect(page.locator("[data-state=accepted]")).to_be_visible()
    printed = page.request.post(
        page.url.partition("?")[0] + "/sheets",
        form={
            "csrf": page.locator("[name=csrf]").first.get_attribute("value") or "",
            "reason": "归入登记档案",
        },
    )
    assert printed.headers["content-type"] == "application/pdf"

    assert {line.confirmed_by for line in Line.select()} == {"on_site", "notarised"}
    lines = list(LedgerLine.select().order_by(LedgerLine.number))
    assert [line.action for line in lines] == [
        "matter_created",
        "matter_reminded",
        "manual_verification",
        "matter_confirmed",
        "matter_confirmed",
        "matter_confirmed",
        "matter_papers_filed",
        "matter_review_confirmed",
        "matter_accepted",
        *["matter_sheet_printed"] * 4,
    ]
    said = json.loads(LedgerDetail.get_by_id(lines[3].number).content)
    assert (said["place"], said["receiving_window"]) == ("另一县窗口", "受理县窗口")
    assert said["roles"] == ["股东", "监事"]
