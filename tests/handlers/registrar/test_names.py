"""Changes of the register of names over HTTP."""

from typing import Any

import pytest

from miniprogram_api.names import library
from models.names import RegisteredName
from tests.support.matters.systems import System, system_of
from tests.support.people.accounts import tables_of
from tests.support.service.service import Service, data_of, error_of

RED = {"name": "杭州红光酒业有限公司", "district": "330106", "status": "registered"}


@pytest.fixture
def system(service: Service) -> System:
    return system_of(service)


def send(system: System, *changes: dict[str, str], day: str = "2026-12-01") -> Any:
    return system.call("PUT", "/names", {"library_date": day, "changes": list(changes)})


def test_changes_are_stored_once(service: Service, system: System) -> None:
    reserved = RED | {"name": "杭州白云餐饮有限公司", "status": "保留", "date": "2026-11-30"}
    assert data_of(send(system, RED, reserved)) == {
        "added": 2, "changed": 0, "unchanged": 0, "older": 0,
    }  # fmt: skip
    assert data_of(send(system, RED, reserved))["unchanged"] == 2
    with tables_of(service):
        assert RegisteredName.select().count() == 2
        assert not library.is_sample()
        assert str(library.date()) == "2026-12-01"


def test_a_thousand_changes_fit_one_call(service: Service, system: System) -> None:
    many = [RED | {"name": f"杭州红光第{number}酒业有限公司"} for number in range(1_000)]
    assert data_of(send(system, *many))["added"] == 1_000
    error_of(send(system, *many, RED), 422, "INVALID_INPUT")


def test_a_wrong_change_is_named_and_nothing_stored(service: Service, system: System) -> None:
    other = RED | {"name": "杭州蓝光酒业有限公司"}
    answer = send(system, other, other | {"district": "3301"}, other | {"status": "gone"})
    error = error_of(answer, 422, "INVALID_INPUT")
    fields = [(entry["field"], entry["code"]) for entry in error["data"]["fields"]]
    assert fields == [("changes.1.district", "unknown"), ("changes.2.status", "unknown")]
    with tables_of(service):
        assert other["name"] not in {row.name for row in RegisteredName.select()}
