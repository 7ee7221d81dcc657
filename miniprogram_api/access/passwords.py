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

from miniprogram_api.reasons import Reason, Refused
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
# Digits in a row of a phone or an ID number: the birth date without its century has as many.
_SHARED = 6
# Without i l 1, o 0, and without characters of a second phone keyboard. 16 of these 31: 79 bits.
_LEGIBLE, _FIRST_LENGTH = "abcdefghjkmnpqrstuvwxyz23456789", 16


def check_strength(
    password: str, *, phone: str | None, id_number: str | None, name: str | None
) -> None:
    """Refuse a password that is too short, too long, common, or has the person's data inside.

    ``phone`` and ``id_number`` are canonical. Raises Refused: INVALID_INPUT with all faults on the
    field password: password_too_short, password_too_long, password_contains_phone,
    password_contains_id_number (also for the birth date), password_contains_name, and alone
    password_too_common.
    """
    text = normalise(password)
    lower, faults = text.casefold(), list[Refused]()
    if len(text) < SHORTEST:
        faults.append(invalid("passwords.password.password_too_short", shortest=SHORTEST))
    if len(text) > LONGEST:
        faults.append(invalid("passwords.password.password_too_long", longest=LONGEST))
    if phone and _shares(lower, phone):
        faults.append(invalid("passwords.password.password_contains_phone"))
    if id_number and _has_id_number(lower, id_number.casefold()):
        faults.append(invalid("passwords.password.password_contains_id_number"))
    if name and _has_name(lower, name):
        faults.append(invalid("passwords.password.password_contains_name"))
    if not faults and is_common(text):
        faults.append(invalid("passwords.password.password_too_common"))
    if faults:
        fields = [entry for fault in faults for entry in fault.details["fields"]]
        raise Refused(Reason.INVALID_INPUT, fields=fields)


def _shares(password: str, number: str) -> bool:
    """Return whether some digits of a number that stand together are inside the password."""
    parts = (number[at : at + _SHARED] for at in range(len(number) - _SHARED + 1))
    return any(part in password for part in parts)


def _has_id_number(password: str, number: str) -> bool:
    # The 15-digit form has no century. The birth date may have separators, or no leading zeros.
    year, month, day = number[6:10], number[10:12], number[12:14]
    written = rf"{year}\D?0?{int(month)}\D?0?{int(day)}(?!\d)"
    turned = (day + month + year, month + day + year)
    return (
        _shares(password, number)
        or _shares(password, number[:6] + number[8:17])
        or re.search(written, password) is not None
        or any(form in password for form in turned)
    )


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
