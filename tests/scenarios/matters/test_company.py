"""A company is set up: its persons confirm, change their minds, change, or do not come."""

from miniprogram_api.matters import expiry
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.matters.matters import Matter
from tests.scenarios.matters.conftest import Office
from tests.support.matters.matters import PEOPLE
from tests.support.matters.people import Client
from tests.support.matters.systems import person_body
from tests.support.people.accounts import tables_of
from tests.support.people.cases import ActivationSteps, Applicant, face
from tests.support.people.faces import refused
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

ZHANG, LI, WANG = PEOPLE


def test_three_people_one_with_two_posts(service: Service, office: Office) -> None:
    matter_id = office.create(
        person_body(ZHANG),
        person_body(ZHANG, "法定代表人"),
        person_body(LI),
        person_body(WANG, "经办人"),
    )
    zhang, li, agent = (
        Client(service, someone, name)
        for someone, name in ((ZHANG, "zhang"), (LI, "li"), (WANG, "wang"))
    )
    for client in (zhang, agent):
        data_of(client.confirm(matter_id))
    # The agent sees who has not confirmed; the others only how many.
    waiting = [one for one in agent.seen(matter_id)["persons"] if one["state"] == "pending"]
    assert [(one["name"], one["role"]) for one in waiting] == [("李*", "股东")]
    assert zhang.seen(matter_id)["others"] == {"total": 2, "confirmed": 1}
    not_ready = office.accept()
    (missing,) = refused_data(not_ready, "MATTER_NOT_READY")["lines"]
    assert missing["reason"] == "pending"
    data_of(li.confirm(matter_id))
    assert office.states() == ("confirmed", ["confirmed"] * 4)
    receipts = data_of(office.accept())
    assert data_of(office.accept()) == receipts
    assert len(service.sandbox.calls("getverifyid")) == 3
    office.assert_told("line_confirmed", "line_confirmed", "line_confirmed", "confirmed")
    for client in (zhang, li, agent):
        assert client.listed()["items"] == []
        (item,) = client.listed("done")["items"]
        assert item["state"] == "accepted"
    receipt = zhang.seen(matter_id)["lines"][0]["receipt"]
    assert data_of(office.call("GET", f"/receipts/{receipt}"))["verified"]
    with tables_of(service):
        acts = [one.tag for one in AuditEntry.select().order_by(AuditEntry.id)]
    assert [tag for tag in acts if tag.startswith(("api:matter", "matter:"))] == [
        "matter:state:created",
        *["api:matter:confirmed"] * 3,
        "matter:state:accepted",
    ]


def refused_data(answer: object, code: str) -> dict[str, object]:
    content = answer.json()  # type: ignore[attr-defined]
    assert content["code"] == code, content
    data: dict[str, object] = content["data"]
    return data


def test_not_mine_then_confirmed(service: Service, office: Office) -> None:
    matter_id = office.create(person_body(ZHANG), person_body(LI))
    zhang, li = Client(service, ZHANG, "zhang"), Client(service, LI, "li")
    data_of(li.confirm(matter_id))
    data_of(zhang.refuse(matter_id))
    assert office.states() == ("refused", ["refused", "confirmed"])
    assert office.reasons()[0] == "not_me"
    refused_data(office.accept(), "MATTER_NOT_READY")
    (ticket,) = data_of(zhang.get("/tickets"))["tickets"]
    assert ticket["kind"] == "matter_not_mine"
    with tables_of(service):
        assert {account.status for account in Account.select()} == {"active"}
    data_of(zhang.confirm(matter_id))
    data_of(office.accept())
    office.assert_told("line_confirmed", "line_refused", "line_confirmed", "confirmed")


def test_confirmed_then_refused_before_acceptance(service: Service, office: Office) -> None:
    matter_id = office.create(person_body(ZHANG))
    zhang = Client(service, ZHANG, "zhang")
    data_of(zhang.confirm(matter_id))
    data_of(zhang.refuse(matter_id, reason="wrong_content"))
    assert office.states() == ("refused", ["refused"])
    refused_data(office.accept(), "MATTER_NOT_READY")
    # The next version takes the objection up.
    office.change(person_body(ZHANG), details=[{"label": "注册资本", "value": "50万元"}])
    assert office.states() == ("waiting", ["pending"])
    data_of(zhang.confirm(matter_id))
    data_of(office.accept())
    told = ("line_confirmed", "confirmed", "line_refused", "line_confirmed", "confirmed")
    assert office.assert_told(*told)[3]["matter"]["version"] == 2


