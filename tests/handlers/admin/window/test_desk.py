"""The clerk's pages over HTTP: what is shown, kept and refused, and each act only once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.desks.ledger import LedgerLine
from models.desks.sittings import DeskSitting
from models.desks.staff import StaffMember
from models.desks.tickets import Ticket, TicketEvidence
from models.second_person import SecondPersonRequest
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people import photos
from tests.support.people.accounts import account_of, sign_in
from tests.support.people.captures import FILES
from tests.support.people.persons import Person, make_phone, person
from tests.support.service.service import Service, data_of

SOMEONE = person("张三丰", number=11)
SEEN = {"evidence_seen": "id_card", "reason": "多次刷脸未通过，核对原件一致"}
CONTACT = {"whose": "own", "proved_by": "manual", "consent_signed": "1"}


@pytest.fixture
def clerk(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("clerk")))


def find(desk: Desk, id_number: str) -> str:
    """Search a person and return the path of the page."""
    return path_of(desk.post("/window", {"id_number": id_number}))


def opened(desk: Desk, id_number: str, reason: str = "at_window") -> str:
    path = find(desk, id_number)
    assert desk.post(f"{path}/open", {"reason": reason}, page=path).status_code == 302
    return path


def path_of(answer: Any) -> str:
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"]).removeprefix("/admin").partition("?")[0]


def done_after(answer: Any) -> str:
    """Return the path of a sitting's end, behind its question about the switch."""
    path = path_of(answer)
    assert path.endswith("/authorization"), path
    return path.replace("/authorization", "/done")


def once_of(desk: Desk, path: str) -> dict[str, str]:
    """Return the fields that identify a form: CSRF token and form number."""
    page = desk.get(path).text
    names = ("csrf", "once")
    return {name: re.findall(f'name="{name}" value="([^"]+)"', page)[-1] for name in names}


def begin(desk: Desk, elements: dict[str, str]) -> Any:
    """Send the first step of a registration."""
    begun = desk.post("/window/registrations", elements)
    assert begun.status_code == 302, begun.text
    return desk.get(begun.headers["Location"].removeprefix("/admin"))


def registration(desk: Desk, someone: Person, **contact: str) -> str:
    """Complete two steps of a registration and return the path of the third."""
    begun = begin(desk, someone.four_elements)
    path = path_of(begun)
    assert path.endswith("/contact"), path
    step = desk.post(path, {**CONTACT, "phone": someone.phone, **contact})
    return path_of(step)


def test_person_is_unmasked_for_a_reason(desk_service: Service, clerk: Desk) -> None:
    account = account_of(SOMEONE)
    token = sign_in(desk_service, SOMEONE)
    report = {"kind": "face", "step": "start", "detail": "相机打不开"}
    data_of(desk_service.post("/client-reports", token=token, json=report), None)
    wrong = clerk.post("/window", {"id_number": "123"})
    assert wrong.status_code == 422
    assert 'value="123"' in wrong.text

    path = find(clerk, SOMEONE.id_number.lower())
    assert SOMEONE.id_number not in path
    masked = clerk.get(path).text
    assert "张**" in masked
    for secret in (SOMEONE.name, SOMEONE.id_number, SOMEONE.phone, "相机打不开"):
        assert secret not in masked

    bare = clerk.post(f"{path}/open", {"reason": "other", "note": " "}, page=path)
    assert bare.status_code == 422
    assert clerk.post(f"{path}/open", {"reason": "x"}, page=path).status_code == 422
    assert LedgerLine.select().count() == 0
    form = {"reason": "other", "note": "家属代问", **once_of(clerk, path)}
    for _ in range(2):
        assert path_of(clerk.post_bare(f"{path}/open", form)) == path
    full = clerk.get(path).text
    for known in (SOMEONE.name, SOMEONE.id_number, SOMEONE.phone, "相机打不开", "人工核验"):
        assert known in full
    assert [line.action for line in LedgerLine.select()] == ["person_opened"]
    noted = AuditEntry.get(AuditEntry.tag == "staff:person:opened")
    assert noted.account_id == account.id
    # The sitting is this clerk's: a colleague searches and gives a reason anew.
    colleague = Desk(desk_service, token_of(member_of("clerk")))
    assert colleague.get(path).status_code == 404


