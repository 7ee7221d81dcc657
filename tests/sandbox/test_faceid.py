"""The sandbox's identity source: the four elements and face photos."""

import base64
from typing import Any

import pytest
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.faceid.v20180301 import models
from tencentcloud.faceid.v20180301.faceid_client import FaceidClient

from tests.sandbox.tencent_client import call, client
from tests.support.people.persons import person
from tests.support.service.sandbox import SandboxServer

NUMBER = person().id_number
# The sandbox checks only the first bytes of a JPEG.
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(100)).decode()

# Well formed, but no test person: born in 2099.
STRANGER = "310101209912311234"


def check(sandbox: SandboxServer, name: str = "张三", **changes: Any) -> str:
    answer = call(
        sandbox,
        "CheckIdNameDate",
        {
            "Name": name,
            "IdCard": NUMBER,
            "ValidityBegin": "20240603",
            "ValidityEnd": "20440603",
            **changes,
        },
    )
    assert set(answer) == {"Result", "Description", "RequestId"}
    assert answer["Description"]
    result: str = answer["Result"]
    return result


def compare(sandbox: SandboxServer, name: str = "张三", **changes: Any) -> dict[str, Any]:
    return call(
        sandbox,
        "ImageRecognitionV2",
        {"Name": name, "IdCard": NUMBER, "ImageBase64": JPEG, **changes},
    )


def test_official_sdk_types_are_accepted(sandbox: SandboxServer) -> None:
    request = models.CheckIdNameDateRequest()
    request.Name, request.IdCard = "张三", NUMBER
    request.ValidityBegin, request.ValidityEnd = "20240603", "00000000"
    picture = models.ImageRecognitionV2Request()
    picture.Name, picture.IdCard, picture.ImageBase64 = "张三", NUMBER, JPEG
    with client(FaceidClient, sandbox) as made:
        assert made.CheckIdNameDate(request).Result == "0"
        answer = made.ImageRecognitionV2(picture)
    assert (answer.Result, answer.Description) == ("Success", "成功")
    assert 70 <= answer.Sim <= 100


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("张三", "0"),
        ("买买提·吐尔逊", "0"),
        ("䶮", "0"),
        ("𪚥三", "0"),
        ("John Smith", "0"),
        ("张不符", "-1"),
        ("买买提•吐尔逊", "-1"),
        ("买买提．吐尔逊", "-1"),
        ("买买提.吐尔逊", "-1"),
        ("张三1", "-3"),
        ("", "-3"),
        ("···", "-3"),
        ("三" * 51, "-3"),
        ("⼈三", "-3"),
        ("张三\u200b", "-3"),
        ("张无效", "-5"),
        ("张源忙", "-6"),
        ("张无记录", "-7"),
        ("张限次", "-8"),
        ("张不像", "0"),
        ("张旧证", "0"),
    ],
)
def test_name_decides_the_result(sandbox: SandboxServer, name: str, result: str) -> None:
    assert check(sandbox, name) == result


@pytest.mark.parametrize(
    ("number", "result"),
    [
        (STRANGER, "-7"),
        (NUMBER[:-1], "-2"),
        (NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1"), "-2"),
        ("11010119900230990X", "-2"),
        ("110101900307991", "-2"),
        ("", "-2"),
    ],
)
def test_id_number_decides_the_result(sandbox: SandboxServer, number: str, result: str) -> None:
    assert check(sandbox, IdCard=number) == result


@pytest.mark.parametrize("sequence", range(990, 1000))
def test_all_test_sequence_codes_are_known(sandbox: SandboxServer, sequence: int) -> None:
    assert check(sandbox, IdCard=person(sequence=sequence).id_number) == "0"


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2024-06-03", "20440603"),
        ("20240603", "长期"),
        ("20240230", "20440603"),
        ("20240603", "20240603"),
        ("00000000", "20440603"),
        ("20240603", ""),
    ],
)
def test_invalid_terms_are_refused(sandbox: SandboxServer, begin: str, end: str) -> None:
    assert check(sandbox, ValidityBegin=begin, ValidityEnd=end) == "-4"


def test_long_term_is_eight_zeros(sandbox: SandboxServer) -> None:
    assert check(sandbox, ValidityEnd="00000000") == "0"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ValidityEnd": None}, "MissingParameter"),
        ({"IdCard": 110101199003079913}, "InvalidParameter"),
    ],
)
def test_malformed_calls_are_refused(
    sandbox: SandboxServer, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(TencentCloudSDKException) as refusal:
        check(sandbox, **changes)
    assert refusal.value.get_code() == code


@pytest.mark.parametrize(("mode", "result"), [("busy", "-6"), ("limit", "-8")])
def test_identity_source_can_be_busy_or_limited(
    sandbox: SandboxServer, mode: str, result: str
) -> None:
    sandbox.fault("identity", mode, count=2)
    assert [check(sandbox) for _ in range(3)] == [result, result, "0"]


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("张不像", "FailedOperation.CompareLowSimilarity"),
        ("张无照", "FailedOperation.IdPhotoNoExist"),
        ("张脸忙", "FailedOperation.IdPhotoSystemNoanswer"),
        ("张旧证", "FailedOperation.IdNoExistSystem"),
        ("张不符", "FailedOperation.IdNameMisMatch"),
        ("张限次", "FailedOperation.IdentityAuthLimitExceeded"),
        ("买买提•吐尔逊", "FailedOperation.IdNameMisMatch"),
        ("1", "FailedOperation.NameFormatError"),
    ],
)
def test_mismatching_faces_do_not_pass(sandbox: SandboxServer, name: str, result: str) -> None:
    answer = compare(sandbox, name)
    assert answer["Result"] == result
    assert answer["Description"]
    assert answer["Sim"] < 70


def test_stranger_does_not_pass(sandbox: SandboxServer) -> None:
    answer = compare(sandbox, IdCard=STRANGER)
    assert answer["Result"] == "FailedOperation.IdNoExistSystem"
    assert compare(sandbox, IdCard="1")["Result"] == "FailedOperation.IdFormatError"


@pytest.mark.parametrize(
    ("image", "code"),
    [
        ("", "FailedOperation.EmptyImageError"),
        ("not base64!", "FailedOperation.ImageDecodeFailed"),
        (base64.b64encode(b"GIF89a").decode(), "FailedOperation.ImageDecodeFailed"),
        ("A" * (3 * 1024 * 1024 + 4), "FailedOperation.ImageSizeTooLarge"),
    ],
)
def test_invalid_pictures_are_refused(sandbox: SandboxServer, image: str, code: str) -> None:
    with pytest.raises(TencentCloudSDKException) as refusal:
        compare(sandbox, ImageBase64=image)
    assert refusal.value.get_code() == code


@pytest.mark.parametrize(
    ("mode", "result"),
    [
        ("busy", "FailedOperation.IdPhotoSystemNoanswer"),
        ("limit", "FailedOperation.IdentityAuthLimitExceeded"),
    ],
)
def test_face_source_can_be_busy_or_limited(sandbox: SandboxServer, mode: str, result: str) -> None:
    sandbox.fault("face", mode)
    assert compare(sandbox)["Result"] == result
    assert compare(sandbox)["Result"] == "Success"


def test_pictures_are_not_stored(sandbox: SandboxServer) -> None:
    image = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(9000)).decode()
    compare(sandbox, ImageBase64=image)
    (received,) = sandbox.calls("ImageRecognitionV2")
    assert received["request"]["ImageBase64"]["characters"] == len(image)
    assert len(received["request"]["ImageBase64"]["sha256"]) == 64
