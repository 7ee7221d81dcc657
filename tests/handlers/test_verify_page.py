"""The public page of check codes: matter, post and time, nothing more about a person."""

from collections.abc import Iterator

import pytest
import requests

from miniprogram_api.services import Services
from miniprogram_api.sheets.check_codes import grouped
from models.matters.decisions import Decision
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
    for shown in (FIRM, "股东、经理", "王**", "设立", "记录的签章有效，这次确认现在有效"):
        assert shown in answer.text
    for hidden in (THREE[0].person.name, THREE[0].person.id_number, THREE[0].person.phone):
        assert hidden not in answer.text
    Decision.update(way="face").where(Decision.code == code).execute()
    assert "记录的签章不符" in requests.get(answer.url, timeout=30).text


def test_unknown_code_and_too_many(confirmed_service: Service) -> None:
    url = f"{confirmed_service.url}/verify/<script>"
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 404
    assert "没有查到这个核验码" in answer.text
    assert "<script>" not in answer.text
    statuses = [requests.get(url, timeout=30).status_code for _ in range(60)]
    assert statuses[-1] == 429
    assert "查验太频繁" in requests.get(url, timeout=30).text
