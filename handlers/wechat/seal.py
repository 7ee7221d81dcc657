"""How WeChat signs and encrypts what it pushes, and how an answer to it is encrypted.

A signature is the SHA-1 of the sorted token, timestamp, nonce and, where there is one, ciphertext.
A ciphertext is AES-256-CBC over 16 random bytes, the length of the message in 4 bytes, the message
and the appid, padded to whole blocks of 32 bytes. (WeChat's own documentation of its pushes.)
"""

import base64
import binascii
import hmac
import os
import struct
from hashlib import sha1

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from config import Settings

_PADDED_TO = 32
_RANDOM, _LENGTH = 16, struct.Struct(">I")
_HEAD = _RANDOM + _LENGTH.size
# The last byte of a message says how long its padding is; every byte of the padding says so.
_PADDINGS = [bytes((length,)) * length for length in range(_PADDED_TO + 1)]


class MessageCipher:
    """One EncodingAESKey, for messages to and from one appid."""

    def __init__(self, encoding_aes_key: str, appid: str) -> None:
        """``encoding_aes_key``: 43 characters, as ``config`` has checked."""
        key = base64.b64decode(encoding_aes_key + "=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        self._appid = appid.encode()

    def decrypt(self, encrypted: bytes) -> bytes | None:
        """The message; None when it was made with another key, for another appid, or not well."""
        if not encrypted or len(encrypted) % _PADDED_TO:
            return None
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(encrypted) + decryptor.finalize()
        length = plain[-1]
        if not 1 <= length <= _PADDED_TO or not plain.endswith(_PADDINGS[length]):
            return None
        end = _HEAD + _LENGTH.unpack_from(plain, _RANDOM)[0]
        # What is no message may also claim a length that goes beyond it.
        return plain[_HEAD:end] if plain[end:-length] == self._appid else None

    def encrypt(self, message: bytes) -> str:
        """The message as WeChat decrypts it, in Base64."""
        plain = os.urandom(_RANDOM) + _LENGTH.pack(len(message)) + message + self._appid
        plain += _PADDINGS[_PADDED_TO - len(plain) % _PADDED_TO]
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


class Seal:
    """What proves that a push is WeChat's: the token, and the present and the previous key."""

    def __init__(self, settings: Settings) -> None:
        self._token = settings.wechat_token.get_secret_value()
        keys = (settings.wechat_encoding_aes_key, settings.wechat_encoding_aes_key_previous)
        self._ciphers = [
            MessageCipher(key.get_secret_value(), settings.wechat_appid)
            for key in keys
            if key.get_secret_value()
        ]

    def sign(self, *parts: str) -> str:
        """The signature of timestamp, nonce and ciphertext, in lower-case hex."""
        text = "".join(sorted((self._token, *parts)))
        return sha1(text.encode("utf-8", "replace")).hexdigest()  # noqa: S324 - WeChat's choice

    def is_signed(self, signature: str, *parts: str) -> bool:
        """Whether this is the signature; takes as long for every wrong one."""
        return hmac.compare_digest(self.sign(*parts).encode(), signature.encode("utf-8", "replace"))

    def open(self, encrypted: str) -> tuple[bytes, MessageCipher] | None:
        """The message in a Base64 ciphertext, and the cipher that an answer to it needs."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            return None
        for cipher in self._ciphers:
            message = cipher.decrypt(sealed)
            if message is not None:
                return message, cipher
        return None
