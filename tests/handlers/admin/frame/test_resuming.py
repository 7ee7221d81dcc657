"""Known devices and idle sessions on the pages."""

import re
from datetime import timedelta

import pytest

from handlers.admin.frame.access import COOKIE, DEVICE_COOKIE
from miniprogram_api import clock
from miniprogram_api.staff.members import StaffMember
from models.desks.sittings import DeskSitting
from models.desks.staff import StaffDevice, StaffSession
from tests.support.admin.desk import Desk
from tests.support.admin.staff import STAFF_PASSWORD, member_of
from tests.support.people.persons import person
from tests.support.service.service import Service

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def signed_in(service: Service, member: StaffMember) -> Desk:
    desk = Desk(service)
    form = {"username": member.username, "password": STAFF_PASSWORD}
    assert desk.post("/sign-in", form).status_code == 302
    return desk


def idle(minutes: int = 16) -> None:
    """Let all sessions be unused for so long."""
    StaffSession.update(last_seen_at=clock.now() - timedelta(minutes=minutes)).execute()


def test_strangers_do_not_lock_a_members_own_browser(desk_service: Service) -> None:
    member = member_of("clerk")
    desk = signed_in(desk_service, member)
    wrong = {"username": member.username, "password": "Guess-in-1-go"}
    stranger = Desk(desk_service)
    statuses = [stranger.post_bare("/sign-in", wrong).status_code for _ in range(100)]
    assert statuses == [401] * 5 + [423] * 95
    right = {"username": member.username, "password": STAFF_PASSWORD}
    other = Desk(desk_service).post_bare("/sign-in", right)
    assert other.status_code == 423
    assert desk.post_bare("/sign-in", right).status_code == 302


def test_device_cookie_is_kept_90_days_for_admin_only(desk_service: Service) -> None:
    desk = Desk(desk_service)
    form = {"username": member_of("clerk").username, "password": STAFF_PASSWORD}
    answer = desk.post("/sign-in", form)
    [cookie] = [
        part for part in answer.headers["Set-Cookie"].split(", ") if part.startswith(DEVICE_COOKIE)
    ] or re.findall(DEVICE_COOKIE + "=.*", answer.headers["Set-Cookie"])
    for part in ("HttpOnly", "SameSite=Strict", "Path=/admin"):
        assert part in answer.headers["Set-Cookie"][answer.headers["Set-Cookie"].index(cookie) :]
    assert "Max-Age=7776000" in answer.headers["Set-Cookie"]
    before = answer.cookies[DEVICE_COOKIE]
    again = desk.post("/sign-in", form)
    # The GET before it redirects a signed-in member, the POST signs in anew.
    assert again.cookies[DEVICE_COOKIE] != before
    assert StaffDevice.select().count() == 1


def test_page_asks_for_the_password_alone_and_returns(desk_service: Service) -> None:
    desk = signed_in(desk_service, member_of("editor", "auditor"))
    idle()
    asked = desk.get("/audit?tag=staff:session:opened")
    where = asked.headers["Location"].removeprefix("/admin")
    page = desk.get(where)
    assert page.status_code == 401
    assert "请输入密码继续" in page.text
    assert 'name="totp"' not in page.text
    wrong = desk.post_bare(where, {"resume_password": "Guess-in-1-go"})
    assert (wrong.status_code, "密码不对" in wrong.text) == (401, True)
    right = desk.post_bare(where, {"resume_password": STAFF_PASSWORD})
    assert right.headers["Location"] == "/admin/audit?tag=staff:session:opened"
    assert desk.get("/audit").status_code == 200


def test_typed_form_is_carried_out_after_the_password(desk_service: Service) -> None:
    desk = signed_in(desk_service, member_of("clerk"))
    form = {"csrf": desk.csrf("/window"), "id_number": person(number=31).id_number}
    idle()
    asked = desk.post_bare("/window", form)
    assert asked.status_code == 401
    kept = dict(HIDDEN.findall(asked.text))
    assert kept == form
    assert DeskSitting.select().count() == 0
    wrong = desk.post_bare("/window", {**kept, "resume_password": "Guess-in-1-go"})
    assert wrong.status_code == 401
    assert dict(HIDDEN.findall(wrong.text)) == form
    assert "Guess-in-1-go" not in wrong.text
    done = desk.post_bare("/window", {**kept, "resume_password": STAFF_PASSWORD})
    assert done.status_code == 302
    assert done.headers["Location"].startswith("/admin/window/persons/")
    assert DeskSitting.select().count() == 1


def test_form_with_another_proof_is_not_asked_for_the_password(desk_service: Service) -> None:
    desk = signed_in(desk_service, member_of("clerk"))
    idle()
    answer = desk.post_bare("/window", {"csrf": "0" * 64, "id_number": person().id_number})
    assert answer.status_code == 403


@pytest.mark.parametrize("cookie", ["", "forged", "other"])
def test_stolen_session_alone_is_not_continued(desk_service: Service, cookie: str) -> None:
    member = member_of("clerk")
    desk = signed_in(desk_service, member)
    token = desk.cookie
    other = signed_in(desk_service, member_of("clerk"))
    stolen = {"": "", "forged": "x" * 43, "other": other.cookies.get(DEVICE_COOKIE) or ""}
    idle()
    thief = Desk(desk_service, token)
    thief.cookies.set(DEVICE_COOKIE, stolen[cookie], path="/admin")
    assert thief.get("/window").headers["Location"].startswith("/admin/sign-in")
    form = {"resume_password": STAFF_PASSWORD}
    answer = thief.post_bare("/resume", form)
    assert answer.headers["Location"].startswith("/admin/sign-in")
    assert COOKIE not in answer.cookies


def test_40_guesses_at_the_present_password_are_cut(desk_service: Service) -> None:
    desk = signed_in(desk_service, member_of("clerk"))
    proof = desk.csrf("/password")
    new = {"csrf": proof, "password": "Heron-over-9-bridges", "again": "Heron-over-9-bridges"}
    statuses = [
        desk.post_bare("/password", {**new, "present": f"Guess-{n}"}).status_code for n in range(40)
    ]
    assert statuses == [422] * 5 + [423] * 35
    assert "输错次数过多" in desk.post_bare("/password", {**new, "present": STAFF_PASSWORD}).text


def test_idle_member_signs_out_without_the_password(desk_service: Service) -> None:
    desk = signed_in(desk_service, member_of("clerk"))
    form = {"csrf": desk.csrf("/profile")}
    idle()
    assert desk.post_bare("/sign-out", form).headers["Location"].endswith("done=signed_out")
    assert StaffSession.select().count() == 0


def test_passwords_and_pictures_are_not_carried_along(desk_service: Service) -> None:
    desk = signed_in(desk_service, member_of("clerk"))
    proof = {"csrf": desk.csrf("/profile")}
    idle()
    new = {**proof, "present": STAFF_PASSWORD, "password": "Heron-over-9-bridges"}
    assert desk.post_bare("/password", new).headers["Location"] == "/admin/resume"
    sent = desk.post_bare(
        "/window/tickets/7/evidence",
        proof,
        files={"image": b"x"},
        headers={"Referer": f"{desk_service.url}/admin/window/tickets/7"},
    )
    assert sent.headers["Location"] == "/admin/resume?next=/admin/window/tickets/7"
    part = desk.get("/entries", headers={"HX-Request": "true"})
    assert (part.status_code, "页面已锁定" in part.text) == (401, True)
    assert "HX-Redirect" not in part.headers
