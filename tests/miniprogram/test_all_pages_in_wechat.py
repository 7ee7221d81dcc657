"""Every page of the built WeChat program in the simulator, on the running service."""

import json

import pytest

from tests.support.app import build, npm_run
from tests.support.matters.systems import matter_body, person_body, system_of
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD
from tests.support.service.service import Service, data_of

SOMEONE = person(number=4902)


@pytest.fixture(autouse=True)
def built() -> None:
    build("mp-weixin")


def test_visitor_opens_every_page(service: Service) -> None:
    token = service.wechat_login("every-page")
    queries = {"pages/matters/confirm": {"id": "M2345678"}}
    npm_run(
        "test:pages",
        SERVICE=service.url,
        TOKEN=token,
        QUERIES=json.dumps(queries),
        ALLOWED="ACCOUNT_REQUIRED",
    )


def test_verified_person_opens_every_page_without_refusals(service: Service) -> None:
    made = system_of(service).call("POST", "/matters", matter_body(person_body(SOMEONE)))
    with tables_of(service):
        account_of(SOMEONE, level=4, verified_by="face")
    visitor = service.wechat_login("verified")
    content = {"login": SOMEONE.id_number, "password": PASSWORD, "bind": True}
    token = data_of(service.post("/sessions", json=content, token=visitor))["token"]
    queries = {"pages/matters/confirm": {"id": made.json()["data"]["matter_id"]}}
    npm_run("test:pages", SERVICE=service.url, TOKEN=token, QUERIES=json.dumps(queries))
