"""The webhook client: allowed addresses, no redirects, pinned name resolution."""

import base64
import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config import Settings
from miniprogram_api.clients import registrar_hooks
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.redis_server import RedisServer
from miniprogram_api.clients.registrar_hooks import HookOutcome, RegistrarHooksClient
from miniprogram_api.operations import profiles
from miniprogram_api.registrars.signatures import SignedRequest, sign, signed_text
from tests.support.service.sandbox import SandboxServer
from tests.support.service.valkey import ValkeyServer

PUBLIC = "93.184.216.34"


class Receiver(BaseHTTPRequestHandler):
    """Record requests; redirect /away."""

    got: ClassVar[list[tuple[str, str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, self.headers["Host"], body))
        self.send_response(302 if self.path == "/away" else 200)
        if self.path == "/away":
            self.send_header("Location", "/inside")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    Receiver.got.clear()
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return profiles.load_settings(var_dir=tmp_path)


@pytest.fixture
def production(settings: Settings) -> Settings:
    return settings.model_copy(update={"profile": "production"})


@pytest.fixture
def hooks(settings: Settings, valkey: ValkeyServer) -> RegistrarHooksClient:
    return RegistrarHooksClient(settings, Guards(settings, RedisServer(valkey.url)))


def names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Resolve every name to these addresses."""
    entries = [(0, 0, 0, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: entries)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://djxt.example.gov.cn/hook", None),
        (f"https://{PUBLIC}:8443/hook", None),
        ("http://djxt.example.gov.cn/hook", "scheme"),
        ("ftp://djxt.example.gov.cn/hook", "scheme"),
        ("file:///etc/passwd", "form"),
        ("https://", "form"),
        ("https://a b/", "form"),
        ("https://user:secret@djxt.example.gov.cn/", "form"),
        ("https://djxt.example.gov.cn/?token=secret", "form"),
        ("https://djxt.example.gov.cn/#x", "form"),
        ("https://djxt.example.gov.cn:99999/", "form"),
        ("https://[::1", "form"),
        ("https://登记.example/", "form"),
        ("https://localhost/", "address"),
        ("https://127.0.0.1/", "address"),
        ("http://127.0.0.1/", "scheme"),
        ("https://10.0.0.8/", "address"),
        ("https://192.168.1.1/", "address"),
        ("https://169.254.169.254/latest/meta-data", "address"),
        ("https://100.64.0.1/", "address"),
        ("https://168.63.129.16/", "address"),
        ("https://192.88.99.1/", "address"),
        ("https://0.0.0.0/", "address"),
        ("https://224.0.0.1/", "address"),
        ("https://[::1]/", "address"),
        ("https://[fd00::1]/", "address"),
        ("https://[::ffff:10.0.0.1]/", "address"),
        ("https://[2002:a00:1::]/", "address"),
        ("https://[64:ff9b::a00:1]/", "address"),
        ("https://[64:ff9b:1::a00:1]/", "address"),
        ("https://[::127.0.0.1]/", "address"),
        ("https://[::10.0.0.1]/", "address"),
        ("https://[::ffff:0:127.0.0.1]/", "address"),
        ("https://[::ffff:8.8.8.8]/", "address"),
        ("https://[::]/", "address"),
        ("https://[fe80::1]/", "address"),
        ("https://[fec0::1]/", "address"),
        ("https://[ff02::1]/", "address"),
        ("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "address"),
        ("https://[2400:3200::1]/", None),
    ],
)
def test_production_allows_only_public_https_addresses(
    production: Settings, url: str, problem: str | None
) -> None:
    assert registrar_hooks.address_problem(production, url) == problem


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://127.0.0.1:8001/hook", None),
        ("http://localhost:8001/hook", None),
        ("http://[::1]:8001/hook", None),
        ("http://10.0.0.8/", "scheme"),
        ("https://10.0.0.8/", "address"),
        ("http://djxt.example.gov.cn/hook", "scheme"),
    ],
)
def test_sandbox_profile_allows_loopback(settings: Settings, url: str, problem: str | None) -> None:
    assert registrar_hooks.address_problem(settings, url) == problem


@pytest.mark.parametrize(
    "inside", ["10.0.0.8", "127.0.0.1", "169.254.169.254", "::1", "::127.0.0.1"]
)
def test_name_with_a_private_address_is_not_called(
    production: Settings,
    valkey: ValkeyServer,
    monkeypatch: pytest.MonkeyPatch,
    inside: str,
) -> None:
    client = RegistrarHooksClient(production, Guards(production, RedisServer(valkey.url)))
    # One public address among them does not help: the next look-up could give the other one.
    names(monkeypatch, PUBLIC, inside)
    answer = client.send("r1", "https://djxt.example.gov.cn/hook", {}, b"{}")
    assert answer.outcome is HookOutcome.NOT_ALLOWED


def test_redirect_is_not_followed(hooks: RegistrarHooksClient, receiver: HTTPServer) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}/away"
    answer = hooks.send("r1", url, {}, b"{}")
    assert (answer.outcome, answer.status) == (HookOutcome.REFUSED, 302)
    assert [path for path, _, _ in Receiver.got] == ["/away"]


def test_event_is_delivered_once(
    hooks: RegistrarHooksClient, receiver: HTTPServer, sandbox: SandboxServer
) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    answer = hooks.send("r1", url, {"X-Event-Id": "1"}, b'{"event_id": "1"}')
    assert (answer.outcome, answer.status) == (HookOutcome.TAKEN, 200)
    assert Receiver.got == [("/hook", f"127.0.0.1:{receiver.server_port}", b'{"event_id": "1"}')]
    sandbox.fault("registrar", "reset")
    lost = hooks.send("r1", f"{sandbox.url}/sandbox/registrar/hook", {}, b"{}")
    assert lost.outcome is HookOutcome.NO_ANSWER


def test_unreachable_system_opens_the_breaker(
    hooks: RegistrarHooksClient, receiver: HTTPServer
) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        for _ in range(10):
            assert hooks.send("r1", dead, {}, b"{}").outcome is HookOutcome.NO_ANSWER
    assert hooks.send("r1", url, {}, b"{}").outcome is HookOutcome.NO_ANSWER
    assert Receiver.got == []
    assert hooks.send("r2", url, {}, b"{}").outcome is HookOutcome.TAKEN


@pytest.mark.parametrize(
    ("name", "taken"), [("hook.example.cn", True), ("other.example.cn", False)]
)
def test_certificate_must_match_the_name(
    hooks: RegistrarHooksClient,
    receiver: HTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    taken: bool,
) -> None:
    certificate = self_signed(tmp_path, "hook.example.cn")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    monkeypatch.setattr(registrar_hooks, "_resolved", lambda *_: ["127.0.0.1"])
    url = f"https://{name}:{receiver.server_port}/hook"
    # It is not trusted yet.
    assert hooks.send("r1", url, {}, b"{}").outcome is HookOutcome.NO_ANSWER
    hooks._tls.load_verify_locations(certificate)

    answer = hooks.send("r1", url, {}, b"{}")

    assert (answer.outcome is HookOutcome.TAKEN) is taken
    assert len(Receiver.got) == taken


def self_signed(directory: Path, name: str) -> Path:
    """Write a key and a self-signed certificate for this name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names_of_it = x509.SubjectAlternativeName(
        [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address(PUBLIC))]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names_of_it, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_sandbox_signs_as_the_service_does(sandbox: SandboxServer) -> None:
    secret, body = base64.b64encode(b"k" * 32).decode(), '{"matter":"张三"}'
    asked = {"key_id": "r1", "secret": secret, "method": "POST", "path": "/x", "body": body}
    answer = requests.post(f"{sandbox.url}/sandbox/registrar/sign", json=asked, timeout=10).json()
    headers = answer["headers"]
    request = SignedRequest(
        "r1", headers["X-Timestamp"], headers["X-Nonce"], "", "POST", "/x", body.encode()
    )
    assert headers["X-Signature"] == sign(b"k" * 32, request)
    assert answer["signed"] == signed_text(request)
    wrong = requests.post(f"{sandbox.url}/sandbox/registrar/sign", json={}, timeout=10)
    assert wrong.status_code == 422
