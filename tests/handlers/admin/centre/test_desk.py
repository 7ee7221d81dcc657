"""The centre's pages: queue, masking and every act."""

import re
from datetime import timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.tickets import tickets
from miniprogram_api.tickets.tickets import Subject
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.desks.tickets import Ticket
from models.second_person import SecondPersonRequest
from tests.support.admin.centre_forms import act, acts_of, asked_for, dates_of, decide, done, filed
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of, window_of
from tests.support.people import photos
from tests.support.people.accounts import account_of, sign_in
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import body
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

SOMEONE = person("王秀英", number=9401)
QUEUE = "/centre"
ROW = re.compile(r'href="/admin/centre/tickets/(\w+)">')


@pytest.fixture
def centre(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("centre", name="李工")))


@pytest.fixture
def second(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("centre", name="钱工")))


def many(count: int, **columns: Any) -> None:
    """File so many tickets of different persons, each due a second later."""
    for number in range(count):
        someone = person(number=number)
        row = tickets.insert(
            "other",
            f"other:{number}",
            Subject(someone.name, someone.id_number),
            source="user",
            actor="wechat:x",
            account_id=None,
            openid=f"o-{number}",
            description="请帮忙",
            facts={},
        )
        due = row.due_at + timedelta(seconds=number)
        Ticket.update(due_at=due, **columns).where(Ticket.id == row.id).execute()


# The queue ----------------------------------------------------------------------------------------


def test_queue_is_paged_by_due_time_without_gaps(centre: Desk) -> None:
    many(120)
    late = Ticket.get_by_id(77)
    Ticket.update(due_at=clock.now() - timedelta(hours=1)).where(Ticket.id == late.id).execute()
    seen: list[str] = []
    path = QUEUE
    while path:
        shown = centre.get(path).text
        found = ROW.findall(shown)
        seen += found
        # One that was shown is ended: the next page skips none.
        Ticket.update(state="resolved").where(Ticket.number == found[0]).execute()
        following = re.search(r'href="/admin(/centre\?after=[^"]+)">下一页', shown)
        path = following[1] if following else ""
    assert seen[0] == late.number
    assert sorted(seen) == sorted(row.number for row in Ticket.select())
    assert len(seen) == 120
    first = centre.get(QUEUE).text
    assert "已超时" in first
    assert centre.get(f"{QUEUE}?after=x").status_code == 422
    unknown = centre.get(f"{QUEUE}?number=zzzz")
    assert unknown.status_code == 404
    assert "没有找到这个编号的工单" in unknown.text


def test_queue_is_filtered(desk_service: Service, centre: Desk, second: Desk) -> None:
    window = window_of("城东窗口").id
    many(3)
    Ticket.update(window_id=window).where(Ticket.id == 1).execute()
    _, review = filed(desk_service, "identity_review", **SOMEONE.four_elements)
    one, two, three = (Ticket.get_by_id(number).number for number in (1, 2, 3))
    act(centre, two, "claim")

    def shown(query: str, desk: Desk = centre) -> set[str]:
        return set(ROW.findall(desk.get(f"{QUEUE}?{query}").text))

    assert shown("kind=identity_review") == {review}
    assert shown(f"window={window}") == {one}
    assert shown("window=0") == {two, three, review}
    assert shown("whose=mine") == {two}
    assert shown("whose=mine", second) == set()
    assert shown("whose=free") == {one, three, review}
    assert shown("state=with_centre") == {two}
    assert shown("kind=weather&whose=nobody&window=%20") == {one, two, three, review}
    assert "没有符合条件的工单" in centre.get(f"{QUEUE}?kind=phone_change").text
    assert (
        centre.get(f"{QUEUE}?number=%23{review.lower()}").headers["Location"].endswith(f"/{review}")
    )


def test_next_ticket_is_the_one_due_first(centre: Desk, second: Desk) -> None:
    many(2)
    one, two = (Ticket.get_by_id(number).number for number in (1, 2))
    for desk, number in ((centre, one), (second, two)):
        taken = desk.post("/centre/next", page=QUEUE)
        assert taken.headers["Location"].endswith(f"/centre/tickets/{number}?done=claimed")
    nothing = centre.post("/centre/next", page=QUEUE)
    assert "现在没有可以领取的工单" in centre.get(f"{QUEUE}?done=nothing").text
    assert nothing.headers["Location"].endswith("done=nothing")
    done(act(centre, one, "release", reason="去开会"), "released")
    assert "去开会" not in second.get(f"/centre/tickets/{one}").text
    done(act(second, one, "claim"), "claimed")
    assert "去开会" in second.get(f"/centre/tickets/{one}").text


# Masking ------------------------------------------------------------------------------------------