def test_source_result_is_shown_with_its_serial_number(desk_service: Service, clerk: Desk) -> None:
    someone = person("张不符", number=12)
    token = desk_service.wechat_login()
    consent = data_of(desk_service.get("/consent"))
    body = {
        **someone.four_elements,
        "phone": someone.phone,
        "sms_code": desk_service.sms_code(token, someone.phone, "register"),
        "password": "Otter-in-7-rivers",
        "consent_version": consent["version"],
        "separate_consents": ["identity"],
    }
    assert desk_service.post("/registrations", token=token, json=body).status_code == 422
    page = clerk.get(opened(clerk, someone.id_number)).text
    assert "没有账号" in page
    assert "注册时核验四要素：不一致" in page
    assert "流水号" in page
    assert "向138****" in page
    assert 'data-act="register"' in page
    # The suitable answer is first.
    assert page.index('data-act="identity_review"') < page.index('data-act="other"')


def test_on_site_verification_is_stored_once_and_awaits_review(
    desk_service: Service, clerk: Desk
) -> None:
    account_of(SOMEONE)
    path = opened(clerk, SOMEONE.id_number)
    form_path = f"{path}/verification"
    assert "测试窗口" in clerk.get(form_path).text
    nothing = clerk.post(form_path, {"reason": "没勾证件", "place": "乡镇服务点"})
    assert nothing.status_code == 422
    assert "没勾证件" in nothing.text
    assert "乡镇服务点" in nothing.text

    form = {**SEEN, "place": "测试窗口", **once_of(clerk, form_path)}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: clerk.post_bare(form_path, form, files=FILES), range(4)))
    assert {path_of(answer) for answer in answers} == {f"{path}/authorization"}
    done = clerk.get(f"{path}/done").text
    assert "经人工核验通过" in done
    assert SecondPersonRequest.select().count() == 1
    assert Account.get().level == 4
    assert "待另一位同事在" in clerk.get(path).text
    # A form opened before and sent afterwards.
    late = clerk.post(form_path, SEEN, page=path, files=FILES)
    assert late.status_code == 409
    assert "已经通过核验" in late.text


def test_invalid_id_number_is_reported_and_not_searched(clerk: Desk) -> None:
    wrong = clerk.post("/window", {"id_number": "110101199003079906"})
    assert wrong.status_code == 422
    assert "与末位校验码不符" in wrong.text
    assert 'value="110101199003079906"' in wrong.text
    assert "没有账号" not in wrong.text


def test_second_clerk_confirms_or_revokes(desk_service: Service, clerk: Desk) -> None:
    account_of(SOMEONE)
    path = opened(clerk, SOMEONE.id_number)
    clerk.post(f"{path}/verification", SEEN, files=FILES)
    review = f"/second-person/{SecondPersonRequest.get().id}"
    assert "您自己经办" in clerk.get(review).text
    own = clerk.post(review, {"decision": "agree"})
    assert own.status_code == 403
    assert "另一位同事" in own.text

    second = Desk(desk_service, token_of(member_of("clerk")))
    assert review in second.get("/second-person").text
    shown = second.get(review).text
    assert "居民身份证原件" in shown
    assert SEEN["reason"] in shown
    assert SOMEONE.id_number not in shown
    # Unmasking for a reason is allowed and shows the number.
    looked = path_of(second.post(f"{review}/person", page=review))
    for part in ("", "/tickets?kind=other", "/verification"):
        assert SOMEONE.id_number not in second.get(looked + part).text
    identity = looked.replace("/persons/", "/registrations/") + "/identity"
    assert SOMEONE.id_number not in second.get(identity).text
    second.post(f"{looked}/open", {"reason": "follow_up"}, page=looked)
    assert SOMEONE.id_number in second.get(looked).text
    assert second.post(review, {"decision": "deny", "reason": ""}).status_code == 422
    assert second.post(review, {"decision": ""}).status_code == 422
    assert (
        path_of(
            second.post(
                review, {"decision": "deny", "reason": "照片不符", "cause": "not_same_person"}
            )
        )
        == review
    )
    assert Account.get().level == 3
    done = clerk.get(f"{path}/done").text
    assert "这次核验已撤销" in done
    assert "经人工核验通过" not in done
    for seen_by in (second, clerk):
        revoked = seen_by.get(review).text
        assert "已撤销" in revoked
        assert "照片不符" in revoked
    assert second.post(review, {"decision": "agree"}, page="/window").status_code == 409


