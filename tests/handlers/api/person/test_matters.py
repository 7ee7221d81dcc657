"""The person's calls about matters over HTTP: from the to-do to 已确认, and every refusal."""

import json
from typing import Any

import pytest

from models.accounts.accounts import FROZEN, Account
from models.matters.matters import Line, Matter
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of, window_of
from tests.support.matters.matters import PEOPLE
from tests.support.matters.people import GIVEN, Client
from tests.support.matters.systems import System, made, matter_body, person_body, system_of
from tests.support.people.accounts import tables_of
from tests.support.people.faces import refused
from tests.support.people.persons import person
from tests.support.people.signatures import signature
from tests.support.service.service import Service, data_of

ZHANG, LI, WANG = PEOPLE


@pytest.fixture
def system(service: Service) -> System:
    return system_of(service)


def test_from_the_to_do_to_confirmed(service: Service, system: System) -> None:
    matter_id = made(
        system, person_body(ZHANG), person_body(ZHANG, "法定代表人"), person_body(LI, "经办人")
    )
    zhang, li = Client(service, ZHANG, "zhang"), Client(service, LI, "li")
    (item,) = zhang.listed()["items"]
    assert (item["matter_id"], item["roles"]) == (matter_id, ["股东", "法定代表人"])
    assert item["todo"]
    seen = zhang.seen(matter_id)
    assert seen["details"] == [{"label": "注册资本", "value": "100万元"}]
    assert "股东、法定代表人" in seen["statement"]
    assert seen["others"] == {"total": 1, "confirmed": 0}
    assert seen["persons"] is None
    decided = data_of(zhang.confirm(matter_id))
    assert [line["state"] for line in decided["lines"]] == ["confirmed", "confirmed"]
    assert decided["state"] == "waiting"
    assert len(service.sandbox.calls("getverifyid")) == 1
    assert data_of(li.confirm(matter_id))["state"] == "confirmed"
    assert not zhang.listed()["items"][0]["todo"]
    shown = system.call("GET", f"/matters/{matter_id}").json()["data"]
    assert {line["state"] for line in shown["lines"]} == {"confirmed"}
    sent = {"version": 1}
    assert system.call("POST", f"/matters/{matter_id}/acceptance", sent).status_code == 200
    assert zhang.listed()["items"] == []
    assert [one["state"] for one in zhang.listed("done")["items"]] == ["accepted"]
    refused(zhang.refuse(matter_id), 409, "MATTER_CLOSED")


def test_not_mine_is_told_and_may_be_changed(service: Service, system: System) -> None:
    matter_id = made(system, person_body(ZHANG))
    client = Client(service, ZHANG, "zhang")
    decided = data_of(client.refuse(matter_id))
    assert (decided["state"], decided["lines"][0]["reason"]) == ("refused", "not_me")
    (ticket,) = data_of(client.get("/tickets"))["tickets"]
    assert (ticket["kind"], ticket["actions"][0]["ticket"]) == (
        "matter_not_mine",
        "identity_dispute",
    )
    # A user cannot file one.
    sent = {"kind": "matter_not_mine", "description": "x"}
    refused(client.post("/tickets", json=sent), 422, "INVALID_INPUT")
    assert data_of(client.confirm(matter_id))["state"] == "confirmed"
    assert data_of(client.refuse(matter_id, reason="unwilling"))["state"] == "refused"


def test_staff_answer_a_refused_matter(service: Service, system: System) -> None:
    client = Client(service, ZHANG, "zhang")
    with tables_of(service):
        office = window_of("登记窗口")
        clerk, centre = member_of("clerk", window=office.id), member_of("centre")
        tokens = token_of(clerk), token_of(centre)
    matter_id = made(system, person_body(ZHANG), office=office.id)
    data_of(client.refuse(matter_id))
    (ticket,) = data_of(client.get("/tickets"))["tickets"]
    for listed, token in zip(("/window/tickets", "/centre"), tokens, strict=True):
        path = f"/{listed.split('/')[1]}/tickets/{ticket['id']}"
        for page in (listed, path):
            assert "业务不是本人办的" in Desk(service, token).get(page).text
    desk, path = Desk(service, tokens[0]), f"/window/tickets/{ticket['id']}"
    assert desk.post(f"{path}/claim", page=path).status_code in (302, 303)
    assert "没有办过" in desk.get(path).text
    done = {"reason": "已核实，系经办人填错", "outcome": "resolved"}
    assert desk.post(f"{path}/end", done, page=path).status_code in (302, 303)
    (ticket,) = data_of(client.get("/tickets"))["tickets"]
    assert (ticket["state"], ticket["reason"]) == ("resolved", done["reason"])


