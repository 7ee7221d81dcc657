"""Access to the admin pages: sessions, permissions and CSRF checks."""

import hashlib
import sqlite3

import pytest

from handlers.admin.frame.access import PAGES
from handlers.admin.frame.menu import MENU
from miniprogram_api.staff import members
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words
from tests.support.admin.desk import Desk, addresses, url_map
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

ROLES = ("administrator", "auditor", "centre", "clerk", "editor", "operator")
WRITING = ("POST", "PUT", "PATCH", "DELETE")
LEFT_BY_LOOKING = {
    "audit_entry", "daily_figure", "ledger_anchor", "ledger_line", "ledger_detail", "ledger_seal",
    "ledger_comparison", "ledger_verification", "outbox_job", "staff_session", "sqlite_sequence",
    # The worker's.
    "audit_link", "decision_link", "heartbeat",
}  # fmt: skip


def test_every_url_rule_under_admin_is_a_page_or_a_file() -> None:
    endpoints = {rule.endpoint for rule in url_map().iter_rules() if "/admin" in rule.rule}
    assert endpoints == {*PAGES, "admin.static"}


def test_every_page_but_own_account_names_its_permission() -> None:
    own = {endpoint for endpoint, page in PAGES.items() if page.may is None}
    names = (
        "start", "sign_in", "sign_in_again", "resume_session", "sign_out", "change_password",
        "set_up_totp", "profile", "sign_in_by_passkey", "manage_passkeys", "remove_passkey",
    )  # fmt: skip
    assert own == {f"admin.frame.{name}" for name in names}
    assert {item.endpoint for items in MENU.values() for item in items} <= set(PAGES)


def test_pages_need_a_session(desk_service: Service) -> None:
    desk = Desk(desk_service)
    for endpoint, method, path in addresses():
        if PAGES[endpoint].public:
            continue
        answer = desk.get(path) if method == "GET" else desk.post_bare(path)
        assert answer.status_code == 302, (endpoint, method)
        assert answer.headers["Location"].startswith("/admin/sign-in"), endpoint


def test_forms_need_a_csrf_token(desk_service: Service) -> None:
    desk = Desk(desk_service, token_of(member_of(*ROLES)))
    before = state_of(desk_service)
    for endpoint, _, path in addresses():
        if PAGES[endpoint].public:
            continue
        for method in WRITING:
            if method not in PAGES[endpoint].methods:
                assert desk.send_bare(method, path).status_code == 405, (endpoint, method)
                continue
            for form in ({}, {"csrf": ""}, {"csrf": "0" * 64}):
                answer = desk.send_bare(method, path, data=form)
                assert answer.status_code == 403, (endpoint, method)
    assert state_of(desk_service) == before


def test_auditor_changes_nothing(desk_service: Service) -> None:
    auditor = member_of("auditor")
    desk = Desk(desk_service, token_of(auditor))
    proof = {"csrf": desk.csrf()}
    # The first reader of the draft copies the release to it.
    desk.get("/entries")
    before = state_of(desk_service)
    for endpoint, _, path in addresses():
        page = PAGES[endpoint]
        # Own password, second factor and session only.
        if page.pending:
            continue
        for method in WRITING:
            answer = desk.send_bare(method, path, data=proof)
            if method not in page.methods:
                assert answer.status_code == 405, (endpoint, method)
            elif page.writes is None or not auditor.may(page.writes):
                assert answer.status_code == 403, (endpoint, method)
    assert state_of(desk_service) == before


def state_of(service: Service) -> dict[str, str]:
    """Return table → digest of its rows, without data that reading and the worker change."""
    path = service.settings.database_address.removeprefix("sqlite:///")
    connection = sqlite3.connect(path)
    try:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = {name for (name,) in found} - LEFT_BY_LOOKING
        return {
            table: hashlib.sha256(
                repr(connection.execute(f'SELECT * FROM "{table}"').fetchall()).encode()
            ).hexdigest()
            for table in tables
        }
    finally:
        connection.close()


@pytest.mark.parametrize("role", ["auditor", "editor", "operator", "clerk", "centre"])
def test_pages_need_their_permission(desk_service: Service, role: str) -> None:
    member = member_of(role)
    desk = Desk(desk_service, token_of(member))
    for endpoint, method, path in addresses():
        needed = PAGES[endpoint].may
        if method == "GET" and needed is not None and not member.may(needed):
            assert desk.get(path).status_code == 403, endpoint


def test_cross_site_form_is_refused(desk_service: Service) -> None:
    desk = Desk(desk_service)
    for origin in ("https://elsewhere.example", "null"):
        answer = desk.post_bare("/sign-in", {"username": "x"}, headers={"Origin": origin})
        assert answer.status_code == 403
        # A proxy that hides the Host makes every form look cross-site, so the page says so.
        assert "代理是否转发Host" in answer.text


def test_form_of_an_earlier_session_has_its_own_message(
    desk_service: Service,
) -> None:
    member = member_of("operator")
    before = Desk(desk_service, token_of(member)).csrf()
    answer = Desk(desk_service, token_of(member)).post_bare("/sign-out", {"csrf": before})
    assert answer.status_code == 403
    assert "打开这个页面之后您重新登录过" in answer.text
    assert "没有这项权限" not in answer.text


def test_missing_permission_is_named_with_its_roles_and_whom_to_ask(
    desk_service: Service,
) -> None:
    member_of("administrator", name="管理甲")
    desk = Desk(desk_service, token_of(member_of("clerk")))
    answer = desk.get("/audit")
    assert answer.status_code == 403
    for said in ("没有“查看操作日志”的权限", "角色：审计、系统管理员", "管理甲"):
        assert said in answer.text
    part = desk.get("/audit", headers={"HX-Request": "true"})
    assert "没有“查看操作日志”的权限" in part.text


def test_every_permission_has_a_word_and_a_role() -> None:
    for permission in Permission:
        assert words("staff.permissions")[permission.value]
        assert any(permission in may for may in members.ROLES.values())


def test_pages_have_security_headers(desk_service: Service) -> None:
    answer = Desk(desk_service).get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
