"""Matters at a window over HTTP."""

import json
from typing import Any

import pytest
import requests

from models.desks.ledger import LedgerLine
from models.matters.pictures import MatterPicture
from tests.support.admin.staff import member_of, token_of, window_of
from tests.support.matters.matters import PEOPLE, verified
from tests.support.matters.systems import matter_body, person_body
from tests.support.people import photos
from tests.support.people.accounts import tables_of
from tests.support.people.signatures import signature
from tests.support.service.service import Service, data_of, error_of

ZHANG, LI, _ = PEOPLE


@pytest.fixture
def tokens(service: Service) -> tuple[str, str]:
    """Return the tokens of clerks of the receiving and of another window."""
    with tables_of(service):
        verified(ZHANG), verified(LI)
        receiving = window_of(name="受理县窗口")
        return (
            token_of(member_of("clerk", window=receiving.id)),
            token_of(member_of("clerk", window=window_of(name="另一县窗口").id)),
        )


def upload(service: Service, path: str, token: str, parts: Any, **files: bytes) -> Any:
    return requests.post(
        f"{service.url}/api/v1{path}",
        data=parts,
        files={name: (f"{name}.bin", content) for name, content in files.items()},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )


def test_from_receipt_to_acceptance(service: Service, tokens: tuple[str, str]) -> None:
    clerk, other = tokens
    body = {**matter_body(person_body(ZHANG), person_body(LI)), "number": "收-1"}
    body.pop("office", None)
    made: Any = data_of(service.post("/window/matters", json=body, token=clerk), 201)
    again: Any = data_of(service.post("/window/matters", json=body, token=clerk), 201)
    assert again["matter_id"] == made["matter_id"]
    path = f"/window/matters/{made['matter_id']}"
    error_of(
        service.post(f"{path}/acceptance", json={"version": 1}, token=clerk),
        409,
        "MATTER_NOT_READY",
    )
    found: Any = data_of(service.post("/window/matters/find", json={"number": "收-1"}, token=other))
    assert found["matters"][0]["persons"] == 2
    by_name = {line["name"]: line["line_id"] for line in made["lines"]}
    parts = {
        "way": "on_site",
        "evidence_seen": "id_card",
        "reason": "本人到场",
        "line_ids": by_name[ZHANG.name],
    }
    error_of(upload(service, f"{path}/confirmations", other, parts, x=b"x"), 422, "INVALID_INPUT")
    files = {"photo": photos.portrait(), "signature": signature()}
    done = data_of(upload(service, f"{path}/confirmations", other, parts, **files), 201)
    assert done["matters"][0]["matter_id"] == made["matter_id"]
    cannot = json.dumps({"reason": "手部受伤", "witness": "李见证"}, ensure_ascii=False)
    parts |= {"line_ids": by_name[LI.name], "cannot_sign": cannot, "no_photo": "本人不同意"}
    data_of(upload(service, f"{path}/confirmations", other, parts, x=b"x"), 201)
    assert data_of(service.get("/window/matter-reviews", token=clerk))["reviews"][0]["state"]
    accepted = service.post(f"{path}/acceptance", json={"version": 1}, token=clerk)
    assert data_of(accepted)["state"] == "accepted"
    error_of(service.post(f"{path}/withdrawal", json={}, token=clerk), 409, "MATTER_CLOSED")
    listed: Any = data_of(service.get("/window/matters?state=accepted", token=clerk))
    assert [one["confirmed"] for one in listed["matters"]] == [2]
    with tables_of(service):
        lines = LedgerLine.select(LedgerLine.action).order_by(LedgerLine.number)
        assert [line.action for line in lines] == [
            "matter_created",
            "matter_confirmed",
            "matter_confirmed",
            "matter_accepted",
        ]


def test_refusal_change_and_withdrawal(service: Service, tokens: tuple[str, str]) -> None:
    clerk, other = tokens
    body = {**matter_body(person_body(ZHANG)), "number": "收-2"}
    made: Any = data_of(service.post("/window/matters", json=body, token=clerk), 201)
    path = f"/window/matters/{made['matter_id']}"
    refusal = {"line_ids": [made["lines"][0]["line_id"]], "reason": "wrong_content"}
    said = data_of(service.post(f"{path}/refusals", json=refusal, token=other))
    assert (said["state"], said["lines"][0]["name"]) == ("refused", "张*")
    changed = {**body, "version": 1, "persons": [person_body(LI)]}
    error_of(service.put(path, json=changed, token=other), 403, "FORBIDDEN")
    assert data_of(service.put(path, json=changed, token=clerk))["state"] == "waiting"
    withdrawal = service.post(f"{path}/withdrawal", json={"reason": "不办了"}, token=clerk)
    assert data_of(withdrawal)["withdrawal_reason"] == "不办了"


def test_line_without_its_record_is_lost_and_told_to_the_centre(
    service: Service, tokens: tuple[str, str]
) -> None:
    clerk, _ = tokens
    body = {**matter_body(person_body(ZHANG)), "number": "收-3"}
    made: Any = data_of(service.post("/window/matters", json=body, token=clerk), 201)
    path = f"/window/matters/{made['matter_id']}"
    parts = {
        "way": "on_site",
        "evidence_seen": "id_card",
        "reason": "本人到场",
        "line_ids": made["lines"][0]["line_id"],
    }
    files = {"photo": photos.portrait(), "signature": signature()}
    data_of(upload(service, f"{path}/confirmations", clerk, parts, **files), 201)
    with tables_of(service):
        MatterPicture.delete().where(MatterPicture.name == "signature").execute()
        centre = token_of(member_of("centre"))
    refused = service.post(f"{path}/acceptance", json={"version": 1}, token=clerk)
    details = error_of(refused, 409, "MATTER_NOT_READY")["data"]
    assert [line["reason"] for line in details["lines"]] == ["evidence_missing"]
    shown: Any = data_of(service.get(path, token=clerk))
    assert (shown["state"], shown["lines"][0]["state"]) == ("waiting", "lost")
    queue: Any = data_of(service.get("/centre/tickets", token=centre))
    assert [one["kind"] for one in queue["tickets"]] == ["matter_evidence"]
    again = data_of(upload(service, f"{path}/confirmations", clerk, parts, **files), 201)
    assert again["matters"][0]["state"] == "confirmed"
    accepted = service.post(f"{path}/acceptance", json={"version": 1}, token=clerk)
    assert data_of(accepted)["state"] == "accepted"
