"""What is sent until it was sent or given up: the columns that every such table has."""

from peewee import BigAutoField, CharField, IntegerField

from models.storage.database import InstantField, Model
from models.storage.origin import RequestField


class Deliverable(Model):
    """A row that the worker sends; it is due while ``due_at`` is not null.

    ``done_at`` and ``failed_at`` end it; a failed one waits for an operator.
    """

    id = BigAutoField()
    due_at = InstantField(null=True)
    # The start of the attempts; an operator's retry begins them anew.
    since = InstantField(null=True)
    leased_until = InstantField(null=True)
    attempts = IntegerField(default=0)
    # Set right before the call outside where a repetition would be a second message.
    handed_over_at = InstantField(null=True)
    done_at = InstantField(null=True)
    failed_at = InstantField(null=True)
    # What the other side answered to the last attempt, WeChat's errcode or an HTTP status; 0: none.
    code = IntegerField(default=0)
    # The kind of the exception that ended the last attempt.
    last_error = CharField(max_length=255, default="")
    request_id = RequestField()


def index(*tables: type[Deliverable]) -> None:
    """Add the indexes by which waiting and failed rows are found."""
    for table in tables:
        name = table._meta.table_name
        for column, ending in ((table.due_at, "due"), (table.failed_at, "failed")):
            table.add_index(column, where=column.is_null(False), name=f"{name}_{ending}")
