"""Outages of Redis and the database: what works, what is refused, and recovery."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from models.accounts.accounts import Account
from models.accounts.sessions import Session
from models.desks.audit import AuditEntry
from tests.support.api.refusals import refused
from tests.support.people.accounts import account_of, sign_in, tables_of
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD, body
from tests.support.service.postgres import PostgresServer
from tests.support.service.service import Service, data_of
from tests.support.service.tables import settings_for
from tests.support.service.valkey import ValkeyServer

SOMEONE, OTHER = person(number=81), person(number=82)
CREDENTIALS = {"login": SOMEONE.id_number, "password": PASSWORD}
QUESTION = {"question": "收不到验证码怎么办"}
# The maximum wait for a refusal.
SOON = 8.0


@pytest.fixture(scope="module")
def outer_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with ValkeyServer(settings_for(tmp_path_factory.mktemp("outer-valkey"))) as server:
        yield server


@pytest.fixture(scope="module")
def _on_outer_valkey(
    outer_valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("outage"), redis_url=outer_valkey.url) as service:
        yield service


@pytest.fixture
def on_outer_valkey(_on_outer_valkey: Service, outer_valkey: ValkeyServer) -> Service:
    outer_valkey.clear()
    _on_outer_valkey.clear()
    return _on_outer_valkey


def counts(service: Service) -> dict[str, int]:
    """Return the row counts of tables that a call could have written."""
    with tables_of(service):
        return {table.__name__: table.select().count() for table in (Account, AuditEntry, Session)}


def suspended(server: ValkeyServer) -> int:
    os.kill(server.process_id, signal.SIGSTOP)
    return server.process_id


@pytest.mark.parametrize("way", ["stopped", "frozen"])
def test_without_redis_the_bot_answers_and_limited_calls_are_503(
    on_outer_valkey: Service, outer_valkey: ValkeyServer, way: str
) -> None:
    service = on_outer_valkey
    with tables_of(service):
        account_of(SOMEONE)
    token = sign_in(service, SOMEONE)
    wechat = service.wechat_login("li")
    code = service.sms_code(wechat, OTHER.phone, "register")
    before = counts(service)
    phone_of_nobody = {"phone": "13800138999", "purpose": "register"}
    process = suspended(outer_valkey) if way == "frozen" else 0
    if way == "stopped":
        outer_valkey.stop()
    try:
        data = data_of(service.get("/readyz", base=""))
        assert data["degraded"] == ["redis"]
        assert data["parts"]["database"] == "ok"
        for path, content, bearer in (
            ("/sms-codes", phone_of_nobody, wechat),
            ("/sessions", CREDENTIALS, None),
            ("/registrations", body(OTHER, code), wechat),
            ("/activations", {"id_number": OTHER.id_number}, wechat),
        ):
            answer = service.post(path, json=content, token=bearer)
            refused(answer, 503, "SERVICE_UNAVAILABLE")
        assert counts(service) == before
        assert service.sandbox.inbox("13800138999") == []
        assert service.sandbox.calls("CheckIdNameDate") == []

        for asker in (wechat, None):
            said = data_of(service.post("/faq/ask", json=QUESTION, token=asker))
            assert (said["kind"], said["case"]) == ("answer", 1)
        data_of(service.get("/faq/entries"))
        data_of(service.get("/faq/suggestions", params={"q": "激活"}))
        data_of(service.get("/account", token=token))
        data_of(service.post("/identity-checks", json=OTHER.four_elements))
        service.wechat_login("wang")
        assert service.get("/", base="").status_code == 200
    finally:
        if process:
            os.kill(process, signal.SIGCONT)
        else:
            outer_valkey.start()

    data_of(service.get("/readyz", base=""))
    data_of(service.post("/sessions", json=CREDENTIALS))
    # A stalled server executes pending commands later: that place stays used until the next call
    # of the process.
    expected = (202, 429) if way == "frozen" else (202,)
    answer = service.post("/sms-codes", json=phone_of_nobody, token=wechat)
    assert answer.status_code in expected
    asked = {"phone": "13800138998", "purpose": "register"}
    data_of(service.post("/sms-codes", json=asked, token=wechat), 202)
    data_of(service.post("/registrations", json=body(OTHER, code), token=wechat), 201)


def test_sent_codes_are_counted_after_a_redis_restart(
    on_outer_valkey: Service, outer_valkey: ValkeyServer
) -> None:
    service = on_outer_valkey
    token = service.wechat_login()
    service.sms_code(token, SOMEONE.phone, "register")
    outer_valkey.stop()
    outer_valkey.start()
    answer = service.post(
        "/sms-codes", json={"phone": SOMEONE.phone, "purpose": "confirm"}, token=token
    )
    refused(answer, 403, "ACCOUNT_REQUIRED")
    again = {"phone": SOMEONE.phone, "purpose": "register"}
    refused(service.post("/sms-codes", json=again, token=token), 429, "SMS_RATE_LIMITED", 5)


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """Start a PostgreSQL server that may be stopped."""
    with PostgresServer() as server:
        yield server


@pytest.mark.timeout(240)
def test_without_the_database_calls_are_503_until_it_is_back(
    own_postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("no-database")
    with Service(directory, database_url=own_postgres.new_database()) as service:
        with tables_of(service):
            account_of(SOMEONE)
        token = sign_in(service, SOMEONE)
        wechat = service.wechat_login("li")
        # By now every thread of every worker has a connection.
        with ThreadPoolExecutor(32) as pool:
            list(pool.map(lambda _n: data_of(service.get("/account", token=token)), range(200)))
        own_postgres.pause()
        try:
            data_of(service.get("/healthz", base=""))
            data = refused(service.get("/readyz", base=""), 503, "SERVICE_UNAVAILABLE")
            assert data["failing"] == ["database", "migrations"]
            for path, content, bearer in (
                ("/wechat/login", {"code": "wx-wang"}, None),
                ("/sessions", CREDENTIALS, None),
                ("/sms-codes", {"phone": OTHER.phone, "purpose": "register"}, wechat),
                ("/faq/ask", QUESTION, None),
            ):
                answer = service.post(path, json=content, token=bearer)
                refused(answer, 503, "SERVICE_UNAVAILABLE")
            refused(service.get("/account", token=token), 503, "SERVICE_UNAVAILABLE")
            # Pages without a table.
            data_of(service.get("/consent"))
            data_of(service.post("/identity-checks", json=OTHER.four_elements))
            assert service.get("/docs", base="").status_code == 200
            assert service.sandbox.inbox(OTHER.phone) == []
        finally:
            own_postgres.resume()

        with ThreadPoolExecutor(32) as pool:
            answers = list(
                pool.map(lambda _n: service.get("/account", token=token).status_code, range(200))
            )
        assert answers == [200] * 200
        data_of(service.get("/readyz", base=""))
        data_of(service.post("/sessions", json=CREDENTIALS))
        data_of(
            service.post(
                "/sms-codes", json={"phone": OTHER.phone, "purpose": "register"}, token=wechat
            ),
            202,
        )
