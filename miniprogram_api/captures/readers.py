"""Card readers whose readings count; administrators register and withdraw them."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from miniprogram_api import audit, clock
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.texts import invalid
from models.captures import CardReader
from models.storage.database import IntegrityError, transaction

LONGEST = 64
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Reader:
    """A registered reader."""

    id: int
    name: str
    serial: str
    public_key: str
    """Ed25519, in hexadecimal."""
    office: str
    """The window where it counts; empty for all."""
    added_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReaderForm:
    """What an administrator enters."""

    name: str
    serial: str
    public_key: str
    """As PEM, Base64 or hexadecimal."""
    window_id: int | None = None


def listed(member: StaffMember) -> list[Reader]:
    """Return all readers, withdrawn ones last. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_STAFF)
    offices = {window.id: window.name for window in windows.all_windows()}
    rows = CardReader.select().order_by(CardReader.withdrawn_at.is_null(False), CardReader.name)
    return [
        Reader(
            row.id,
            row.name,
            row.serial,
            row.public_key,
            offices.get(row.window_id or 0, ""),
            row.added_at,
            row.withdrawn_at,
        )
        for row in rows
    ]


def serve(member: StaffMember) -> bool:
    """Return whether a reader in use serves the member's window."""
    of_window = CardReader.window.is_null() | (CardReader.window == member.window_id)
    return bool(CardReader.select().where(of_window, CardReader.withdrawn_at.is_null()).exists())


def add(member: StaffMember, form: ReaderForm) -> None:
    """Register a reader. Raises Refused: FORBIDDEN, INVALID_INPUT with every wrong field."""
    require(member, Permission.WRITE_STAFF)
    refused = RefusedFields()
    for name in ("name", "serial"):
        if not 1 <= len(getattr(form, name).strip()) <= LONGEST:
            refused.refuse(invalid("card_readers.any.required", field=name, most=LONGEST))
    key = refused.attempt(lambda: _key_of(form.public_key))
    refused.raise_if_any()
    if form.window_id is not None:
        windows.get(form.window_id)
    try:
        with transaction():
            row = CardReader.create(
                name=form.name.strip(),
                serial=form.serial.strip(),
                public_key=key,
                window=form.window_id,
                added_at=clock.now(),
            )
            audit.write(
                "admin:card_reader:added",
                actor=member.actor,
                reader=row.id,
                serial=row.serial,
                window=form.window_id,
            )
    except IntegrityError:
        raise invalid("card_readers.serial.taken") from None


def withdraw(member: StaffMember, reader_id: int) -> None:
    """Let its readings count as typed from now on. Raises Refused: FORBIDDEN, NOT_FOUND."""
    require(member, Permission.WRITE_STAFF)
    in_use = (CardReader.id == reader_id) & CardReader.withdrawn_at.is_null()
    with transaction():
        if not CardReader.update(withdrawn_at=clock.now()).where(in_use).execute():
            raise Refused(Reason.NOT_FOUND)
        audit.write("admin:card_reader:withdrawn", actor=member.actor, reader=reader_id)


def _key_of(text: str) -> str:
    """Return the key's 32 bytes in hexadecimal. Raises Refused INVALID_INPUT on ``public_key``."""
    words = text.strip()
    try:
        if words.startswith("-----BEGIN"):
            key = load_pem_public_key(words.encode())
            if not isinstance(key, Ed25519PublicKey):
                raise invalid("card_readers.public_key.wrong_form")
            return key.public_bytes_raw().hex()
        is_hex = len(words) == 2 * _KEY_BYTES
        content = bytes.fromhex(words) if is_hex else base64.b64decode(words, validate=True)
        if len(content) != _KEY_BYTES:
            raise invalid("card_readers.public_key.wrong_form")
        return content.hex()
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise invalid("card_readers.public_key.wrong_form") from None
