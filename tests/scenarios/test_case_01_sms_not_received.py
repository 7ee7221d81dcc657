"""Case 1: no SMS arrives; the WeChat phone number or the centre verifies the phone."""

from tests.support.admin.centre_pages import CentreInBrowser
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import tables_of
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


def test_clerk_files_the_phone_of_a_person_without_an_account(service: Service) -> None:
    applicant = reproduce(service)
    by_hand = body(SOMEONE, None)
    with tables_of(service):
        clerk, centre = token_of(member_of("clerk")), token_of(member_of("centre"))
    filed = {
        "kind": "phone_verification",
        "name": SOMEONE.name,
        "id_number": SOMEONE.id_number,
        "phone": SOMEONE.phone,
        "description": "本人带手机到窗口，收不到短信",
    }
    ticket = data_of(service.post("/window/tickets", json=filed, token=clerk), 201)["ticket_id"]
    assert applicant.send(by_hand).status_code == 422
    path = f"/centre/tickets/{ticket}"
    data_of(service.post(f"{path}/claim", token=centre))
    verified = {"reason": "回拨核实是本人"}
    data_of(service.post(f"{path}/phone-verification", json=verified, token=centre))

    stranger = {**by_hand, "name": "王秀兰"}
    assert applicant.send(stranger).json()["data"]["fields"][0]["field"] == "sms_code"
    registered = data_of(applicant.send(by_hand), 201)
    assert registered["account"]["phone_verified_by"] == "manual"
    again = service.post("/registrations", json=by_hand, token=service.wechat_login("li"))
    assert again.json()["data"]["fields"][0]["field"] == "sms_code"
    assert_ledger(service, SOMEONE, "ticket_filed", "ticket_claimed", "phone_verified")
