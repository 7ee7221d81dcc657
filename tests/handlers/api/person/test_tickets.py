"""Tickets over HTTP: open, read, add pictures, withdraw; only one's own."""

import json
from datetime import timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.desks import ticket_pictures
from miniprogram_api.services import Services
from miniprogram_api.tickets import numbers, tickets
from models.desks.tickets import Ticket, TicketEvidence
from models.storage.database import database, transaction
from tests.support.people import photos
from tests.support.people.accounts import account_of, sign_in, tables_of
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import synced_account
from tests.support.service.service import Service, data_of, error_of

REVIEW = {"kind": "identity_review", "description": "证件没错，一直说核验数据缺失"}


def ticket(service: Service, token: str, **content: Any) -> dict[str, Any]:
    return data_of(service.post("/tickets", json=content, token=token), 201)


def test_visitor_opens_an_identity_review(service: Service) -> None:
    someone = person()
    token = service.wechat_login()

    opened = ticket(service, token, **REVIEW, **someone.four_elements)

    assert (opened["kind"], opened["state"], opened["owner"]) == (
        "identity_review",
        "open",
        "window",
    )
    assert opened["next_step"].startswith("已受理")
    assert [step["action"] for step in opened["history"]] == ["opened"]
    assert data_of(service.get(f"/tickets/{opened['id']}", token=token)) == opened
    assert data_of(service.get("/tickets", token=token)) == {"tickets": [opened]}
    again = ticket(service, token, **REVIEW, **someone.four_elements)
    assert again["id"] == opened["id"]


def test_account_fills_in_the_person(service: Service) -> None:
    someone = person()
    with tables_of(service):
        account = account_of(someone)
    token = sign_in(service, someone)

    opened = ticket(service, token, **REVIEW)

    with tables_of(service):
        row = Ticket.get(Ticket.number == opened["id"])
        assert (row.account_id, row.name, row.id_number) == (
            account.id,
            someone.name,
            someone.id_number,
        )


def test_abusive_text_opens_no_ticket(service: Service) -> None:
    content = {"kind": "other", "description": "违禁词"}
    answer = service.post("/tickets", json=content, token=service.wechat_login())
    fields = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert [(entry["field"], entry["code"]) for entry in fields] == [("description", "not_fit")]


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ("phone_verification", {"phone"}),
        ("identity_review", {"name", "id_number", "valid_from", "valid_until"}),
        ("manual_verification", {"name", "id_number"}),
        ("activation_phone", {"id_number", "phone"}),
        ("re_registration", {"id_number"}),
        ("phone_change", {"id_number", "phone"}),
        ("identity_dispute", {"name", "id_number"}),
        ("other", {"description"}),
    ],
)
def test_all_missing_fields_are_named(service: Service, kind: str, needed: set[str]) -> None:
    answer = service.post("/tickets", json={"kind": kind}, token=service.wechat_login())

    fields = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert {entry["field"] for entry in fields} == needed
    assert {entry["code"] for entry in fields} == {"required"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "weather"}, "kind"),
        ({"id_number": "110101199001019999"}, "id_number"),
        ({"phone": "12345"}, "phone"),
        ({"name": "张三1"}, "name"),
        ({"valid_until": "2001-01-01"}, "valid_until"),
        ({"description": "x" * 501}, "description"),
    ],
)
def test_malformed_fields_are_named(service: Service, changes: dict[str, Any], field: str) -> None:
    content = {**REVIEW, **person().four_elements, **changes}
    answer = service.post("/tickets", json=content, token=service.wechat_login())
    fields = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert field in {entry["field"] for entry in fields}


def test_ticket_of_another_user_is_not_found(service: Service) -> None:
    opened = ticket(service, service.wechat_login("zhang"), kind="other", description="请帮忙")
    stranger = service.wechat_login("li")
    path = f"/tickets/{opened['id']}"

    error_of(service.get(path, token=stranger), 404, "NOT_FOUND")
    error_of(service.delete(path, token=stranger), 404, "NOT_FOUND")
    picture = {"image": ("card.jpg", photos.portrait())}
    sent = service.post(f"{path}/evidence", files=picture, token=stranger)
    error_of(sent, 404, "NOT_FOUND")
    assert data_of(service.get("/tickets", token=stranger)) == {"tickets": []}
    error_of(service.get(path), 401, "UNAUTHENTICATED")


def test_pictures_are_reencoded_encrypted_and_counted(service: Service) -> None:
    token = service.wechat_login()
    opened = ticket(service, token, kind="other", description="请帮忙")
    path = f"/tickets/{opened['id']}/evidence"
    picture = photos.png(photos.scaled(4))

    for _ in range(2):
        sent = service.post(path, files={"image": ("card.png", picture)}, token=token)
        shown = data_of(sent, 201)

    assert shown["evidence"] == 1
    with tables_of(service):
        row = TicketEvidence.get()
        stored = database.execute_sql("SELECT content FROM ticket_evidence").fetchone()[0]
        kept = ticket_pictures.read(Services(service.settings, None), row)  # type: ignore[arg-type]
    assert kept.startswith(b"\xff\xd8\xff")
    assert kept not in bytes(stored)
    assert max(photos.pixels(kept).shape) == 1600
    assert len(kept) <= 400_000


