"""Errors on users' phones, as the mini program reported them."""

from datetime import datetime
from typing import Any, NamedTuple

from peewee import BigAutoField, CharField, ForeignKeyField, fn

from models.accounts.accounts import Account
from models.storage.database import InstantField, Model
from models.storage.deterministic import WECHAT_USER, DeterministicField, asked_by


class ClientReport(Model):
    """One report; ``detail`` is masked before it is stored."""

    id = BigAutoField()
    openid = DeterministicField(WECHAT_USER, null=True, index=True)
    account = ForeignKeyField(Account, null=True, index=True)
    kind = CharField(max_length=16)
    step = CharField(max_length=64)
    detail = CharField(max_length=500, default="")
    reported_at = InstantField(index=True)

    class Meta:
        table_name = "client_report"


class ReportRow(NamedTuple):
    """The columns read of a report."""

    kind: str
    step: str
    reported_at: datetime


def last(openid: str | None, account_id: int | None, since_ms: int, most: int) -> list[ReportRow]:
    """Return the reports of a WeChat user and of an account since then, newest first."""
    r = ClientReport
    query: Any = r.select(r.kind, r.step, r.reported_at).where(
        asked_by(r, openid, account_id), r.reported_at > since_ms
    )
    return [ReportRow(*row) for row in query.order_by(r.id.desc()).limit(most).tuples()]


def users_at(step: str, since: datetime) -> int:
    """Return how many WeChat users have reported this step since then."""
    r = ClientReport
    reported = (r.step == step) & (r.reported_at > since)
    return int(r.select(fn.COUNT(fn.DISTINCT(r.openid))).where(reported).scalar())
