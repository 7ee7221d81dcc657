"""Case 16: dates of the old card, corrected by the user or the centre, or registered anew."""

import requests

from tests.support.admin.centre_pages import CentreInBrowser
from tests.support.people.accounts import phone_proof
from tests.support.people.cases import (
    Applicant,
    ask,
    assert_ledger,
    assert_resolved,
    explained,
    face,
    file_ticket,
)
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英旧证", number=9116)
NEW_CARD = {"valid_from": "2024-09-01", "valid_until": "2044-09-01"}


def reproduce(service: Service) -> str:
    """Register with old dates, which the face check rejects; return the token."""
    token = Applicant(service, SOMEONE).registered()
    missing = face(service, token, 10026)
    explained(missing, 422, "FACE_DATA_MISSING", 12)
    assert "旧证日期" in missing.json()["message"]
    found = ("face_data_missing", "identity_dates_open", "card_term")
    ask(service, "有效期填成旧证的了 能改吗", 16, token, *found)
    return token


def correct(service: Service, token: str, **dates: str) -> requests.Response:
    proof = phone_proof(service, token, SOMEONE.phone)
    content = {**NEW_CARD, **dates, "phone_proof": proof}
    return service.put("/account/identity-dates", json=content, token=token)


def test_user_corrects_the_dates(service: Service) -> None:
    token = reproduce(service)
    corrected = data_of(correct(service, token))
    assert {name: corrected[name] for name in NEW_CARD} == NEW_CARD
    assert data_of(face(service, token, 10000))["level"] == 4
    assert_ledger(service, SOMEONE)


def test_centre_corrects_the_dates_after_the_limit(
    service: Service, centre: tuple[CentreInBrowser, CentreInBrowser]
) -> None:
    token, (first, _) = reproduce(service), centre
    for day in ("02", "03", "04"):
        data_of(correct(service, token, valid_from=f"2024-09-{day}", valid_until=f"2044-09-{day}"))
    data = explained(correct(service, token), 429, "IDENTITY_DATES_LIMIT", 16)
    assert 28 * 86_400 < data["retry_after"] <= 31 * 86_400
    ticket = file_ticket(service, token, "re_registration", description="用了旧证日期")

    first.claim(ticket)
    assert first.act(ticket, "correct_dates", reason="核对新证一致", **NEW_CARD).startswith("已办")

    assert_resolved(service, token, ticket, "证件有效期已更正，请重新刷脸或办理")
    assert data_of(face(service, token, 10000))["level"] == 4
    assert_ledger(service, SOMEONE, "ticket_claimed", "dates_corrected")


def test_cancelled_person_registers_again(
    service: Service, centre: tuple[CentreInBrowser, CentreInBrowser]
) -> None:
    token, (first, second) = reproduce(service), centre
    ticket = file_ticket(service, token, "re_registration", description="请注销后重新注册")

    first.claim(ticket)
    approval = first.ask(ticket, "cancel_account", reason="本人换发新证，要求重新注册")
    assert second.approve(approval).startswith("已批准")

    again = Applicant(service, SOMEONE, "again").registered(**NEW_CARD)
    assert data_of(service.get("/account", token=again))["valid_from"] == NEW_CARD["valid_from"]
    acts = ("ticket_claimed", "approval_requested", "ticket_opened", "account_cancelled")
    assert_ledger(service, SOMEONE, *acts)
