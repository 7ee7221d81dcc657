"""Pictures and readings of cards over the API: multipart, with reasons instead of pictures."""

import json
from typing import Any

import pytest

from miniprogram_api.captures import evidence
from models.captures import DeskPicture
from models.second_person import SecondPersonRequest
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.captures import FILES, CardReader
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of, error_of

SOMEONE = person(number=43)
ON_SITE = {"evidence_seen": "id_card", "reason": "核对原件一致"}


@pytest.fixture
def clerk(service: Service) -> str:
    with tables_of(service):
        return token_of(member_of("clerk"))


def seen() -> evidence.Evidence:
    return evidence.of(SecondPersonRequest.get())


def test_registration_takes_pictures_and_a_genuine_reading(service: Service, clerk: str) -> None:
    with tables_of(service):
        reader = CardReader()
    issued: Any = data_of(service.post("/window/readings", token=clerk))
    assert issued["expires_in"] == 600
    reading = reader.read(issued["nonce"], SOMEONE)
    form = {
        **SOMEONE.four_elements,
        **ON_SITE,
        "phone": SOMEONE.phone,
        "consent_signed": "true",
    }
    files = {"photo": FILES["photo"], "reading": reading.encode()}
    answer = service.post("/window/registrations", data=form, files=files, token=clerk)
    assert data_of(answer, 201)["effective"] is True
    with tables_of(service):
        kept = seen()
        assert (kept.photo_taken, kept.card_seen) == (True, False)
        assert kept.reading is not None
        assert kept.reading.serial == reader.serial
        assert {row.name for row in DeskPicture.select()} == {"photo", "chip_photo"}
    assert service.sandbox.calls("CompareFace") == []


def test_reason_stands_for_each_missing_picture(service: Service, clerk: str) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    body = {"evidence_seen": ["id_card"], "reason": "核对原件一致", "id_number": SOMEONE.id_number}
    wrong = service.post(
        "/window/verifications", json={**body, "no_photo_reason": "bored"}, token=clerk
    )
    fields = error_of(wrong, 422, "INVALID_INPUT")["data"]["fields"]
    assert [item["field"] for item in fields] == ["photo"]
    reasons = {"no_photo_reason": "refused", "no_card_back_reason": "card_damaged"}
    data_of(service.post("/window/verifications", json={**body, **reasons}, token=clerk), 201)
    with tables_of(service):
        assert seen().reasons == {"photo": "refused", "card_back": "card_damaged"}


def test_act_without_photo_and_reason_is_held(service: Service, clerk: str) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    body = {"evidence_seen": ["id_card"], "reason": "核对原件一致", "id_number": SOMEONE.id_number}
    done: Any = data_of(service.post("/window/verifications", json=body, token=clerk), 201)
    assert (done["effective"], done["held"]) == (False, "no_evidence")
    with tables_of(service):
        assert seen().reasons == {"photo": "unstated"}


def test_foreign_reading_is_no_reason_to_turn_a_person_away(service: Service, clerk: str) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    foreign = {"serial": "X", "payload": "e30=", "signature": ""}
    files = {**FILES, "reading": json.dumps(foreign).encode()}
    form = {**ON_SITE, "id_number": SOMEONE.id_number}
    data_of(service.post("/window/verifications", data=form, files=files, token=clerk), 201)
    with tables_of(service):
        assert seen().reading is None
        assert seen().reasons == {"reading": "foreign"}
        assert seen().card_seen


def test_nonce_is_for_clerks(service: Service) -> None:
    with tables_of(service):
        editor = token_of(member_of("editor"))
    error_of(service.post("/window/readings", token=editor), 403, "FORBIDDEN")
