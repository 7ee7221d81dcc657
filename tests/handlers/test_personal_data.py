"""No personal data outside the encrypted columns: logs, metrics, answers, Redis, database."""

import base64
import hashlib
import re
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.people.life_cycle import LifeCycle, run_life_cycle
from tests.support.people.persons import make_phone, person
from tests.support.service.postgres import PostgresServer
from tests.support.service.service import Service, database_for_service

SOMEONE = person("欧阳海燕", number=7301)
NEW_PHONE = make_phone(7302)
USERNAME = "haiyan_7301"
CODE_LENGTH = 6
LONGEST_GUESSABLE = 30


def forms_of(value: str) -> set[bytes]:
    """Return the encodings in which a value could have been written."""
    utf8 = value.encode()
    if len(value) > LONGEST_GUESSABLE:
        # Of a token only the hash is stored.
        return {utf8, utf8.hex().encode(), base64.b64encode(utf8).rstrip(b"=")[:-1]}
    found = {
        utf8,
        value.encode("utf-16-le"),
        value.encode("gb18030"),
        value.encode("unicode-escape"),
        urllib.parse.quote(value).encode(),
        utf8.hex().encode(),
        base64.b64encode(utf8).rstrip(b"=")[:-1],
        repr(utf8).encode(),
        # A plain hash of an ID number or phone can be found by brute force.
        hashlib.sha256(utf8).digest(),
        hashlib.sha256(utf8).hexdigest().encode(),
        hashlib.md5(utf8).hexdigest().encode(),
    }
    return {form for form in found if len(form) >= 6}


@pytest.fixture(
    scope="module",
    params=["sqlite at INFO", pytest.param("postgresql at DEBUG", marks=pytest.mark.slow)],
)
def completed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LifeCycle]:
    """Run the life cycle on a service, which keeps running."""
    settings: dict[str, object] = {"log_level": "INFO"}
    if request.param.startswith("postgresql"):
        postgres: PostgresServer = request.getfixturevalue("postgres")
        settings = {"log_level": "DEBUG", "database_url": database_for_service(postgres)}
    with Service(tmp_path_factory.mktemp("life"), **settings) as service:
        # A signed request counts from the second after the start on: its time has no fractions.
        time.sleep(1)
        life = LifeCycle(service, SOMEONE, NEW_PHONE, USERNAME)
        run_life_cycle(life)
        yield life


def files_under(*directories: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for directory in directories
        for path in directory.rglob("*")
        if path.is_file()
    }


def identifying(life: LifeCycle) -> dict[str, str]:
    return {
        "name": life.person.name,
        "ID number": life.person.id_number,
        "phone": life.person.phone,
        "new phone": life.new_phone,
    }


def secret(life: LifeCycle) -> dict[str, str]:
    return {f"secret {value[:4]}…": value for value in life.secrets}


def is_in(form: bytes, text: bytes) -> bool:
    if len(form) == CODE_LENGTH and form.isdigit():
        # Six digits occur by chance within longer numbers.
        return re.search(rb"(?<![0-9.])" + form + rb"(?![0-9])", text) is not None
    return form in text


def assert_nowhere(values: dict[str, str], texts: dict[str, bytes]) -> None:
    assert texts
    found = [
        f"{name} in {place}"
        for name, value in values.items()
        for form in forms_of(value)
        for place, text in texts.items()
        if is_in(form, text)
    ]
    assert found == []


def test_scenario_meets_the_expected_codes(completed: LifeCycle) -> None:
    codes = {answer.json()["code"] for answer in completed.answers}
    assert codes >= {
        "OK", "INVALID_INPUT", "MALFORMED_JSON", "NOT_FOUND", "UNAUTHENTICATED", "SMS_CODE_WRONG",
        "SMS_RATE_LIMITED", "CONSENT_REQUIRED", "FOUR_ELEMENTS_MISMATCH", "IDENTITY_SOURCE_BUSY",
        "USER_NOT_FOUND", "WRONG_PASSWORD", "LEVEL_TOO_LOW", "CTID_REJECTED", "FACE_MISMATCH",
        "ACCOUNT_CANCELLED", "ALREADY_REGISTERED", "SIGNATURE_UNREADABLE",
    }  # fmt: skip
    assert all(answer.status_code != 500 for answer in completed.answers)


