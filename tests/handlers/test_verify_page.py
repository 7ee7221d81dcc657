"""The public page of check codes: matter, post and time, nothing more about a person."""

import re
from collections.abc import Iterator

import pytest
import requests

from miniprogram_api import clock
from miniprogram_api.services import Services
from miniprogram_api.sheets.check_codes import grouped
from models.matters.decisions import Decision
from models.matters.matters import OPEN, Line, Matter
from tests.support.people.accounts import tables_of
from tests.support.people.confirmed_matters import FIRM, THREE, confirmed
from tests.support.service.service import Service


@pytest.fixture
def confirmed_service(service: Service) -> Iterator[Service]:
    """Return a service with a confirmed matter."""
    with tables_of(service):
        confirmed(Services(service.settings, None))  # type: ignore[arg-type]
        yield service


def test_page_shows_the_record_and_its_signature(confirmed_service: Service) -> None:
    code = Decision.select().order_by(Decision.id).get().code
    answer = requests.get(
        f"{confirmed_service.url}/verify", params={"code": grouped(code)}, timeout=30
    )
    assert answer.status_code == 200
    assert answer.url.endswith(f"/verify/{grouped(code)}")
    assert answer.headers["Cache-Control"] == "no-store"
    for shown in (FIRM, "股东、经理", "王**", "设立", "现在有效"):
        assert shown in answer.text
    for hidden in (THREE[0].person.name, THREE[0].person.id_number, THREE[0].person.phone):
        assert hidden not in answer.text
    Decision.update(way="face").where(Decision.code == code).execute()
    assert "记录的签章不符" in requests.get(answer.url, timeout=30).text


@pytest.mark.parametrize(
    ("state", "said", "mark"),
    [
        ("waiting", "其他人还没有全部确认", "good"),
        ("refused", "有别人提出异议", "good"),
        ("accepted", "不再过期", "good"),
        ("withdrawn", "已失效：业务已于", ""),
        ("expired", "已过期：业务到", ""),
    ],
)
def test_page_says_whether_it_counts_and_until_when(
    confirmed_service: Service, state: str, said: str, mark: str
) -> None:
    decision = Decision.select().order_by(Decision.id).get()
    ended = None if state in OPEN else clock.now().replace(year=2025)
    Matter.update(state=state, ended_at=ended).execute()
    page = requests.get(f"{confirmed_service.url}/verify/{decision.code}", timeout=30).text
    (line,) = re.findall(r'<p class="result (\w*)" role="status">([^<]+)</p>', page)
    until = ended or decision.matter.expires_at
    assert line[0] == mark
    assert said in line[1]
    assert f"{until:%Y年%m月%d日 %H:%M:%S}" in line[1]


def test_open_matter_past_its_day_has_expired_before_the_job(confirmed_service: Service) -> None:
    decision = Decision.select().order_by(Decision.id).get()
    Matter.update(expires_at=clock.now()).execute()
    page = requests.get(f"{confirmed_service.url}/verify/{decision.code}", timeout=30).text
    assert "已过期" in page
    assert "现在有效" not in page


def test_confirmation_lost_or_replaced(confirmed_service: Service) -> None:
    url = f"{confirmed_service.url}/verify/{Decision.select().order_by(Decision.id).get().code}"
    Line.update(removed_in=2).execute()
    assert "已失效：确认之后业务内容有修改" in requests.get(url, timeout=30).text
    Line.update(removed_in=None, state="lost", reason="account").execute()
    assert "账号、认证或证件有变化" in requests.get(url, timeout=30).text


def test_unknown_code_and_too_many(confirmed_service: Service) -> None:
    url = f"{confirmed_service.url}/verify/<script>"
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 404
    assert "这不是核验码" in answer.text
    assert "<script>" not in answer.text
    unknown = requests.get(f"{confirmed_service.url}/verify/{'0' * 16}", timeout=30)
    assert unknown.status_code == 404
    assert "没有查到这个核验码：没有出过这个码" in unknown.text
    statuses = [requests.get(url, timeout=30).status_code for _ in range(60)]
    assert statuses[-1] == 429
    assert "查验太频繁" in requests.get(url, timeout=30).text
