"""WeChat's pushes to the service: signed, plain or encrypted."""

import base64
import hashlib
import json
import os
import secrets
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SERVICE = "gh_0000000sandbox"
# WeChat's own time-out.
_TIMEOUT_SECONDS = 5.0
_BLOCK = 32


class NotPushed(Exception):
    """The service did not accept the push; the text says why."""


@dataclass(frozen=True)
class Console:
    """The settings of WeChat's console; without ``url`` nothing is pushed."""

    url: str
    token: str
    aes_key: str
    appid: str
    mode: str = "secure"
    form: str = "json"

    def push(self, fields: Mapping[str, Any]) -> dict[str, Any] | str:
        """Push a message; return the fields of the answer, or ``success``. Raises NotPushed."""
        if not (self.url and self.token):
            raise NotPushed("the sandbox was not told where to push: set WECHAT_PUSH_URL")
        timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**10))
        query = {
            "signature": self._sign(timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": fields["FromUserName"],
        }
        sent = dict(fields)
        if self.mode != "plain":
            encrypted = self._encrypt(self._write(fields))
            query["encrypt_type"] = "aes"
            query["msg_signature"] = self._sign(timestamp, nonce, encrypted)
            clear = fields if self.mode == "compatible" else {"ToUserName": SERVICE}
            sent = {**clear, "Encrypt": encrypted}
        answer = self._post(f"{self.url}?{urlencode(query)}", self._write(sent))
        if answer in (b"success", b""):
            return "success"
        return self._open(answer)

    def _post(self, url: str, body: bytes) -> bytes:
        kind = "application/json" if self.form == "json" else "text/xml"
        request = Request(url, body, {"Content-Type": kind})  # noqa: S310 - from our start
        try:
            # Ignore the machine's proxy settings for loopback calls.
            with build_opener(ProxyHandler({})).open(request, timeout=_TIMEOUT_SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except HTTPError as error:
            with error:
                text = error.read(500).decode("utf-8", "replace")
            raise NotPushed(f"the service answered {error.code}: {text}") from None
        except (URLError, OSError) as error:
            raise NotPushed(f"the service does not answer: {type(error).__name__}") from None

    def _open(self, answer: bytes) -> dict[str, Any]:
        try:
            fields = self._read(answer)
            if self.mode != "secure":
                return fields
            encrypted = str(fields["Encrypt"])
            signed = self._sign(str(fields["TimeStamp"]), str(fields["Nonce"]), encrypted)
            if signed != fields["MsgSignature"]:
                raise NotPushed("the signature of the service's answer is wrong")
            return self._read(self._decrypt(encrypted))
        except (ValueError, KeyError, struct.error, ElementTree.ParseError):
            raise NotPushed("the service's answer cannot be read") from None

    def _sign(self, *parts: str) -> str:
        return hashlib.sha1("".join(sorted((self.token, *parts))).encode()).hexdigest()  # noqa: S324

    def _write(self, fields: Mapping[str, Any]) -> bytes:
        if self.form == "json":
            return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")
        root = ElementTree.Element("xml")
        for name, value in fields.items():
            ElementTree.SubElement(root, name).text = str(value)
        return ElementTree.tostring(root, "utf-8")

    def _read(self, message: bytes) -> dict[str, Any]:
        if self.form == "json":
            fields: dict[str, Any] = json.loads(message)
            return fields
        return {child.tag: child.text for child in ElementTree.fromstring(message)}  # noqa: S314

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def _encrypt(self, message: bytes) -> str:
        plain = os.urandom(16) + struct.pack(">I", len(message)) + message + self.appid.encode()
        padding = _BLOCK - len(plain) % _BLOCK
        plain += bytes((padding,)) * padding
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()

    def _decrypt(self, encrypted: str) -> bytes:
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
        (length,) = struct.unpack(">I", plain[16:20])
        return plain[20 : 20 + length]
