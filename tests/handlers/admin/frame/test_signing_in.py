"""Sign-in to the admin pages: first password, second factor, lock, sign-out."""

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from handlers import app
from handlers.admin.frame.access import COOKIE
from miniprogram_api import clock
from models.desks.staff import StaffMember as Row
from models.desks.staff import StaffSession
from tests.support.admin.desk import Desk, addresses
from tests.support.admin.staff import STAFF_PASSWORD, member_of, token_of
from tests.support.service.rules import Rules
from tests.support.service.service import Service

NEW_PASSWORD = "Heron-over-9-bridges"


def sign_in(desk: Desk, username: str, password: str = STAFF_PASSWORD, **more: str) -> str:
    """Sign in and return the redirect."""
    answer = desk.post("/sign-in", {"username": username, "password": password, **more})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def test_first_password_must_be_changed(desk_service: Service) -> None:
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


def test_second_factor_opens_what_strangers_locked(desk_service: Service) -> None:
    secret = pyotp.random_base32()
    member = member_of("editor", totp_secret=secret, totp_confirmed_at=clock.now())
    desk = Desk(desk_service)
    # Six addresses with five wrong passwords each.
    for number in range(30):
        guess = {"username": member.username, "password": "Guess-in-1-go"}
        answer = desk_service.post(
            "/sign-in", base="/admin", data=guess, address=f"203.0.113.{number // 5}"
        )
        assert answer.status_code == 401
    form = {"username": member.username, "password": STAFF_PASSWORD}
    locked = desk.post("/sign-in", form)
    assert locked.status_code == 423
    assert "现在可带动态口令登录" in locked.text
    assert sign_in(desk, member.username, totp=pyotp.TOTP(secret).now()) == "/admin/"


def test_second_factor_is_set_up_and_asked_for(desk_service: Service) -> None:
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
    administrator = Desk(desk_service, token_of(member_of("administrator")))
    for path in ("/staff", f"/staff/{member.id}"):
        assert "已锁定至" in administrator.get(path).text
    lines = administrator.get("/audit").text
    for text in ("多次登录失败，暂停登录", "工作人员登录失败", "原因：密码不对", "未登录的人"):
        assert text in lines


def test_sign_out_ends_the_session(desk_service: Service) -> None:
    member = member_of("editor")
    here, there = Desk(desk_service, token_of(member)), Desk(desk_service, token_of(member))
    assert here.post("/sign-out", page="/").status_code == 302
    assert here.get("/").status_code == 302
    assert there.get("/").status_code == 200
    other = Desk(desk_service, token_of(member))
    assert other.post("/sign-out", {"everywhere": "1"}, page="/profile").status_code == 302
    assert there.get("/").status_code == 302


def test_cookie_is_http_only_and_same_site(desk_service: Service) -> None:
    member = member_of("editor")
    answer = Desk(desk_service).post(
        "/sign-in", {"username": member.username, "password": STAFF_PASSWORD}
    )
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/admin" in cookie


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example",
        "//elsewhere",
        "/admin//x",
        "/",
        "%0d%0aSet-Cookie:%20a=b",
        "/admin/%0d%0aSet-Cookie:%20a=b",
        "/admin/%00",
        "/admin/%7f",
        "/admin/%ed%a0%80%0b",
        "/admin/\u2028",
    ],
)
def test_sign_in_redirects_only_within_admin(desk_service: Service, target: str) -> None:
    member = member_of("editor")
    answer = Desk(desk_service).post(
        f"/sign-in?next={target}", {"username": member.username, "password": STAFF_PASSWORD}
    )
    assert answer.headers["Location"] == "/admin/"


def test_deactivated_member_is_signed_out_at_once(desk_service: Service) -> None:
    member = member_of("editor")
    desk = Desk(desk_service, token_of(member))
    assert desk.get("/").status_code == 200
    Row.update(active=False).where(Row.id == member.id).execute()
    assert desk.get("/").status_code == 302


@pytest.mark.parametrize(
    ("column", "limit"),
    [("last_seen_at", timedelta(minutes=15)), ("created_at", timedelta(hours=12))],
)
def test_session_expires(desk_service: Service, column: str, limit: timedelta) -> None:
    desk = Desk(desk_service, token_of(member_of("editor")))
    for age, status in ((limit - timedelta(seconds=30), 200), (limit, 302)):
        StaffSession.update({column: clock.now() - age}).execute()
        assert desk.get("/profile").status_code == status
    # A signed-out member cannot save the typed text.
    assert desk.post_bare("/sign-out").headers["Location"].startswith("/admin/sign-in")


def test_recovery_and_totp_codes_work_once(desk_service: Service) -> None:
    member = member_of("editor")
    secret = pyotp.random_base32()
    confirmed = {"totp_secret": secret, "totp_confirmed_at": clock.now()}
    row = Row.get_by_id(member.id)
    for name, value in confirmed.items():
        setattr(row, name, value)
    row.save()
    number = pyotp.TOTP(secret).now()
    assert sign_in(Desk(desk_service), member.username, totp=number) == "/admin/"
    form = {"username": member.username, "password": STAFF_PASSWORD, "totp": number}
    assert Desk(desk_service).post("/sign-in", form).status_code == 401


@pytest.mark.parametrize(("wanted", "first"), [("optional", "/totp"), ("required", "/passkeys")])
def test_production_requires_the_second_factor(rules: Rules, wanted: str, first: str) -> None:
    changes = {"profile": "production", "staff_passkeys": wanted}
    changes["public_origin"] = "https://desk.test"
    changes["public_origin"] = "https://sfyz.example.gov.cn"
    settings = rules.services.settings.model_copy(update=changes)
    client = app.create(replace(rules.services, settings=settings)).test_client()
    member = member_of("administrator", "editor")
    form = {"username": member.username, "password": STAFF_PASSWORD}
    signed_in = client.post("/admin/sign-in", data=form)
    assert signed_in.headers["Location"] == f"/admin{first}"
    assert "Secure" in signed_in.headers["Set-Cookie"]
    client.set_cookie(COOKIE, re.split("[=;]", signed_in.headers["Set-Cookie"])[1], path="/admin")
    own = {"/password", "/totp", "/profile", "/sign-in", "/session", "/resume"}
    own |= {"/passkeys", "/sign-in/passkey"}
    for endpoint, method, path in addresses():
        if method == "GET" and path not in own:
            answer = client.get(f"/admin{path}")
            assert answer.status_code == 302, endpoint
            assert answer.headers["Location"] == f"/admin{first}", endpoint
    assert client.get(f"/admin{first}").status_code == 200
