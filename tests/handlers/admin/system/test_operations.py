"""Pages of number ranges, outage switches, announcements and windows."""

from datetime import timedelta

import pytest
import requests

from miniprogram_api import clock
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of, error_of

NOTICE = "短信通道正在维护，预计今晚10点恢复，请届时再试。"


@pytest.fixture
def operator(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("operator")))


def code_of(service: Service, phone: str) -> requests.Response:
    token = service.wechat_login()
    return service.post("/sms-codes", token=token, json={"phone": phone, "purpose": "register"})


def test_number_range_is_opened(desk_service: Service, operator: Desk) -> None:
    refused = error_of(code_of(desk_service, "19912340011"), 422, "PHONE_SEGMENT_UNSUPPORTED")
    assert refused["data"]["segment"] == "199"
    assert "199" in operator.get("/number-ranges").text
    assert 'name="prefix" type="text" value="199"' in operator.get("/number-ranges?prefix=199").text

    wrong = operator.post("/number-ranges", {"prefix": "99", "supported_from": "soon"})
    assert wrong.status_code == 422
    today = clock.today().isoformat()
    saved = operator.post("/number-ranges", {"prefix": "199", "supported_from": today})
    assert saved.status_code == 302
    assert "已开通" in operator.get("/number-ranges").text
    data_of(code_of(desk_service, "19912340011"), 202)


def test_switched_off_source_is_not_called_and_shows_the_notice(
    desk_service: Service, operator: Desk
) -> None:
    assert operator.post("/sources", {"source": "sms", "notice": ""}).status_code == 422
    assert operator.post("/sources", {"source": "sms", "notice": NOTICE}).status_code == 302
    assert NOTICE in operator.get("/sources").text

    calls = desk_service.sandbox.calls("SendSms")
    refused = error_of(code_of(desk_service, "13812340011"), 503, "SMS_UNAVAILABLE")
    assert refused["message"] == NOTICE
    assert refused["help"]["case"] == 1
    assert desk_service.sandbox.calls("SendSms") == calls
    outages = data_of(desk_service.get("/announcements"))["outages"]
    assert [(item["source"], item["notice"]) for item in outages] == [("sms", NOTICE)]

    assert operator.post("/sources/sms/on", page="/sources").status_code == 302
    # The refusal used nothing up: the first code of the minute is sent.
    data_of(code_of(desk_service, "13812340011"), 202)


def test_switched_off_identity_source_costs_no_attempt(
    desk_service: Service, operator: Desk
) -> None:
    operator.post("/sources", {"source": "identity", "notice": "四要素核验维护中，请晚些再试。"})
    somebody = person("赵维护", number=61)
    token = desk_service.wechat_login()
    consent = data_of(desk_service.get("/consent"))
    code = desk_service.sms_code(token, "13812340022", "register")
    body = {
        **somebody.four_elements,
        "phone": "13812340022",
        "sms_code": code,
        "password": "Otter-in-7-rivers",
        "consent_version": consent["version"],
        "separate_consents": ["identity"],
    }
    refused = desk_service.post("/registrations", token=token, json=body)
    assert error_of(refused, 503, "IDENTITY_SOURCE_BUSY")["message"].startswith("四要素核验维护中")
    operator.post("/sources/identity/on", page="/sources")
    data_of(desk_service.post("/registrations", token=token, json=body), 201)


def test_announcements_are_shown_during_their_term(desk_service: Service, operator: Desk) -> None:
    form = {"title": "元旦休息安排", "text": "1月1日窗口休息。", "districts": "城东区、城西区"}
    assert operator.post("/announcements/new", {**form, "text": ""}).status_code == 422
    past = f"{clock.now() - timedelta(days=1):%Y-%m-%dT%H:%M}"
    assert operator.post("/announcements/new", {**form, "ends_at": past}).status_code == 422
    assert operator.post("/announcements/new", form).status_code == 302

    shown = data_of(desk_service.get("/announcements", params={"district": "城东区"}))
    assert [item["title"] for item in shown["announcements"]] == ["元旦休息安排"]
    elsewhere = data_of(desk_service.get("/announcements", params={"district": "城南区"}))
    assert elsewhere["announcements"] == []

    number = shown["announcements"][0]["id"]
    tomorrow = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    changed = {"title": "延后", "text": "新的安排。", "starts_at": tomorrow}
    assert operator.post(f"/announcements/{number}", changed).status_code == 302
    assert data_of(desk_service.get("/announcements"))["announcements"] == []
    assert "未开始" in operator.get("/announcements").text
    assert operator.post(f"/announcements/{number}/withdraw", page="/announcements").status_code
    assert "已撤下" in operator.get("/announcements").text


def test_auditor_reads_and_changes_nothing(desk_service: Service) -> None:
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    for path in ("/number-ranges", "/sources", "/announcements"):
        page = auditor.get(path)
        assert page.status_code == 200
        # The only form is the one that signs out.
        assert page.text.count("<form") == 1
    for path, form in (
        ("/number-ranges", {"prefix": "198"}),
        ("/number-ranges/199/remove", {}),
        ("/sources", {"source": "sms", "notice": NOTICE}),
        ("/sources/sms/on", {}),
        ("/announcements/new", {"title": "x", "text": "y"}),
    ):
        assert auditor.post(path, form, page="/").status_code == 403
    assert data_of(desk_service.get("/announcements"))["outages"] == []


def test_window_is_edited(desk_service: Service, operator: Desk) -> None:
    form = {
        "name": "城北窗口", "address": "城北路3号", "hours": "工作日 9:00-17:00",
        "phone": "010-00000001", "districts": "城北区", "active": "1",
    }  # fmt: skip
    wrong = operator.post("/windows/new", {**form, "name": "", "closed_days": "2027-13-01"})
    assert wrong.status_code == 422
    assert operator.post("/windows/new", form).status_code == 302
    shown = data_of(desk_service.get("/windows", params={"district": "城北区"}))["windows"]
    assert [window["name"] for window in shown] == ["城北窗口"]
    assert "城北窗口" in operator.get("/windows").text
