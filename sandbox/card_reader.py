"""A card reader on this computer, as docs/card_reader.md describes it.

`python -m sandbox.card_reader` plays the reader of one made-up card; the key is made once and
kept. A real bridge has the same two calls and asks its device instead of the arguments.
"""

import base64
import io
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

CONTEXT = b"card-reading\n"
LONGEST_BODY = 4096


class Reader:
    """The device: one card on it, and the key that signs what is read."""

    def __init__(self, serial: str, key: Ed25519PrivateKey, card: dict[str, str]) -> None:
        self.serial = serial
        self.card = card
        self._key = key

    @property
    def public_key(self) -> str:
        """Return what an administrator registers: 32 bytes in Base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def read(self, nonce: str) -> dict[str, str]:
        """Return the signed reading of the card over the service's nonce."""
        payload = json.dumps({"nonce": nonce, **self.card}, ensure_ascii=False).encode()
        return {
            "serial": self.serial,
            "payload": base64.b64encode(payload).decode(),
            "signature": base64.b64encode(self._key.sign(CONTEXT + payload)).decode(),
        }


def handler_of(reader: Reader, origin: str) -> type[BaseHTTPRequestHandler]:
    """Return the handler that answers pages of one origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            """Allow the desk page to call this computer."""
            self._answer(204, b"")

        def do_POST(self) -> None:
            """Read the card over the nonce of the body."""
            length = int(self.headers.get("Content-Length") or 0)
            is_ours = self.headers.get("Origin") == origin and 0 < length <= LONGEST_BODY
            if not is_ours or self.path != "/read":
                self._answer(403, b"{}")
                return
            try:
                nonce = json.loads(self.rfile.read(length))["nonce"]
            except (ValueError, LookupError, TypeError):
                self._answer(400, b"{}")
                return
            self._answer(200, json.dumps(reader.read(str(nonce))).encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            """Write nothing: a log would hold personal data."""

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Headers", "Content-Type")
            self.send_header("Access-Control-Allow-Methods", "POST")
            # Chromium asks before a page calls the own computer.
            self.send_header("Access-Control-Allow-Private-Network", "true")
            self.send_header("Content-Type", "application/json")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


def serve(reader: Reader, origin: str, port: int) -> ThreadingHTTPServer:
    """Return a server on loopback for pages of ``origin``; the caller runs it."""
    return ThreadingHTTPServer(("127.0.0.1", port), handler_of(reader, origin))


def photo(shade: int = 180) -> str:
    """Return the photo of a made-up chip: a JPEG of 102 x 126 pixels, in Base64."""
    content = io.BytesIO()
    Image.new("RGB", (102, 126), (shade,) * 3).save(content, "JPEG")
    return base64.b64encode(content.getvalue()).decode()


def key_of(path: Path) -> Ed25519PrivateKey:
    """Return the key of a file, made at the first start."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
        path.chmod(0o600)
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


@click.command()
@click.option("--origin", default="http://127.0.0.1:8000", help="of the desk pages")
@click.option("--port", default=17654)
@click.option("--serial", default="SANDBOX-READER-1")
@click.option("--key", default="var/sandbox-reader.key", type=click.Path(path_type=Path))
@click.option("--name", default="张三丰")
@click.option("--id-number", required=True)
@click.option("--valid-from", default="2020-06-03")
@click.option("--valid-until", default="2040-06-03")
def main(origin: str, port: int, serial: str, key: Path, **card: str) -> None:
    """Play a reader until it is stopped."""
    reader = Reader(serial, key_of(key), {**card, "photo": photo()})
    click.echo(f"serial {reader.serial}\npublic key {reader.public_key}\nhttp://127.0.0.1:{port}")
    serve(reader, origin, port).serve_forever()


if __name__ == "__main__":
    main()
