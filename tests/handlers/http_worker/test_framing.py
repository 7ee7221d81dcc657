"""Where a request ends."""

import pytest

from handlers.http_worker import limits
from handlers.http_worker.framing import Framing

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345"
CHUNKS = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\n1\r\n45\r\n10\r\n"
CHUNKS += b"0123456789abcdef\r\n0\r\n\r\n"
TRAILERS = CHUNKS[:-2] + b"A: b\r\nC: d\r\n\r\n"


@pytest.mark.parametrize("sent", [GET, POST, CHUNKS, TRAILERS])
@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_end_is_found_with_the_last_byte(sent: bytes, step: int) -> None:
    framing, received = Framing(), bytearray()
    for start in range(0, len(sent), step):
        assert framing.end(received) is None
        received += sent[start : start + step]
    assert framing.end(received) == len(sent)
    assert framing.is_whole


@pytest.mark.parametrize("sent", [GET, POST, CHUNKS, TRAILERS])
def test_next_request_is_left(sent: bytes) -> None:
    framing = Framing()
    assert framing.end(bytearray(sent + GET)) == len(sent)
    assert framing.is_whole


@pytest.mark.parametrize(
    "line",
    [
        b"content-length:5",
        b"CONTENT-LENGTH: \t5 ",
        b"X-Content-Length: 900\r\nContent-Length: 005",
        b"A: Content-Length: 900\r\nContent-Length: 5\r\nB: c",
    ],
)
def test_length_is_read_in_every_form(line: bytes) -> None:
    sent = b"POST / HTTP/1.1\r\n" + line + b"\r\n\r\n12345"
    framing = Framing()
    assert framing.end(bytearray(sent[:-1])) is None
    assert framing.end(bytearray(sent)) == len(sent)


def test_length_in_the_body_is_no_length() -> None:
    body = b"\r\nContent-Length: 900\r\n"
    sent = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert Framing().end(bytearray(sent)) == len(sent)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET / HTTP/1.1\r\nA: b\nHost",
        b"GET /" + b"x" * limits.MOST_HEAD_BYTES,
        CHUNKS.replace(b"5;a=b", b"z"),
        CHUNKS.replace(b"5;a=b", b""),
        CHUNKS.partition(b"5;")[0] + b"5;" + b"a" * limits.MOST_LINE_BYTES,
        CHUNKS[:-2] + b"A: " + b"b" * limits.MOST_LINE_BYTES,
        b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\nx" % (limits.MOST_BODY_BYTES + 1),
    ],
)
def test_what_is_refused_anyway_is_not_awaited(sent: bytes) -> None:
    framing = Framing()
    assert framing.end(bytearray(sent)) == len(sent)
    assert not framing.is_whole


def test_bare_line_feed_is_found_across_packets() -> None:
    framing = Framing()
    received = bytearray(b"GET / HTTP/1.1\r")
    assert framing.end(received) is None
    received += b"\nA: b"
    assert framing.end(received) is None
    received += b"\n"
    assert framing.end(received) == len(received)


def test_chunked_body_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BODY_BYTES", 100)
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    framing, received = Framing(), bytearray(head + b"ffff\r\n" + b"x" * 90)
    assert framing.end(received) is None
    received += b"x" * 10
    assert framing.end(received) == len(received)
    assert not framing.is_whole


def test_expectation_is_found() -> None:
    framing = Framing()
    sent = POST.replace(b"Host: x", b"expect: 100-Continue")
    assert framing.end(bytearray(sent[:-5])) is None
    assert framing.awaits_continue
