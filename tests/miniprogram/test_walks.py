"""People go through the program; their screens, taps and fields are counted and printed."""

from collections.abc import Iterator
from datetime import date

import pytest

from tests.support.app import Phone
from tests.support.people.accounts import tables_of
from tests.support.people.persons import Person, person
from tests.support.people.registrations import CODE, sent_code, synced_account
from tests.support.service.service import Service
from tests.support.walks import Walk

# 2 s and 50 KB/s.
SLOW_3G = {
    "offline": False,
    "latency": 2000,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
OLD = person("王秀英", number=6201, birth=date(1964, 5, 4), issued=date(2015, 5, 6))
SENT = {
    "code": "OK",
    "message": "",
    "data": {"expires_in": 600, "resend_after": 60, "remaining": {"hour": 1, "day": 3}},
    "request_id": "r",
}
MOST_TAPS, MOST_FIELDS = 12, 6


@pytest.fixture
def walk(phone: Phone, request: pytest.FixtureRequest) -> Iterator[Walk]:
    """Return a walk; print its figures when it has ended."""
    walked = Walk(phone)
    yield walked
    counts = walked.counts
    figures = f"{counts.screens} screens, {counts.taps} taps, {counts.fields} fields"
    print(f"\n{request.node.name}: {figures}")


def register(walk: Walk, someone: Person, number: str, **changes: str) -> None:
    """Register from home to the end, with this phone number."""
    walk.tap("注册")
    walk.type_card(someone, **changes)
    walk.tap("下一步")
    walk.prove_phone(number)
    walk.tap("下一步")
    walk.finish()
    walk.sees("注册成功，已经登录")


# Its network is slow: a minute and a half on an idle machine.
@pytest.mark.timeout(600)
def test_person_of_62_on_a_slow_network(walk: Walk) -> None:
    """Large type, Slow 3G, from the opening to level 4."""
    walk.phone.open()
    walk.sees("先办好账号")
    walk.page.context.new_cdp_session(walk.page).send("Network.emulateNetworkConditions", SLOW_3G)
    walk.page.set_default_timeout(120_000)
    walk.soon = 15_000
    walk.tap("大字版")
    register(walk, OLD, OLD.phone)
    walk.tap_if_there("去刷脸")
    walk.check_face()
    counts = walk.counts
    assert counts.taps <= MOST_TAPS
    assert counts.fields <= MOST_FIELDS


def test_agent_registers_three_shareholders_on_one_phone(walk: Walk) -> None:
    number = walk.phone.fresh_phone()
    walk.phone.open()
    for place in range(3):
        if place:
            # A minute passes between two codes, which is not waited for here.
            with tables_of(walk.phone.service):
                sent_code(number)
            walk.page.route("**/api/v1/sms-codes", lambda route: route.fulfill(json=SENT), times=1)
            walk.phone.code_for = lambda _: CODE  # type: ignore[method-assign]
        register(walk, person(f"股东{'甲乙丙'[place]}", number=6211 + place), number)
        walk.phone.open("pages/account/index")
        walk.tap("退出登录")
        walk.tap("退出，并清除这部手机上填过的内容")
        walk.sees("已退出登录。")
        walk.phone.open()
        walk.page.reload()


def test_holder_of_a_residence_permit(walk: Walk) -> None:
    """The term is typed as ten years, as on an ID card."""
    someone = person("陈大文", number=6221, area="810000", issued=date(2024, 6, 3))
    walk.phone.open()
    walk.tap("注册")
    walk.type_card(someone, valid_until="2034-06-03")
    walk.sees("居住证的有效期是5年")
    walk.tap("改为“2029-06-03”")
    walk.tap("下一步")
    walk.prove_phone(walk.phone.fresh_phone())
    walk.tap("下一步")
    walk.finish()
    walk.sees("注册成功，已经登录")
    walk.tap_if_there("去刷脸")
    walk.check_face()


def test_name_with_a_dot(walk: Walk) -> None:
    """The dot is left out as a space first."""
    someone = person("买买提·艾力江", number=6231)
    walk.phone.open()
    walk.tap("注册")
    walk.type_card(someone, name="买买提 艾力江")
    walk.tap("下一步")
    walk.tap("改为“买买提·艾力江”")
    walk.tap("下一步")
    walk.prove_phone(walk.phone.fresh_phone())
    walk.tap("下一步")
    walk.finish()
    walk.sees("注册成功，已经登录")


def test_synced_person_with_a_dead_phone(walk: Walk, service: Service) -> None:
    """In a browser the way ends at an application; a face is checked in WeChat."""
    someone = person("赵手机停", number=6241, phone=walk.phone.fresh_phone())
    with tables_of(service):
        synced_account(someone)
    walk.phone.open()
    walk.tap("以前在窗口或原来的系统登记过，去激活")
    walk.type("身份证号", someone.id_number)
    walk.tap("下一步")
    walk.type(f"登记的手机号（尾号{someone.phone[-2:]}）", walk.phone.fresh_phone())
    walk.tap("获取验证码")
    walk.tap_if_there("其他办法")
    walk.tap("申请更正登记的手机号")
    walk.sees("激活手机号更正")
    walk.tap("提交申请")
    walk.sees("申请编号")


def test_wrong_values_six_times(walk: Walk) -> None:
    """Five wrong tries, of which the fifth is the last one of the day."""
    someone = person("王不符", number=6251)
    walk.phone.open()
    walk.tap("注册")
    walk.type_card(someone)
    walk.tap("下一步")
    walk.prove_phone(walk.phone.fresh_phone())
    walk.tap("下一步")
    walk.finish()
    walk.sees("核验数据缺失")
    for place in range(5):
        walk.type("姓名", f"王{'一二三四五'[place]}不符")
        walk.tap("下一步", "提交注册")
        if walk.tap_if_there("下一步"):
            walk.tap("提交注册")
        walk.page.wait_for_timeout(300)
    walk.sees("后可再试")


def test_number_range_199_is_closed(walk: Walk) -> None:
    someone = person("李一九九", number=6261)
    walk.phone.open()
    walk.tap("注册")
    walk.type_card(someone)
    walk.tap("下一步")
    walk.type("手机号", "19912345678")
    walk.tap("获取验证码")
    walk.sees("199号段暂不支持")
    walk.prove_phone(walk.phone.fresh_phone())
    walk.tap("下一步")
    walk.finish()
    walk.sees("注册成功，已经登录")


def test_network_dies_when_the_registration_is_sent(walk: Walk) -> None:
    """The answer is lost once, then the network for a while."""
    someone = person("钱断网", number=6271)
    page = walk.page
    walk.phone.open()
    walk.tap("注册")
    walk.type_card(someone)
    walk.tap("下一步")
    walk.prove_phone(walk.phone.fresh_phone())
    walk.tap("下一步")

    def cut(route: object) -> None:
        route.fetch()  # type: ignore[attr-defined]
        route.abort("connectionreset")  # type: ignore[attr-defined]

    page.route("**/api/v1/registrations", cut, times=1)
    walk.finish()
    walk.sees("网络连接失败")
    walk.page.context.set_offline(True)
    walk.tap("再试一次", "提交注册")
    walk.sees("网络连接失败")
    walk.page.context.set_offline(False)
    walk.tap("再试一次", "提交注册")
    walk.sees("注册成功，已经登录")
