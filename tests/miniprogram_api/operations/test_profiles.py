"""The keys that the sandbox profile makes, and what staging and production ask."""

import base64
from pathlib import Path

import pytest
from dotenv import dotenv_values

import config
from config import SettingsError
from tests.support.service.production import VENDORS
from tests.support.service.tables import settings_for

KEY = base64.b64encode(b"k" * 32).decode()
COMPLETE = {
    **{name.lower(): value for name, value in VENDORS.items()},
    "database_url": "postgresql://db.invalid/identity",
    "redis_url": "redis://redis.invalid",
    "trusted_proxies": "127.0.0.1",
    **{f"{name}_keys": f"a1:{KEY}" for name in ("data", "index", "ledger", "ledger_seal")},
}
OF_SANDBOX = {
    "tencentcloud_endpoint_scheme": "http",
    "tencentcloud_faceid_endpoint": "127.0.0.1:8001",
    "tencentcloud_sms_endpoint": "127.0.0.1:8001",
    "ctid_base": "http://127.0.0.1:8001",
}


def problems(**changes: str) -> list[str]:
    try:
        config.load(None, **{**COMPLETE, **changes})
    except SettingsError as error:
        return error.problems
    return []


def test_production_takes_no_sandbox_and_staging_does() -> None:
    assert problems() == []
    assert problems(profile="staging", **OF_SANDBOX) == []
    found = problems(**OF_SANDBOX)
    assert [problem.partition(" ")[0] for problem in found] == [
        "TENCENTCLOUD_ENDPOINT_SCHEME",
        "CTID_BASE",
        "TENCENTCLOUD_FACEID_ENDPOINT",
        "TENCENTCLOUD_SMS_ENDPOINT",
    ]


@pytest.mark.parametrize("name", ["wechat_secret", "metrics_token", "operator_dpo", "ctid_base"])
def test_staging_asks_for_what_production_asks(name: str) -> None:
    assert [p.partition(" ")[0] for p in problems(profile="staging", **{name: ""})] == [
        name.upper()
    ]
    assert problems(profile="staging", public_origin="http://staging.invalid")


def test_picture_is_a_face_check_only_where_no_real_person_can_pass() -> None:
    photo = {"face_mode": "photo"}
    assert problems(profile="staging", **OF_SANDBOX, **photo) == []
    assert problems(profile="staging", **photo)[0].startswith("FACE_MODE must be wechat")
    assert problems(**photo)[0].startswith("FACE_MODE must be wechat")


def test_keys_of_the_ledger_are_added_to_an_older_file(tmp_path: Path) -> None:
    made = settings_for(tmp_path)
    path = tmp_path / "secrets.env"
    older = [line for line in path.read_text().splitlines() if not line.startswith("LEDGER_")]
    path.write_text("\n".join(older))
    settings = settings_for(tmp_path)
    assert settings.data_keys == made.data_keys
    assert list(settings.ledger_key_ring) == ["l1"]
    assert list(settings.ledger_seal_key_ring) == ["s1"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings_for(tmp_path).ledger_keys == settings.ledger_keys
    assert dotenv_values(path)["LEDGER_KEYS"] == settings.ledger_keys.get_secret_value()
    assert settings.ledger_seal_directory == tmp_path / "seals"
