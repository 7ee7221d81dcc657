"""Identities that the information centre cleared although the source denies them."""

from peewee import BigAutoField, ForeignKeyField

from models.desks.tickets import Ticket
from models.storage.database import DayField, InstantField, Model
from models.storage.fields import BlindIndexField, EncryptedField


class IdentityClearance(Model):
    """Four elements that the centre confirmed although the source denies them."""

    id = BigAutoField()
    id_number = EncryptedField("identity_clearance.id_number")
    identity_index = BlindIndexField("identity", source="id_number", index=True)
    name = EncryptedField("identity_clearance.name")
    valid_from = DayField()
    valid_until = DayField(null=True)
    ticket = ForeignKeyField(Ticket)
    cleared_at = InstantField()
    expires_at = InstantField(index=True)

    ticket_id: int

    class Meta:
        table_name = "identity_clearance"
