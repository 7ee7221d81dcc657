"""Multipart bodies: files stay in memory, and any bytes give parts or a refusal."""

from io import BytesIO

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st

from handlers.api.uploads import MOST_PARTS, read_upload
from miniprogram_api.reasons import Reason, Refused

BOUNDARY = "----wx-5f2a"


def part(disposition: str, content: bytes, *headers: str) -> bytes:
    lines = [f"--{BOUNDARY}", f"Content-Disposition: form-data; {disposition}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
PHOTO = 'name="image"; filename="tmp_1"'


def request(
    body: bytes, content_type: str = f"multipart/form-data; boundary={BOUNDARY}"
) -> Request:
    return Request(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": "http",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
        }
    )


def refusal(
    body: bytes, content_type: str = f"multipart/form-data; boundary={BOUNDARY}"
) -> Refused:
    with pytest.raises(Refused) as caught:
        read_upload(request(body, content_type))
    return caught.value


def test_text_parts_and_image_are_separated() -> None:
    body = part('name="challenge_id"', b"abc") + part(PHOTO, b"\xff\xd8\xff\r\n--x") + END
    texts, image = read_upload(request(body))
    assert texts == {"challenge_id": "abc"}
    assert image is not None
    assert image.content == b"\xff\xd8\xff\r\n--x"


def test_name_and_type_of_the_file_are_ignored() -> None:
    for filename in ("", "a.exe", "../../etc/passwd", "照片.jpg", "x" * 300):
        body = part(f'name="image"; filename="{filename}"', b"abc", "Content-Type: text/html") + END
        _, image = read_upload(request(body))
        assert image is not None
        assert image.content == b"abc"


def test_text_parts_are_unchanged() -> None:
    body = part('name="a"', "张三".encode()) + part('name="a"', b"second") + part('name="b"', b"")
    assert read_upload(request(body + END)) == ({"a": "张三", "b": ""}, None)
    # Invalid UTF-8 is replaced, not a 500.
    assert read_upload(request(part('name="a"', b"\xff\xfe") + END))[0] == {"a": "\ufffd\ufffd"}


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 131_072, 131_073, 10_485_760])
@pytest.mark.parametrize("filling", [b"\0", b"\r", b"\n", b"\r\n-", b"--" + BOUNDARY.encode()[:-1]])
def test_file_of_any_size_and_content_is_complete(size: int, filling: bytes) -> None:
    """The parser buffers a possible beginning of a boundary."""
    content = (filling * (size // len(filling) + 1))[:size]
    _, image = read_upload(request(part(PHOTO, content) + END))
    assert image is not None
    assert image.content == content


def test_limits_are_enforced() -> None:
    one_too_many = refusal(part(PHOTO, bytes(10_485_760 + 1)) + END)
    assert one_too_many.details == {"limit_bytes": 10_485_760}
    whole = refusal(part(PHOTO, bytes(10_485_760 + 16_384)) + END)
    assert whole.details == {"limit_bytes": 10_485_760}
    two = refusal(part('name="x"; filename="x"', bytes(10_485_760)) * 2 + END)
    assert two.details == {"limit_bytes": 10_485_760}
    for length in (8_193, 200_000):
        text = refusal(part('name="challenge_id"', b"a" * length) + END)
        assert text.details == {"limit_bytes": 8_192}
    parts = refusal(part('name="x"', b"") * (MOST_PARTS + 1) + END)
    for refused in (one_too_many, whole, two, text, parts):
        assert refused.reason is Reason.BODY_TOO_LARGE


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (part(PHOTO, b"1") + part(PHOTO, b"2") + END, "too_many"),
        (part('name="image"', b"data:image/jpeg;base64,AAAA") + END, "wrong_type"),
        (part('name="image"', b"") + part(PHOTO, b"1") + END, "wrong_type"),
    ],
    ids=["two", "text", "text and file"],
)
def test_exactly_one_file_is_the_image(body: bytes, code: str) -> None:
    refused = refusal(body)
    assert refused.reason is Reason.INVALID_INPUT
    (entry,) = refused.details["fields"]
    assert (entry["field"], entry["code"]) == ("image", code)
    assert entry["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\r\n" * 100,
        part(PHOTO, b"abc"),
        part(PHOTO, b"abc") + END[:-6],
        (part(PHOTO, b"abc") + END).replace(BOUNDARY.encode(), b"other"),
        f"--{BOUNDARY}\r\n\r\nno header\r\n".encode() + END,
        f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\nno name\r\n".encode() + END,
        part("filename=x", b"no name") + END,
        part("", b"no name") + END,
        f"--{BOUNDARY}\r\nContent-Disposition: \xff\xfe\r\n\r\nx\r\n".encode("latin-1") + END,
    ],
)
def test_other_bodies_are_malformed(body: bytes) -> None:
    assert refusal(body).reason is Reason.MALFORMED_JSON


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=照片",
        "multipart/form-data; boundary=other",
        'multipart/form-data; boundary="unclosed',
        "multipart/form-data; charset=utf-16",
    ],
)
def test_wrong_boundary_is_malformed(content_type: str) -> None:
    assert refusal(part(PHOTO, b"abc") + END, content_type).reason is Reason.MALFORMED_JSON


FRAGMENTS = st.sampled_from(
    [
        f"--{BOUNDARY}\r\n".encode(),
        END,
        b"\r\n\r\n",
        b"\n\n",
        b"\r",
        b'Content-Disposition: form-data; name="image"; filename="a"',
        b'Content-Disposition: form-data; name="image"',
        b"Content-Disposition: form-data; name*=utf-8''x",
        b"Content-Type: text/plain; charset=utf-7",
        b"Content-Transfer-Encoding: base64",
        b"Content-Length: 99999999999999999999",
        b"\xff\xd8\xff",
    ]
)


@given(st.lists(FRAGMENTS | st.binary(max_size=20), max_size=20))
def test_any_bytes_give_parts_or_a_refusal(fragments: list[bytes]) -> None:
    try:
        texts, image = read_upload(request(b"".join(fragments)))
    except Refused as refused:
        reason = refused.reason
    else:
        assert all(isinstance(name, str) for name in texts)
        assert image is None or isinstance(image.content, bytes)
        return
    assert reason in (Reason.MALFORMED_JSON, Reason.INVALID_INPUT, Reason.BODY_TOO_LARGE)
