"""The register of incidents on the staff's pages."""

import pytest

from miniprogram_api import audit, clock, masking
from models.incidents import Incident
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.service import Service
from tests.support.service.waiting import eventually

PAGE = "/system/incidents"
ENTERED = {"title": "窗口越权查询", "kind": "misuse", "description": "一名人员查询了无关账号。"}


@pytest.fixture
def operator(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("operator")))


def test_incident_from_the_first_hour_to_the_report(desk_service: Service, operator: Desk) -> None:
    someone = person("王小明", number=9871)
    account = account_of(someone)
    assert "没有安全事件" in operator.get(PAGE).text
    assert operator.post(f"{PAGE}/new", {**ENTERED, "kind": ""}).status_code == 422
    page = operator.post(f"{PAGE}/new", ENTERED).headers["Location"].split("?")[0]
    page = page.removeprefix("/admin")
    assert "还有3小时59分" in operator.get(page).text

    # Nothing ends before the authority was told.
    early = operator.post(page, {"act": "close", "closing_report": "完", "no_notice": "无"})
    assert "请先登记向主管部门报告的情况" in early.text
    reported = {"act": "report", "reported_as": "省委网信办，电话报告，编号17"}
    assert operator.post(page, reported).status_code == 302
    assert "还有3小时" not in operator.get(page).text

    chosen = {"act": "persons", "way": "accounts", "ids": str(account.id)}
    assert operator.post(page, {**chosen, "ids": "x"}).status_code == 422
    assert operator.post(page, chosen).status_code == 302
    shown = operator.get(page).text
    assert "<strong>1</strong>个账号" in shown
    assert someone.phone not in shown
    assert "涉及账号：1个" in shown

    table = operator.post(f"{page}/persons", page=page)
    assert table.headers["Content-Type"].startswith("text/csv")
    assert str(account.id) in table.text
    assert someone.phone not in table.text

    asked, begun = {"act": "ask_notice", "number": "1"}, {"act": "begin_notice", "number": "1"}
    assert "人数和名单不符" in operator.post(page, {**asked, "number": "2"}).text
    assert operator.post(page, begun).status_code == 422
    assert operator.post(page, asked).status_code == 302
    waiting = operator.get(page).text
    assert "等另一位同事核对后发送" in waiting
    assert 'name="number"' not in waiting
    assert operator.post(page, begun).status_code == 403
    # Another list is asked for anew.
    other = Desk(desk_service, token_of(member_of("operator")))
    assert operator.post(page, chosen).status_code == 302
    assert other.post(page, begun).status_code == 422
    assert operator.post(page, asked).status_code == 302
    assert Incident.get().notice_at is None
    assert "经办人提请发短信" in other.get(page).text
    assert other.post(page, begun).status_code == 302
    assert eventually(lambda: Incident.get().notice_count == 1)
    assert other.post(page, begun).status_code == 422
    assert operator.post(page, chosen).status_code == 422

    closed = {"act": "close", "closing_report": "原因：权限过宽。已收回权限。"}
    assert operator.post(page, closed).status_code == 302
    assert operator.post(page, reported).status_code == 404
    assert "已收回权限" in operator.get(page).text


def test_accounts_that_a_member_handled_are_found_by_the_name(operator: Desk) -> None:
    account = account_of(person("王小明", number=9872))
    member = member_of("clerk", name="钱窗口", username="qian_window")
    audit.write_own("staff:person:looked_up", actor=member.actor, account_id=account.id)
    page = operator.post(f"{PAGE}/new", ENTERED).headers["Location"].split("?")[0]
    page = page.removeprefix("/admin")
    day = {"begins": "2020-01-01T00:00", "ends": "2099-01-01T00:00"}
    chosen = {"act": "persons", "way": "handled_by", **day}
    assert "没有找到这个人员" in operator.post(page, {**chosen, "actor": "孙不在"}).text
    for called in ("钱窗口", "Qian_Window", member.actor):
        assert operator.post(page, {**chosen, "actor": called}).status_code == 302
        assert "<strong>1</strong>个账号" in operator.get(page).text


def test_incident_of_tomorrow_is_refused(operator: Desk) -> None:
    later = f"{clock.now().year + 1}-01-01T08:00"
    refused = operator.post(f"{PAGE}/new", {**ENTERED, "known_at": later})
    assert "发现时间不能晚于现在" in refused.text


def test_readers_change_nothing(desk_service: Service, operator: Desk) -> None:
    account = account_of(person("王小明", number=9873))
    page = operator.post(f"{PAGE}/new", ENTERED).headers["Location"].split("?")[0]
    page = page.removeprefix("/admin")
    operator.post(page, {"act": "persons", "way": "accounts", "ids": str(account.id)})
    assert masking.name("王小明") in operator.get(page).text
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    seen = auditor.get(page).text
    assert "<strong>1</strong>个账号" in seen
    assert masking.name("王小明") not in seen
    assert auditor.post(page, {"act": "ask_notice", "number": "1"}).status_code == 403
    editor = Desk(desk_service, token_of(member_of("editor")))
    assert editor.get(PAGE).status_code == 403