def test_registration_keeps_all_input_within_a_sitting(desk_service: Service, clerk: Desk) -> None:
    someone = person("阿依古丽·买买提", number=13)
    typed = {**someone.four_elements, "name": "阿依古丽.买买提", "valid_until": "2030-01-01"}
    first = begin(clerk, typed)
    assert first.status_code == 422
    path = re.search(r'action="/admin(/window/registrations/[^"]+)"', first.text)
    assert path is not None
    identity = path[1]
    assert 'value="2030-01-01"' in first.text
    # One button takes the suggestion; another confirms the typed value.
    suggested = re.search(r'name="use" value="(valid_until=[^"]+)"', first.text)
    assert suggested is not None
    taken = clerk.post(identity, {**typed, "use": suggested[1]}, page="/window")
    assert f'value="{someone.four_elements["valid_until"]}"' in taken.text
    right = {**typed, "valid_until": someone.four_elements["valid_until"]}
    contact = path_of(clerk.post(identity, right, page="/window"))

    unsigned = clerk.post(contact, {"phone": "123", "proved_by": "manual"})
    assert unsigned.status_code == 422
    assert 'value="123"' in unsigned.text
    assert "请让本人阅读并签字后" in unsigned.text
    last = path_of(clerk.post(contact, {**CONTACT, "phone": someone.phone}))
    # Back and forth keeps all typed values.
    assert f'value="{someone.phone}"' in clerk.get(contact).text
    assert "阿依古丽" in clerk.get(identity).text
    assert "没办完的登记" in clerk.get("/window").text

    empty = clerk.post(last, {"place": "入户服务"})
    assert empty.status_code == 422
    assert "入户服务" in empty.text
    form = {**SEEN, "place": "入户服务", **once_of(clerk, last)}
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: clerk.post_bare(last, form, files=FILES), range(3)))
    assert len({path_of(answer) for answer in answers}) == 1
    account = Account.get()
    assert (account.name, account.level, account.source) == (someone.name, 4, "window")
    assert account.phone_verified_by == "manual"
    assert [call["action"] for call in desk_service.sandbox.calls("CheckIdNameDate")] == [
        "CheckIdNameDate"
    ]
    # Submitted again later, it leads to the same last question.
    assert path_of(clerk.post_bare(last, form, files=FILES)) == path_of(answers[0])
    assert path_of(clerk.get(last)) == path_of(answers[0])
    assert "没办完的登记" not in clerk.get("/window").text


def test_relatives_phone_is_proved_by_a_code(desk_service: Service, clerk: Desk) -> None:
    phone = make_phone(88)
    someone = person(number=14)
    contact = path_of(begin(clerk, someone.four_elements))
    form = {**CONTACT, "whose": "relative", "proved_by": "sms", "phone": phone}
    sent = clerk.post(contact, {**form, "send_code": "1"})
    assert "验证码已发出" in sent.text
    again = clerk.post(contact, {**form, "send_code": "1"})
    assert "每分钟只能发1条" in again.text
    assert f'value="{phone}"' in again.text
    assert clerk.post(contact, {**form, "sms_code": "000000"}).status_code == 422
    code = desk_service.sandbox.last_code(phone)
    last = path_of(clerk.post(contact, {**form, "sms_code": code}))
    done = done_after(clerk.post(last, SEEN, files=FILES))
    assert "已注册并核验" in clerk.get(done).text
    account = Account.get()
    assert (account.phone, account.phone_verified_by) == (phone, "sms")


def test_child_needs_a_guardian(desk_service: Service, clerk: Desk) -> None:
    child = person("张小宝", birth=date(2016, 5, 1), sequence=991)
    parent = person(number=16)
    contact = path_of(begin(clerk, child.four_elements))
    assert "未满14周岁" in clerk.get(contact).text
    assert clerk.post(contact, {**CONTACT, "phone": parent.phone}).status_code == 422
    guardian = {
        "guardian_name": parent.name,
        "guardian_id_number": parent.id_number,
        "guardian_relation": "父亲",
        "guardian_paper": "household_register",
        "guardian_valid_from": parent.four_elements["valid_from"],
        "guardian_valid_until": parent.four_elements["valid_until"],
    }
    last = path_of(clerk.post(contact, {**CONTACT, "phone": parent.phone, **guardian}))
    done = clerk.post(last, {**SEEN, "evidence_seen": "guardian_id_card"})
    shown = clerk.get(path_of(done)).text
    assert all(said in shown for said in ("父亲，核验一致", "没有监护关系证明的照片"))


def test_account_holder_is_not_registered_again(desk_service: Service, clerk: Desk) -> None:
    account_of(SOMEONE)
    answer = begin(clerk, SOMEONE.four_elements)
    assert answer.status_code == 422
    assert "已有账号（已注册，未核验）" in answer.text


