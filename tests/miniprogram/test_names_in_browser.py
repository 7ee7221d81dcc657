"""Names of enterprises in a browser, without an account: cut, checked, changed, kept."""

from playwright.sync_api import Page, expect

from tests.support.app import Phone
from tests.support.app_ways import ask, fill, follow, press
from tests.support.pdf import text_of

NAMES = "pages/names/index"
NOTE = "仅供参考，不是名称预留；以名称申报系统的结果为准。"


def choose_seat(page: Page) -> None:
    page.get_by_label("省、自治区、直辖市").select_option(label="浙江省")
    page.get_by_label("市（州、区、县）").select_option(label="杭州市")
    page.get_by_label("区、县", exact=True).select_option(label="西湖区")
    expect(page.get_by_text("浙江省杭州市西湖区")).to_be_visible()


def test_whole_name_is_cut_checked_and_kept(phone: Phone) -> None:
    page = phone.open()
    follow(page, "企业核名")
    choose_seat(page)
    check = page.get_by_role("button", name="查一查")
    expect(check).to_have_attribute("aria-disabled", "true")
    fill(page, "整个名称（选填）", "杭州新天地餐饮管理有限公司")
    press(page, "拆成各部分")
    for label, part in (("行政区划（选填）", "杭州"), ("字号", "新天地"), ("行业", "餐饮管理")):
        expect(page.get_by_label(label, exact=True)).to_have_value(part)
    expect(page.get_by_label("组织形式")).to_have_value("company")
    press(page, "查一查")
    card = page.get_by_role("region", name="杭州新天地餐饮管理有限公司")
    expect(card).to_be_visible()
    expect(page.get_by_text(NOTE)).to_be_visible()
    expect(card.get_by_role("button", name="读给我听")).to_be_visible()
    assert phone.faults() == []
    with page.expect_download() as downloaded:
        press(page, "保存核名参考单（PDF）")
    assert downloaded.value.suggested_filename == "核名参考单.pdf"
    said = text_of(downloaded.value.path().read_bytes())
    assert "杭州新天地餐饮管理有限公司" in said
    assert NOTE[:10] in said


def test_five_wishes_are_ranked_and_what_is_certain_stands_apart(phone: Phone) -> None:
    page = phone.open(NAMES)
    choose_seat(page)
    fill(page, "字号", "绿")
    # The trade in plain words leads to a word of names and its class.
    fill(page, "行业", "开奶茶店")
    press(page, "找行业用语")
    press(page, "用餐饮，餐饮业")
    expect(page.get_by_label("行业", exact=True)).to_have_value("餐饮")
    for word in ("青山绿水", "云上人家", "红光", "清风明月"):
        press(page, "再加一个名称（最多5个）")
        expect(page.get_by_label("行业", exact=True)).to_have_value("餐饮")
        fill(page, "字号", word)
    expect(page.get_by_role("button", name="再加一个名称")).to_have_count(0)
    assert phone.faults() == []
    press(page, "查一查")
    cards = page.get_by_role("region")
    expect(cards).to_have_count(5)
    refused = page.get_by_role("region", name="杭州绿餐饮有限公司")
    expect(refused).to_contain_text("这样写不能用")
    expect(refused).to_contain_text("确定不行的")
    expect(refused).to_contain_text("依据：")
    # The best comes first.
    expect(cards.first).not_to_contain_text("不能用")
    assert phone.faults() == []
    refused.get_by_role("button", name="自己改：杭州绿餐饮有限公司").last.click()
    expect(page.get_by_label("字号", exact=True)).to_have_value("绿")
    fill(page, "字号", "清泉石上")
    press(page, "查一查")
    expect(page.get_by_role("region", name="杭州清泉石上餐饮有限公司")).to_be_visible()


def test_change_that_helps_is_taken_and_checked_at_once(phone: Phone) -> None:
    page = phone.open(NAMES)
    choose_seat(page)
    fill(page, "字号", "青山绿水")
    fill(page, "行业", "餐饮")
    page.get_by_label("组织形式").select_option(label="个人独资企业")
    page.get_by_label("名称的结尾").select_option(label="厂（个人独资）")
    page.get_by_role("button", name="改写行政区划的写法").click()
    fill(page, "行政区划（选填）", "西湖区")
    press(page, "查一查")
    before = page.get_by_role("region", name="西湖区青山绿水餐饮厂（个人独资）", exact=True)
    expect(before).to_contain_text("这样写不能用")
    before.get_by_role("button", name="改成“").first.click()
    expect(before).to_have_count(0)
    expect(page.get_by_role("region")).to_contain_text("青山绿水餐饮厂（个人独资）")


def test_wrong_field_is_named_beside_it(phone: Phone) -> None:
    page = phone.open(NAMES)
    choose_seat(page)
    fill(page, "字号", "一" * 30)
    fill(page, "行业", "餐饮")
    page.route(
        "**/api/v1/names/check",
        lambda route: route.fulfill(
            status=422,
            json={
                "code": "INVALID_INPUT",
                "message": "有1处需要修改。",
                "data": {
                    "fields": [
                        {
                            "field": "candidates.0.word",
                            "code": "too_long",
                            "message": "最多20个字。",
                        }
                    ]
                },
                "help": None,
                "request_id": "r",
            },
        ),
        times=1,
    )
    press(page, "查一查")
    expect(page.get_by_text("最多20个字。")).to_be_visible()
    expect(page.get_by_label("字号", exact=True)).to_be_focused()


def test_item_of_the_catalogue_and_the_bot_lead_here(phone: Phone) -> None:
    page = phone.open("pages/catalogue/index", item="name-approval")
    press(page, "打开企业核名")
    expect(page.get_by_role("heading", level=1)).to_have_text("企业核名")
    phone.open("pages/chat/index")
    ask(page, "我想叫杭州青山绿水餐饮有限公司行不行")
    expect(page.get_by_text("“杭州青山绿水餐饮有限公司”")).to_be_visible()
    press(page, "打开核名页面")
    # The name comes along and is cut.
    expect(page.get_by_label("字号", exact=True)).to_have_value("青山绿水")
    expect(page.get_by_label("行业", exact=True)).to_have_value("餐饮")