def test_repeated_calls_get_the_same_answer(service: Service, system: System) -> None:
    matter_id = made(system, person_body(ZHANG))
    client = Client(service, ZHANG, "zhang")
    sent = client.shown(matter_id)
    sent["challenge_id"] = data_of(client.open(matter_id, sent))["challenge_id"]
    key = {"Idempotency-Key": "confirm-matter-1"}
    first = client.send(matter_id, sent, headers=key)
    again = client.send(matter_id, sent, headers=key)
    assert data_of(first) == data_of(again)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.send(matter_id, sent, headers=key, signed=signature(share=0.7))
    refused(other, 409, "IDEMPOTENCY_CONFLICT")
    refused(client.send(matter_id, sent), 409, "LINE_DECIDED")
    assert len(service.sandbox.calls("queryverifyinfo")) == 1


def test_ctid_confirms_instead_of_a_face(service: Service, system: System) -> None:
    matter_id = made(system, person_body(ZHANG))
    client = Client(service, ZHANG, "zhang")
    sent = {
        **client.shown(matter_id),
        "consent_version": GIVEN.version,
        "separate_consents": "matter",
    }
    wrong = client.send(matter_id, {**sent, "ctid_token": "x"})
    assert refused(wrong, 422, "CTID_REJECTED", 12) == {"attempts_left": 4}
    service.sandbox.fault("ctid", "error")
    token = {"ctid_token": f"ctid-ok-{ZHANG.id_number}"}
    refused(client.send(matter_id, {**sent, **token}), 503, "CTID_UNAVAILABLE", 12)
    both = client.send(matter_id, {**sent, **token, "challenge_id": "x"})
    assert refused(both, 422, "INVALID_INPUT")["fields"][0]["code"] == "one_way"
    decided = data_of(client.send(matter_id, {**sent, **token}))
    assert decided["lines"][0]["confirmed_by"] == "ctid"


def test_failed_faces_are_limited_as_at_level_4(service: Service, system: System) -> None:
    someone = person("张不像", number=83)
    matter_id = made(system, person_body(someone))
    client = Client(service, someone, "zhang")
    for left in (4, 3, 2, 1, 0):
        answer = client.confirm(matter_id)
        assert refused(answer, 422, "FACE_MISMATCH", 12) == {"attempts_left": left}
    answer = client.open(matter_id, client.shown(matter_id))
    refused(answer, 429, "TOO_MANY_ATTEMPTS", 10)


def test_unfinished_and_silent_checks_use_nothing_up(service: Service, system: System) -> None:
    matter_id = made(system, person_body(ZHANG))
    client = Client(service, ZHANG, "zhang")
    sent = client.shown(matter_id)
    service.sandbox.fault("face", "error", action="getverifyid")
    refused(client.open(matter_id, sent), 503, "IDENTITY_SOURCE_BUSY", 12)
    sent["challenge_id"] = data_of(client.open(matter_id, sent))["challenge_id"]
    service.sandbox.face(client.openid, 90002)
    refused(client.send(matter_id, sent), 422, "FACE_NOT_FINISHED", 12)
    sent["challenge_id"] = data_of(client.open(matter_id, sent))["challenge_id"]
    service.sandbox.fault("face", "error", action="queryverifyinfo")
    refused(client.send(matter_id, sent), 503, "IDENTITY_SOURCE_BUSY", 12)
    service.sandbox.fault("face", "limit", action="queryverifyinfo")
    refused(client.send(matter_id, sent), 429, "IDENTITY_DAILY_LIMIT", 12)
    assert data_of(client.send(matter_id, sent))["state"] == "confirmed"