def test_search_finds_planted_values(completed: LifeCycle, tmp_path: Path) -> None:
    for form in forms_of(SOMEONE.id_number) | forms_of(SOMEONE.name):
        (tmp_path / "some.log").write_bytes(b"\x00before " + form + b" after")
        with pytest.raises(AssertionError):
            assert_nowhere(identifying(completed), files_under(tmp_path))


def test_logs_contain_no_personal_data(completed: LifeCycle) -> None:
    var = completed.service.settings.var_dir
    logs = files_under(var / "log")
    assert {Path(name).name for name in logs} >= {"web.log", "worker.log", "sandbox.log"}
    assert sum(map(len, logs.values())) > 10_000
    logs["terminal"] = completed.service.output.encode()
    values = {**identifying(completed), **secret(completed), "user name": USERNAME}
    assert_nowhere({**values, **{f"check {value}": value for value in completed.check_ids}}, logs)


def test_metrics_contain_no_personal_data(completed: LifeCycle) -> None:
    text = completed.service.get("/metrics", base="").content
    assert b"http_requests_total" in text
    metrics = {"text": text, **files_under(completed.service.settings.var_dir / "metrics")}
    assert_nowhere({**identifying(completed), **secret(completed), "user name": USERNAME}, metrics)


def test_refusals_contain_no_personal_data(completed: LifeCycle) -> None:
    refusals = {
        f"{answer.request.method} {answer.request.path_url} {number}": answer.content
        for number, answer in enumerate(completed.answers)
        if not answer.ok
    }
    assert len(refusals) > 20
    assert_nowhere({**identifying(completed), **secret(completed)}, refusals)


def test_answers_are_masked(completed: LifeCycle) -> None:
    """Unmasked only where needed: corrected input and WeChat's number."""
    own = ("/identity-checks", "/registrations", "/wechat/phone")
    shown = {
        f"{answer.request.path_url} {number}": answer.content
        for number, answer in enumerate(completed.answers)
        if answer.ok and not answer.request.path_url.endswith(own)
    }
    assert_nowhere(identifying(completed), shown)


def test_headers_contain_no_personal_data(completed: LifeCycle) -> None:
    headers = {
        f"{answer.request.path_url} {number}": str(answer.headers).encode()
        for number, answer in enumerate(completed.answers)
    }
    assert_nowhere({**identifying(completed), **secret(completed)}, headers)


def test_redis_contains_no_personal_data(completed: LifeCycle) -> None:
    """The append-only file holds every command."""
    kept = files_under(completed.service.settings.var_dir / "valkey")
    text = b"".join(kept.values())
    assert b"sms:codes:" in text
    assert_nowhere({**identifying(completed), **secret(completed), "user name": USERNAME}, kept)


def test_database_stores_personal_data_encrypted(completed: LifeCycle) -> None:
    address = completed.service.settings.database_address
    if address.startswith("sqlite"):
        directory = Path(address.removeprefix("sqlite:///")).parent
        kept = {str(path): path.read_bytes() for path in directory.glob("service.sqlite3*")}
        assert len(kept) >= 2
    else:
        kept = rows_of(address)
        assert kept.keys() >= {"account", "audit_entry", "notice", "sms_code", "idempotent_call"}
    assert any(b"api:account:registered" in text for text in kept.values())
    assert_nowhere({**identifying(completed), **secret(completed)}, kept)


def rows_of(address: str) -> dict[str, bytes]:
    """Return every table as text, binary columns in hexadecimal."""
    with psycopg.connect(address) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        return {
            name: "\n".join(
                row[0] for row in connection.execute(f'SELECT t::text FROM "{name}" t').fetchall()
            ).encode()
            for (name,) in names
        }


def test_called_addresses_contain_no_personal_data(completed: LifeCycle) -> None:
    calls = enumerate(completed.service.sandbox.calls())
    paths = {f"call {number}": call["path"].encode() for number, call in calls}
    assert_nowhere(identifying(completed), paths)
