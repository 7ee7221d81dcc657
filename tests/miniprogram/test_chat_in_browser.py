"""The bot in a browser: questions, what holds for the user, lost answers, people, what is kept."""

import re

from playwright.sync_api import Route, expect

from tests.support.app import Phone
from tests.support.app_ways import ask, fill, press, shown
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

CHAT = "pages/chat/index"
TICKETS = "pages/tickets/index"
TOP = "(part) => part.getBoundingClientRect().top"


def expire(route: Route) -> None:
    """Answer as the service does when the session has expired."""
    body = {"code": "UNAUTHENTICATED", "message": "", "data": {}, "help": None, "request_id": "r"}
    route.fulfill(status=401, json=body)


def test_answer_says_first_what_holds_for_the_user(phone: Phone, service: Service) -> None:
    someone = person(number=3401, phone=phone.fresh_phone())
    token = phone.sign_in(someone, level=4)
    body = {"phone": someone.phone, "purpose": "confirm"}
    data_of(service.post("/sms-codes", json=body, token=token))
    page = phone.open(CHAT)
    box = page.get_by_role("combobox", name="您的问题")
    box.press_sequentially("收不到验证码")
    options = page.get_by_role("listbox", name="您是不是想问").get_by_role("option")
    expect(options.first).to_be_visible()
    assert 0 < options.count() <= 6
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id") or "")
    assert phone.faults() == []
    box.press("Escape")
    expect(options.first).to_be_hidden()
    with page.expect_response("**/faq/ask") as answered:
        box.press("Enter")

    log = page.get_by_role("log")
    answer = log.locator(".bubble:not(.own)")
    expect(answer.get_by_role("list").get_by_role("listitem").first).to_be_visible()
    # A browser has no phone number of WeChat.
    assert "用微信手机号验证" in [one["label"] for one in answered.value.json()["data"]["actions"]]
    expect(answer.get_by_role("button", name="用微信手机号验证")).to_have_count(0)
    first = answer.locator("> *").first
    expect(first).to_contain_text(re.compile("提示|请留意|要先解决"))
    expect(first).to_contain_text(someone.phone[-4:])
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    # The answer begins below the head of the page, however long it is.
    assert 0 < log.locator(".own").last.evaluate(TOP) < 140
    assert phone.faults() == []

    press(page, "没帮上")
    page.get_by_label("哪里不对？（选填）").fill("号码早就换了")
    press(page, "提交意见")
    expect(page.get_by_text("您的意见已记下")).to_be_visible()
    press(page, "有帮助")
    expect(page.get_by_role("button", name="有帮助")).to_have_attribute("aria-pressed", "true")
    kept = data_of(service.get("/account/conversations", token=token))["conversations"]
    assert kept[0]["messages"][0]["helpful"] is True

    # Suggestions that come after the box was left do not open the list.
    held: list[Route] = []
    page.route("**/faq/suggestions*", lambda route: held.append(route), times=1)
    with page.expect_request("**/faq/suggestions*"):
        box.fill("还没问完")
    box.blur()
    late = {"version": 1, "suggestions": [{"slug": "late", "text": "来晚了"}]}
    with page.expect_response("**/faq/suggestions*"):
        held[0].fulfill(json={"code": "OK", "message": "", "data": late, "request_id": "r"})
    page.wait_for_timeout(100)
    expect(options).to_have_count(0)
    page.reload()
    expect(log.get_by_role("button", name="有帮助")).to_have_attribute("aria-pressed", "true")
    expect(box).to_have_value("还没问完")

    press(page, "转人工")
    page.get_by_label("您所在的区县").select_option(index=1)
    page.route("**/handover", lambda route: route.abort(), times=1)
    press(page, "转给工作人员")
    # The bot, which is here, is not offered.
    expect(shown(page).get_by_role("button")).to_have_text(["再试一次"])
    press(page, "转给工作人员")
    expect(page.get_by_role("heading", name="人工咨询")).to_be_visible()
    tickets = data_of(service.get("/tickets", token=token))["tickets"]
    assert (tickets[0]["kind"], bool(tickets[0]["district"])) == ("other", True)

    # The session expires: what belongs to it leads on without an account.
    phone.open("pages/account/phone")
    fill(page, "新手机号", phone.fresh_phone())
    page.route("**/sms-codes", expire, times=1)
    press(page, "获取验证码")
    expect(page.get_by_text("登录已过期，请重新登录后继续办理。")).to_be_visible()
    phone.open(CHAT)
    press(page, "没帮上")
    expect(page.get_by_text("这段对话已经结束，不能再评价。")).to_be_visible()
    press(page, "转人工")
    page.get_by_label("联系电话（选填）").fill("13800138000")
    press(page, "转给工作人员")
    expect(page.get_by_label("请说说情况")).to_be_visible()
    expect(page.get_by_label("怎样联系您（选填）")).to_have_value("13800138000")
    phone.open(TICKETS, kind="other", conversation=kept[0]["id"])
    fill(page, "请说说情况", "还没办好")
    press(page, "提交申请")
    expect(page.get_by_text("申请编号")).to_be_visible()
    phone.open(TICKETS, id=tickets[0]["id"])
    expect(shown(page)).to_contain_text("没有找到")
    expect(page.get_by_role("button", name="我的全部申请")).to_be_visible()
    assert phone.faults() == []
    press(page, "登录")
    expect(page).to_have_title("登录")


