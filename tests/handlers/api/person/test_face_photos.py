"""POST /face-verifications over HTTP with a photo (sandbox profile, FACE_MODE=photo)."""

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from miniprogram_api.accounts import consents
from tests.support.people import photos
from tests.support.people.faces import Client, refused
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

VERSION = consents.current_text().version


@pytest.fixture(scope="module")
def _photo_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("photo-service")
    with Service(directory, face_mode="photo", web_workers=1) as running:
        yield running


@pytest.fixture
def photo_service(_photo_service: Service) -> Service:
    _photo_service.clear()
    return _photo_service


def upload(client: Client, photo: bytes, **fields: Any) -> requests.Response:
    options = {"headers": fields.pop("headers", None)}
    files = {"image": (fields.pop("filename", "tmp_0"), photo, fields.pop("type", None))}
    return client.service.post(
        "/face-verifications", data=fields, files=files, token=client.token, **options
    )


def raw(client: Client, body: bytes, content_type: str) -> requests.Response:
    return client.service.post(
        "/face-verifications",
        data=body,
        headers={"Content-Type": content_type},
        token=client.token,
    )


@pytest.mark.parametrize("photo", [photos.jpeg, photos.png, photos.webp])
def test_photo_of_each_format_gives_level_4(photo_service: Service, photo: Any) -> None:
    client = Client(photo_service, person(number=1))
    challenge = data_of(client.open())
    assert challenge["mode"] == "photo"
    assert challenge["verify_id"] is None
    assert challenge["expires_in"] == 600
    content = photo(photos.pixels(photos.portrait()))
    answer = upload(
        client, content, challenge_id=challenge["challenge_id"], filename="a.txt", type="text/plain"
    )
    account = data_of(answer)
    assert (account["status"], account["level"], account["verified_by"]) == ("verified", 4, "face")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("张不像", 422, "FACE_MISMATCH"),
        ("张脸忙", 503, "IDENTITY_SOURCE_BUSY"),
        ("张限次", 429, "IDENTITY_DAILY_LIMIT"),
    ],
)
def test_source_results_have_their_answer(
    photo_service: Service, name: str, status: int, code: str
) -> None:
    client = Client(photo_service, person(name, number=2))
    refused(upload(client, photos.portrait(), consent_version=VERSION), status, code, 12)


@pytest.mark.parametrize(
    ("reason", "photo"),
    [
        ("no_face", photos.jpeg(photos.landscape())),
        ("unreadable", b"GIF89a<?php system($_GET[0]); ?>"),
        ("too_large", photos.png_claiming(50_000, 50_000)),
    ],
)
def test_photo_faults_are_named(photo_service: Service, reason: str, photo: bytes) -> None:
    client = Client(photo_service, person(number=3))
    challenge_id = data_of(client.open())["challenge_id"]
    answer = upload(client, photo, challenge_id=challenge_id)
    assert refused(answer, 422, "FACE_IMAGE_QUALITY", 12) == {"reason": reason}
    assert photo_service.sandbox.calls("ImageRecognitionV2") == []
    assert data_of(upload(client, photos.portrait(), challenge_id=challenge_id))["level"] == 4


def test_consent_is_checked_without_a_challenge(photo_service: Service) -> None:
    client = Client(photo_service, person(number=4))
    answer = upload(client, photos.portrait())
    assert refused(answer, 422, "CONSENT_REQUIRED") == {"missing": ["face"]}
    answer = upload(client, photos.portrait(), consent_version="2019-06-01")
    assert refused(answer, 409, "CONSENT_OUTDATED") == {"version": VERSION}
    data_of(client.open())
    assert data_of(upload(client, photos.portrait()))["level"] == 4


def test_upload_is_repeatable(photo_service: Service) -> None:
    client = Client(photo_service, person(number=5))
    fields = {"challenge_id": data_of(client.open())["challenge_id"]}
    key = {"Idempotency-Key": "photo-check-1"}
    first = upload(client, photos.portrait(), headers=key, **fields)
    # Another boundary, the same parts.
    again = upload(client, photos.portrait(), headers=key, **fields)
    assert first.request.headers["Content-Type"] != again.request.headers["Content-Type"]
    assert data_of(again) == data_of(first)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = upload(client, photos.webp(photos.within(600, 700)), headers=key, **fields)
    refused(other, 409, "IDEMPOTENCY_CONFLICT")
    assert len(photo_service.sandbox.calls("ImageRecognitionV2")) == 1


def test_mismatches_are_limited(photo_service: Service) -> None:
    client = Client(photo_service, person("张不像", number=6))
    data_of(client.open())
    for left in (4, 3, 2, 1, 0):
        answer = upload(client, photos.portrait())
        assert refused(answer, 422, "FACE_MISMATCH", 12) == {"attempts_left": left}
    refused(upload(client, photos.portrait()), 429, "TOO_MANY_ATTEMPTS", 10)


# The form of an upload ---------------------------------------------------------------------------


