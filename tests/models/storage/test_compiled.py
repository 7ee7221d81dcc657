"""Queries that are compiled once and run with their values."""

from datetime import datetime
from typing import Any

import pytest
from peewee import IntegrityError

from config import Settings
from models.accounts.accounts import Account
from models.accounts.number_ranges import NumberRange
from models.storage.compiled import Compiled, Parameter, parameters
from models.storage.database import SHANGHAI

WHEN = datetime(2026, 7, 1, tzinfo=SHANGHAI)


@Compiled
def add() -> Any:
    columns = parameters(NumberRange, "prefix", "supported_from", "changed_at")
    return NumberRange.insert(columns).returning(NumberRange.prefix)


@Compiled
def changed_since() -> Any:
    n = NumberRange
    query = n.select(n.prefix, n.supported_from, n.note, n.changed_at)
    return query.where(n.changed_at > Parameter("since"), n.note == "").order_by(n.prefix)


@Compiled
def change() -> Any:
    n = NumberRange
    return n.update(note=Parameter("note")).where(n.prefix == Parameter("prefix"))


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_compiled_queries_convert_values_and_keep_constants(tables: Settings) -> None:
    NumberRange.delete().execute()
    for prefix in ("1701", "1700"):
        assert add.first(prefix=prefix, supported_from=None, changed_at=WHEN) == (prefix,)
    stored = int(WHEN.timestamp() * 1000)
    assert changed_since.rows(since=stored - 1) == [
        ("1700", None, "", stored),
        ("1701", None, "", stored),
    ]
    assert changed_since.first(since=WHEN) is None
    values = [{"prefix": prefix, "note": "x"} for prefix in ("1700", "1702", "1701")]
    assert change.run_many(values) == 2
    assert changed_since.rows(since=0) == []


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_errors_are_those_of_peewee(tables: Settings) -> None:
    with pytest.raises(IntegrityError):
        add.rows(prefix="199", supported_from=None, changed_at=WHEN)
    assert Account.select().count() == 0
