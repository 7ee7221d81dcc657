"""What desks capture of people: pictures of acts, card readers and the nonces for them."""

from typing import Any

from peewee import BigAutoField, BlobField, CharField, ForeignKeyField, IntegerField

from models.desks.staff import StaffMember
from models.desks.windows import ServiceWindow
from models.second_person import SecondPersonRequest
from models.storage.database import InstantField, Model
from models.storage.fields import EncryptedField


class DeskPicture(Model):
    """One picture of an act at a desk, encrypted under a key of its own.

    Key rotation re-encrypts only that key; deleting the row makes every copy of the picture
    unreadable. The line of the ledger keeps ``sha256``.
    """

    id = BigAutoField()
    request = ForeignKeyField(SecondPersonRequest, index=True)
    request_id: int
    # ``photo``, ``card_front``, ``card_back``, ``guardian_proof``, ``chip_photo``.
    name = CharField(max_length=24)
    added_at = InstantField()
    sha256 = CharField(max_length=64)
    size = IntegerField()
    key = EncryptedField("desk_picture.key")
    content = BlobField()

    class Meta:
        table_name = "desk_picture"
        indexes = ((("request", "name"), True),)


class CardReader(Model):
    """A card reader that an administrator registered; readings of others count as typed."""

    id = BigAutoField()
    name = CharField(max_length=64)
    # As the reader sends it.
    serial = CharField(max_length=64, unique=True)
    # Ed25519, 32 bytes in hexadecimal.
    public_key = CharField(max_length=64)
    window: Any = ForeignKeyField(ServiceWindow, null=True)
    window_id: int | None
    added_at = InstantField()
    withdrawn_at = InstantField(null=True)

    class Meta:
        table_name = "card_reader"


class CardNonce(Model):
    """A value that a reader has to sign, for one act of one member of staff."""

    nonce_hash = BlobField(primary_key=True)
    member = ForeignKeyField(StaffMember)
    member_id: int
    created_at = InstantField()
    expires_at = InstantField(index=True)

    class Meta:
        table_name = "card_nonce"