def test_ticket_with_pictures_is_filed_once(desk_service: Service, clerk: Desk) -> None:
    account_of(SOMEONE)
    path = opened(clerk, SOMEONE.id_number)
    form_path = f"{path}/tickets?kind=re_registration"
    filled = clerk.get(form_path).text
    for known in SOMEONE.four_elements.values():
        assert f'value="{known}"' in filled
    form = {"kind": "re_registration", **SOMEONE.four_elements, "description": "用了旧证日期"}
    wrong = clerk.post(f"{path}/tickets", {**form, "valid_from": "x"})
    assert wrong.status_code == 422
    assert "用了旧证日期" in wrong.text
    form |= once_of(clerk, form_path)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: clerk.post_bare(f"{path}/tickets", form), range(3)))
    (ticket,) = {path_of(answer) for answer in answers}
    assert [line.action for line in LedgerLine.select()] == ["person_opened", "ticket_filed"]

    proof = {"csrf": clerk.csrf(ticket)}
    for content, status in ((b"no picture", 422), (photos.portrait(), 302)):
        answer = clerk.post_bare(f"{ticket}/evidence", proof, files={"image": ("a.jpg", content)})
        assert answer.status_code == status
    assert TicketEvidence.select().count() == 1
    shown = clerk.get(ticket).text
    assert "处理中" in shown
    assert SOMEONE.name not in shown
    clerk.post(f"{ticket}/opening", {"reason": "follow_up"}, page=ticket)
    assert SOMEONE.name in clerk.get(ticket).text
    assert Ticket.get().kind == "re_registration"


def test_user_ticket_is_answered_at_the_window(desk_service: Service, clerk: Desk) -> None:
    account_of(SOMEONE)
    token = sign_in(desk_service, SOMEONE)
    asked = {"kind": "other", "description": "窗口几点开门"}
    opened_ticket = data_of(desk_service.post("/tickets", json=asked, token=token))
    ticket = f"/window/tickets/{opened_ticket['id']}"
    assert SOMEONE.name not in clerk.get(ticket).text
    assert path_of(clerk.post(f"{ticket}/claim", page=ticket)) == ticket
    assert clerk.post(f"{ticket}/end", {"reason": ""}, page=ticket).status_code == 422
    assert clerk.post(f"{ticket}/handover", {"reason": ""}, page=ticket).status_code == 422
    assert clerk.post(f"{ticket}/nothing", page=ticket).status_code == 404
    end = {"outcome": "resolved", "reason": "工作日九点开门"}
    assert path_of(clerk.post(f"{ticket}/end", end, page=ticket)) == ticket
    assert "工作日九点开门" in clerk.get("/window/tickets?answered=1").text
    assert "没有待办的工单" in clerk.get("/window/tickets").text


def test_forbidden_acts_are_refused_and_audited(desk_service: Service, clerk: Desk) -> None:
    account_of(SOMEONE)
    path = opened(clerk, SOMEONE.id_number)
    form = {"kind": "other", **SOMEONE.four_elements, "description": "请看看"}
    ticket = path_of(clerk.post(f"{path}/tickets", form))
    other = Desk(desk_service, token_of(member_of("clerk")))
    for answer in (other.get(ticket), other.post(f"{ticket}/claim", page="/window")):
        assert answer.status_code == 404

    own = member_of("clerk", id_number=SOMEONE.id_number, identity_index=SOMEONE.id_number)
    self_served = Desk(desk_service, token_of(own))
    page = find(self_served, SOMEONE.id_number)
    for answer in (
        self_served.post(f"{page}/open", {"reason": "at_window"}, page=page),
        self_served.post(f"{page}/verification", SEEN, page=page, files=FILES),
        begin(self_served, SOMEONE.four_elements),
    ):
        assert answer.status_code == 403
        assert "本人的事项不能由自己经办" in answer.text

    lost = member_of("clerk")
    StaffMember.update(window_id=None).where(StaffMember.id == lost.id).execute()
    without = Desk(desk_service, token_of(lost))
    assert "还没有指定所在窗口" in without.get("/window").text
    refused = without.post("/window", {"id_number": SOMEONE.id_number})
    assert (refused.status_code, "还没有指定所在窗口" in refused.text) == (403, True)
    reasons = [
        entry.details.partition('"reason": "')[2].partition('"')[0]
        for entry in AuditEntry.select().where(AuditEntry.tag == "staff:attempt:refused")
    ]
    named = ("TICKET_OF_OTHERS", "OWN_MATTER", "WINDOW_REQUIRED")
    assert [reasons.count(name) for name in named] == [3, 3, 1]
    assert Account.get().level == 3


def test_auditor_reads_and_cannot_act(desk_service: Service, clerk: Desk) -> None:
    account_of(SOMEONE)
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    path = find(auditor, SOMEONE.id_number)
    assert auditor.post(f"{path}/open", {"reason": "enquiry"}, page=path).status_code == 403
    assert auditor.get(f"{path}/verification").status_code == 403
    assert auditor.get("/second-person").status_code == 200
    assert DeskSitting.select().count() == 1
    assert LedgerLine.select().count() == 0