def test_missing_photo_is_refused(photo_service: Service) -> None:
    client = Client(photo_service, person(number=7))
    challenge_id = data_of(client.open())["challenge_id"]
    for answer in (
        client.verify(challenge_id),
        photo_service.post("/face-verifications", json={}, token=client.token),
        photo_service.post(
            "/face-verifications",
            files={"photo": ("a.jpg", photos.portrait())},
            token=client.token,
        ),
    ):
        (entry,) = refused(answer, 422, "INVALID_INPUT")["fields"]
        assert (entry["field"], entry["code"]) == ("image", "required")


def test_text_or_two_files_are_refused(photo_service: Service) -> None:
    client = Client(photo_service, person(number=8))

    def code_of(files: list[tuple[str, Any]]) -> str:
        answer = photo_service.post("/face-verifications", files=files, token=client.token)
        (entry,) = refused(answer, 422, "INVALID_INPUT")["fields"]
        assert entry["field"] == "image"
        return str(entry["code"])

    photo = ("image", ("a.jpg", photos.portrait()))
    assert code_of([("image", (None, "data:image/jpeg;base64,/9j/"))]) == "wrong_type"
    assert code_of([photo, photo]) == "too_many"
    assert code_of([photo, ("image", (None, "x"))]) == "wrong_type"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("challenge_id", ""),
        ("challenge_id", "刷脸"),
        ("challenge_id", "a\0b"),
        ("challenge_id", "x" * 257),
        ("consent_version", "x" * 201),
        ("consent_version", "a\0b"),
    ],
)
def test_bad_text_parts_are_refused(photo_service: Service, field: str, value: str) -> None:
    client = Client(photo_service, person(number=9))
    answer = upload(client, photos.portrait(), **{field: value})
    (entry,) = refused(answer, 422, "INVALID_INPUT")["fields"]
    assert entry["field"] == field


def test_unknown_challenge_is_refused(photo_service: Service) -> None:
    client = Client(photo_service, person(number=10))
    refused(upload(client, photos.portrait(), challenge_id="0" * 32), 404, "NOT_FOUND")


def test_file_over_10_mib_is_refused(photo_service: Service) -> None:
    client = Client(photo_service, person(number=11))
    for extra in (1, 1024 * 1024):
        answer = upload(client, photos.portrait() + bytes(10 * 1024 * 1024 + extra - 40_958))
        assert refused(answer, 413, "BODY_TOO_LARGE") == {"limit_bytes": 10 * 1024 * 1024}
        assert "10MB" in answer.json()["message"]
    # The largest accepted file is checked: the portrait with padding.
    data_of(client.open())
    photo = photos.portrait()
    assert data_of(upload(client, photo + bytes(10 * 1024 * 1024 - len(photo))))["level"] == 4


def test_too_long_text_part_is_refused(photo_service: Service) -> None:
    client = Client(photo_service, person(number=12))
    for length in (9_000, 100_000, 1_000_000):
        answer = upload(client, photos.portrait(), challenge_id="a" * length)
        assert refused(answer, 413, "BODY_TOO_LARGE") == {"limit_bytes": 8192}
        assert "太长" in answer.json()["message"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"", "multipart/form-data; boundary=x", 400, "MALFORMED_JSON"),
        (b"{}", "multipart/form-data", 400, "MALFORMED_JSON"),
        (b"--y\r\n\r\n--y--", "multipart/form-data; boundary=x", 400, "MALFORMED_JSON"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 400, "MALFORMED_JSON"),
        (b"\xff" * 1000, "multipart/form-data; boundary=\xff", 400, "MALFORMED_JSON"),
        (photos.portrait(), "image/jpeg", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (photos.portrait(), "multipart/mixed; boundary=x", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"image=x", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"{", "application/json", 400, "MALFORMED_JSON"),
    ],
)
def test_broken_bodies_are_refused(
    photo_service: Service, body: bytes, content_type: str, status: int, code: str
) -> None:
    client = Client(photo_service, person(number=13))
    refused(raw(client, body, content_type), status, code)


def test_aborted_upload_is_not_a_500(photo_service: Service) -> None:
    client = Client(photo_service, person(number=14))
    head = (
        "POST /api/v1/face-verifications HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {client.token}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    )
    with socket.create_connection(("127.0.0.1", photo_service.port), timeout=10) as connection:
        connection.sendall(head.encode() + photos.portrait()[:5000])
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    assert answer == b"" or re.match(rb"HTTP/1.1 4\d\d ", answer), answer
    metrics = requests.get(photo_service.url + "/metrics", timeout=10).text
    assert "INTERNAL_ERROR" not in metrics


def test_repeated_upload_may_have_another_boundary(photo_service: Service) -> None:
    client = Client(photo_service, person(number=16))
    headers = {"Idempotency-Key": "repeated-upload-1"}
    picture = photos.portrait()
    first, again = (
        upload(client, picture, consent_version=VERSION, headers=headers) for _ in range(2)
    )
    assert data_of(first)["level"] == 4
    assert data_of(again) == data_of(first)
    assert again.headers["Idempotency-Replayed"] == "true"
    another = upload(client, picture + b"\0", consent_version=VERSION, headers=headers)
    refused(another, 409, "IDEMPOTENCY_CONFLICT")
    assert len(photo_service.sandbox.calls("ImageRecognitionV2")) == 1
