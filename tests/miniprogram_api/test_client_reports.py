"""Reports from the phone: kept for the bot, without anything that could be somebody's."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api import client_reports, clock
from models.client_reports import ClientReport
from tests.support.accounts import account_of, account_session
from tests.support.people import make_id_number, person
from tests.support.registrations import wechat_session
from tests.support.rules import Rules

SOMEONE = person("王小明", number=7)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("request:fail timeout", "request:fail timeout"),
        ("错误码 61020，第3步", "错误码 61020，第3步"),
        (f"手机{SOMEONE.phone}没反应", "手机***没反应"),
        ("手机 138 0013 0017 没反应", "手机 *** 没反应"),
        ("手机138-0013-0017", "手机***"),
        ("手机１３８００１３００１７", "手机***"),
        (f"证号{SOMEONE.id_number}填不进", "证号***填不进"),
        ("号码11010119900101992x不对", "号码***不对"),
        ("wang@example.com 没回信", "*** 没回信"),
        ("GET https://a.example/b?phone=1 失败", "GET https://a.example/b*** 失败"),
        ("token 4fT_-x9Lq0Zb7Kd2Rm5Yw8Va1Pc6", "token ***"),
    ],
)
def test_what_is_masked(text: str, kept: str) -> None:
    assert client_reports.masked(text) == kept


@given(st.text(max_size=20), st.integers(0, 9), st.text(max_size=20))
def test_no_number_survives(before: str, sequence: int, after: str) -> None:
    number = make_id_number(SOMEONE.valid_from.replace(year=1990), 990 + sequence)
    kept = client_reports.masked(f"{before}{number}{after}")
    assert number not in kept
    assert number[6:14] not in kept


def test_a_report_is_kept_for_user_and_account(rules: Rules) -> None:
    account = account_of(SOMEONE)
    client_reports.add(wechat_session("li"), "network", "activation.phone", "")
    client_reports.add(account_session(account), "sms", f"step {SOMEONE.phone}", SOMEONE.id_number)
    first, second = ClientReport.select().order_by(ClientReport.id)
    assert (first.openid, first.account_id, first.kind, first.step, first.detail) == (
        "o-li",
        None,
        "network",
        "activation.phone",
        "",
    )
    assert (second.account_id, second.step, second.detail) == (account.id, "step ***", "***")


def test_old_reports_are_forgotten(rules: Rules) -> None:
    client_reports.add(wechat_session(), "other", "step", "detail")
    assert client_reports.remove_old() == 0
    ClientReport.update(reported_at=clock.now() - timedelta(days=91)).execute()
    assert client_reports.remove_old() == 1
