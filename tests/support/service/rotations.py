"""Rows in every table, and rotations of their keys."""

from datetime import timedelta
from typing import Any

from peewee import (
    AutoField,
    BlobField,
    BooleanField,
    FloatField,
    ForeignKeyField,
    IntegerField,
)

from miniprogram_api import clock
from miniprogram_api.accounts import cancellation
from miniprogram_api.operations import key_rotation
from miniprogram_api.operations.key_rotation import Outcome, Usage
from models.accounts.accounts import Account
from models.accounts.idempotency import IdempotentCall
from models.accounts.sms_codes import PhoneProofToken, SmsCode
from models.accounts.verifications import FaceChallenge, IdentityCheck, IdentityClaim
from models.desks.audit import AuditEntry
from models.outbox import Notice
from models.storage import stored_values
from models.storage.database import DayField, InstantField, Model, database
from models.storage.fields import BlindIndexField, EncryptedField
from models.storage.inventory import all_tables
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.people.registrations import sent_code

ADDRESS = "192.0.2.7"


def rotate(**options: bool) -> Outcome:
    return key_rotation.rotate(lambda _rows: None, **options)


def left() -> list[Usage]:
    return key_rotation.outdated(key_rotation.survey())


def fill_all_tables() -> None:
    """Write at least one value into every column for personal data."""
    someone, gone = person(number=1), person("李四", number=2)
    account = account_of(someone, username="Zhang_San", username_index="Zhang_San")
    cancellation.cancel_by_hand(account_of(gone).id, "搬家了", actor="command")
    now = clock.now()
    Account.update(wechat_openid="openid").where(Account.id == account.id).execute()
    sent_code(someone.phone)
    SmsCode.update(openid="openid").execute()
    PhoneProofToken.insert(
        token_hash=b"proof",
        phone=someone.phone,
        phone_index=someone.phone,
        method="manual",
        openid="openid",
        name=someone.name,
        id_number=someone.id_number,
        identity_index=someone.id_number,
        created_at=now,
        expires_at=now,
    ).execute()
    Notice.insert(account=account.id, kind="x", phone=someone.phone, created_at=now).execute()
    FaceChallenge.insert(
        id="challenge",
        account=account.id,
        openid="openid",
        session_hash=b"session",
        mode="wechat",
        verify_id="verify-id",
        name=someone.name,
        id_number=someone.id_number,
        identity_index=someone.id_number,
        created_at=now,
        expires_at=now,
    ).execute()
    IdempotentCall.insert(
        key_hash=b"call",
        body_digest=b"digest",
        holder="me",
        created_at=now,
        lease_until=now,
        status=200,
        body="{}",
    ).execute()
    IdentityCheck.insert(
        id_number=someone.id_number,
        identity_index=someone.id_number,
        openid="openid",
        purpose="register",
        checked_at=now,
        outcome="match",
        source="test",
        long_term=False,
        name_has_dot=False,
    ).execute()
    IdentityClaim.insert(
        identity_index=gone.id_number, holder=b"dead", lease_until=now - timedelta(seconds=1)
    ).execute()
    for model in all_tables():
        if not model.select().exists():
            model.insert(_any_row(model, someone.id_number)).execute()


def _any_row(model: type[Model], text: str) -> dict[str, Any]:
    """Return a value for each column of a table."""
    return {
        field.name: _any_value(field, text)
        for field in model._meta.sorted_fields
        if not isinstance(field, AutoField)
    }


def _any_value(field: Any, text: str) -> Any:
    if isinstance(field, ForeignKeyField):
        # Referenced tables come first.
        return field.rel_model.select().first()
    if isinstance(field, EncryptedField | BlindIndexField):
        return text
    if isinstance(field, InstantField):
        return clock.now()
    if isinstance(field, DayField):
        return clock.today()
    if isinstance(field, BlobField):
        return b"value"
    if isinstance(field, BooleanField):
        return False
    return 1 if isinstance(field, IntegerField | FloatField) else "1"


def everything() -> dict[str, list[str]]:
    """Return all rows as the models read them, without blind indexes and rotation columns."""
    return {
        model._meta.table_name: sorted(
            repr([value for name, value in row.__data__.items() if not name.endswith("_index")])
            for row in model.select()
        )
        for model in all_tables()
        if model not in (AuditEntry, IdentityClaim)
    }


def raw_rows() -> list[tuple[object, ...]]:
    """Return every row with personal data as stored."""
    rows: list[tuple[object, ...]] = []
    for table in stored_values.tables():
        for row in database.execute_sql(f'SELECT * FROM "{table.name}"').fetchall():
            rows.append((table.name, *(bytes(v) if isinstance(v, memoryview) else v for v in row)))
    return sorted(rows, key=repr)
