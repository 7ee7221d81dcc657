"""Members of staff with roles, credentials and sessions."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    ForeignKeyField,
)

from models.storage.database import InstantField, Model
from models.storage.fields import BlindIndexField, EncryptedField


class StaffMember(Model):
    """One member; ``roles`` are names joined by commas in alphabetical order."""

    id = BigAutoField()
    username = CharField(max_length=32)
    username_key = CharField(max_length=32, unique=True)
    name = EncryptedField("staff_member.name")
    password_hash = CharField(max_length=255)
    password_changed_at = InstantField()
    must_change_password = BooleanField(default=True)
    totp_secret = EncryptedField("staff_member.totp_secret", null=True)
    totp_confirmed_at = InstantField(null=True)
    # The last used TOTP time step; each step is accepted once.
    totp_last_step = BigIntegerField(null=True)
    # The member's own, so that they never decide their own matter.
    id_number = EncryptedField("staff_member.id_number", null=True)
    identity_index = BlindIndexField("identity", source="id_number", index=True, null=True)
    roles = CharField(max_length=128, default="")
    window_id = BigIntegerField(null=True, index=True)
    active = BooleanField(default=True)
    # When another member or a command last gave a password or a role; empty before 0.8.
    entrusted_at = InstantField(null=True)
    created_at = InstantField()

    class Meta:
        table_name = "staff_member"


class StaffRecoveryCode(Model):
    """A single-use code that replaces a lost phone; stored as SHA-256."""

    code_hash = BlobField(primary_key=True)
    member = ForeignKeyField(StaffMember, index=True)
    used_at = InstantField(null=True)

    class Meta:
        table_name = "staff_recovery_code"


class StaffSession(Model):
    """A valid token; deleted when the session ends."""

    token_hash = BlobField(primary_key=True)
    member = ForeignKeyField(StaffMember, index=True)
    created_at = InstantField()
    last_seen_at = InstantField(index=True)
    # Opened or raised by a passkey.
    by_passkey = BooleanField(default=False)

    member_id: int

    class Meta:
        table_name = "staff_session"


class StaffPasskey(Model):
    """The public key of a WebAuthn credential of a member; the private one never leaves theirs."""

    id = BigAutoField()
    member = ForeignKeyField(StaffMember, index=True)
    credential_id = BlobField(unique=True)
    public_key = BlobField()
    sign_count = BigIntegerField()
    name = CharField(max_length=32)
    created_at = InstantField()
    last_used_at = InstantField(null=True)

    member_id: int

    class Meta:
        table_name = "staff_passkey"


class StaffPasskeyUse(Model):
    """A challenge that was answered, kept until it expires, so that it is accepted once."""

    challenge_hash = BlobField(primary_key=True)
    expires_at = InstantField(index=True)

    class Meta:
        table_name = "staff_passkey_use"


class StaffDevice(Model):
    """A browser in which a member signed in; several members may share its token.

    The token is stored as SHA-256 and replaced at each sign-in; ``id`` stays.
    """

    id = BigAutoField()
    token_hash = BlobField()
    member = ForeignKeyField(StaffMember, index=True)
    expires_at = InstantField(index=True)

    class Meta:
        table_name = "staff_device"
        indexes = ((("token_hash", "member"), True),)


def administrators() -> int:
    """Count the active administrators."""
    s = StaffMember
    return s.select().where(s.active & s.roles.contains("administrator")).count()
