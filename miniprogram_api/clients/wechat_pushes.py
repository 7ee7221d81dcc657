"""WeChat's pushes by wechatpy: signatures, encryption, messages in XML or JSON, the one reply.

wechatpy compares signatures with ``!=``, checks no padding, reads XML only and raises whatever goes
wrong inside it; what this module adds closes these gaps.
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
# AttributeError, LookupError and TypeError: wechatpy trusts the types of fields.
_PARSER_ERRORS = (ExpatError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


class Form(Enum):
    """How a message is written; the value is its media type."""

    XML = "application/xml; charset=utf-8"
    JSON = "application/json; charset=utf-8"


class UnreadablePush(Exception):
    """A push that is no message of WeChat's; ``cause``: ``form``, ``key`` or ``clear``."""

    def __init__(self, cause: str = "form") -> None:
        self.cause = cause
        super().__init__(cause)


class PushCrypto(PrpCrypto):
    """One EncodingAESKey of 43 characters."""

    def __init__(self, encoding_aes_key: str) -> None:
        super().__init__(base64.b64decode(encoding_aes_key + "="))

    def get_random_string(self) -> str:
        """Return 16 characters that cannot be guessed."""
        return secrets.token_hex(8)

    def decrypt(self, text: str, app_id: str) -> str:
        """Decrypt a message whose padding (PKCS#7 over 32 bytes) and appid are right.

        Raises UnreadablePush.
        """
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
    """The token, the appid, and the present and the previous EncodingAESKey."""

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

    def open(self, encrypted: str) -> tuple[str, PushCrypto]:
        """Decrypt a message; return it with the key for the reply. Raises UnreadablePush."""
        for crypto in self._cryptos:
            try:
                return crypto.decrypt(encrypted, self._appid), crypto
            except UnreadablePush:
                continue
        raise UnreadablePush("key")

    def seal(self, form: Form, reply: str, crypto: PushCrypto, now: int) -> str:
        """Encrypt and sign a reply."""
        encrypted = crypto.encrypt(_bytes(reply), self._appid).decode()
        nonce = secrets.token_hex(8)
        sealed = {
            "Encrypt": encrypted,
            "MsgSignature": self.sign(str(now), nonce, encrypted),
            "TimeStamp": now,
            "Nonce": nonce,
        }
        return json.dumps(sealed) if form is Form.JSON else _ENVELOPE.format(**sealed)


def decode(body: bytes) -> str:
    """Decode a body."""
    with _parsing():
        return body.decode("utf-8-sig").lstrip()


def form_of(text: str) -> Form:
    """Return how a message is written, whatever the console was set to."""
    if text.startswith(("<", "{")):
        return Form.XML if text.startswith("<") else Form.JSON
    raise UnreadablePush()


def encrypted_part(text: str) -> str | None:
    """Return the ``Encrypt`` of a body, if it has one."""
    with _parsing():
        fields = json.loads(text) if form_of(text) is Form.JSON else xmltodict.parse(text)["xml"]
        encrypted = fields.get("Encrypt")
        if encrypted is None or isinstance(encrypted, str):
            return encrypted
    raise UnreadablePush()


def parse(text: str) -> dict[str, Any]:
    """Parse a message in either form into fields with WeChat's names.

    wechatpy's attributes take a MsgId for a number and do not know a type that is new, so the
    fields are taken as they came.
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
    """Write the reply that hands the user over to WeChat's own customer service."""
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
