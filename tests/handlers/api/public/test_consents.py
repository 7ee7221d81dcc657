"""Consent texts and withdrawal of a consent over HTTP."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.accounts import consents
from miniprogram_api.operations import maintenance
from models.accounts.verifications import FaceChallenge
from tests.support.api.refusals import refused
from tests.support.people.accounts import account_of, sign_in
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of


@pytest.fixture(autouse=True)
def store(service: Service) -> Iterator[None]:
    """Bind the models to the running service's tables."""
    maintenance.connect(service.settings)
    yield
    maintenance.disconnect()


def test_current_text_is_public(service: Service) -> None:
    data = data_of(service.get("/consent"), 200)
    assert set(data) == {"version", "title", "text", "separate"}
    assert data["version"] == consents.current_text().version
    assert [part["key"] for part in data["separate"]] == [*consents.SEPARATE]
    assert all(len(part["text"]) > 50 for part in data["separate"])
    assert "处理者：沙箱示例单位（不是真实机构）。地址：沙箱示例地址" in data["text"]


def test_the_sentence_shown_is_the_one_that_is_stored(service: Service) -> None:
    someone = person(number=3)
    account = account_of(someone)
    shown = {part["key"]: part for part in data_of(service.get("/consent"))["separate"]}
    for part in shown.values():
        lines = part["text"].split("\n")
        assert part["title"] == lines[0]
        assert part["sentence"] in lines[1:]
    # Of matters: signature and archive, not who enters a person.
    assert "手写签名影像" in shown["matter"]["sentence"]
    assert "归入登记档案" in shown["matter"]["sentence"]
    consents.record(account.id, [*consents.KEYS])
    token = sign_in(service, someone)
    given = data_of(service.get("/account/consents", token=token))["consents"]
    stored = {consent["key"]: consent["sentence"] for consent in given}
    assert stored == {"general": None, **{k: part["sentence"] for k, part in shown.items()}}


def test_only_the_holder_reads_and_withdraws(service: Service) -> None:
    for method, path in (("GET", "/account/consents"), ("DELETE", "/account/consents/face")):
        refused(service.request(method, path), 401, "UNAUTHENTICATED")
        wechat = service.wechat_login()
        refused(service.request(method, path, token=wechat), 403, "ACCOUNT_REQUIRED")


def test_only_the_face_consent_can_be_withdrawn(
    service: Service,
) -> None:
    account = account_of(person(number=1))
    consents.record(account.id, ["general", "identity", "face"])
    FaceChallenge.create(
        id="challenge",
        account=account.id,
        session_hash=b"x",
        mode="wechat",
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=10),
    )
    token = sessions.start("o-zhang", account.id).token
    given = data_of(service.get("/account/consents", token=token))["consents"]
    assert [c["key"] for c in given] == ["general", "identity", "face"]
    assert {c["withdrawn_at"] for c in given} == {None}
    for key in ("general", "identity"):
        response = service.delete(f"/account/consents/{key}", token=token)
        refused(response, 409, "CANCELLATION_REQUIRED")
    refused(service.delete("/account/consents/voice", token=token), 404, "NOT_FOUND")
    left = data_of(service.delete("/account/consents/face", token=token), 200)["consents"]
    assert [c["withdrawn_at"] is None for c in left] == [True, True, False]
    assert left[2]["withdrawn_at"].endswith("+08:00")
    again = data_of(service.delete("/account/consents/face", token=token), 200)["consents"]
    assert again == left
    assert FaceChallenge.get_by_id("challenge").expires_at <= clock.now()
