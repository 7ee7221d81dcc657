"""Case 1: no SMS arrives; the WeChat phone number or the centre verifies the phone."""

from tests.scenarios.conftest import Counter
from tests.support.admin.centre_pages import CentreInBrowser
from tests.support.people.cases import (
    Applicant,
    ask,
    ask_for_code,
    assert_ledger,
    assert_resolved,
    explained,
    file_ticket,
)
from tests.support.people.persons import person
from tests.support.people.registrations import body
from tests.support.service.service import Service, data_of

# This phone never gets an accepted message.
SOMEONE = person("王秀英", number=9101, phone="13800120000")


def reproduce(service: Service) -> Applicant:
    """Let the gateway fail, then accept without delivery; check the bot's help."""
    applicant = Applicant(service, SOMEONE)
    service.sandbox.fault("sms", "error")
    failing = ask_for_code(service, applicant.token, SOMEONE.phone)
    explained(failing, 503, "SMS_UNAVAILABLE", 1)
    ask(service, "点了获取没动静，手机一条信息都没进来", 1, applicant.token, "sms_unavailable")
    data_of(ask_for_code(service, applicant.token, SOMEONE.phone), 202)
    assert service.sandbox.inbox(SOMEONE.phone) == []
    said = ask(service, "收不到验证码怎么办", 1, applicant.token, "sms_code_unused")
    assert "wechat-phone" in str(said["actions"])
    assert "phone_verification" in str(said["actions"])
    return applicant


def test_wechat_phone_number_needs_no_sms(service: Service) -> None:
    applicant = reproduce(service)
    applicant.registered()
    assert_ledger(service, SOMEONE)


def test_centre_verifies_the_phone_manually(
    service: Service, centre: tuple[CentreInBrowser, CentreInBrowser]
) -> None:
    applicant, (first, _) = reproduce(service), centre
    by_hand = body(SOMEONE, None)
    assert applicant.send(by_hand).status_code == 422
    ticket = file_ticket(
        service, applicant.token, "phone_verification", phone=SOMEONE.phone, description="没有短信"
    )

    assert first.queue("whose=free") == [ticket]
    first.claim(ticket)
    assert SOMEONE.phone in first.text
    assert first.act(ticket, "verify_phone", reason="回拨核实是本人").startswith("已办")

    assert_resolved(service, applicant.token, ticket, "手机号已人工核实")
    registered = data_of(applicant.send(by_hand), 201)
    assert registered["account"]["phone_verified_by"] == "manual"
    assert_ledger(service, SOMEONE, "ticket_claimed", "phone_verified")


def test_clerk_files_the_phone_of_a_person_without_an_account(
    service: Service, window: Counter, centre: tuple[CentreInBrowser, CentreInBrowser]
) -> None:
    applicant, (first, _) = reproduce(service), centre
    by_hand = body(SOMEONE, None)
    window.page.set_viewport_size({"width": 820, "height": 1180})
    window.find(SOMEONE.id_number)
    window.open()
    said = "本人带手机到窗口，收不到短信"
    ticket = window.file_ticket(
        "phone_verification", name=SOMEONE.name, phone=SOMEONE.phone, description=said
    )
    assert applicant.send(by_hand).status_code == 422
    first.claim(ticket)
    assert first.act(ticket, "verify_phone", reason="回拨核实是本人").startswith("已办")

    stranger = {**by_hand, "name": "王秀兰"}
    assert applicant.send(stranger).json()["data"]["fields"][0]["field"] == "sms_code"
    registered = data_of(applicant.send(by_hand), 201)
    assert registered["account"]["phone_verified_by"] == "manual"
    again = service.post("/registrations", json=by_hand, token=service.wechat_login("li"))
    assert again.json()["data"]["fields"][0]["field"] == "sms_code"
    assert_ledger(
        service, SOMEONE, "person_opened", "ticket_filed", "ticket_claimed", "phone_verified"
    )
