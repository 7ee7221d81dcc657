"""How values of personal columns were written up to 0.7, under the keys of a process.

``ring`` has ``data`` and ``index`` (key id → 32 bytes, the first writes) and ``cipher``. A stored
value is a head (number of the cipher, length and name of the key), a nonce of 12 bytes and the
ciphertext with its tag; a blind index is a head (length and name of the key) and HMAC-SHA256.
"""

import hmac
import os
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_CIPHERS = {"aes-256-gcm": 1, "sm4-gcm": 2}
_NONCE, _TAG = 12, 16


def encrypt(ring, text, context):
    """Encrypt a text of a column under the writing key."""
    return _encrypt_with(ring, os.urandom(_NONCE), text, context)


def encrypt_deterministically(ring, text, context):
    """Encrypt a text so that equal texts of a context give equal values."""
    key = hmac.digest(ring.data[_writing(ring.data)], b"deterministic nonces", "sha256")
    nonce = hmac.digest(key, context + b"\0" + text.encode(), "sha256")[:_NONCE]
    return _encrypt_with(ring, nonce, text, context)


def decrypt(ring, stored, context):
    """Decrypt a stored value. Raises KeyError without its key, InvalidTag for a changed value."""
    start = 2 + stored[1]
    head, nonce, sealed = stored[:start], stored[start : start + _NONCE], stored[start + _NONCE :]
    key = ring.data[head[2:].decode()]
    if head[0] == 1:
        return AESGCM(key).decrypt(nonce, sealed, head + context).decode()
    mode = modes.GCM(nonce, sealed[-_TAG:])
    decryptor = Cipher(algorithms.SM4(_sm4(key)), mode).decryptor()
    decryptor.authenticate_additional_data(head + context)
    return (decryptor.update(sealed[:-_TAG]) + decryptor.finalize()).decode()


def digest(ring, canonical, context):
    """Return the blind index of a canonical value under the writing key."""
    key_id = _writing(ring.index)
    head = bytes((len(key_id),)) + key_id.encode()
    return head + hmac.digest(ring.index[key_id], context + b"\0" + canonical.encode(), "sha256")


def _encrypt_with(ring, nonce, text, context):
    key_id = _writing(ring.data)
    cipher, key = _CIPHERS[ring.cipher], ring.data[key_id]
    head = bytes((cipher, len(key_id))) + key_id.encode()
    if cipher == 1:
        return head + nonce + AESGCM(key).encrypt(nonce, text.encode(), head + context)
    encryptor = Cipher(algorithms.SM4(_sm4(key)), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(head + context)
    return head + nonce + encryptor.update(text.encode()) + encryptor.finalize() + encryptor.tag


def _writing(keys):
    return next(iter(keys))


def _sm4(key):
    return key if len(key) == 16 else sha256(b"sm4" + key).digest()[:16]
