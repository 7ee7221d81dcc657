"""Errors under /admin are Chinese pages; elsewhere they are JSON."""

from dataclasses import replace

import pytest

from handlers import app
from handlers.admin.frame.access import COOKIE
from miniprogram_api.staff import sessions as staff_sessions
from tests.support.admin.desk import Desk, url_map
from tests.support.admin.staff import member_of, token_of
from tests.support.service.rules import Rules
from tests.support.service.service import Service

ROLES = ("administrator", "auditor", "centre", "clerk", "editor", "operator")
BEYOND = "9" * 25


@pytest.fixture
def desk(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of(*ROLES)))


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/nowhere", 404, "没有找到这条内容"),
        ("GET", "/static/nowhere.css", 404, "没有找到这条内容"),
        ("POST", "/audit", 405, "这个地址不能这样打开"),
    ],
)
def test_error_is_a_page(
    desk_service: Service, desk: Desk, method: str, path: str, status: int, said: str
) -> None:
    for visitor in (desk, Desk(desk_service)):
        answer = visitor.send_bare(method, path)
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert said in answer.text
    assert desk_service.get("/nowhere").headers["Content-Type"].startswith("application/json")


def test_too_large_body_is_a_page(desk: Desk) -> None:
    answer = desk.post("/announcements/new", {"title": "长", "text": "长" * 1_000_000})
    assert (answer.status_code, "提交的内容或文件太大" in answer.text) == (413, True)


def test_unexpected_error_is_a_page_without_queries(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.create(replace(rules.services)).test_client()
    client.set_cookie(COOKIE, token_of(member_of("operator")), path="/admin")
    assert client.get("/admin/number-ranges").status_code == 200

    def fails(*_: object) -> None:
        raise OSError("nothing answers")

    monkeypatch.setattr(staff_sessions, "find_session", fails)
    answer = client.get("/admin/number-ranges")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "系统出了差错" in answer.get_data(as_text=True)


def test_too_large_number_is_not_found(desk: Desk) -> None:
    proof = {"csrf": desk.csrf()}
    numbered = [rule for rule in url_map().iter_rules() if "<int:" in rule.rule]
    assert len(numbered) > 20
    for rule in numbered:
        path = rule.rule.removeprefix("/admin")
        for name in rule.arguments:
            path = path.replace(f"<int:{name}>", BEYOND).replace(f"<{name}>", "x")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = desk.send_bare(method, path, data=proof)
            assert answer.status_code == 404, path
    assert desk.get(f"/audit?before={BEYOND}").status_code == 404
    form = {"username": "wu_chuang", "name": "吴窗", "roles": ["clerk"], "window_id": BEYOND}
    answer = desk.post("/staff/new", form)
    assert (answer.status_code, "没有这个窗口" in answer.text) == (422, True)


def test_success_message_is_not_shown_beside_an_error(desk: Desk) -> None:
    other = member_of("editor")
    for page, form in (
        ("/number-ranges", {"prefix": "99"}),
        ("/sources", {"source": "sms", "notice": ""}),
        (f"/staff/{other.id}", {"roles": []}),
    ):
        told = desk.get(f"{page}?done=saved")
        assert (told.status_code, "已保存。" in told.text) == (200, True)
        wrong = desk.post(f"{page}?done=saved", form)
        assert (wrong.status_code, "已保存。" in wrong.text) == (422, False)
    wrong = desk.get("/audit?account_id=x&done=saved")
    assert (wrong.status_code, "已保存。" in wrong.text) == (422, False)
