"""The face clients, in WeChat and from a photo: outcomes, faults and missing answers."""

import json

import pytest

from miniprogram_api.clients import Clients
from miniprogram_api.clients.face import (
    FaceAnswer,
    FaceOutcome,
    FaceTicket,
    certificate_hash,
)
from tests.contract.canned import CannedServer
from tests.contract.conftest import Build
from tests.support.people.persons import Person, person
from tests.support.service.sandbox import SandboxServer

MAN = person("张三")
OPENID, NUMBER = "o-a", "check-0001"
JPEG = b"\xff\xd8\xff\xe0" + bytes(20_000)
QUERY = "/cityservice/face/identify/queryverifyinfo"
OPEN = "/cityservice/face/identify/getverifyid"


def open_check(outside: Clients, who: Person = MAN, number: str = NUMBER) -> FaceTicket:
    ticket = outside.face.open_wechat_check(number, who.name, who.id_number, OPENID)
    assert isinstance(ticket, FaceTicket)
    return ticket


def result(outside: Clients, ticket: FaceTicket, who: Person = MAN) -> FaceAnswer:
    return outside.face.wechat_result(ticket.verify_id, NUMBER, who.name, who.id_number, OPENID)


def test_certificate_hash_equals_the_documented_one() -> None:
    expected = "3c241f7ff324977aeb91f173bb2a7b06569e6fd784d5573db34a636d8671108b"
    assert certificate_hash("张三", "310101199801011234") == expected


def test_check_passes(outside: Clients) -> None:
    ticket = open_check(outside)
    assert ticket.expires_in == 3600
    assert result(outside, ticket) == FaceAnswer(FaceOutcome.PASSED, detail="10000")


@pytest.mark.parametrize(
    ("verify_ret", "outcome"),
    [
        (10001, FaceOutcome.MISCONFIGURED),
        (10002, FaceOutcome.BAD_IMAGE),
        (10003, FaceOutcome.DATA_MISSING),
        (10004, FaceOutcome.MISMATCH),
        (10005, FaceOutcome.NOT_FINISHED),
        (10009, FaceOutcome.NO_PHOTO),
        (10015, FaceOutcome.SOURCE_BUSY),
        (10026, FaceOutcome.DATA_MISSING),
        (10042, FaceOutcome.DAILY_LIMIT),
        (10300, FaceOutcome.NOT_FINISHED),
        *((number, FaceOutcome.NOT_FINISHED) for number in range(90000, 90011)),
        (90011, FaceOutcome.BAD_IMAGE),
        (90012, FaceOutcome.NOT_FINISHED),
        (90013, FaceOutcome.BAD_IMAGE),
        (90014, FaceOutcome.BAD_IMAGE),
        *((number, FaceOutcome.NOT_FINISHED) for number in range(90015, 90018)),
        (90018, FaceOutcome.SOURCE_BUSY),
        *((number, FaceOutcome.NOT_FINISHED) for number in range(90019, 90023)),
        (90023, FaceOutcome.BAD_IMAGE),
        (90024, FaceOutcome.NOT_FINISHED),
        (90025, FaceOutcome.NOT_FINISHED),
        *((number, FaceOutcome.NOT_FINISHED) for number in (90104, 90105, 90106)),
        (90107, FaceOutcome.NOT_FINISHED),
        (90109, FaceOutcome.NOT_FINISHED),
        (90110, FaceOutcome.NOT_FINISHED),
        (90199, FaceOutcome.SOURCE_BUSY),
        (10011, FaceOutcome.NOT_PASSED),
        (99999, FaceOutcome.NOT_PASSED),
    ],
)
def test_wechat_check_outcomes(
    outside: Clients, sandbox: SandboxServer, verify_ret: int, outcome: FaceOutcome
) -> None:
    sandbox.face(OPENID, verify_ret)
    assert result(outside, open_check(outside)) == FaceAnswer(outcome, detail=str(verify_ret))


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("王不像", FaceOutcome.MISMATCH),
        ("王无照", FaceOutcome.NO_PHOTO),
        ("王脸忙", FaceOutcome.SOURCE_BUSY),
        ("王旧证", FaceOutcome.DATA_MISSING),
        ("王不符", FaceOutcome.DATA_MISSING),
        ("王限次", FaceOutcome.DAILY_LIMIT),
    ],
)
def test_wechat_and_photo_checks_agree(outside: Clients, name: str, outcome: FaceOutcome) -> None:
    who = person(name)
    assert result(outside, open_check(outside, who), who).outcome is outcome
    assert outside.face.compare_photo(JPEG, who.name, who.id_number).outcome is outcome