def test_a_person_changes_after_another_confirmed(service: Service, office: Office) -> None:
    matter_id = office.create(person_body(ZHANG), person_body(LI))
    zhang, li, wang = (
        Client(service, someone, name)
        for someone, name in ((ZHANG, "zhang"), (LI, "li"), (WANG, "wang"))
    )
    data_of(zhang.confirm(matter_id))
    office.change(person_body(ZHANG), person_body(WANG))
    assert office.states() == ("waiting", ["confirmed", "pending"])
    refused(li.get(f"/matters/{matter_id}"), 404, "NOT_FOUND")
    assert li.listed()["count"] == 0
    data_of(wang.confirm(matter_id))
    data_of(office.accept())
    office.assert_told("line_confirmed", "line_confirmed", "confirmed")


def test_expiry_is_told(service: Service, office: Office) -> None:
    matter_id = office.create(person_body(ZHANG), person_body(LI))
    zhang, li = Client(service, ZHANG, "zhang"), Client(service, LI, "li")
    data_of(zhang.confirm(matter_id))
    sent = li.shown(matter_id)
    with tables_of(service):
        Matter.update(expires_at=Matter.created_at).execute()
    refused(li.open(matter_id, sent), 409, "MATTER_EXPIRED")
    with tables_of(service):
        expiry.expire_due()
    assert office.states()[0] == "expired"
    refused_data(office.accept(), "MATTER_EXPIRED")
    assert li.listed("done")["items"][0]["state"] == "expired"
    office.assert_told("line_confirmed", "expired")


def test_invited_person_registers_and_confirms(service: Service, office: Office) -> None:
    newcomer = person("赵六", number=91)
    matter_id = office.create(person_body(newcomer, phone=newcomer.phone))
    assert office.reasons() == ["not_found"]
    token = Applicant(service, newcomer).registered()
    assert office.reasons() == ["level_too_low"]
    assert data_of(service.get("/matters", token=token)) == {"count": 1, "items": None}
    refused(service.get(f"/matters/{matter_id}", token=token), 403, "LEVEL_TOO_LOW")
    data_of(face(service, token, 10000))
    assert office.reasons() == ["ok"]
    confirm(service, token, matter_id)
    data_of(office.accept())
    office.assert_told("line_confirmed", "confirmed")


def test_synced_person_activates_and_confirms(service: Service, office: Office) -> None:
    synced = person("赵六", number=92)
    matter_id = office.create(person_body(synced))
    steps = ActivationSteps(service, synced)
    assert office.reasons() == ["unactivated"]
    token = steps.complete()["token"]
    data_of(face(service, token, 10000))
    confirm(service, token, matter_id)
    assert office.states() == ("confirmed", ["confirmed"])


def confirm(service: Service, token: str, matter_id: str) -> None:
    """Confirm with the token of a person who has just reached level 4."""
    client = Client.__new__(Client)
    client.service, client.token, client.openid = service, token, "o-zhang"
    data_of(client.confirm(matter_id))


def test_five_failed_faces_lead_to_another_way(service: Service, office: Office) -> None:
    someone = person("张不像", number=93)
    matter_id = office.create(person_body(someone))
    client = Client(service, someone, "zhang")
    for _ in range(5):
        refused(client.confirm(matter_id), 422, "FACE_MISMATCH", 12)
    answer = client.open(matter_id, client.shown(matter_id))
    refused(answer, 429, "TOO_MANY_ATTEMPTS", 10)
    assert "窗口" in answer.json()["message"]
    # CTID counts apart.
    sent = {
        **client.shown(matter_id),
        "ctid_token": f"ctid-ok-{someone.id_number}",
        "separate_consents": "matter",
        "consent_version": data_of(service.get("/consent"))["version"],
    }
    assert data_of(client.send(matter_id, sent))["state"] == "confirmed"
