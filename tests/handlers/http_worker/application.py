"""A WSGI application that answers the length of a body, and holds, streams or fails on request."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BIG = 8_000_000
# An answer to /hold comes once this file exists; a file beside it tells that one waits.
RELEASE = Path(os.environ.get("RELEASE", "release"))


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
    path = environ["PATH_INFO"]
    if path == "/unread":
        return answer(start_response, b"unread")
    length = len(environ["wsgi.input"].read())
    if path == "/hold":
        held = RELEASE.with_name(f"held-{time.monotonic_ns()}")
        held.touch()
        while not RELEASE.exists():
            time.sleep(0.02)
    if path == "/big":
        return answer(start_response, b"x" * BIG)
    if path == "/stream":
        start_response("200 OK", [("Content-Length", str(BIG))])
        return (b"x" * 10_000 for _ in range(BIG // 10_000))
    if path == "/fail":
        start_response("200 OK", [("Content-Length", "9")])
        return fail()
    return answer(start_response, b"%d" % length)


def answer(start_response: Callable[..., Any], body: bytes) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return iter([body])


def fail() -> Iterator[bytes]:
    yield b"half"
    raise ValueError("in the middle of the answer")
