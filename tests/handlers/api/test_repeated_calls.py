"""Idempotency-Key over HTTP: what is repeated, what is not, and for which caller."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests

from miniprogram_api import clock
from models.accounts.client_reports import ClientReport
from models.accounts.idempotency import IdempotentCall
from tests.support.api.refusals import refused
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD, body
from tests.support.service.service import Service, data_of

SOMEONE = person(number=61)
KEY = {"Idempotency-Key": "repeated-call-0001"}
REPORT = {"kind": "network", "step": "register.phone", "detail": "一直转圈"}
CREDENTIALS = {"login": SOMEONE.id_number, "password": PASSWORD}


def report(service: Service, token: str, **options: Any) -> requests.Response:
    options = {"json": REPORT, "headers": KEY, **options}
    return service.post("/client-reports", token=token, **options)


def number_of_reports(service: Service) -> int:
    with tables_of(service):
        return int(ClientReport.select().count())


def is_replayed(answer: requests.Response) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


def same(first: requests.Response, second: requests.Response) -> bool:
    """Return whether two answers are equal but for the request id."""
    left, right = first.json(), second.json()
    del left["request_id"], right["request_id"]
    return first.status_code == second.status_code and left == right


def test_repeated_call_gets_the_same_answer_without_effect(service: Service) -> None:
    token = service.wechat_login()
    first, second = report(service, token), report(service, token)
    assert same(first, second)
    assert (is_replayed(first), is_replayed(second)) == (False, True)
    assert first.json()["request_id"] != second.json()["request_id"]
    assert number_of_reports(service) == 1


def test_different_key_body_path_or_caller_is_a_new_call(service: Service) -> None:
    token, other = service.wechat_login(), service.wechat_login("li")
    report(service, token)
    refused(report(service, token, json={**REPORT, "kind": "sms"}), 409, "IDEMPOTENCY_CONFLICT")
    assert not is_replayed(report(service, token, headers={"Idempotency-Key": "another-0001"}))
    assert not is_replayed(report(service, other))
    assert not is_replayed(report(service, token, headers={}))
    assert number_of_reports(service) == 4
    question = service.post("/faq/ask", json={"question": "你好"}, headers=KEY, token=token)
    assert data_of(question)
    assert not is_replayed(question)


def test_one_of_twenty_concurrent_calls_runs(service: Service) -> None:
    token = service.wechat_login()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _number: report(service, token), range(20)))

    codes = Counter(answer.json()["code"] for answer in answers)
    assert set(codes) <= {"OK", "IDEMPOTENCY_IN_PROGRESS"}
    assert codes["OK"] >= 1
    assert sum(answer.ok and not is_replayed(answer) for answer in answers) == 1
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "IDEMPOTENCY_IN_PROGRESS")
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert number_of_reports(service) == 1
    assert is_replayed(report(service, token))


def test_final_refusal_is_kept_and_a_temporary_one_is_not(service: Service) -> None:
    token = service.wechat_login()
    with tables_of(service):
        account_of(SOMEONE)
    asked = {"id_number": SOMEONE.id_number}

    def activate() -> requests.Response:
        return service.post("/activations", json=asked, token=token, headers=KEY)

    first = activate()
    refused(first, 409, "ALREADY_ACTIVE", None)
    again = activate()
    assert is_replayed(again)
    assert same(first, again)

    # After an outage the same call is a new try.
    service.sandbox.fault("sms", "error")
    content = {"phone": SOMEONE.phone, "purpose": "register"}
    codes = {"json": content, "token": token, "headers": {"Idempotency-Key": "codes-0001"}}
    refused(service.post("/sms-codes", **codes), 503, "SMS_UNAVAILABLE", 1)
    sent = service.post("/sms-codes", **codes)
    data_of(sent, 202)
    assert same(sent, service.post("/sms-codes", **codes))
    assert len(service.sandbox.inbox(SOMEONE.phone)) == 1

    # A limit expires.
    limited = {**codes, "headers": {"Idempotency-Key": "codes-0002"}}
    refused(service.post("/sms-codes", **limited), 429, "SMS_RATE_LIMITED", 5)
    assert not is_replayed(service.post("/sms-codes", **limited))


def test_corrected_form_may_reuse_its_key(service: Service) -> None:
    token = service.wechat_login()

    def activate(number: str) -> requests.Response:
        sent = {"id_number": number}
        return service.post("/activations", json=sent, token=token, headers=KEY)

    refused(activate(SOMEONE.id_number[:-1]), 422, "INVALID_INPUT", 4)
    refused(activate(SOMEONE.id_number), 404, "USER_NOT_FOUND", 3)
    refused(activate(SOMEONE.id_number[:-1]), 409, "IDEMPOTENCY_CONFLICT")


def test_wrong_password_counts_each_time(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    wrong = {"json": {**CREDENTIALS, "password": "wrong-password"}, "headers": KEY}
    left = [
        refused(service.post("/sessions", **wrong), 401, "WRONG_PASSWORD", 8)["attempts_left"]
        for _ in range(3)
    ]
    assert left == [4, 3, 2]


def test_repeated_registration_gets_its_own_token(service: Service) -> None:
    token = service.wechat_login()
    code = service.sms_code(token, SOMEONE.phone, "register")
    sent = {"json": body(SOMEONE, code), "headers": KEY, "token": token}
    first = data_of(service.post("/registrations", **sent), 201)
    # The used token has ended, and the answer was lost.
    again = service.post("/registrations", **sent)
    second = data_of(again, 201)

    assert is_replayed(again)
    assert {**first, "token": ""} == {**second, "token": ""}
    assert first["token"] != second["token"]
    assert service.get("/account", token=first["token"]).status_code == 401
    assert service.get("/account", token=second["token"]).status_code == 200
    assert len(service.sandbox.calls("CheckIdNameDate")) == 1
    refused(
        service.post("/registrations", **{**sent, "json": body(SOMEONE, code, bind=True)}),
        409,
        "IDEMPOTENCY_CONFLICT",
    )


def test_repetition_after_sign_out_opens_no_session(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    sent = {"json": CREDENTIALS, "headers": KEY, "token": service.wechat_login()}
    opened = data_of(service.post("/sessions", **sent))["token"]
    data_of(service.delete("/sessions/current", token=opened))
    refused(service.post("/sessions", **sent), 401, "UNAUTHENTICATED")


def test_ended_token_repeats_only_its_own_call(service: Service) -> None:
    token = service.wechat_login()
    report(service, token)
    data_of(service.delete("/sessions/current", token=token))
    assert is_replayed(report(service, token))
    refused(report(service, token, json={**REPORT, "kind": "sms"}), 409, "IDEMPOTENCY_CONFLICT")
    refused(
        report(service, token, headers={"Idempotency-Key": "never-used"}), 401, "UNAUTHENTICATED"
    )
    refused(report(service, token, headers={}), 401, "UNAUTHENTICATED")
    refused(report(service, "x" * 43), 401, "UNAUTHENTICATED")


def begun(service: Service, **changes: Any) -> None:
    """Make the kept call look as if its process had been killed."""
    with tables_of(service):
        IdempotentCall.update(status=None, body=None, session_hash=None, **changes).execute()
        ClientReport.delete().execute()


def test_call_of_a_killed_process_runs_again_after_its_lease(service: Service) -> None:
    token = service.wechat_login()
    report(service, token)
    begun(service, lease_until=clock.now() + timedelta(seconds=20))
    running = report(service, token)
    data = refused(running, 409, "IDEMPOTENCY_IN_PROGRESS")
    assert 15 <= data["retry_after"] <= 20
    assert running.headers["Retry-After"] == str(data["retry_after"])
    assert number_of_reports(service) == 0

    begun(service, lease_until=clock.now() - timedelta(seconds=1))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _number: report(service, token), range(8)))

    assert sum(answer.ok and not is_replayed(answer) for answer in answers) == 1
    assert {a.json()["code"] for a in answers} <= {"OK", "IDEMPOTENCY_IN_PROGRESS"}
    assert number_of_reports(service) == 1


def test_key_expires_after_a_day(service: Service) -> None:
    token = service.wechat_login()
    report(service, token)
    with tables_of(service):
        IdempotentCall.update(created_at=clock.now() - timedelta(hours=24)).execute()
    assert not is_replayed(report(service, token, json={**REPORT, "kind": "sms"}))
    assert number_of_reports(service) == 2


@pytest.mark.parametrize("key", ["a" * 7, "a" * 129, "with space", "键键键键键键键键"])
def test_malformed_key_is_refused(service: Service, key: str) -> None:
    sent = {"Idempotency-Key": key.encode().decode("latin-1")}
    answer = report(service, service.wechat_login(), headers=sent)
    [field] = refused(answer, 422, "INVALID_INPUT")["fields"]
    assert (field["field"], field["code"]) == ("Idempotency-Key", "idempotency_key_form")


def test_malformed_body_is_not_kept(service: Service) -> None:
    token = service.wechat_login()
    refused(report(service, token, json={"kind": "sms"}), 422, "INVALID_INPUT")
    with tables_of(service):
        assert IdempotentCall.select().count() == 0
    assert report(service, token).ok


def test_stored_answer_is_encrypted(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    opened = data_of(service.post("/sessions", json=CREDENTIALS, headers=KEY))
    with tables_of(service):
        row = IdempotentCall.select().get()
        assert opened["token"] not in row.body
        query = IdempotentCall.select(IdempotentCall.body.cast("BLOB"))
        stored = bytes(query.tuples().first()[0] or b"")
    assert b"account" not in stored