def shown_as(page: str, label: str) -> str:
    """Return the value under a label of the first card that has it."""
    found = re.search(rf'title">{label}</div><div class="[^"]*">([^<]*)<', page)
    assert found is not None
    return found[1]


def test_person_is_unmasked_for_a_reason(desk_service: Service, centre: Desk, second: Desk) -> None:
    token, number = filed(
        desk_service, "identity_review", **SOMEONE.four_elements, description="我的证没错"
    )
    picture = {"image": ("card.jpg", photos.portrait())}
    data_of(desk_service.post(f"/tickets/{number}/evidence", files=picture, token=token), 201)
    path, opening = f"/centre/tickets/{number}", f"/centre/tickets/{number}/opening"
    auditor = Desk(desk_service, token_of(member_of("auditor")))

    for desk in (centre, auditor):
        shown = desk.get(path).text
        assert SOMEONE.id_number not in shown
        assert SOMEONE.name not in shown
        assert shown_as(shown, "证件有效期") == "已隐藏"
        assert desk.get("/evidence/1.jpg").status_code == 403
        assert desk.post(opening, {"reason": "curious"}, page=path).status_code == 422
        done(desk.post(opening, {"reason": "complaint", "note": "群众来电"}, page=path), "opened")
        opened = desk.get(path).text
        assert SOMEONE.id_number in opened
        assert "年" in shown_as(opened, "证件有效期")
        assert desk.get("/evidence/1.jpg").content.startswith(b"\xff\xd8\xff")

    assert SOMEONE.id_number not in second.get(path).text
    assert acts_of(number) == ["ticket_opened"]
    assert AuditEntry.select().where(AuditEntry.tag == "staff:ticket:opened").count() == 1
    history = data_of(desk_service.get(f"/tickets/{number}", token=token))["history"]
    assert [step["action"] for step in history] == ["opened", "evidence"]


def test_ticket_shows_the_bot_conversation(desk_service: Service, centre: Desk) -> None:
    token = desk_service.wechat_login()
    question = {"question": "激活时手机号不对，我叫王秀英，怎么办"}
    said = data_of(desk_service.post("/faq/ask", json=question, token=token))
    path = f"/faq/conversations/{said['conversation_id']}/handover"
    number = data_of(desk_service.post(path, json={}, token=token), 201)["id"]
    assert "激活时手机号不对" not in centre.get(f"/centre/tickets/{number}").text
    act(centre, number, "claim")
    # The worker stores the conversation a moment later.
    assert eventually(lambda: "激活时手机号不对" in centre.get(f"/centre/tickets/{number}").text)
    shown = centre.get(f"/centre/tickets/{number}").text
    assert said["answer"][:20] in shown
    assert "王秀英" not in shown
    done(act(centre, number, "answer", reason="请到原窗口更正"), "acted")
    seen = data_of(desk_service.get(f"/tickets/{number}", token=token))
    assert (seen["state"], seen["reason"]) == ("resolved", "请到原窗口更正")


def test_tickets_are_found_by_id_number(desk_service: Service, centre: Desk) -> None:
    _, number = filed(desk_service, "identity_review", **SOMEONE.four_elements)
    Ticket.update(state="resolved", due_at=clock.now() - timedelta(days=1)).execute()

    def found(text: str) -> Any:
        return centre.post("/centre/search", {"id_number": text})

    assert ROW.findall(found(SOMEONE.id_number).text) == [number]
    assert "已超时" not in found(SOMEONE.id_number).text
    assert "没有这个人的工单" in found(person(number=1).id_number).text
    assert found("123").status_code == 422
    clerk = Desk(desk_service, token_of(member_of("clerk")))
    assert clerk.get("/centre/search").status_code == 403


def test_picture_is_added_and_a_repeated_form_acts_once(
    desk_service: Service, centre: Desk
) -> None:
    account_of(SOMEONE)
    _, number = filed(desk_service, "re_registration", id_number=SOMEONE.id_number)
    path = f"/centre/tickets/{number}"
    act(centre, number, "claim")
    picture = {"image": ("proof.jpg", photos.portrait())}
    done(centre.post(f"{path}/evidence", {}, page=path, files=picture), "picture")
    assert centre.get("/evidence/1.jpg").status_code == 200
    none = centre.post(f"{path}/evidence", {}, page=path, files={"image": ("x.jpg", b"no")})
    assert none.status_code == 422
    form = {"reason": "旧证注册", "once": "0123456789abcdef012345"}
    for _ in range(2):
        done(centre.post(f"{path}/cancel_account", form, page=path), "asked")
    assert SecondPersonRequest.select().count() == 1


# The acts -----------------------------------------------------------------------------------------


