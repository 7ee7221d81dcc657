"""Signing in to the admin pages: first password, second factor, lock, sign-out everywhere."""

import re

import pyotp
import pytest

from models.staff import StaffMember as Row
from tests.support.admin import Desk
from tests.support.service import Service
from tests.support.staff import STAFF_PASSWORD, member_of, token_of

NEW_PASSWORD = "Heron-over-9-bridges"


def sign_in(desk: Desk, username: str, password: str = STAFF_PASSWORD, **more: str) -> str:
    """Where the sign-in leads."""
    answer = desk.post("/sign-in", {"username": username, "password": password, **more})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def test_the_first_password_must_be_changed(desk_service: Service) -> None:
    member = member_of("editor", must_change_password=True)
    desk = Desk(desk_service)
    assert sign_in(desk, member.username) == "/admin/password"
    assert desk.get("/").headers["Location"] == "/admin/password"

    form = {"present": STAFF_PASSWORD, "password": NEW_PASSWORD, "again": "other"}
    assert "两次输入的新密码不一样" in desk.post("/password", form).text
    form["again"] = NEW_PASSWORD
    assert desk.post("/password", form).status_code == 302
    assert desk.get("/").status_code == 200
    assert sign_in(Desk(desk_service), member.username, NEW_PASSWORD) == "/admin/"


def test_the_second_factor(desk_service: Service) -> None:
    member = member_of("editor")
    desk = Desk(desk_service, token_of(member))
    page = desk.get("/totp").text
    secret = re.search(r"<code[^>]*>(\w{32})</code>", page)
    assert secret is not None
    assert "<svg" in page

    wrong = desk.post("/totp", {"totp": "000000"})
    assert wrong.status_code == 422
    assert secret[1] in wrong.text
    done = desk.post("/totp", {"totp": pyotp.TOTP(secret[1]).now()})
    codes = re.findall(r"<li><code>([^<]+)</code>", done.text)
    assert len(codes) == 10

    without = Desk(desk_service).post(
        "/sign-in", {"username": member.username, "password": STAFF_PASSWORD}
    )
    assert without.status_code == 401
    assert sign_in(Desk(desk_service), member.username, totp=codes[0]) == "/admin/"
    again = Desk(desk_service).post(
        "/sign-in", {"username": member.username, "password": STAFF_PASSWORD, "totp": codes[0]}
    )
    assert again.status_code == 401


def test_five_wrong_passwords_lock(desk_service: Service) -> None:
    member = member_of("editor")
    desk = Desk(desk_service)
    wrong = {"username": member.username, "password": "wrong"}
    statuses = [desk.post("/sign-in", wrong).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [423]


def test_signing_out(desk_service: Service) -> None:
    member = member_of("editor")
    here, there = Desk(desk_service, token_of(member)), Desk(desk_service, token_of(member))
    assert here.post("/sign-out", page="/").status_code == 302
    assert here.get("/").status_code == 302
    assert there.get("/").status_code == 200
    other = Desk(desk_service, token_of(member))
    assert other.post("/sign-out", {"everywhere": "1"}, page="/profile").status_code == 302
    assert there.get("/").status_code == 302


def test_the_cookie_is_for_the_server_alone(desk_service: Service) -> None:
    member = member_of("editor")
    answer = Desk(desk_service).post(
        "/sign-in", {"username": member.username, "password": STAFF_PASSWORD}
    )
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/admin" in cookie


@pytest.mark.parametrize("target", ["https://elsewhere.example", "//elsewhere", "/admin//x", "/"])
def test_signing_in_leads_nowhere_else(desk_service: Service, target: str) -> None:
    member = member_of("editor")
    answer = Desk(desk_service).post(
        f"/sign-in?next={target}", {"username": member.username, "password": STAFF_PASSWORD}
    )
    assert answer.headers["Location"] == "/admin/"


def test_a_deactivated_member_is_out_at_once(desk_service: Service) -> None:
    member = member_of("editor")
    desk = Desk(desk_service, token_of(member))
    assert desk.get("/").status_code == 200
    Row.update(active=False).where(Row.id == member.id).execute()
    assert desk.get("/").status_code == 302
