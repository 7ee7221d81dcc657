"""The API of registration systems: signatures, replays, quotas and the person's view."""

import base64
import json
import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import requests

from miniprogram_api import clock
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.registrars.signatures import SignedRequest, sign
from miniprogram_api.registrars.systems import Issued
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.storage.database import database
from tests.support.people.accounts import account_of, sign_in, tables_of
from tests.support.people.persons import Person, person
from tests.support.service.service import Service, data_of, error_of
from tests.support.service.waiting import eventually

PATH = "/registrar/v1/persons/query"
SOMEONE = person(number=31)


@pytest.fixture
def key(service: Service) -> Issued:
    with tables_of(service):
        return registrar_systems.issue(
            service.settings, name="企业登记系统", daily_quota=20, actor="test"
        )


def asked(someone: Person, **changes: Any) -> dict[str, str]:
    return {"name": someone.name, "id_number": someone.id_number, "role": "股东", **changes}


def signed(key: Issued, content: bytes, **changes: Any) -> dict[str, str]:
    """Return the headers of a correct request; ``changes`` are signed too."""
    parts = {
        "key_id": key.key_id,
        "timestamp": str(int(time.time())),
        "nonce": secrets.token_hex(16),
        "signature": "",
        "method": "POST",
        "path": PATH,
        "body": content,
        **changes,
    }
    request = SignedRequest(**parts)
    return {
        "X-Key-Id": request.key_id,
        "X-Timestamp": request.timestamp,
        "X-Nonce": request.nonce,
        "X-Signature": sign(base64.b64decode(key.secret), request),
        "Content-Type": "application/json",
    }


def send(
    service: Service, content: bytes, headers: dict[str, str], **options: Any
) -> requests.Response:
    return service.post(PATH, base="", data=content, headers=headers, **options)


def question(*persons: dict[str, str]) -> bytes:
    return json.dumps({"matter": "2026-000123", "persons": persons}).encode()


def ask(service: Service, key: Issued, *persons: dict[str, str]) -> list[dict[str, Any]]:
    content = question(*persons)
    found: list[dict[str, Any]] = data_of(send(service, content, signed(key, content)))["persons"]
    return found


def test_each_person_is_answered_and_sees_the_query(service: Service, key: Issued) -> None:
    until = clock.today() + timedelta(days=5)
    low = person(number=32)
    with tables_of(service):
        account_of(
            SOMEONE,
            level=4,
            verified_by="manual",
            authorization_enabled=True,
            authorization_until=until,
        )
        account_of(low)

    verified, level_3, other_name, nobody = ask(
        service,
        key,
        asked(SOMEONE),
        asked(low),
        asked(SOMEONE, name="李四"),
        asked(person(number=33)),
    )

    assert (verified["verified"], verified["verified_by"], verified["level"]) == (True, "manual", 4)
    assert (verified["authorized_until"], verified["reason"]) == (until.isoformat(), "ok")
    assert (level_3["verified"], level_3["reason"]) == (False, "level_too_low")
    # Whether number or name is wrong is not revealed.
    for unknown in (other_name, nobody):
        assert {k: v for k, v in unknown.items() if k != "receipt"} == {
            "verified": False,
            "verified_by": None,
            "level": None,
            "authorized_until": None,
            "reason": "not_found",
        }
    receipts = data_of(service.get("/account/receipts", token=sign_in(service, SOMEONE)))
    assert [one["number"] for one in receipts["receipts"]] == [
        other_name["receipt"],
        verified["receipt"],
    ]
    # Below level 4 the account sees the answers about itself.
    receipts_of_low = data_of(service.get("/account/receipts", token=sign_in(service, low)))
    assert [one["number"] for one in receipts_of_low["receipts"]] == [level_3["receipt"]]
    with tables_of(service):
        Account.update(level=3).execute()
    mine = data_of(service.get("/account/receipts", token=sign_in(service, SOMEONE)))
    assert [one["number"] for one in mine["receipts"]] == [verified["receipt"]]
    assert receipts["receipts"][1]["system"] == "企业登记系统"
    assert receipts["receipts"][1]["matter"] == "2026-000123"
    # The authorisation at the time of the query.
    assert [one["authorized_until"] for one in receipts["receipts"]] == [None, until.isoformat()]
    with tables_of(service):
        stored = database.execute_sql("SELECT * FROM registrar_receipt").fetchall()
    assert SOMEONE.id_number not in repr(stored)
    assert SOMEONE.name not in repr(stored)


