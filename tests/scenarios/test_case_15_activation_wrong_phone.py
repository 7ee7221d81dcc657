"""Case 15: the phone on record is wrong; two members of the centre correct it."""

from tests.support.admin.centre_pages import CentreInBrowser
from tests.support.people.cases import (
    ActivationSteps,
    ask,
    assert_ledger,
    assert_resolved,
    explained,
    file_ticket,
)
from tests.support.people.persons import make_phone, person
from tests.support.service.service import Service

SOMEONE = person("王秀英", number=9115)
NEW_PHONE = make_phone(9215)


def test_centre_corrects_the_recorded_phone(
    service: Service, centre: tuple[CentreInBrowser, CentreInBrowser]
) -> None:
    activating, (first, second) = ActivationSteps(service, SOMEONE), centre
    answer = activating.ask_for_code(NEW_PHONE)
    data = explained(answer, 422, "PHONE_NOT_ON_RECORD", 15)
    assert data == {
        "phone_hint": SOMEONE.phone[-2:],
        "ticket": "activation_phone",
        "by_face": "activate",
    }
    assert [a["type"] for a in answer.json()["help"]["actions"]].count("ticket") == 1
    explained(activating.prove(NEW_PHONE, "123456"), 422, "PHONE_NOT_ON_RECORD", 15)
    ask(service, "激活的手机号我早就不用了", 15, activating.token, "phone_not_on_record")
    ticket = file_ticket(
        service,
        activating.token,
        "activation_phone",
        activation_token=activating.step["activation_token"],
        phone=NEW_PHONE,
    )

    first.claim(ticket)
    approval = first.ask(ticket, "correct_phone", reason="核对户籍与证件一致")
    first.go(f"/second-person/{approval}")
    assert first.page.locator("[data-act=decide]").count() == 0
    assert second.approve(approval).startswith("已批准")

    assert_resolved(service, activating.token, ticket, "登记的手机号已更正")
    activating.begin()
    assert activating.step["phone_hint"] == NEW_PHONE[-2:]
    assert activating.complete(NEW_PHONE)["account"]["level"] == 3
    acts = ("ticket_claimed", "approval_requested", "ticket_opened", "phone_corrected")
    assert_ledger(service, SOMEONE, *acts)
