"""What the carrier reported of a sent SMS: columns that codes, notices and messages have."""

from peewee import CharField

from models.storage.database import InstantField, Model

DELIVERED = "delivered"
FAILED = "failed"


class Reported(Model):
    """A row that was sent by SMS; the report comes seconds to days later, or never."""

    # The vendor that took it, and its number of the message.
    sms_vendor = CharField(max_length=16, null=True)
    sms_serial = CharField(max_length=64, null=True)
    # DELIVERED, FAILED, or null: nothing is known yet.
    report = CharField(max_length=12, null=True)
    # Why it failed, such as ``powered_off``.
    report_reason = CharField(max_length=16, null=True)
    # When the phone got it, or when the carrier gave it up.
    reported_at = InstantField(null=True)


def index(*tables: type[Reported]) -> None:
    """Add the index by which messages without a report are found."""
    for table in tables:
        is_awaited = table.sms_serial.is_null(False) & table.report.is_null()
        name = f"{table._meta.table_name}_unreported"
        table.add_index(table.sms_serial, where=is_awaited, name=name)


def note_accepted(table: type[Reported], row_id: int, vendor: str, serial: str) -> None:
    """Store by which number the vendor knows an accepted message."""
    values = {"sms_vendor": vendor, "sms_serial": serial}
    table.update(values).where(table._meta.primary_key == row_id).execute()