def test_answer_must_match_person_and_check(outside: Clients) -> None:
    ticket = open_check(outside)
    other = person("李四", sequence=991)
    assert result(outside, ticket, other).outcome is FaceOutcome.MISCONFIGURED
    unknown = FaceTicket("0" * 32, 3600)
    assert result(outside, unknown).outcome is FaceOutcome.NOT_FINISHED
    assert result(outside, ticket).outcome is FaceOutcome.PASSED


def test_sequence_number_cannot_be_reused(outside: Clients) -> None:
    open_check(outside)
    again = outside.face.open_wechat_check(NUMBER, MAN.name, MAN.id_number, OPENID)
    assert again == FaceAnswer(FaceOutcome.MISCONFIGURED, detail="40097")


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("busy", FaceOutcome.SOURCE_BUSY),
        ("limit", FaceOutcome.DAILY_LIMIT),
        ("error", FaceOutcome.NO_ANSWER),
        ("reset", FaceOutcome.NO_ANSWER),
    ],
)
def test_faults_have_their_outcome_and_are_not_retried(
    outside: Clients, sandbox: SandboxServer, mode: str, outcome: FaceOutcome
) -> None:
    ticket = open_check(outside)
    sandbox.fault("face", mode, 3)
    opened = outside.face.open_wechat_check("check-0002", MAN.name, MAN.id_number, OPENID)
    assert isinstance(opened, FaceAnswer)
    assert opened.outcome is outcome
    assert result(outside, ticket).outcome is outcome
    assert outside.face.compare_photo(JPEG, MAN.name, MAN.id_number).outcome is outcome
    for action in ("getverifyid", "queryverifyinfo", "ImageRecognitionV2"):
        assert sum(call["fault"] is not None for call in sandbox.calls(action)) == 1


def test_slow_answers_are_no_answer(outside: Clients, sandbox: SandboxServer) -> None:
    ticket = open_check(outside)
    sandbox.fault("face", "slow", 2, seconds=2)
    assert result(outside, ticket).outcome is FaceOutcome.NO_ANSWER
    answer = outside.face.compare_photo(JPEG, MAN.name, MAN.id_number)
    assert answer == FaceAnswer(FaceOutcome.NO_ANSWER)


def test_breaker_opens_on_time_outs_and_not_on_busy(
    outside: Clients, sandbox: SandboxServer
) -> None:
    ticket = open_check(outside)
    sandbox.fault("face", "busy", 12)
    for _ in range(12):
        assert result(outside, ticket).outcome is FaceOutcome.SOURCE_BUSY
    sandbox.fault("face", "error", 10)
    for _ in range(10):
        assert result(outside, ticket).outcome is FaceOutcome.NO_ANSWER
    assert result(outside, ticket) == FaceAnswer(FaceOutcome.NO_ANSWER)
    assert len(sandbox.calls("queryverifyinfo")) == 22


def test_closed_port_is_no_answer(build: Build, closed_port: str) -> None:
    outside = build(
        wechat_api_base=f"http://{closed_port}", tencentcloud_faceid_endpoint=closed_port
    )
    assert result(outside, FaceTicket("x", 1)).outcome is FaceOutcome.NO_ANSWER
    photo = outside.face.compare_photo(JPEG, MAN.name, MAN.id_number)
    assert photo.outcome is FaceOutcome.NO_ANSWER