@pytest.mark.parametrize(
    ("name", "code"), [("张无照", "FACE_NO_PHOTO"), ("张旧证", "FACE_DATA_MISSING")]
)
def test_persons_without_a_photo_at_the_source(
    service: Service, system: System, name: str, code: str
) -> None:
    someone = person(name, number=84)
    matter_id = made(system, person_body(someone))
    refused(Client(service, someone, "zhang").confirm(matter_id), 422, code, 12)


def test_content_that_changed_meanwhile_is_refused(service: Service, system: System) -> None:
    matter_id = made(system, person_body(ZHANG))
    client = Client(service, ZHANG, "zhang")
    sent = client.shown(matter_id)
    sent["challenge_id"] = data_of(client.open(matter_id, sent))["challenge_id"]
    body = matter_body(person_body(ZHANG), details=[{"label": "注册资本", "value": "1元"}])
    changed = system.call("PUT", f"/matters/{matter_id}", {**body, "version": 1})
    assert changed.status_code == 200, changed.text
    for answer in (client.send(matter_id, sent), client.open(matter_id, client_sent(sent))):
        refused(answer, 409, "MATTER_CHANGED")
        assert answer.json()["data"] == {"version": 2}
    withdrawn = system.call("POST", f"/matters/{matter_id}/withdrawal", {})
    assert withdrawn.status_code == 200, withdrawn.text
    assert refused(client.refuse(matter_id), 409, "MATTER_CLOSED")["state"] == "withdrawn"


def client_sent(sent: dict[str, Any]) -> dict[str, Any]:
    return {name: sent[name] for name in ("line_ids", "digest")}


def test_expired_matter_and_minor_are_refused(service: Service, system: System) -> None:
    matter_id = made(system, person_body(ZHANG))
    client = Client(service, ZHANG, "zhang")
    sent = client.shown(matter_id)
    with tables_of(service):
        Matter.update(expires_at=Matter.created_at).execute()
    refused(client.open(matter_id, sent), 409, "MATTER_EXPIRED")
    child = person("张小明", number=85, birth=ZHANG.valid_from.replace(year=2012))
    second = made(system, person_body(child), number="2026-000124")
    young = Client(service, child, "child")
    assert young.seen(second)["needs"]["ways"] == ["window"]
    refused(young.open(second, young.shown(second)), 422, "GUARDIAN_REQUIRED")


def test_signature_and_consents_are_checked(service: Service, system: System) -> None:
    matter_id = made(system, person_body(ZHANG))
    client = Client(service, ZHANG, "zhang")
    sent = client.shown(matter_id)
    path = f"/matters/{matter_id}/challenges"
    refused(client.post(path, json=sent), 422, "CONSENT_REQUIRED")
    given = {"consent_version": GIVEN.version}
    missing = refused(client.post(path, json={**sent, **given}), 422, "CONSENT_REQUIRED")
    assert missing == {"missing": ["matter"]}
    old = {"consent_version": "2019-06-01", "separate_consents": ["matter"]}
    refused(client.post(path, json={**sent, **old}), 409, "CONSENT_OUTDATED")
    sent["challenge_id"] = data_of(client.open(matter_id, sent))["challenge_id"]
    faint = signature(ink=(240, 240, 240, 255))
    for signed in (b"x", faint, signature(share=0.02)):
        refused(client.send(matter_id, sent, signed=signed), 422, "SIGNATURE_UNREADABLE")
    refused(client.send(matter_id, sent, signed=b"x" * 204_801), 413, "BODY_TOO_LARGE")
    for missing_part in ("digest", "line_ids", "challenge_id"):
        rest = {**sent, missing_part: [] if missing_part == "line_ids" else None}
        answer = client.send(matter_id, rest)
        assert refused(answer, 422, "INVALID_INPUT")["fields"][0]["field"].startswith(missing_part)
    # JSON carries no signature.
    path = f"/matters/{matter_id}/confirmations"
    entry = refused(client.post(path, json=sent), 422, "INVALID_INPUT")["fields"][0]
    assert (entry["field"], entry["code"]) == ("signature", "required")
    assert service.sandbox.calls("queryverifyinfo") == []
    assert data_of(client.send(matter_id, sent))["state"] == "confirmed"


