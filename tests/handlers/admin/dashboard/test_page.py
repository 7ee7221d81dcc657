"""The dashboard over HTTP and in a browser: figures, print and download."""

import csv
import io
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from handlers.admin.dashboard import tables
from handlers.admin.frame.access import COOKIE
from miniprogram_api import clients, clock
from miniprogram_api.ledger.anchors import Status
from miniprogram_api.operations import figures
from miniprogram_api.services import Services
from models.figures import DailyFigure, Figure, add
from models.storage.database import transaction
from tests.support.admin.browser import browsing
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

PATH = "/dashboard"
NOTHING = Status(None, None, None, 0, None)


@pytest.fixture
def desk(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("operator")))


def figure(back: int, name: str, key: str, amount: int) -> Figure:
    return Figure((clock.today() - timedelta(days=back)).isoformat(), name, key, amount)


def keep(*kept: Figure) -> None:
    with transaction():
        add(kept)


def test_events_are_counted(desk_service: Service, desk: Desk) -> None:
    token = desk_service.wechat_login()
    for _ in range(2):
        data_of(desk_service.post("/faq/ask", json={"question": "199的号码收不到验证码"}))
    code = {"phone": "13812340011", "purpose": "register"}
    data_of(desk_service.post("/sms-codes", token=token, json=code), 202)
    assert desk_service.post("/sms-codes", token=token, json=code).status_code == 429

    services = Services(desk_service.settings, clients.build(desk_service.settings))

    def is_counted() -> bool:
        figures.update(services)
        report = figures.report(figures.last_days(1))
        # What the test before was refused may be written in this one.
        refusals = report.totals.get("refused", {})
        return refusals.get("sms_codes:SMS_RATE_LIMITED") == 1 and {
            "questions",
            "sms",
            "visitors",
        } <= set(report.totals)

    assert eventually(is_counted)
    report = figures.report(figures.last_days(1))
    assert report.totals["questions"] == {"answer": 2}
    assert report.totals["funnel"] == {"code": 1}
    assert report.count("visitors") >= 1
    page = desk.get(PATH)
    assert page.status_code == 200
    for text in ("199号段手机号暂不支持", "获取太频繁", "每5分钟更新一次"):
        assert text in page.text


def test_range_is_compared_with_the_previous_one(desk_service: Service, desk: Desk) -> None:
    keep(
        figure(1, "topics", "segment_199", 30),
        figure(8, "topics", "segment_199", 10),
        figure(1, "topics", "old_entry", 9),
        figure(8, "topics", "old_entry", 12),
        figure(1, "questions", "answer", 39),
        figure(8, "questions", "answer", 22),
    )
    days = figures.last_days(7)
    found = {t.key: t for t in tables.tables(figures.report(days), {}, [], [], NOTHING)}
    assert found["overview"].rows[0] == ("提问", 39, 22, "升77%")
    assert found["topics"].rows[0] == ("segment_199", 30, "77%")
    # An entry that is no longer published is still named.
    assert found["rising"].rows == [("segment_199", 30, 10, 20)]
    assert len(found["questions"].rows) == 7
    year = figures.chosen_days(clock.today() - timedelta(days=364), None)
    weeks = tables.tables(figures.report(year), {}, [], [], NOTHING)[1]
    assert len(weeks.rows) == 53
    assert sum(int(row[1]) for row in weeks.rows) == 61
    assert "至" in str(weeks.rows[0][0])


def test_invalid_days_are_refused(desk: Desk) -> None:
    today = clock.today().isoformat()
    for query in ("?first=soon", "?last=2026-01-01", "?first=2001-01-01", "?first=9999-12-31"):
        answer = desk.get(PATH + query)
        assert answer.status_code == 422, query
        assert 'role="alert"' in answer.text
        assert desk.get(f"/dashboard.csv{query}").status_code == 422
    for query in ("?days=7", "?days=8x", f"?first={today}", f"?first={today}&last={today}"):
        assert desk.get(PATH + query).status_code == 200


def test_download_equals_the_page(desk: Desk) -> None:
    keep(
        figure(1, "questions", "answer", 12),
        figure(1, "topics", "=cmd", 12),
        figure(1, "refused", "sms_codes:SMS_RATE_LIMITED", 4),
    )
    answer = desk.get("/dashboard.csv?days=7")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].endswith('.csv"')
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = [row for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) if row]
    assert ["提问", "12", "0", "—"] in rows
    assert ["获取太频繁", "4"] in rows
    assert ["'=cmd", "12", "100%"] in rows
    page = desk.get(f"{PATH}?days=7").text
    for row in rows:
        # The range is named in the page's own words.
        if row[0] != "数据概览" and len(row) == 1:
            assert row[0] in page


@pytest.mark.parametrize("role", ["editor", "operator", "centre", "auditor", "administrator"])
def test_dashboard_needs_its_permission(desk_service: Service, role: str) -> None:
    assert Desk(desk_service, token_of(member_of(role))).get(PATH).status_code == 200
    clerk = Desk(desk_service, token_of(member_of("clerk")))
    for path in (PATH, "/dashboard.csv"):
        assert clerk.get(path).status_code == 403


def test_charts_are_drawn_and_printed(desk_service: Service) -> None:
    DailyFigure.delete().execute()
    for back in range(5):
        keep(
            figure(back, "questions", "answer", 10 + back),
            figure(back, "sms", "sent", 5),
            figure(back, "accounts", "api:account:registered", 3),
        )
    cookie = {"name": COOKIE, "value": token_of(member_of("auditor")), "url": desk_service.url}
    with browsing() as visit:
        page = visit.page
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(f"{desk_service.url}/admin{PATH}?days=7")
        expect(page.locator(".chart canvas")).to_have_count(3)
        assert not page.locator("details table").first.is_visible()
        # Sections without records are one line, and the others fill the page.
        empty = page.locator("#no-records")
        expect(empty).to_contain_text("转人工、")
        assert page.get_by_role("heading", name="转人工").count() == 0
        right = "card => card.getBoundingClientRect().right"
        alone = page.locator(".figure-card").nth(1).evaluate(right)
        assert alone == page.locator(".figure-card").first.evaluate(right)
        paper = page.pdf(prefer_css_page_size=True)
        assert paper.startswith(b"%PDF")
        # Charts on the screen; the print adds the numbers, and removes them afterwards.
        assert not page.locator("details table").first.is_visible()
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details table").first.is_visible()
        assert visit.complaints == []
        assert [url for url in visit.asked if not url.startswith(desk_service.url)] == []
