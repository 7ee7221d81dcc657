"""Visitors without WeChat: a browser takes the place of the WeChat user.

Wherever an openid is stored, theirs begins with `web:`, which no openid does. It is made from the
browser's secret, which is not stored.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256

_BEGINNING = "web:"


def name_of(device: str) -> str:
    """Return what stands for the openid of this browser."""
    return _BEGINNING + urlsafe_b64encode(sha256(device.encode()).digest()).decode().rstrip("=")


def is_visitor(openid: str | None) -> bool:
    """Return whether an openid is a browser's."""
    return openid is not None and openid.startswith(_BEGINNING)


def wechat_user(openid: str | None) -> str | None:
    """Return the openid of a WeChat user, None for a browser's."""
    return None if is_visitor(openid) else openid