def test_production_rejects_sandbox_answers(build: Build) -> None:
    outside = build(profile="production")
    opened = outside.face.open_wechat_check(NUMBER, MAN.name, MAN.id_number, OPENID)
    assert opened == FaceAnswer(FaceOutcome.NO_ANSWER)
    photo = outside.face.compare_photo(JPEG, MAN.name, MAN.id_number)
    assert photo.outcome is FaceOutcome.NO_ANSWER


def test_undecodable_picture_is_a_bad_image(outside: Clients) -> None:
    answer = outside.face.compare_photo(b"text", MAN.name, MAN.id_number)
    assert answer.outcome is FaceOutcome.BAD_IMAGE
    assert answer.detail == "FailedOperation.ImageDecodeFailed"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("FailedOperation.LifePhotoDetectFaces", FaceOutcome.BAD_IMAGE),
        ("FailedOperation.LifePhotoDetectFake", FaceOutcome.MISMATCH),
        ("FailedOperation.IdPhotoPoorQuality", FaceOutcome.NO_PHOTO),
        ("FailedOperation.CompareSystemError", FaceOutcome.SOURCE_BUSY),
        ("InternalError", FaceOutcome.SOURCE_BUSY),
        ("UnauthorizedOperation.Arrears", FaceOutcome.NO_ANSWER),
        ("Success.Not", FaceOutcome.NO_ANSWER),
    ],
)
def test_codes_are_read_as_result_and_as_error(
    build: Build, canned: CannedServer, code: str, outcome: FaceOutcome
) -> None:
    outside = build(tencentcloud_faceid_endpoint=canned.endpoint)
    for response in ({"Result": code}, {"Error": {"Code": code, "Message": ""}}):
        canned.answer("/", {"Response": {**response, "RequestId": "r-1"}})
        answer = outside.face.compare_photo(JPEG, MAN.name, MAN.id_number)
        assert answer == FaceAnswer(outcome, "r-1", code)


@pytest.mark.parametrize(
    "body",
    ["", "[]", {}, {"errcode": 0}, {"errcode": 0, "verify_ret": "10000"},
     {"errcode": 0, "verify_ret": None}, {"errcode": 1, "verify_ret": 10000},
     {"errcode": "x", "verify_ret": 10000}, {"verify_ret": True}],
)  # fmt: skip
def test_only_codes_0_and_10000_pass(build: Build, canned: CannedServer, body: object) -> None:
    canned.answer("/cgi-bin/stable_token", {"access_token": "t", "expires_in": 7200})
    canned.answer(QUERY, body)
    outside = build(wechat_api_base=canned.url)
    assert result(outside, FaceTicket("x", 1)).outcome is not FaceOutcome.PASSED


@pytest.mark.parametrize("body", [{}, {"verify_id": ""}, {"verify_id": "x", "expires_in": None}])
def test_ticket_without_its_fields_is_no_answer(
    build: Build, canned: CannedServer, body: object
) -> None:
    canned.answer("/cgi-bin/stable_token", {"access_token": "t", "expires_in": 7200})
    canned.answer(OPEN, body)
    opened = build(wechat_api_base=canned.url).face.open_wechat_check(NUMBER, "张三", "1", OPENID)
    assert opened == FaceAnswer(FaceOutcome.NO_ANSWER)


def test_request_fields(build: Build, canned: CannedServer) -> None:
    canned.answer("/cgi-bin/stable_token", {"access_token": "t", "expires_in": 7200})
    canned.answer(OPEN, {"errcode": 0, "verify_id": "v", "expires_in": 3600})
    build(wechat_api_base=canned.url).face.open_wechat_check(
        NUMBER, MAN.name, MAN.id_number, OPENID
    )
    request = canned.requests[-1]
    assert request.path == f"{OPEN}?access_token=t"
    assert json.loads(request.body) == {
        "out_seq_no": NUMBER,
        "cert_info": {
            "cert_type": "IDENTITY_CARD",
            "cert_name": MAN.name,
            "cert_no": MAN.id_number,
        },
        "openid": OPENID,
    }