def test_lost_and_refused_questions_are_asked_again(phone: Phone) -> None:
    page = phone.open(CHAT)
    phone.context.set_offline(True)
    ask(page, "核验数据缺失")
    expect(shown(page)).to_contain_text("网络连接失败")
    phone.context.set_offline(False)

    was_disabled: list[bool] = []

    def refuse(route: Route) -> None:
        was_disabled.append(page.get_by_role("button", name="新的对话").is_disabled())
        body = {
            "code": "TOO_MANY_ATTEMPTS",
            "message": "您问得太快了，请稍候再问。",
            "data": {"retry_after": 2},
            "help": None,
            "request_id": "r",
        }
        route.fulfill(status=429, json=body)

    page.route("**/faq/ask", refuse, times=1)
    press(page, "再试一次")
    expect(shown(page)).to_contain_text("您问得太快了")
    expect(page.get_by_role("button", name="秒后可再试")).to_be_disabled()
    assert was_disabled == [True]
    assert phone.faults() == []
    press(page, "再试一次")
    expect(page.get_by_role("button", name="没帮上")).to_be_visible()
    expect(page.locator(".own")).to_have_count(1)
    expect(page.locator("[data-refusal]")).to_have_count(0)


def test_refusal_opens_the_bot_with_its_question(phone: Phone) -> None:
    page = phone.open("pages/sign-in/index")
    fill(page, "身份证号、手机号或登录账号", person(number=3402).id_number)
    fill(page, "密码", "Heron-under-23-bridges")
    press(page, "登录")
    press(page, "问问看")
    expect(page).to_have_title("问问看")
    expect(page.locator(".own").filter(visible=True)).to_contain_text("用户不存在")
    expect(page.get_by_role("button", name="没帮上")).to_be_visible()
    assert "question" not in page.url
    # The same refusal asks the same question again.
    page.go_back()
    # Before that it would be the second tap of a double tap.
    page.wait_for_timeout(500)
    press(page, "问问看")
    expect(page.locator(".own").filter(visible=True)).to_have_count(2)
    expect(page.get_by_role("button", name="没帮上").nth(1)).to_be_visible()

    ask(page, "证件问题")
    chips = page.get_by_role("group", name="您问的是哪一种").get_by_role("button")
    expect(chips.first).to_be_visible()
    title = chips.first.inner_text()
    chips.first.click()
    expect(page.locator(".own").last).to_have_text(title)
    expect(page.get_by_role("button", name="没帮上").nth(3)).to_be_visible()
    page.locator("#turn-0").get_by_role("button", name="去注册").click()
    expect(page).to_have_title("注册")

    phone.open(CHAT)
    press(page, "新的对话")
    expect(page.locator(".own")).to_have_count(0)
    expect(page.locator(".card", has_text="您上次问的")).to_contain_text(title)

    def cut(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for talk in body["data"]["conversations"]:
            talk["messages"] = talk["messages"][-1:]
            talk["count"] = max(2, talk["count"])
        route.fulfill(response=answer, json=body)

    page.route("**/account/conversations", cut)
    press(page, "看以前的对话")
    expect(page).to_have_title("对话记录")
    expect(page.get_by_text(f"问：{title}")).to_be_visible()
    page.route("**/account/conversations/*", lambda route: route.abort(), times=1)
    press(page, "更早的消息")
    expect(shown(page)).to_contain_text("网络连接失败")
    # Opening another conversation.
    press(page, "展开")
    expect(page.get_by_role("button", name="更早的消息")).to_be_visible()
    expect(page.locator("[data-refusal]")).to_have_count(0)
    press(page, "展开")
    press(page, "更早的消息")
    expect(page.get_by_text("问：证件问题")).to_be_visible()
    expect(page.get_by_role("button", name="更早的消息")).to_have_count(0)
    page.unroute("**/account/conversations")
    delete = page.get_by_role("button", name="删除", exact=True)
    delete.first.click()
    assert phone.faults() == []
    phone.context.set_offline(True)
    press(page, "确定删除")
    expect(shown(page)).to_contain_text("网络连接失败")
    press(page, "取消")
    phone.context.set_offline(False)
    delete.last.click()
    expect(page.locator("[data-refusal]")).to_have_count(0)
    press(page, "取消")
    delete.first.click()
    press(page, "确定删除")
    expect(delete).to_have_count(1)
    delete.click()
    press(page, "确定删除")
    expect(page.get_by_text("还没有对话记录。")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="收不到验证码怎么办")).to_be_visible()
    expect(page.get_by_text("您上次问的")).to_have_count(0)

    phone.open("pages/faq/index")
    page.get_by_role("button", name="登录与密码").click()
    assert phone.faults() == []
    page.get_by_role("button", name="登录与密码").locator("..").get_by_role("button").last.click()
    expect(page.get_by_role("button", name="没帮上")).to_be_visible()