def test_calls_need_level_4_and_an_own_line(service: Service, system: System) -> None:
    matter_id = made(system, person_body(ZHANG))
    stranger = Client(service, LI, "li")
    assert stranger.listed() == {"count": 0, "items": []}
    sent = {"line_ids": ["x"], "digest": "x", "reason": "not_me", "consent_version": GIVEN.version}
    sent["separate_consents"] = ["matter"]
    calls = ("challenges", "confirmations", "refusals", "reminders")
    paths = [f"/matters/{matter_id}/{call}" for call in calls]
    token = {"ctid_token": "x"}
    refused(stranger.get(f"/matters/{matter_id}"), 404, "NOT_FOUND")
    for path in (paths[0], paths[2], paths[3]):
        refused(stranger.post(path, json=sent), 404, "NOT_FOUND")
    refused(stranger.send(matter_id, {**sent, **token}), 404, "NOT_FOUND")
    client = Client(service, ZHANG, "zhang")
    refused(client.post(paths[3]), 403, "FORBIDDEN")
    with tables_of(service):
        Account.update(level=3).execute()
    assert client.listed() == {"count": 1, "items": None}
    for path in paths:
        low = client.post(path, json=sent)
        refused(low, 403, "LEVEL_TOO_LOW")
        assert "查看待办业务" in low.json()["message"]
    refused(client.get(f"/matters/{matter_id}"), 403, "LEVEL_TOO_LOW")
    with tables_of(service):
        Account.update(status=FROZEN, level=4).execute()
    for path in paths:
        refused(client.post(path, json=sent), 403, "ACCOUNT_FROZEN")
    for path in paths:
        refused(service.post(path, json=sent), 401, "UNAUTHENTICATED")


def test_agent_reminds_once_a_day(service: Service, system: System) -> None:
    matter_id = made(system, person_body(ZHANG, "经办人"), person_body(LI))
    agent = Client(service, ZHANG, "zhang")
    (other,) = agent.seen(matter_id)["persons"]
    assert sorted(other) == ["line_id", "name", "role", "state"]
    assert (other["name"], other["state"]) == ("李*", "pending")
    path = f"/matters/{matter_id}/reminders"
    assert data_of(agent.post(path), 202) == {"sent": 1, "limit": 0}
    again = agent.post(path)
    assert refused(again, 429, "REMINDER_LIMIT")["retry_after"] > 9 * 3600 - 1
    assert "9:00" in again.json()["message"]


def test_cancellation_asks_about_open_matters(service: Service, system: System) -> None:
    matter_id = made(system, person_body(ZHANG))
    client = Client(service, ZHANG, "zhang")
    data_of(client.confirm(matter_id))
    code = service.sms_code(client.token, ZHANG.phone, "confirm")
    sent = {"sms_code": code, "reason": "不用了"}
    open_ones = client.post("/account/cancellation", json=sent)
    assert refused(open_ones, 409, "MATTERS_OPEN") == {"count": 1}
    data_of(client.post("/account/cancellation", json={**sent, "despite_matters": True}))
    with tables_of(service):
        assert (Line.get().state, Line.get().reason) == ("lost", "cancelled")


def test_nothing_personal_is_logged(service: Service, system: System) -> None:
    matter_id = made(system, person_body(ZHANG), subject={"name": "绝密科技", "type": "公司"})
    client = Client(service, ZHANG, "zhang")
    data_of(client.refuse(matter_id))
    data_of(client.confirm(matter_id))
    log = (service.settings.var_dir / "log" / "web.log").read_text()
    assert "/matters/" in log
    for secret in (ZHANG.id_number, ZHANG.name, "绝密科技", "没有办过"):
        assert secret not in log + service.output
        assert secret not in json.dumps(service.sandbox.calls("webhook"), ensure_ascii=False)
