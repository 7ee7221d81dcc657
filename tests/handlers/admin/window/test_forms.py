"""Texts of the clerk's forms."""

from handlers import app
from handlers.admin.frame.access import COOKIE
from miniprogram_api.staff import sittings
from tests.support.admin.staff import member_of, token_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules

SOMEONE = person("张三丰", number=11)


def test_form_states_the_accounts_per_phone(rules: Rules) -> None:
    client = app.create(rules.with_settings(accounts_per_phone=3)).test_client()
    member = member_of("clerk")
    client.set_cookie(COOKIE, token_of(member), path="/admin")
    handle = sittings.begin(member).handle
    sittings.keep(member, handle, typed=SOMEONE.four_elements)
    page = client.get(f"/admin/window/registrations/{handle}/contact").get_data(as_text=True)
    assert "同一个手机号最多登记3个账号" in page


def test_unknown_number_of_a_ticket_is_reported_in_the_list(rules: Rules) -> None:
    client = app.create(rules.services).test_client()
    client.set_cookie(COOKIE, token_of(member_of("clerk")), path="/admin")
    unknown = client.get("/admin/window/tickets?number=zzzz")
    assert unknown.status_code == 404
    page = unknown.get_data(as_text=True)
    assert "没有找到这个编号的工单" in page
    assert 'value="zzzz"' in page
