"""Passwords: strength, hashing and comparison.

Hashed by argon2id with 19 MiB, two passes and one lane (OWASP Password Storage Cheat Sheet), with
libsodium (ADR 19). Normalised to NFKC first (NIST SP 800-63B, 5.1.1.2), so that full-width letters
of a Chinese keyboard equal the ASCII ones.
"""

import os
import re
import secrets
import unicodedata
from datetime import date
from functools import cache
from importlib.resources import files
from threading import BoundedSemaphore

from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id

from miniprogram_api.texts import invalid

SHORTEST, LONGEST = 8, 64
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1

# More parallel hashes than cores would only need more memory, 19 MiB each.
_cores = BoundedSemaphore(
    len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
)

_LETTERS_AND_DIGITS = "abcdefghijklmnopqrstuvwxyz", "01234567890"
_KEYBOARD_ROWS = "1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./"
_DAY = re.compile(r"(?:19|20)[0-9]{6}")
_LONGEST_REPEATED_PART = 4
# Without i l 1, o 0, and without characters of a second phone keyboard. 16 of these 31: 79 bits.
_LEGIBLE, _FIRST_LENGTH = "abcdefghjkmnpqrstuvwxyz23456789", 16


def check_strength(
    password: str, *, phone: str | None, id_number: str | None, name: str | None
) -> None:
    """Refuse a password that is too short, too long, common, or made of the person's data.

    ``phone`` and ``id_number`` are canonical. Raises Refused: INVALID_INPUT on field password with
    the code password_too_short, password_too_long, password_too_common, password_contains_phone,
    password_contains_id_number or password_contains_name.
    """
    text = normalise(password)
    if len(text) < SHORTEST:
        raise invalid("passwords.password.password_too_short", shortest=SHORTEST)
    if len(text) > LONGEST:
        raise invalid("passwords.password.password_too_long", longest=LONGEST)
    lower = text.casefold()
    if phone and (phone in lower or lower in phone):
        raise invalid("passwords.password.password_contains_phone")
    if id_number and _has_id_number(lower, id_number.casefold()):
        raise invalid("passwords.password.password_contains_id_number")
    if name and _has_name(lower, name):
        raise invalid("passwords.password.password_contains_name")
    if is_common(text):
        raise invalid("passwords.password.password_too_common")


def _has_id_number(password: str, number: str) -> bool:
    # The 15-digit form has neither century nor check character.
    old = number[:6] + number[8:17]
    return number[:17] in password or old in password or password in number or password in old


def _has_name(password: str, name: str) -> bool:
    plain = "".join(ch for ch in normalise(name).casefold() if ch.isalnum())
    compared = "".join(ch for ch in password if ch.isalnum())
    # Two Latin letters occur in many words; two Han characters do not.
    shortest = 4 if plain.isascii() else 2
    return plain == compared or (len(plain) >= shortest and plain in compared)


def normalise(password: str) -> str:
    """Return the NFKC form, in which a password is measured, hashed and compared."""
    return password if password.isascii() else unicodedata.normalize("NFKC", password)


def is_common(password: str) -> bool:
    """Return whether a password is listed, repetitive, a sequence, a keyboard row or a date."""
    text = normalise(password).casefold()
    listed = _common_passwords()
    if text in listed or text.rstrip("!.@#?") in listed:
        return True
    if any(_repeats(text, length) for length in range(1, _LONGEST_REPEATED_PART + 1)):
        return True
    rows = (*_LETTERS_AND_DIGITS, *_KEYBOARD_ROWS)
    return any(text in row or text in row[::-1] for row in rows) or _is_day(text)


def _repeats(text: str, length: int) -> bool:
    return text == (text[:length] * (len(text) // length + 1))[: len(text)]


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}")
    except ValueError:
        return False
    return True


@cache
def _common_passwords() -> frozenset[str]:
    text = (files("miniprogram_api.access") / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))


def first_password() -> str:
    """Return a random password, legible on paper, to be changed at the first sign-in."""
    return "".join(secrets.choice(_LEGIBLE) for _ in range(_FIRST_LENGTH))


def hash_password(password: str) -> str:
    """Hash a password; about 15 ms of a core, so hold no transaction meanwhile."""
    text = normalise(password).encode()
    with _cores:
        # libsodium pads with null bytes.
        kept = argon2id.str(text, opslimit=PASSES, memlimit=MEMORY_KIB * 1024).rstrip(b"\0")
    return kept.decode("ascii")


def verify(kept: str, password: str) -> bool:
    """Return whether ``password`` matches the hash ``kept``; takes as long as hashing."""
    text = normalise(password).encode()
    with _cores:
        try:
            return argon2id.verify(kept.encode("ascii"), text)
        except InvalidkeyError:
            return False


DUMMY_HASH = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${'A' * 22}${'A' * 43}"
"""Matches no password; comparing with it takes as long as with a real hash."""


def needs_rehash(kept: str) -> bool:
    """Return whether a hash has outdated parameters."""
    return not kept.startswith(f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$")
