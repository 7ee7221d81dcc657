"""Calls that are replayed, altered or of another system change no matter."""

import secrets

from tests.scenarios.matters.conftest import Office
from tests.support.matters.matters import PEOPLE
from tests.support.matters.people import Client
from tests.support.matters.systems import person_body, system_of
from tests.support.people.faces import refused
from tests.support.service.service import Service, data_of

ZHANG, LI, WANG = PEOPLE


def test_calls_of_systems(service: Service, office: Office) -> None:
    matter_id = office.create(person_body(ZHANG))
    other = system_of(service, name="另一个登记系统")
    path = f"/matters/{matter_id}"
    for method, place, content in (
        ("GET", path, None),
        ("POST", f"{path}/withdrawal", {}),
        ("POST", f"{path}/acceptance", {"version": 1}),
        ("PUT", path, {**office.body, "version": 1}),
    ):
        assert other.call(method, place, content).status_code == 404
    nonce = secrets.token_hex(16)
    assert office.call("GET", path, nonce=nonce).status_code == 200
    assert office.call("GET", path, nonce=nonce).json()["code"] == "REPLAYED"
    altered = office.call("POST", f"{path}/withdrawal", {}, body=b'{"reason": "x"}')
    assert altered.json()["code"] == "SIGNATURE_INVALID"
    assert office.states() == ("waiting", ["pending"])


def test_calls_of_persons(service: Service, office: Office) -> None:
    matter_id = office.create(person_body(ZHANG), person_body(ZHANG, "经理"), person_body(LI))
    zhang, li = Client(service, ZHANG, "zhang"), Client(service, LI, "li")
    sent = zhang.shown(matter_id, "股东")
    sent["challenge_id"] = data_of(zhang.open(matter_id, sent))["challenge_id"]
    others = li.shown(matter_id)
    # Another person's line, check or digest.
    refused(zhang.open(matter_id, {**others, "digest": sent["digest"]}), 404, "NOT_FOUND")
    data_of(li.open(matter_id, others))
    stolen = {**others, "challenge_id": sent["challenge_id"]}
    refused(li.send(matter_id, stolen), 404, "NOT_FOUND")
    refused(zhang.send(matter_id, {**sent, "digest": others["digest"]}), 409, "MATTER_CHANGED")
    # A check for one post does not confirm two.
    both = zhang.shown(matter_id)["line_ids"]
    refused(zhang.send(matter_id, {**sent, "line_ids": both}), 404, "NOT_FOUND")
    assert service.sandbox.calls("queryverifyinfo") == []
    data_of(zhang.send(matter_id, sent))
    refused(zhang.send(matter_id, sent), 409, "LINE_DECIDED")
    assert office.states() == ("waiting", ["confirmed", "pending", "pending"])
    office.assert_told("line_confirmed")