def test_altered_replayed_and_old_requests_are_refused(service: Service, key: Issued) -> None:
    content = question(asked(SOMEONE))
    altered = question(asked(person(number=34)))
    error_of(send(service, altered, signed(key, content)), 401, "SIGNATURE_INVALID")
    for changes in ({"path": "/registrar/v1/other"}, {"method": "GET"}):
        headers = signed(key, content, **changes)
        error_of(send(service, content, headers), 401, "SIGNATURE_INVALID")
    other = Issued(key.key_id, base64.b64encode(bytes(32)).decode())
    error_of(send(service, content, signed(other, content)), 401, "SIGNATURE_INVALID")
    unknown = Issued("r0", key.secret)
    error_of(send(service, content, signed(unknown, content)), 401, "SIGNATURE_INVALID")
    for seconds in (-301, 303):
        stamp = str(int(time.time()) + seconds)
        headers = signed(key, content, timestamp=stamp)
        error_of(send(service, content, headers), 401, "SIGNATURE_INVALID")
    for nonce in ("short", "x" * 65, "bad nonce with spaces"):
        headers = signed(key, content, nonce=nonce)
        error_of(send(service, content, headers), 401, "SIGNATURE_INVALID")
    headers = signed(key, content)
    data_of(send(service, content, headers))
    error_of(send(service, content, headers), 409, "REPLAYED")
    with tables_of(service):
        refused = AuditEntry.select().where(AuditEntry.tag == "registrar:attempt:refused")
        noted = Counter(json.loads(line.details)["why"] for line in refused)
        assert noted == {"signature": 7, "key": 1, "time": 2, "nonce": 1}
        assert registrar_systems.revoke(key.key_id, actor="test")
        assert not registrar_systems.revoke(key.key_id, actor="test")
    error_of(send(service, content, signed(key, content)), 401, "SIGNATURE_INVALID")


def test_replay_is_refused_after_redis_lost_the_nonces(service: Service, key: Issued) -> None:
    content = question(asked(SOMEONE))
    headers = signed(key, content)
    data_of(send(service, content, headers))
    # Signed before as well, and never sent.
    unsent = signed(key, content)
    service.lose_redis()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: send(service, content, one), [headers, unsent] * 8))
    for answer in answers:
        body = error_of(answer, 401, "SIGNATURE_INVALID")
        assert body["data"] == {"cause": "restart"}
        assert "重新签名" in body["message"]

    def is_accepted() -> bool:
        # Of the second in which the data were lost no call is accepted.
        return send(service, content, signed(key, content)).status_code == 200

    assert eventually(is_accepted)
    later = signed(key, content)
    data_of(send(service, content, later))
    error_of(send(service, content, later), 409, "REPLAYED")
    error_of(send(service, content, headers), 401, "SIGNATURE_INVALID")
    with tables_of(service):
        refused = AuditEntry.select().where(AuditEntry.tag == "registrar:attempt:refused")
        assert {"restart"} <= {json.loads(line.details)["why"] for line in refused}


def test_system_with_a_fast_clock_is_accepted_after_redis_lost_the_nonces(
    service: Service, key: Issued
) -> None:
    content = question(asked(SOMEONE))
    service.lose_redis()
    ahead = signed(key, content, timestamp=str(int(time.time()) + 120))
    data_of(send(service, content, ahead))
    error_of(send(service, content, ahead), 409, "REPLAYED")


def test_quota_and_allow_list_are_enforced(service: Service) -> None:
    issue = partial(registrar_systems.issue, service.settings, actor="test")
    with tables_of(service):
        scarce = issue(name="小系统", daily_quota=2)
        inside = issue(name="内网系统", daily_quota=9, networks=["10.0.0.0/8"])
    for _ in range(2):
        ask(service, scarce, asked(SOMEONE))
    content = question(asked(SOMEONE))
    answer = send(service, content, signed(scarce, content))
    assert error_of(answer, 429, "QUOTA_EXCEEDED")["data"]["retry_after"] > 86_000
    error_of(send(service, content, signed(inside, content)), 403, "FORBIDDEN")
    data_of(send(service, content, signed(inside, content), address="10.1.2.3"))


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "MALFORMED_JSON"),
        (b"{}", 422, "INVALID_INPUT"),
        (question(), 422, "INVALID_INPUT"),
        (question(*[asked(SOMEONE)] * 51), 422, "INVALID_INPUT"),
        (question(asked(SOMEONE, id_number="1")), 422, "INVALID_INPUT"),
        (question(asked(SOMEONE, role="")), 422, "INVALID_INPUT"),
    ],
)
def test_malformed_queries_are_refused(
    service: Service, key: Issued, content: bytes, status: int, code: str
) -> None:
    error_of(send(service, content, signed(key, content)), status, code)
