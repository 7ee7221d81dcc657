"""Incidents of security: what happened, when it was known, who was told when."""

from peewee import BigAutoField, BigIntegerField, CharField, IntegerField, TextField

from models.storage.database import InstantField, Model


class Incident(Model):
    """One incident; no text of it names a user: ``persons`` says how they are found."""

    id = BigAutoField()
    title = CharField(max_length=60)
    kind = CharField(max_length=16)
    description = TextField()
    measures = TextField(default="")
    known_at = InstantField()
    # JSON: the query that finds the accounts concerned; null until it is chosen.
    persons = TextField(null=True)
    reported_at = InstantField(null=True)
    # To whom, by which way, with which number; or why no report is due.
    reported_as = TextField(default="")
    # The member that asks for the notice by SMS; another one begins it.
    notice_asked_by = CharField(max_length=64, default="")
    # The notice by SMS: when it was begun, the last account and the number of those told.
    notice_at = InstantField(null=True)
    notice_through = BigIntegerField(default=0)
    notice_count = IntegerField(default=0)
    # Why persons are not told; empty where they are.
    no_notice = TextField(default="")
    closed_at = InstantField(null=True, index=True)
    closing_report = TextField(default="")
    entered_at = InstantField()
    entered_by = CharField(max_length=64)

    class Meta:
        table_name = "incident"
