"""A register of names in the tables, and checks of full names against it."""

from collections.abc import Iterable
from datetime import date
from functools import cache

from faq.content import seed
from miniprogram_api.names import divisions, library
from miniprogram_api.names.findings import Finding
from miniprogram_api.names.lists import EqualRow, Lists, TradeRow
from miniprogram_api.names.parts import cut
from miniprogram_api.names.register.importing import Line, NameImport

TODAY = date(2026, 12, 1)
SEAT = "110105"


TRADES = {
    "C15": ("酒业", "白酒", "酒", "饮料"),
    "F51": ("商贸", "贸易"),
    "H62": ("餐饮", "餐饮管理"),
    "K70": ("房地产", "地产", "置业"),
    "L72": ("旅行社", "广告"),
    "": ("实业", "发展"),
}


@cache
def lists() -> Lists:
    """Return the shipped rules with a few trades."""
    trades = tuple(
        TradeRow(code=code, title=code or "other", words=words) for code, words in TRADES.items()
    )
    equal = (
        EqualRow(title="1", words=("房地产", "地产", "置业")),
        EqualRow(title="2", words=("酒业", "白酒", "酒")),
    )
    return Lists(seed.load().name_rules, (), trades, equal, "test")


def row(
    name: str,
    status: str = "registered",
    since: str = "2020-01-01",
    district: str = SEAT,
    until: str = "",
) -> tuple[str, ...]:
    """Return the cells of a row."""
    return name, district, status, since, "", until


def fill(rows: Iterable[tuple[str, ...]], *, replace: bool = False) -> NameImport:
    """Import rows; return the import with its counts."""
    importing = NameImport(lists(), replace=replace)
    lines = [Line(number, cells) for number, cells in enumerate(rows, start=2)]
    for _refused in importing.run([lines]):
        pass
    importing.finish(TODAY, actor="test")
    return importing


def compare(
    name: str, *, seat: str = SEAT, investors: Iterable[str] = (), today: date = TODAY
) -> tuple[Finding, ...]:
    """Return what a full name collides with."""
    scope = library.scope_of(divisions.by_code()[seat])
    parts = cut(name, lists(), seat).parts
    return library.compare(parts, lists=lists(), scope=scope, investors=investors, today=today)


def rules_of(name: str, **options: object) -> list[str]:
    """Return the rules of what a full name collides with, in order."""
    return [finding.rule for finding in compare(name, **options)]  # type: ignore[arg-type]
