"""Matters (业务), applications at registration authorities, and lines, a person in a post."""

from peewee import BigAutoField, BooleanField, CharField, ForeignKeyField, IntegerField

from models.accounts.accounts import Account
from models.desks.windows import ServiceWindow
from models.registrars import RegistrarKey
from models.storage.database import DayField, InstantField, Model
from models.storage.fields import BlindIndexField, EncryptedField

# States of a matter.
WAITING = "waiting"
CONFIRMED = "confirmed"
REFUSED = "refused"
ACCEPTED = "accepted"
WITHDRAWN = "withdrawn"
EXPIRED = "expired"
OPEN = (WAITING, CONFIRMED, REFUSED)

# States of a line; CONFIRMED and REFUSED as above.
PENDING = "pending"
LOST = "lost"


class Matter(Model):
    """One application. ``maker`` is ``system:KEY_ID`` or ``window:ID`` and owns ``number``.

    ``details`` is JSON: a list of label and value. ``office`` is the receiving window.
    """

    id = BigAutoField()
    # ``matter_id`` of the contract.
    public_id = CharField(max_length=32, unique=True)
    maker = CharField(max_length=48)
    # The system that made it and receives its events; null: a window.
    key = ForeignKeyField(RegistrarKey, null=True)
    key_id: str | None
    office = ForeignKeyField(ServiceWindow, null=True, index=True)
    office_id: int | None
    number = EncryptedField("matter.number")
    number_index = BlindIndexField("matter_number", source="number")
    kind = CharField(max_length=16)
    item_code = CharField(max_length=64, null=True)
    subject_name = EncryptedField("matter.subject_name")
    subject_type = CharField(max_length=64)
    subject_code = EncryptedField("matter.subject_code", null=True)
    district = CharField(max_length=32, null=True)
    details = EncryptedField("matter.details")
    version = IntegerField(default=1)
    # SHA-256 of the content without lines: a version with another digest restarts all lines.
    content_digest = CharField(max_length=64)
    # SHA-256 of the body that made it, by which a repeated call is recognised.
    body_digest = CharField(max_length=64)
    state = CharField(max_length=16, default=WAITING)
    created_at = InstantField()
    changed_at = InstantField()
    expires_at = InstantField()
    ended_at = InstantField(null=True, index=True)
    # The number of its events so far.
    sequence = IntegerField(default=0)
    # Free text, so it may name a person.
    withdrawal_reason = EncryptedField("matter.withdrawal_reason", null=True)
    # JSON: what each later version changed, a list of version, at, actor, fields and persons.
    edits = EncryptedField("matter.edits", null=True)
    # When a sheet was fetched first, from which its pictures are kept for MATTER_PICTURES_DAYS.
    sheet_fetched_at = InstantField(null=True)

    class Meta:
        table_name = "matter"
        indexes = ((("maker", "number_index"), True), (("state", "expires_at"), False))


class Line(Model):
    """One person in one post of a matter; lines of earlier versions have ``removed_in``."""

    id = BigAutoField()
    # ``line_id`` of the contract.
    public_id = CharField(max_length=32, unique=True)
    matter = ForeignKeyField(Matter, index=True)
    matter_id: int
    position = IntegerField()
    name = EncryptedField("matter_line.name")
    document_type = CharField(max_length=32)
    document_number = EncryptedField("matter_line.document_number")
    # The same index as accounts have, so that an account is found by it.
    document_index = BlindIndexField("identity", source="document_number", index=True)
    role = CharField(max_length=32)
    # JSON: name and code of the firm for which the person confirms.
    on_behalf_of = EncryptedField("matter_line.on_behalf_of", null=True)
    # JSON: name and document of a minor's guardian.
    guardian = EncryptedField("matter_line.guardian", null=True)
    phone = EncryptedField("matter_line.phone", null=True)
    # ``sent``, ``limit``, ``no_phone`` or ``failed``.
    invitation = CharField(max_length=16, null=True)
    reminded_at = InstantField(null=True)
    state = CharField(max_length=16, default=PENDING)
    # Why it is refused or lost; empty otherwise.
    reason = CharField(max_length=24, default="")
    confirmed_by = CharField(max_length=16, null=True)
    confirmed_at = InstantField(null=True)
    # Confirmed by the typed name in place of a signature.
    typed_name = BooleanField(default=False)
    # The account that confirmed it; null at a window for a document that needs none.
    account = ForeignKeyField(Account, null=True, index=True)
    account_id: int | None
    receipt = CharField(max_length=32, null=True, index=True)
    # JSON: the content that was confirmed before a later version changed it.
    confirmed_content = EncryptedField("matter_line.confirmed_content", null=True)
    # Accepted by the switch, which held until this day.
    switch_until = DayField(null=True)
    since_version = IntegerField(default=1)
    removed_in = IntegerField(null=True)

    class Meta:
        table_name = "matter_line"


Line.add_index(
    Line.confirmed_at, where=Line.confirmed_at.is_null(False), name="matter_line_confirmed"
)
