"""Encrypt stored pictures, each with a key of its own.

The key is stored in an encrypted column of the same row: a rotation of DATA_KEYS rewraps it, and
deleting the row makes every copy of the picture unreadable.
"""

import base64
import os

from config import Settings
from models.storage.fields import SM4_KEY_LENGTH, KeyRing

_KEY_ID = "e"


def seal(settings: Settings, picture: bytes, context: bytes) -> tuple[str, bytes]:
    """Encrypt a picture; return the new key in hexadecimal and the encrypted content.

    ``context`` is the column's name.
    """
    key = os.urandom(SM4_KEY_LENGTH if settings.data_cipher == "sm4-gcm" else 32)
    return key.hex(), _ring(settings, key).encrypt(base64.b64encode(picture).decode(), context)


def unseal(settings: Settings, key: str, content: bytes, context: bytes) -> bytes:
    """Decrypt a picture. Raises DecryptionFailed."""
    ring = _ring(settings, bytes.fromhex(key))
    return base64.b64decode(ring.decrypt(bytes(content), context))


def _ring(settings: Settings, key: bytes) -> KeyRing:
    return KeyRing({_KEY_ID: key}, {}, settings.data_cipher)
