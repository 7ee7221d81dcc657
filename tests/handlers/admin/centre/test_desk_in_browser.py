"""A ticket from filing to the answer, by two members of the centre in a browser."""

from collections.abc import Iterator

import pytest

from models.accounts.accounts import Account
from tests.handlers.admin.frame.test_accessibility import LOOK, TOO_WIDE
from tests.support.admin.browser import PHONE, Visit, browsing
from tests.support.admin.centre_pages import CentreInBrowser
from tests.support.admin.staff import member_of
from tests.support.people import photos
from tests.support.people.accounts import account_of
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import synced_account
from tests.support.service.node import axe
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

SOMEONE = person("王秀英", number=9301)
NEW_PHONE = make_phone(9302)


@pytest.fixture(scope="module")
def browser() -> Iterator[Visit]:
    with browsing() as visit:
        yield visit


@pytest.fixture
def visit(browser: Visit) -> Visit:
    browser.complaints.clear()
    browser.asked.clear()
    return browser


def test_phone_is_corrected_by_two_persons_and_shown_to_the_user(
    desk_service: Service, visit: Visit
) -> None:
    synced_account(SOMEONE)
    first, second = (
        CentreInBrowser(visit, desk_service, member_of("centre", name=name))
        for name in ("李工", "钱工")
    )
    token = desk_service.wechat_login()
    asked = {"kind": "activation_phone", "id_number": SOMEONE.id_number, "phone": NEW_PHONE}
    ticket = data_of(desk_service.post("/tickets", json=asked, token=token), 201)
    number = ticket["id"]
    picture = {"image": ("card.jpg", photos.portrait())}
    data_of(desk_service.post(f"/tickets/{number}/evidence", files=picture, token=token), 201)

    assert first.queue("whose=free") == [number]
    masked = first.look_at(number)
    assert SOMEONE.id_number not in masked
    assert NEW_PHONE not in masked
    assert first.claim(number) == "已领取，可以办理了。"
    assert {SOMEONE.id_number, NEW_PHONE, SOMEONE.phone} <= set(first.text.split())
    shown = visit.page.locator(".pictures img")
    shown.scroll_into_view_if_needed()
    assert eventually(lambda: shown.evaluate("image => image.naturalWidth") > 0)
    assert faults(visit) == []
    assert first.queue("whose=free") == []

    assert "1处需要修改" in first.act(number, "correct_phone", phone="12345", reason="核对户籍")
    assert visit.page.locator("[data-act=correct_phone] [name=reason]").input_value() == "核对户籍"
    approval = first.ask(number, "correct_phone", reason="核对户籍一致")
    first.go(f"/second-person/{approval}")
    assert visit.page.locator("[data-act=decide]").count() == 0
    assert faults(visit) == []
    second.go(f"/second-person/{approval}")
    assert faults(visit) == []
    assert SOMEONE.phone not in second.text
    assert visit.page.locator("[data-act=decide]").count() == 0

    assert second.approve(approval) == "已批准并办理，结果会告知本人。"

    assert Account.get().phone == NEW_PHONE
    seen = data_of(desk_service.get(f"/tickets/{number}", token=token))
    assert (seen["state"], seen["reason"]) == ("resolved", "登记的手机号已更正")
    assert "viewed" not in {step["action"] for step in seen["history"]}
    for phone in (SOMEONE.phone, NEW_PHONE):
        assert eventually(lambda phone=phone: desk_service.sandbox.inbox(phone) != [])
    # The expected refusal is the browser's only complaint.
    assert [said for said in visit.complaints if "422" not in said] == []
    assert all(url.startswith(("data:", desk_service.url)) for url in visit.asked)


def test_dispute_is_settled_on_a_phone(desk_service: Service, visit: Visit) -> None:
    visit.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    account = account_of(SOMEONE)
    first, second = (CentreInBrowser(visit, desk_service, member_of("centre")) for _ in range(2))
    token = desk_service.wechat_login("victim")
    claim = {"kind": "identity_dispute", "name": SOMEONE.name, "id_number": SOMEONE.id_number}
    number = data_of(desk_service.post("/tickets", json=claim, token=token), 201)["id"]

    first.claim(number)
    # Without a proof nothing can be frozen or cancelled.
    assert "还没有证明身份" in first.look_at(number)
    for act in ("freeze", "cancel_account", "unfreeze"):
        assert visit.page.locator(f"[data-act={act}]").count() == 0
    prove_by_face(desk_service, token, number)
    assert "账号已冻结" in first.look_at(number)
    assert visit.page.locator("[data-act=end]").count() == 0
    assert faults(visit) == []
    approval = first.ask(number, "cancel_account", reason="查明系他人冒用")
    assert second.refuse(approval, "两人照片相同，像是本人忘记了").startswith("已退回")
    assert "两人照片相同" in first.look_at(number)
    approval = first.ask(number, "unfreeze", reason="本人想起来注册过")
    assert second.approve(approval).startswith("已批准")

    seen = data_of(desk_service.get(f"/tickets/{number}", token=token))
    assert seen["reason"] == "经核查不属于冒名注册，账号已解除冻结"
    assert Account.get_by_id(account.id).status == "active"
    # Frozen and restored: the holder's phone got two messages without name or matter.
    assert eventually(lambda: len(desk_service.sandbox.inbox(SOMEONE.phone)) == 2)
    for message in desk_service.sandbox.inbox(SOMEONE.phone):
        assert "账号状态有变动" in message["text"]
        assert SOMEONE.name not in message["text"]


def faults(visit: Visit) -> list[str]:
    """Return the accessibility faults of the page, and whether it is too wide."""
    visit.page.evaluate(axe())
    found: list[str] = visit.page.evaluate(LOOK)
    return found + (["too wide"] if visit.page.evaluate(TOO_WIDE) > 0 else [])


def prove_by_face(service: Service, token: str, ticket_id: str) -> None:
    """Pass the face check of the claimant."""
    path = f"/tickets/{ticket_id}"
    version = data_of(service.get("/consent"))["version"]
    opened = service.post(f"{path}/face-challenges", json={"consent_version": version}, token=token)
    challenge = {"challenge_id": data_of(opened)["challenge_id"]}
    data_of(service.post(f"{path}/face-verifications", json=challenge, token=token))
