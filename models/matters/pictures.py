"""Pictures of decisions: signatures, desk photos, cards and notarised papers."""

from peewee import BigAutoField, BlobField, CharField, ForeignKeyField, IntegerField

from models.matters.decisions import NOTARISED, Decision
from models.matters.matters import ACCEPTED, Matter
from models.storage.database import InstantField, Model
from models.storage.fields import EncryptedField


class MatterPicture(Model):
    """One picture of a decision, encrypted under a key of its own.

    Key rotation re-encrypts only that key; deleting the row makes every copy of the picture
    unreadable. The decision keeps ``sha256``.
    """

    id = BigAutoField()
    decision = ForeignKeyField(Decision, index=True)
    decision_id: int
    # ``signature``, ``photo``, ``card_1``, ``scan_1`` and so on, unique in its decision.
    name = CharField(max_length=24)
    added_at = InstantField()
    sha256 = CharField(max_length=64)
    size = IntegerField()
    key = EncryptedField("matter_picture.key")
    content = BlobField()

    class Meta:
        table_name = "matter_picture"
        indexes = ((("decision", "name"), True),)


def decisions_by_consent(account_id: int) -> list[Decision]:
    """Return the account's decisions whose pictures are kept by its consent alone.

    Those of accepted matters belong to the registration file, and notarised papers are filed by
    statute (市场主体登记管理条例实施细则 art. 16).
    """
    query = (
        Decision.select(Decision)
        .join(MatterPicture)
        .switch(Decision)
        .join(Matter)
        .where(
            (Decision.account == account_id)
            & (Decision.way != NOTARISED)
            & (Matter.state != ACCEPTED)
        )
        .distinct()
        .order_by(Decision.id)
    )
    return list(query)
