"""Conversations over HTTP: memory, ownership, ratings and handover."""

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psutil
import pytest

from tests.support.service.service import Service, data_of, error_of

ASKED = "姓名中间的点怎么打出来"
SLUG = "name_symbol"


def ask(
    service: Service, question: str, conversation: str | None = None, token: str | None = None
) -> dict[str, Any]:
    body = {"question": question}
    if conversation is not None:
        body["conversation_id"] = conversation
    # A restarted web worker loads the bot again.
    return data_of(service.post("/faq/ask", json=body, token=token, timeout=120), 200)


def kept(service: Service, message_ids: set[str]) -> list[str]:
    """Return the ids of these messages in the database, with duplicates."""
    path = service.settings.database_address.removeprefix("sqlite:///")
    with sqlite3.connect(path, timeout=30) as connection:
        rows = connection.execute("SELECT message_id FROM faq_message").fetchall()
    connection.close()
    return [row[0] for row in rows if row[0] in message_ids]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_memory_is_shared_by_all_web_workers(service: Service) -> None:
    """New connections reach either worker, so some conversations change workers."""

    def talk(_number: int) -> list[str | None]:
        first = ask(service, ASKED)
        conversation = first["conversation_id"]
        said = [ask(service, "还是不行", conversation) for _ in range(3)]
        assert {answer["conversation_id"] for answer in said} == {conversation}
        return [first["slug"], *(answer["slug"] for answer in said)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(talk, range(12))) == [[SLUG] * 4] * 12


def test_conversation_is_found_only_by_its_owner(service: Service) -> None:
    zhang, li = service.wechat_login("zhang"), service.wechat_login("li")
    conversation = ask(service, ASKED, token=zhang)["conversation_id"]
    again = service.wechat_login("zhang")
    assert ask(service, "还是不行", conversation, again)["slug"] == SLUG
    for token in (li, None):
        body = {"question": "还是不行", "conversation_id": conversation}
        error_of(service.post("/faq/ask", json=body, token=token), 404, "NOT_FOUND")
        path = f"/faq/conversations/{conversation}/handover"
        error_of(service.post(path, json={"contact": "13800130011"}, token=token), 404, "NOT_FOUND")
    unknown = {"question": "你好", "conversation_id": "A" * 22}
    error_of(service.post("/faq/ask", json=unknown), 404, "NOT_FOUND")


def test_answer_is_rated_and_rated_again(service: Service) -> None:
    zhang, li = service.wechat_login("zhang"), service.wechat_login("li")
    message_id = ask(service, ASKED, token=zhang)["message_id"]
    path = f"/faq/messages/{message_id}/feedback"
    for body in ({"helpful": False, "comment": "没看懂"}, {"helpful": True}):
        assert data_of(service.post(path, json=body, token=zhang), 200) == {}
    error_of(service.post(path, json={"helpful": True}, token=li), 404, "NOT_FOUND")
    error_of(service.post(path, json={"helpful": True}), 404, "NOT_FOUND")
    wait_for(lambda: kept(service, {message_id}) == [message_id])
    data_of(service.post(path, json={"helpful": False, "comment": ""}, token=zhang), 200)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "helpful", "required"),
        ({"helpful": "yes"}, "helpful", "wrong_type"),
        ({"helpful": 1}, "helpful", "wrong_type"),
        ({"helpful": True, "comment": "字" * 501}, "comment", "too_long"),
        ({"helpful": True, "comment": "\x00"}, "comment", "control_character"),
        ({"helpful": True, "comment": ["x"]}, "comment", "wrong_type"),
    ],
)
def test_invalid_rating_is_refused(
    service: Service, body: dict[str, object], field: str, code: str
) -> None:
    response = service.post(f"/faq/messages/{'A' * 22}/feedback", json=body)
    named = error_of(response, 422, "INVALID_INPUT")["data"]["fields"]
    assert [(entry["field"], entry["code"]) for entry in named] == [(field, code)]


@pytest.mark.parametrize("identifier", ["x", "A" * 22, "%00", "..%2f", "😀", "1" * 3000])
def test_unknown_ids_are_not_found(service: Service, identifier: str) -> None:
    for path, body in (
        (f"/faq/messages/{identifier}/feedback", {"helpful": True}),
        (f"/faq/conversations/{identifier}/handover", {"contact": "13800130011"}),
    ):
        error_of(service.post(path, json=body), 404, "NOT_FOUND")


def test_handover_opens_a_ticket(service: Service) -> None:
    zhang = service.wechat_login("zhang")
    conversation = ask(service, ASKED, token=zhang)["conversation_id"]
    path = f"/faq/conversations/{conversation}/handover"
    ticket = data_of(service.post(path, json={}, token=zhang), 201)
    assert (ticket["kind"], ticket["state"]) == ("other", "open")
    assert data_of(service.post(path, json={}, token=zhang), 201)["id"] == ticket["id"]
    # The conversation shows the same ticket, and the user sees it.
    assert f"编号{ticket['id']}" in ask(service, "人工", conversation, zhang)["answer"]
    listed = data_of(service.get("/tickets", token=zhang))["tickets"]
    assert [one["id"] for one in listed] == [ticket["id"]]


def test_visitor_must_leave_a_phone(service: Service) -> None:
    conversation = ask(service, ASKED)["conversation_id"]
    path = f"/faq/conversations/{conversation}/handover"
    for body in ({}, {"contact": "1234"}):
        named = error_of(service.post(path, json=body), 422, "INVALID_INPUT")["data"]["fields"]
        assert [entry["field"] for entry in named] == ["contact"]
    ticket = data_of(service.post(path, json={"contact": "138 0013 0011"}), 201)
    assert "13800130011" not in str(ticket)
    assert data_of(service.post(path, json={"contact": "13800130011"}), 201)["id"] == ticket["id"]


def _children(service: Service, mark: str) -> list[psutil.Process]:
    assert service.process is not None
    found = []
    for child in psutil.Process(service.process.pid).children():
        # A conversation that just ended has no owner.
        with suppress(psutil.NoSuchProcess):
            if mark in " ".join(child.cmdline()):
                found.append(child)
    return found


def test_no_question_is_lost_when_processes_are_killed(service: Service) -> None:
    asked: set[str] = set()
    for number in range(60):
        asked.add(ask(service, f"第{number}个问题")["message_id"])
        if number % 20 == 10:
            for worker in _children(service, "manage.py worker"):
                worker.kill()
        if number == 35:
            for master in _children(service, "-m gunicorn"):
                # Between two questions, so that none is interrupted.
                master.children()[0].kill()
    wait_for(lambda: len(kept(service, asked)) >= len(asked))
    assert sorted(kept(service, asked)) == sorted(asked)