def test_phone_is_verified_manually(desk_service: Service, centre: Desk) -> None:
    token, number = filed(desk_service, "phone_verification", phone=SOMEONE.phone)
    assert act(centre, number, "verify_phone", reason="回拨核实").status_code == 403
    act(centre, number, "claim")
    assert act(centre, number, "verify_phone", reason="").status_code == 422
    done(act(centre, number, "verify_phone", reason="回拨核实"), "acted")
    sent = body(SOMEONE, None)
    registered = data_of(desk_service.post("/registrations", json=sent, token=token), 201)
    assert registered["account"]["phone_verified_by"] == "manual"


def test_dates_are_corrected_when_the_source_agrees(desk_service: Service, centre: Desk) -> None:
    other = person("李不符", number=9403)
    for someone in (SOMEONE, other):
        account_of(someone, valid_from="2014-06-03", valid_until="2034-06-03")
    _, number = filed(desk_service, "re_registration", id_number=SOMEONE.id_number)
    _, refused = filed(desk_service, "re_registration", "li", id_number=other.id_number)
    dates = {name: SOMEONE.four_elements[name] for name in ("valid_from", "valid_until")}
    for ticket in (number, refused):
        act(centre, ticket, "claim")

    done(act(centre, number, "correct_dates", reason="换领新证", **dates), "acted")

    assert Account.get(Account.id == 1).valid_from == SOMEONE.valid_from
    wrong = act(centre, refused, "correct_dates", reason="换领新证", **dates)
    assert wrong.status_code == 422
    assert "核验数据缺失" in wrong.text
    assert "换领新证" in wrong.text
    bad = act(centre, refused, "correct_dates", reason="x", valid_from="昨天", valid_until="")
    assert bad.status_code == 422
    assert "is-invalid" in bad.text
    assert Account.get(Account.id == 2).valid_from.isoformat() == "2014-06-03"
    assert acts_of(number) == ["ticket_claimed", "dates_corrected"]


def test_identity_is_cleared_by_two_persons(
    desk_service: Service, centre: Desk, second: Desk
) -> None:
    someone = person("赵不符", number=9404)
    token, number = filed(desk_service, "identity_review", **someone.four_elements)
    approval = asked_for(centre, number, "clear_identity", **dates_of(someone))
    done(decide(second, approval, "agree"), "approved")
    code = desk_service.sms_code(token, someone.phone, "register")
    data_of(desk_service.post("/registrations", json=body(someone, code), token=token), status=201)
    assert acts_of(number) == ["ticket_claimed", "approval_requested", "identity_cleared"]


def test_account_is_cancelled_and_can_be_registered_again(
    desk_service: Service, centre: Desk, second: Desk
) -> None:
    account = account_of(SOMEONE)
    token = sign_in(desk_service, SOMEONE)
    asked = {"kind": "re_registration", "description": "用旧证注册过"}
    number = data_of(desk_service.post("/tickets", json=asked, token=token), 201)["id"]
    approval = asked_for(centre, number, "cancel_account")
    shown = second.get(f"/second-person/{approval}").text
    assert "正常使用" in shown
    assert "已注销" in shown

    done(decide(second, approval, "agree"), "approved")

    assert Account.get_by_id(account.id).status == "cancelled"
    again = desk_service.wechat_login()
    data_of(desk_service.get("/tickets", token=again))
    code = desk_service.sms_code(again, SOMEONE.phone, "register")
    sent = body(SOMEONE, code)
    data_of(desk_service.post("/registrations", json=sent, token=again), 201)
    inbox = desk_service.sandbox.inbox
    assert eventually(lambda: [m for m in inbox(SOMEONE.phone) if "账号状态有变动" in m["text"]])
    # The account is gone: the WeChat user still sees the result.
    seen = data_of(desk_service.get(f"/tickets/{number}", token=desk_service.wechat_login()))
    assert seen["reason"] == "原账号已注销，请用现有身份证重新注册"


def test_answer_alone_does_not_claim_an_act(desk_service: Service, centre: Desk) -> None:
    account_of(SOMEONE)
    token, number = filed(
        desk_service, "phone_change", id_number=SOMEONE.id_number, phone=make_phone(9405)
    )
    act(centre, number, "claim")
    assert act(centre, number, "weather").status_code == 404
    assert act(centre, number, "verify_phone", reason="x").status_code == 409
    done(act(centre, number, "answer", reason="您已自己换好了"), "acted")
    seen = data_of(desk_service.get(f"/tickets/{number}", token=token))
    assert seen["next_step"].startswith("已答复")
    assert act(centre, number, "reject", reason="x").status_code == 409


def test_unknown_addresses_are_not_found(centre: Desk) -> None:
    for path in ("0", "x", "1" * 30, "-1", "١"):
        assert centre.get(f"/centre/tickets/{path}").status_code == 404
        assert centre.get(f"/second-person/{path}").status_code == 404
    assert centre.get("/second-person?which=never&before=").status_code == 200
