"""A confirmed line is lost meanwhile: the matter waits again, and the person may confirm again."""

from miniprogram_api.accounts import accounts
from miniprogram_api.matter_lines import holders
from models.accounts.accounts import FROZEN, Account
from models.storage.database import transaction
from tests.scenarios.matters.conftest import Office
from tests.support.matters.matters import PEOPLE
from tests.support.matters.people import GIVEN, Client
from tests.support.matters.systems import person_body
from tests.support.people.accounts import tables_of
from tests.support.people.cases import Applicant, face
from tests.support.people.faces import refused
from tests.support.service.service import Service, data_of

ZHANG, LI, WANG = PEOPLE


def test_frozen_in_between_and_confirmed_again(service: Service, office: Office) -> None:
    matter_id = office.create(person_body(ZHANG), person_body(LI))
    zhang, li = Client(service, ZHANG, "zhang"), Client(service, LI, "li")
    for client in (zhang, li):
        data_of(client.confirm(matter_id))
    sent = zhang.shown(matter_id)
    dispute(service)
    assert office.states() == ("waiting", ["lost", "confirmed"])
    assert office.reasons()[0] == "frozen"
    assert office.accept().json()["code"] == "MATTER_NOT_READY"
    refused(zhang.open(matter_id, sent), 403, "ACCOUNT_FROZEN")
    with tables_of(service), transaction():
        account = Account.locked(Account.get(Account.status == FROZEN).id)
        accounts.unfreeze(account)
        holders.account_changed(account.id)
    # Unfrozen does not mean confirmed.
    assert office.states() == ("waiting", ["lost", "confirmed"])
    assert zhang.listed()["items"][0]["todo"]
    data_of(zhang.confirm(matter_id))
    data_of(office.accept())
    told = office.assert_told(
        "line_confirmed", "line_confirmed", "confirmed", "line_lost", "line_confirmed", "confirmed"
    )
    (lost,) = told[3]["lines"]
    assert (lost["state"], lost["reason"], told[3]["matter"]["state"]) == (
        "lost",
        "frozen",
        "waiting",
    )


def dispute(service: Service) -> None:
    """Prove by face that the account is another's."""
    claim = {"kind": "identity_dispute", "name": ZHANG.name, "id_number": ZHANG.id_number}
    token = service.wechat_login("victim")
    number = data_of(service.post("/tickets", json=claim, token=token), 201)["id"]
    consent = {"consent_version": GIVEN.version}
    opened = service.post(f"/tickets/{number}/face-challenges", json=consent, token=token)
    check = {"challenge_id": data_of(opened)["challenge_id"]}
    data_of(service.post(f"/tickets/{number}/face-verifications", json=check, token=token))


def test_cancelled_in_between_and_registered_again(service: Service, office: Office) -> None:
    matter_id = office.create(person_body(ZHANG))
    zhang = Client(service, ZHANG, "zhang")
    data_of(zhang.confirm(matter_id))
    code = service.sms_code(zhang.token, ZHANG.phone, "confirm")
    sent = {"sms_code": code, "reason": "不用了"}
    asked = zhang.post("/account/cancellation", json=sent)
    assert refused(asked, 409, "MATTERS_OPEN") == {"count": 1}
    assert "1项业务" in asked.json()["message"]
    data_of(zhang.post("/account/cancellation", json={**sent, "despite_matters": True}))
    assert office.states() == ("waiting", ["lost"])
    assert office.reasons() == ["cancelled"]
    assert office.accept().json()["code"] == "MATTER_NOT_READY"
    token = Applicant(service, ZHANG).registered()
    data_of(face(service, token, 10000))
    zhang.token = token
    data_of(zhang.confirm(matter_id))
    data_of(office.accept())
    office.assert_told("line_confirmed", "confirmed", "line_lost", "line_confirmed", "confirmed")
