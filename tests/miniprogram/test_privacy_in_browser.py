"""The processor, the privacy page and the consents, seen on a phone."""

import pytest
from playwright.sync_api import expect

from miniprogram_api.accounts import consents, privacy
from miniprogram_api.texts.pages import TITLES
from tests.support.app import HOME, Phone
from tests.support.app_ways import fill_elements, finish, press, prove_phone
from tests.support.matters.systems import made, person_body, system_of
from tests.support.people.accounts import tables_of
from tests.support.people.persons import person
from tests.support.service.service import data_of

NAMED = ("主办：沙箱示例单位（不是真实机构）", "地址：沙箱示例地址", "个人信息保护负责人：沙箱示例")
PRIVACY = "pages/privacy/index"
EQUAL_WAYS = "刷脸不是必须的：用网证，或带身份证原件到窗口核验，效力相同。"


@pytest.mark.parametrize(
    "path", [HOME, "pages/register/index", "pages/activation/index", "pages/consent/index"]
)
def test_foot_names_the_processor_and_leads_to_the_privacy_page(phone: Phone, path: str) -> None:
    page = phone.open(path)
    foot = page.locator("footer").locator("visible=true")
    for part in (*NAMED, "010-00000000"):
        expect(foot).to_contain_text(part)
    assert phone.faults() == []
    foot.get_by_role("button", name="个人信息与权利").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("个人信息与权利")


def test_privacy_page_says_what_the_service_says(phone: Phone) -> None:
    page = phone.open(PRIVACY)
    notice = data_of(phone.service.get("/privacy"))
    expect(page.get_by_text("处理者：沙箱示例单位（不是真实机构）")).to_be_visible()
    shown = page.locator("main").inner_text()
    for row in notice["data"]:
        assert row["what"] in shown
        assert row["source"] in shown
        assert row["period"] in shown
    for receiver in notice["receivers"]:
        assert receiver["company"] in shown
        assert receiver["contact"] in shown
    for right in notice["rights"]:
        assert right["how"] in shown
    expect(page.get_by_text("法律规定", exact=True)).to_have_count(
        len({row.basis for row in privacy.personal_data() if row.ground == "statute"})
    )
    assert phone.faults() == []


def test_every_right_opens_its_page(phone: Phone) -> None:
    phone.sign_in(person(number=5101))
    notice = data_of(phone.service.get("/privacy"))
    ways = {(way["label"], way["page"]) for right in notice["rights"] for way in right["ways"]}
    assert len(ways) > 8
    page = phone.open(PRIVACY)
    for label, address in sorted(ways):
        page.get_by_role("link", name=label, exact=True).first.click()
        title = TITLES[address.partition("?")[0]]
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert page.url.endswith(f"#/{address}")
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("个人信息与权利")


def test_equal_ways_are_named_before_the_face(phone: Phone) -> None:
    phone.sign_in(person(number=5102))
    page = phone.open("pages/face/index")
    line = page.get_by_text(EQUAL_WAYS)
    picture = page.get_by_role("img", name="用微信扫一扫的二维码")
    expect(picture).to_be_visible()
    top, begin = line.bounding_box(), picture.bounding_box()
    assert top is not None
    assert begin is not None
    assert top["y"] < begin["y"]
    ways = page.get_by_role("heading", name="不刷脸也可以，效力相同").locator("xpath=..")
    names = [link.inner_text().splitlines()[0] for link in ways.get_by_role("link").all()]
    assert names == ["用网证核验", "带身份证到窗口核验"]


def test_consent_to_the_face_says_where_the_picture_goes(phone: Phone) -> None:
    phone.sign_in(person(number=5103))
    page = phone.open("pages/face/index")
    press(page, "用照片核验（仅演示环境）")
    expect(page.get_by_text("通过互联网传到微信的服务器")).to_be_visible()
    expect(page.get_by_text("处理者：沙箱示例单位（不是真实机构）")).to_be_visible()


def test_identity_was_read_and_matters_can_be_withdrawn(phone: Phone) -> None:
    someone = person(number=5104)
    phone.sign_in(someone, level=4, verified_by="face")
    with tables_of(phone.service):
        consents.record(phone.account(someone).id, consents.KEYS)
    page = phone.open("pages/account/consents")
    card = page.locator(".card", has_text="依照法律核验身份信息（已阅读告知）")
    expect(card).to_contain_text("阅读告知")
    expect(card.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("身份信息依照法律核验，不靠同意")).to_be_visible()
    assert phone.faults() == []
    page.get_by_role("button", name="撤回处理业务确认的信息").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("签名和照片马上删除")
    dialog.get_by_role("button", name="确定撤回").click()
    expect(page.get_by_text("已撤回。")).to_be_visible()


def test_registration_asks_to_read_the_notice_about_identity(phone: Phone) -> None:
    someone = person(number=5105)
    page = phone.open("pages/register/index")
    fill_elements(page, someone)
    press(page, "下一步")
    prove_phone(phone, someone.phone)
    press(page, "下一步")
    boxes = page.get_by_role("checkbox")
    boxes.first.wait_for()
    labels = [box.locator("xpath=ancestor::label").inner_text() for box in boxes.all()]
    assert [label[:7] for label in labels] == ["我已阅读并同意", "已阅读告知：依"]
    expect(page.get_by_text("处理者：沙箱示例单位（不是真实机构）")).to_be_visible()
    expect(page.get_by_text("地址：沙箱示例地址")).to_be_visible()
    assert phone.faults() == []
    finish(page)
    expect(page.get_by_text("注册成功，已经登录")).to_be_visible()
    with tables_of(phone.service):
        given = consents.latest(phone.account(someone).id)
    assert [one.key for one in given] == ["general", "identity"]


def test_consent_shows_the_very_sentences_that_are_agreed_to(phone: Phone) -> None:
    """Of matters the signature and the archive; of the face where the picture goes."""
    separate = data_of(phone.service.get("/consent"))["separate"]
    sentences = {one["key"]: one["sentence"] for one in separate}
    assert sentences.keys() == {*consents.SEPARATE}
    for what in ("手写签名影像", "归入登记档案"):
        assert what in sentences["matter"]
    someone = person(number=5106)
    matter_id = made(system_of(phone.service), person_body(someone))
    phone.sign_in(someone, level=4, verified_by="face")
    page = phone.open("pages/matters/confirm", id=matter_id)
    for key in ("face", "matter"):
        expect(page.get_by_text(sentences[key], exact=True)).to_be_visible()
    assert phone.faults() == []
