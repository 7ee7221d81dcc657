"""Errors on users' phones, as the mini program reported them."""

from datetime import datetime
from typing import Any, NamedTuple

from peewee import BigAutoField, CharField, ForeignKeyField

from models.accounts.accounts import Account
from models.storage.compiled import Compiled, Parameter, asked_by
from models.storage.database import InstantField, Model, instant
from models.storage.deterministic import WECHAT_USER, DeterministicField


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
    rows = _last.rows(openid=openid, account_id=account_id, since_ms=since_ms, most=most)
    return [ReportRow(kind, step, instant(reported)) for kind, step, reported in rows]


@Compiled
def _last() -> Any:
    r = ClientReport
    return (
        r.select(r.kind, r.step, r.reported_at)
        .where(asked_by(r), r.reported_at > Parameter("since_ms"))
        .order_by(r.id.desc())
        .limit(Parameter("most"))
    )
