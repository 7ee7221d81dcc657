"""Read and answer WeChat's pushes with wechatpy: signatures, encryption, XML and JSON.

wechatpy compares signatures with ``!=``, checks no padding, reads XML only and raises its internal
errors; this module closes these gaps.
"""

import base64
import hmac
import json
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy import parse_message
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException
from wechatpy.replies import TransferCustomerServiceReply
from wechatpy.utils import WeChatSigner

from config import Settings

_BLOCK = 32
_ENVELOPE = (
    "<xml><Encrypt><![CDATA[{Encrypt}]]></Encrypt>"
    "<MsgSignature><![CDATA[{MsgSignature}]]></MsgSignature>"
    "<TimeStamp>{TimeStamp}</TimeStamp><Nonce><![CDATA[{Nonce}]]></Nonce></xml>"
)
# AttributeError, LookupError and TypeError: wechatpy assumes the types of fields.
_PARSER_ERRORS = (ExpatError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


class Form(Enum):
    """Name the format of a message; the value is its media type."""

    XML = "application/xml; charset=utf-8"
    JSON = "application/json; charset=utf-8"


class UnreadablePush(Exception):
    """Reject a push that is not a message of WeChat; ``cause``: ``form``, ``key`` or ``clear``."""

    def __init__(self, cause: str = "form") -> None:
        self.cause = cause
        super().__init__(cause)


class PushCrypto(PrpCrypto):
    """Encrypt and decrypt with one EncodingAESKey of 43 characters."""

    def __init__(self, encoding_aes_key: str) -> None:
        super().__init__(base64.b64decode(encoding_aes_key + "="))

    def get_random_string(self) -> str:
        """Return 16 unpredictable characters."""
        return secrets.token_hex(8)

    def decrypt(self, text: str, app_id: str) -> str:
        """Decrypt; check padding (PKCS#7 over 32 bytes) and appid. Raises UnreadablePush."""
        try:
            padded = self.cipher.decrypt(base64.b64decode(text))
            length = padded[-1] if padded else 0
            is_padded = 1 <= length <= _BLOCK and padded.endswith(bytes([length]) * length)
            if is_padded and len(padded) % _BLOCK == 0:
                return str(super().decrypt(text, app_id))
        except (InvalidAppIdException, struct.error, ValueError):
            pass
        raise UnreadablePush("key")


class PushKeys:
    """Hold the token, the appid, and the current and previous EncodingAESKey."""

    def __init__(self, settings: Settings) -> None:
        self._token = settings.wechat_token.get_secret_value()
        self._appid = settings.wechat_appid
        keys = (settings.wechat_encoding_aes_key, settings.wechat_encoding_aes_key_previous)
        values = [key.get_secret_value() for key in keys]
        self._cryptos = [PushCrypto(value) for value in values if value]

    def sign(self, *parts: str) -> str:
        """Return the signature of timestamp, nonce and ciphertext, in lower-case hex."""
        signer = WeChatSigner()
        signer.add_data(*map(_bytes, (self._token, *parts)))
        return str(signer.signature)

    def is_signed(self, signature: str, *parts: str) -> bool:
        """Compare signatures in constant time."""
        return hmac.compare_digest(self.sign(*parts).encode(), _bytes(signature))

    def decrypt(self, encrypted: str) -> tuple[str, PushCrypto]:
        """Decrypt a message; return it with the key for the reply. Raises UnreadablePush."""
        for crypto in self._cryptos:
            try:
                return crypto.decrypt(encrypted, self._appid), crypto
            except UnreadablePush:
                continue
        raise UnreadablePush("key")

    def encrypt(self, form: Form, reply: str, crypto: PushCrypto, now: int) -> str:
        """Encrypt and sign a reply."""
        encrypted = crypto.encrypt(_bytes(reply), self._appid).decode()
        nonce = secrets.token_hex(8)
        envelope = {
            "Encrypt": encrypted,
            "MsgSignature": self.sign(str(now), nonce, encrypted),
            "TimeStamp": now,
            "Nonce": nonce,
        }
        return json.dumps(envelope) if form is Form.JSON else _ENVELOPE.format(**envelope)


def decode(body: bytes) -> str:
    """Decode a body from UTF-8. Raises UnreadablePush."""
    with _parsing():
        return body.decode("utf-8-sig").lstrip()


def form_of(text: str) -> Form:
    """Detect the format of a message. Raises UnreadablePush."""
    if text.startswith(("<", "{")):
        return Form.XML if text.startswith("<") else Form.JSON
    raise UnreadablePush()


def encrypted_part(text: str) -> str | None:
    """Return the ``Encrypt`` of a body, if any. Raises UnreadablePush."""
    with _parsing():
        fields = json.loads(text) if form_of(text) is Form.JSON else xmltodict.parse(text)["xml"]
        encrypted = fields.get("Encrypt")
        if encrypted is None or isinstance(encrypted, str):
            return encrypted
    raise UnreadablePush()


def parse(text: str) -> dict[str, Any]:
    """Parse a message in either format into fields with WeChat's names.

    wechatpy's attributes turn a MsgId into a number and lack new types, so its raw fields are used.
    """
    with _parsing():
        is_json = form_of(text) is Form.JSON
        fields: dict[str, Any] = json.loads(text) if is_json else parse_message(text)._data
        return fields


@contextmanager
def _parsing() -> Iterator[None]:
    try:
        yield
    except _PARSER_ERRORS:
        raise UnreadablePush() from None


def transfer(form: Form, sender: str, recipient: str, now: int) -> str:
    """Build the reply that transfers the user to WeChat's customer service."""
    # wechatpy does not escape the end of a CDATA section.
    source, target = (name.replace("]]>", "]]]]><![CDATA[>") for name in (sender, recipient))
    if form is Form.XML:
        return str(TransferCustomerServiceReply(source=source, target=target, time=now).render())
    kind = TransferCustomerServiceReply.type
    names = {"ToUserName": recipient, "FromUserName": sender}
    return json.dumps({**names, "CreateTime": now, "MsgType": kind}, ensure_ascii=False)


def _bytes(text: str) -> bytes:
    # A lone surrogate has no UTF-8.
    return text.encode("utf-8", "replace")
