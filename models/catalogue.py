"""What a district adds to an item of the service catalogue."""

from peewee import CharField, CompositeKey

from models.storage.database import InstantField, Model


class CatalogueOverride(Model):
    """The local fields of one item; empty ones are unknown."""

    district = CharField(max_length=32)
    code = CharField(max_length=50)
    item_code = CharField(max_length=64, default="")
    online_url = CharField(max_length=300, default="")
    promised = CharField(max_length=200, default="")
    materials_note = CharField(max_length=300, default="")
    note = CharField(max_length=300, default="")
    changed_at = InstantField()

    class Meta:
        table_name = "catalogue_override"
        primary_key = CompositeKey("district", "code")
