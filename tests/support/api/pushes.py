"""WeChat's side of a push, written from its documentation and not from the product's code.

The npm packages in ``tests/wechat_partner`` check it independently.
"""

import base64
import hashlib
import itertools
import json
import os
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

OURS = "gh_97417a04a28d"
PUSH_PATH = "/wechat/push"
_numbers = itertools.count(7_300_000_000_000_000_001)


def text_message(openid: str, content: str, **more: Any) -> dict[str, Any]:
    """Return the fields of a text with its own MsgId."""
    return {
        "ToUserName": OURS,
        "FromUserName": openid,
        "CreateTime": int(time.time()),
        "MsgType": "text",
        "Content": content,
        "MsgId": next(_numbers),
        **more,
    }


def event_message(openid: str, event: str, **more: Any) -> dict[str, Any]:
    """Return the fields of an event, which has no MsgId."""
    return {
        "ToUserName": OURS,
        "FromUserName": openid,
        "CreateTime": int(time.time()),
        "MsgType": "event",
        "Event": event,
        **more,
    }


def as_json(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def as_xml(fields: Mapping[str, Any]) -> bytes:
    def element(name: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(element(name, item) for item in value)
        if isinstance(value, dict):
            return f"<{name}>{''.join(element(n, v) for n, v in value.items())}</{name}>"
        if isinstance(value, int):
            return f"<{name}>{value}</{name}>"
        text = str(value)
        return f"<{name}>{escape(text) if ']]>' in text else f'<![CDATA[{text}]]>'}</{name}>"

    return element("xml", dict(fields)).encode()


@dataclass
class Partner:
    """Play WeChat for one mini program: make pushes, decrypt answers."""

    token: str
    key: str
    appid: str
    form: str = "json"
    _nonces: "itertools.count[int]" = field(default_factory=lambda: itertools.count(100_000_001))

    def sign(self, *parts: str) -> str:
        return hashlib.sha1("".join(sorted([self.token, *parts])).encode()).hexdigest()

    def write(self, fields: Mapping[str, Any]) -> bytes:
        return as_json(fields) if self.form == "json" else as_xml(fields)

    def encrypt(self, message: bytes, *, padding: bytes | None = None) -> str:
        """Return the ciphertext; ``padding`` replaces the correct one."""
        key = base64.b64decode(self.key + "=")
        plain = os.urandom(16) + struct.pack(">I", len(message)) + message + self.appid.encode()
        missing = 32 - len(plain) % 32
        plain += bytes([missing]) * missing if padding is None else padding
        encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> bytes:
        key = base64.b64decode(self.key + "=")
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        plain = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
        plain = plain[: -plain[-1]]
        (length,) = struct.unpack(">I", plain[16:20])
        assert plain[20 + length :] == self.appid.encode()
        return plain[20 : 20 + length]

    def query(self, encrypted: str | None = None, *, at: int | None = None, nonce: str = "") -> str:
        """Return the query of a push, signed as WeChat does."""
        timestamp = str(int(time.time()) if at is None else at)
        nonce = nonce or str(next(self._nonces))
        query = {
            "signature": self.sign(timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": "o-somebody",
        }
        if encrypted is not None:
            query["encrypt_type"] = "aes"
            query["msg_signature"] = self.sign(timestamp, nonce, encrypted)
        return urlencode(query)

    def clear(self, fields: Mapping[str, Any], **query: Any) -> tuple[str, bytes]:
        """Return path with query, and body, of a push in plain mode."""
        return f"{PUSH_PATH}?{self.query(**query)}", self.write(fields)

    def encrypted(self, fields: Mapping[str, Any], **query: Any) -> tuple[str, bytes]:
        """Return a push in secure mode."""
        return self.encrypted_bytes(self.write(fields), **query)

    def encrypted_bytes(self, message: bytes, **query: Any) -> tuple[str, bytes]:
        encrypted = self.encrypt(message)
        body = self.write({"ToUserName": OURS, "Encrypt": encrypted})
        return f"{PUSH_PATH}?{self.query(encrypted, **query)}", body

    def both(self, fields: Mapping[str, Any], **query: Any) -> tuple[str, bytes]:
        """Return a push in compatible mode, with clear fields beside the ciphertext."""
        encrypted = self.encrypt(self.write(fields))
        body = self.write({**fields, "Encrypt": encrypted})
        return f"{PUSH_PATH}?{self.query(encrypted, **query)}", body

    def decrypted(self, answer: bytes) -> dict[str, Any]:
        """Return the fields of an encrypted answer after checking its signature."""
        sealed = self.read(answer)
        parts = (str(sealed["TimeStamp"]), str(sealed["Nonce"]), str(sealed["Encrypt"]))
        assert sealed["MsgSignature"] == self.sign(*parts)
        return self.read(self.decrypt(str(sealed["Encrypt"])))

    def read(self, message: bytes) -> dict[str, Any]:
        """Return the fields of a flat message in the console's format."""
        if self.form == "json":
            fields: dict[str, Any] = json.loads(message)
            return fields
        return {element.tag: element.text for element in ElementTree.fromstring(message)}
