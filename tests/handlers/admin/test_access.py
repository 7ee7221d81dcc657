"""The doors of the admin pages: every page asks who comes, every form proves where it is from."""

import re

import pytest
from flask import Flask

from handlers.admin.access import PAGES
from tests.support.admin import Desk
from tests.support.service import Service
from tests.support.staff import member_of, token_of

ANY = {"int": "1", "path": "x", "default": "x"}


def addresses() -> list[tuple[str, str, str]]:
    """(endpoint, method, path below /admin with made-up values) of every page."""
    app = Flask("pages")
    from handlers.admin import register

    register(app)
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PAGES:
            path = re.sub(r"<(?:(\w+)[^:>]*:)?\w+>", lambda m: ANY[m[1] or "default"], rule.rule)
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found += [(rule.endpoint, method, path.removeprefix("/admin")) for method in methods]
    return sorted(found)


def test_every_rule_under_admin_is_a_page_or_a_file() -> None:
    app = Flask("pages")
    from handlers.admin import register

    register(app)
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if "/admin" in rule.rule}
    assert endpoints == {*PAGES, "admin.static"}


def test_nobody_gets_in_without_a_session(desk_service: Service) -> None:
    desk = Desk(desk_service)
    for endpoint, method, path in addresses():
        if PAGES[endpoint].public:
            continue
        answer = desk.get(path) if method == "GET" else desk.post_bare(path)
        assert answer.status_code == 302, (endpoint, method)
        assert answer.headers["Location"].startswith("/admin/sign-in"), endpoint


def test_no_form_works_without_its_proof(desk_service: Service) -> None:
    everything = ("administrator", "auditor", "centre", "clerk", "editor", "operator")
    desk = Desk(desk_service, token_of(member_of(*everything)))
    for endpoint, method, path in addresses():
        if method != "GET" and not PAGES[endpoint].public:
            assert desk.post_bare(path).status_code == 403, endpoint
            forged = {"csrf": "0" * 64}
            assert desk.post_bare(path, data=forged).status_code == 403, endpoint


@pytest.mark.parametrize("role", ["auditor", "editor", "operator", "clerk", "centre"])
def test_pages_ask_for_their_permission(desk_service: Service, role: str) -> None:
    member = member_of(role)
    desk = Desk(desk_service, token_of(member))
    for endpoint, method, path in addresses():
        needed = PAGES[endpoint].may
        if method == "GET" and needed is not None and not member.may(needed):
            assert desk.get(path).status_code == 403, endpoint


def test_another_sites_form_is_turned_away(desk_service: Service) -> None:
    desk = Desk(desk_service)
    for origin in ("https://elsewhere.example", "null"):
        answer = desk.post_bare("/sign-in", {"username": "x"}, headers={"Origin": origin})
        assert answer.status_code == 403


def test_pages_carry_their_headers(desk_service: Service) -> None:
    answer = Desk(desk_service).get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
