"""The version of a client: too old, or built for a staging service."""

import pytest
from flask import Flask

from config import Settings
from handlers.api.endpoint import callers
from miniprogram_api.reasons import Reason, Refused


def refusal(profile: str, version: str, least: str = "") -> Refused | None:
    settings = Settings.model_validate({"profile": profile, "min_client_version": least})
    with Flask("test").test_request_context(headers={"X-Client-Version": version}):
        try:
            callers._require_version(settings)
        except Refused as refused:
            return refused
    return None


@pytest.mark.parametrize("version", ["0.7.0-staging", "99.0-staging", "-staging"])
def test_production_refuses_the_build_for_staging(version: str) -> None:
    refused = refusal("production", version)
    assert refused is not None
    assert refused.reason is Reason.CLIENT_OUTDATED
    assert refusal("staging", version) is None
    assert refusal("sandbox", version) is None


def test_staging_asks_for_a_version_as_production_does() -> None:
    for profile in ("staging", "production"):
        assert refusal(profile, "1.9", least="2.0") is not None
        assert refusal(profile, "2.0", least="2.0") is None
    assert refusal("staging", "1.9-staging", least="2.0") is not None
    assert refusal("staging", "2.0-staging", least="2.0") is None


def test_other_ends_of_a_version_are_no_version() -> None:
    assert refusal("production", "2.0-beta", least="2.0") is not None
    assert refusal("production", "2.0-beta") is None
