"""Staff sign-in over HTTP."""

import pyotp

from miniprogram_api import clock
from miniprogram_api.services import Services
from miniprogram_api.staff import sessions as staff_sessions
from tests.support.admin.staff import STAFF_PASSWORD, member_of
from tests.support.people.accounts import tables_of
from tests.support.service.service import Service, data_of, error_of


def test_clerk_signs_in_and_a_repeated_call_gives_another_session(service: Service) -> None:
    with tables_of(service):
        clerk = member_of("clerk", username="wangfang")
    content = {"username": "WangFang", "password": STAFF_PASSWORD}
    headers = {"Idempotency-Key": "staff-sign-in-1"}

    first, second = (
        data_of(service.post("/staff/sessions", json=content, headers=headers), 201)
        for _ in range(2)
    )

    assert first["token"] != second["token"]
    assert (first["roles"], first["window_id"], first["pending"]) == (
        ["clerk"],
        clerk.window_id,
        [],
    )
    assert first["expires_in"] == 900
    with tables_of(service):
        services = Services(service.settings, None)  # type: ignore[arg-type]
        found = staff_sessions.find_session(services, first["token"])
    assert found == clerk


def test_staff_and_user_tokens_are_not_interchangeable(
    service: Service,
) -> None:
    with tables_of(service):
        member_of("clerk", username="wangfang")
    content = {"username": "wangfang", "password": STAFF_PASSWORD}
    token = data_of(service.post("/staff/sessions", json=content), 201)["token"]
    error_of(service.get("/tickets", token=token), 401, "UNAUTHENTICATED")


def test_wrong_tries_are_refused_and_then_locked(service: Service) -> None:
    content = {"username": "nobody", "password": "x"}
    for _ in range(5):
        error_of(service.post("/staff/sessions", json=content), 401, "STAFF_SIGN_IN_REFUSED")
    answer = service.post("/staff/sessions", json=content)
    assert error_of(answer, 423, "STAFF_LOCKED")["data"]["retry_after"] == 60
    assert answer.headers["Retry-After"] == "60"


def test_second_factor_opens_what_strangers_locked(service: Service) -> None:
    with tables_of(service):
        secret = pyotp.random_base32()
        member_of("clerk", username="wangfang", totp_secret=secret, totp_confirmed_at=clock.now())
    right = {"username": "wangfang", "password": STAFF_PASSWORD}
    for number in range(30):
        guess = {**right, "password": "Guess-in-1-go"}
        answer = service.post("/staff/sessions", json=guess, address=f"203.0.113.{number}")
        error_of(answer, 401, "STAFF_SIGN_IN_REFUSED")
    for totp in (None, "000000"):
        answer = service.post("/staff/sessions", json={**right, "totp": totp})
        body = error_of(answer, 423, "STAFF_LOCKED")
        assert "动态口令" in body["message"]
    generator = pyotp.TOTP(secret)
    wrong = {**right, "totp": generator.now(), "password": "Guess-in-1-go"}
    error_of(service.post("/staff/sessions", json=wrong), 401, "STAFF_SIGN_IN_REFUSED")
    signed_in = service.post("/staff/sessions", json={**right, "totp": generator.now()})
    assert data_of(signed_in, 201)["username"] == "wangfang"
