"""The built mini program below ``/m/``: headers, caches, compression, and nothing beside it."""

import gzip
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from flask import Response

from handlers import mini_program
from handlers.app import create
from tests.support.service.rules import Rules

Get = Callable[..., Response]
SCRIPT = b"console.log(1)"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the built program, which is still empty."""
    folder = tmp_path / "h5"
    (folder / "assets").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(mini_program, "BUILT", folder)
    return folder


@pytest.fixture
def built(folder: Path) -> Path:
    (folder / "index.html").write_text("<title>ok</title>")
    (folder / "assets" / "index-4f2a.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-4f2a.js.gz").write_bytes(gzip.compress(SCRIPT))
    return folder


@pytest.fixture
def get(rules: Rules) -> Get:
    # Buffered, so that the files are closed.
    return partial(create(rules.services).test_client().get, buffered=True)


def test_start_page_is_checked_on_every_visit(built: Path, get: Get) -> None:
    answer = get("/m/")
    assert (answer.status_code, answer.text) == (200, "<title>ok</title>")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.content_type == "text/html; charset=utf-8"
    assert "ETag" in answer.headers
    redirect = get("/m")
    assert (redirect.status_code, redirect.location) == (308, "/m/")


def test_hashed_files_are_kept_for_a_year(built: Path, get: Get) -> None:
    answer = get("/m/assets/index-4f2a.js")
    assert answer.data == SCRIPT
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.mimetype.endswith("/javascript")
    assert "Content-Encoding" not in answer.headers


def test_compressed_file_is_sent_to_clients_that_accept_it(built: Path, get: Get) -> None:
    answer = get("/m/assets/index-4f2a.js", headers={"Accept-Encoding": "br, gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.mimetype.endswith("/javascript")
    assert gzip.decompress(answer.data) == SCRIPT
    (built / "assets" / "index-4f2a.js.br").write_bytes(b"smaller")
    smaller = get("/m/assets/index-4f2a.js", headers={"Accept-Encoding": "br, gzip"})
    assert (smaller.data, smaller.headers["Content-Encoding"]) == (b"smaller", "br")
    assert smaller.mimetype.endswith("/javascript")
    refused = get("/m/assets/index-4f2a.js", headers={"Accept-Encoding": "br;q=0, gzip"})
    assert refused.headers["Content-Encoding"] == "gzip"
    plain = get("/m/", headers={"Accept-Encoding": "gzip"})
    assert plain.text == "<title>ok</title>"


def test_only_the_program_may_use_camera_and_own_photos(built: Path, get: Get) -> None:
    headers = get("/m/").headers
    assert headers["Permissions-Policy"] == "camera=(self), geolocation=(), microphone=()"
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "connect-src": "'self' blob:",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    elsewhere = get("/docs").headers
    assert elsewhere["Permissions-Policy"].startswith("camera=(),")
    assert "blob:" not in elsewhere["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name", ["../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "/etc/hosts", "%00", "assets"]
)
def test_only_files_of_the_program_are_served(built: Path, get: Get, name: str) -> None:
    answer = get(f"/m/{name}")
    assert answer.status_code == 404
    assert answer.get_json()["code"] == "NOT_FOUND"


def test_missing_program_says_how_to_build_it(folder: Path, get: Get) -> None:
    answer = get("/m/")
    assert answer.status_code == 404
    assert "make app" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/m/x", "/m/pages/old/index", "/x", "/m/assets/gone.js"])
def test_unknown_address_is_a_page_in_a_browser_alone(built: Path, get: Get, path: str) -> None:
    page = get(path, headers=BROWSER)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert page.headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert 'href="/m/"' in page.text
    assert "没有这个页面" in page.text
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        answer = get(path, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/api/v1/x", "/registrar/v1/x", "/wechat/x"])
def test_unknown_address_of_a_call_is_never_a_page(get: Get, path: str) -> None:
    answer = get(path, headers=BROWSER)
    assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")
