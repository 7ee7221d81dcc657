"""An authenticator in software: makes and answers passkeys as a browser sends them."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ATTESTED = 1, 4, 64
ES256 = {1: 2, 3: -7, -1: 1}


@dataclass
class SoftAuthenticator:
    """One credential; ``verifies``: whether it asks for PIN or finger."""

    origin: str = "https://desk.test"
    verifies: bool = True
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    _key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: str) -> str:
        """Return the answer of ``navigator.credentials.create``."""
        numbers = self._key.public_key().public_numbers()
        public = {**ES256, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + encode_cbor(public)
        data = self._data(ATTESTED) + attested
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer("create", options, attestationObject=attestation)

    def get(self, options: str) -> str:
        """Return the answer of ``navigator.credentials.get``."""
        self.count += 1
        data, client = self._data(), self._client("get", options)
        signed = data + hashlib.sha256(client).digest()
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer("get", options, authenticatorData=data, signature=signature)

    def _data(self, flags: int = 0) -> bytes:
        host = (urlsplit(self.origin).hostname or "").encode()
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(host).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: str) -> bytes:
        challenge = base64url_to_bytes(json.loads(options)["challenge"])
        encoded = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        content = {"type": f"webauthn.{kind}", "challenge": encoded, "origin": self.origin}
        return json.dumps(content).encode()

    def _answer(self, kind: str, options: str, **parts: bytes) -> str:
        response: dict[str, Any] = {name: bytes_to_base64url(part) for name, part in parts.items()}
        response["clientDataJSON"] = bytes_to_base64url(self._client(kind, options))
        own = bytes_to_base64url(self.id)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": response})
