"""Verifications and registrations against the source over HTTP."""

from typing import Any

import pytest

from models.accounts.accounts import Account
from tests.support.admin.holds import DENIED, denied_account
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import sign_in, tables_of
from tests.support.people.captures import in_parts
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of, error_of

ON_SITE = {"evidence_seen": ["id_card"], "reason": "核对原件一致"}


@pytest.fixture
def clerks(service: Service) -> tuple[str, str, str]:
    """Return the tokens of two clerks of different windows and of the centre."""
    with tables_of(service):
        return (
            token_of(member_of("clerk")),
            token_of(member_of("clerk")),
            token_of(member_of("centre")),
        )


def registered(service: Service, token: str, name: str, number: int) -> dict[str, Any]:
    someone = person(name, number=number)
    body = {
        **someone.four_elements, **ON_SITE,
        "phone": someone.phone, "consent_signed": True, "despite_source": True,
    }  # fmt: skip
    return dict(data_of(service.post("/window/registrations", **in_parts(body), token=token), 201))


def test_answer_says_whether_the_registration_took_effect(
    service: Service, clerks: tuple[str, str, str]
) -> None:
    first, second, _ = clerks
    done = registered(service, first, "张三丰", 41)
    assert (done["effective"], done["held"]) == (True, None)
    held = registered(service, first, "张无记录", 42)
    assert (held["effective"], held["held"], held["account_id"]) == (
        False,
        "identity_no_record",
        None,
    )
    listed: Any = data_of(service.get("/window/reviews", token=second))["reviews"]
    assert [(one["effective"], one["held"]) for one in listed] == [
        (False, "identity_no_record"),
        (True, None),
    ]
    path = f"/window/reviews/{held['verification_id']}"
    shown: Any = data_of(service.get(path, token=second))
    assert (shown["state"], shown["registered"], shown["obstacle"]) == ("held", True, None)
    with tables_of(service):
        assert Account.select().count() == 1
    confirm = {"decision": "confirm", "reason": "原件无误"}
    error_of(service.post(path, json=confirm, token=first), 403, "SECOND_PERSON_REQUIRED")
    data_of(service.post(path, json=confirm, token=second))
    error_of(service.post(path, json=confirm, token=second), 409, "NOT_APPLICABLE")
    with tables_of(service):
        levels = [account.level for account in Account.select()]
    assert levels == [4, 4]


def test_person_reads_why_the_verification_was_refused(
    service: Service, clerks: tuple[str, str, str]
) -> None:
    first, _, centre = clerks
    with tables_of(service):
        denied_account()
    body = {**ON_SITE, "id_number": DENIED.id_number}
    held: Any = data_of(service.post("/window/verifications", **in_parts(body), token=first), 201)
    assert (held["effective"], held["held"]) == (False, "four_elements_mismatch")
    error_of(
        service.post("/window/verifications", **in_parts(body), token=first),
        409,
        "VERIFICATION_HELD",
    )
    person_seen: Any = data_of(
        service.post("/window/persons", json={"id_number": DENIED.id_number}, token=centre)
    )
    assert person_seen["held"]["id"] == held["verification_id"]
    own = sign_in(service, DENIED)
    assert data_of(service.get("/account", token=own))["level"] == 3
    path = f"/window/reviews/{held['verification_id']}"
    empty = {"decision": "revoke", "reason": ""}
    error_of(service.post(path, json=empty, token=centre), 422, "INVALID_INPUT")
    refused = {**empty, "cause": "not_same_person", "reason": "照片与来人不符"}
    data_of(service.post(path, json=refused, token=centre))
    ticket: Any = data_of(service.get(f"/tickets/{held['ticket_id']}", token=own))
    assert (ticket["state"], ticket["reason"]) == (
        "rejected",
        "照片与证件不像同一个人：照片与来人不符",
    )
    assert data_of(service.get("/account", token=own))["level"] == 3
