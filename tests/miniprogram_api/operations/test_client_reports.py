"""Client error reports without personal data."""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.operations import client_reports
from miniprogram_api.reasons import Reason, Refused
from models.accounts.client_reports import ClientReport
from tests.support.people.accounts import account_of, account_session
from tests.support.people.persons import person
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules

SOMEONE = person("王小明", number=7)


def test_report_is_stored_for_user_and_account(rules: Rules) -> None:
    account = account_of(SOMEONE)
    client_reports.add(rules.services, wechat_session("li"), "network", "activation.phone", "")
    client_reports.add(
        rules.services, account_session(account), "sms", f"step {SOMEONE.phone}", SOMEONE.id_number
    )
    first, second = ClientReport.select().order_by(ClientReport.id)
    assert (first.openid, first.account_id, first.kind, first.step, first.detail) == (
        "o-li",
        None,
        "network",
        "activation.phone",
        "",
    )
    assert (second.account_id, second.step, second.detail) == (account.id, "step ***", "***")


def test_reports_are_rate_limited(rules: Rules) -> None:
    most = rules.services.settings.client_reports_per_user
    for _ in range(most):
        client_reports.add(rules.services, wechat_session(), "network", "step", "")
    with pytest.raises(Refused) as caught:
        client_reports.add(rules.services, wechat_session(), "network", "step", "")
    assert caught.value.reason is Reason.TOO_MANY_ATTEMPTS
    assert ClientReport.select().count() == most
    client_reports.add(rules.services, wechat_session("li"), "network", "step", "")


def test_old_reports_are_deleted(rules: Rules) -> None:
    client_reports.add(rules.services, wechat_session(), "other", "step", "detail")
    assert client_reports.remove_old() == 0
    ClientReport.update(reported_at=clock.now() - timedelta(days=91)).execute()
    assert client_reports.remove_old() == 1