def test_too_large_and_broken_pictures_have_different_codes(service: Service) -> None:
    token = service.wechat_login()
    opened = ticket(service, token, kind="other", description="请帮忙")
    path = f"/tickets/{opened['id']}/evidence"
    codes = []
    for picture in (photos.png_claiming(8000, 5000), photos.portrait()[:-500]):
        sent = service.post(path, files={"image": ("card.png", picture)}, token=token)
        (field,) = error_of(sent, 422, "INVALID_INPUT")["data"]["fields"]
        codes.append((field["code"], field["message"][:5]))
    assert codes == [("too_large", "照片太大，"), ("unreadable", "照片打不开")]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (None, "INVALID_INPUT"),
        ({"image": ("card.jpg", b"no picture")}, "INVALID_INPUT"),
        ({"image": ("card.svg", b"<svg onload='x'/>")}, "INVALID_INPUT"),
    ],
)
def test_other_files_are_refused_as_evidence(service: Service, files: Any, code: str) -> None:
    token = service.wechat_login()
    opened = ticket(service, token, kind="other", description="请帮忙")
    files = files or {"other": ("x.jpg", b"")}
    error_of(service.post(f"/tickets/{opened['id']}/evidence", files=files, token=token), 422, code)


def test_withdrawn_ticket_is_closed_and_its_pictures_deleted(service: Service) -> None:
    token = service.wechat_login()
    opened = ticket(service, token, kind="other", description="请帮忙")
    path = f"/tickets/{opened['id']}"
    picture = {"image": ("card.jpg", photos.portrait())}
    data_of(service.post(f"{path}/evidence", files=picture, token=token), 201)

    assert data_of(service.delete(path, token=token))["state"] == "withdrawn"
    error_of(service.delete(path, token=token), 409, "TICKET_CLOSED")
    error_of(service.post(f"{path}/evidence", files=picture, token=token), 409, "TICKET_CLOSED")
    with tables_of(service):
        # Nothing was decided by them.
        assert ticket_pictures.remove_old() == 1


def test_pictures_of_a_decided_ticket_are_kept_for_objections(service: Service) -> None:
    token = service.wechat_login()
    opened = ticket(service, token, kind="other", description="请帮忙")
    picture = {"image": ("card.jpg", photos.portrait())}
    data_of(service.post(f"/tickets/{opened['id']}/evidence", files=picture, token=token), 201)

    with tables_of(service):
        assert ticket_pictures.remove_old() == 0
        with transaction():
            row = tickets.unfinished_locked(numbers.find(opened["id"]).number)
            tickets.close(row, "rejected", "材料不符", actor="staff:1")
        assert ticket_pictures.remove_old() == 0
        later = clock.now() + timedelta(days=90)
        with clock.replaced(lambda: later):
            assert ticket_pictures.remove_old() == 1


def asked_bot(service: Service, token: str, question: str) -> tuple[str, list[str]]:
    """Return the conversation and the kinds of tickets that the answer offers."""
    said = data_of(service.post("/faq/ask", json={"question": question}, token=token))
    offered = [action["ticket"] for action in said["actions"] if action["type"] == "ticket"]
    return said["conversation_id"], offered


def test_ticket_from_the_bot_is_prefilled(service: Service) -> None:
    someone, typed = person(number=31), make_phone(32)
    with tables_of(service):
        synced_account(someone)
    token = service.wechat_login()
    begun = service.post("/activations", json={"id_number": someone.id_number}, token=token)
    wanted = {
        "phone": typed,
        "purpose": "activate",
        "activation_token": data_of(begun)["activation_token"],
    }
    error_of(service.post("/sms-codes", json=wanted, token=token), 422, "PHONE_NOT_ON_RECORD")
    conversation, offered = asked_bot(service, token, "激活说手机号不一致怎么办")
    assert offered == ["activation_phone"]

    opened = ticket(service, token, kind=offered[0], conversation_id=conversation)

    assert data_of(service.get("/tickets", token=token))["tickets"][0]["id"] == opened["id"]
    assert someone.id_number not in str(opened)
    with tables_of(service):
        row = Ticket.get(Ticket.number == opened["id"])
        assert (row.source, row.conversation_id) == ("bot", conversation)
        assert (row.id_number, row.phone) == (someone.id_number, typed)
        assert json.loads(row.facts)["entry"] == "activation_wrong_phone"
    # Button or form again: the same ticket.
    again = ticket(service, token, kind=offered[0], conversation_id=conversation)
    assert again["id"] == opened["id"]


def test_bot_asks_for_missing_fields(service: Service) -> None:
    token = service.wechat_login()
    conversation, _ = asked_bot(service, token, "一直收不到验证码")
    content = {"kind": "phone_verification", "conversation_id": conversation}
    answer = service.post("/tickets", json=content, token=token)
    fields = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert [(entry["field"], entry["code"]) for entry in fields] == [("phone", "required")]

    phone = make_phone(33)
    service.sms_code(token, phone, "register")
    opened = data_of(service.post("/tickets", json=content, token=token), 201)

    with tables_of(service):
        assert Ticket.get(Ticket.number == opened["id"]).phone == phone
    stranger = service.wechat_login("li")
    error_of(service.post("/tickets", json=content, token=stranger), 404, "NOT_FOUND")
