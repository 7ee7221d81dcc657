"""Case 14: a card without an end date; an outdated client is told to update."""

from datetime import date
from pathlib import Path
from typing import Any

import requests

from tests.support.api.refusals import refused
from tests.support.people.cases import Applicant, ask, explained
from tests.support.people.persons import LONG_TERM, person
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9114, birth=date(1961, 3, 9), sequence=994)


def test_long_term_card_registers(service: Service) -> None:
    assert SOMEONE.valid_until is None
    applicant = Applicant(service, SOMEONE)
    answer = applicant.register(name="王秀英不符")
    explained(answer, 422, "FOUR_ELEMENTS_MISMATCH", 14)
    data = explained(
        applicant.register(valid_until="2044-06-03"), 422, "IDENTITY_NEEDS_CONFIRMATION", 14
    )
    assert [warning.get("suggestion") for warning in data["warnings"]] == [LONG_TERM]
    found = ("identity_needs_confirmation", "long_term_typed")
    ask(service, "身份证是长期的 不能注册吗", 14, applicant.token, *found)

    answer = data_of(applicant.register(valid_until="長期"), 201)
    assert answer["normalised"]["valid_until"] == LONG_TERM


def test_outdated_client_is_told_to_update(tmp_path: Path) -> None:
    """The version is checked before anything else."""
    with Service(tmp_path, min_client_version="2.10.1") as service:

        def answer(version: str | None, **options: Any) -> requests.Response:
            headers = {} if version is None else {"X-Client-Version": version}
            return service.post("/registrations", headers=headers, **options)

        for old in ("2.10.0", "2.9.99", "1", "2.10", "0.0.0.1", "x", "2.10.1-beta", "v2.11"):
            for options in ({}, {"json": {}}, {"token": "x" * 43}):
                data = explained(answer(old, **options), 426, "CLIENT_OUTDATED", 14)
                assert data == {"min_version": "2.10.1"}
        for new in (None, "", "2.10.1", "2.10.1.0", "2.10.2", "2.11", "3", "10.0"):
            refused(answer(new, json={}), 401, "UNAUTHENTICATED")
        # Reading calls and operational addresses are not refused.
        assert service.get("/healthz", base="", headers={"X-Client-Version": "1"}).ok
