"""Check names with the published lists."""

from collections.abc import Sequence
from functools import lru_cache

from faq.content import shipped
from faq.content.entries import Content
from faq.release.publishing import serving
from miniprogram_api import clock
from miniprogram_api.names import check as checking
from miniprogram_api.names import divisions, industries, library
from miniprogram_api.names import parts as cutting
from miniprogram_api.names.check import Candidate, Checked
from miniprogram_api.names.findings import Subject
from miniprogram_api.names.industries import Industry
from miniprogram_api.names.lists import Lists, RuleRow, is_judged
from miniprogram_api.names.parts import Cut
from miniprogram_api.texts import text
from models.names import Entry


def lists() -> Lists:
    """Return the published lists."""
    published = serving()
    return _compiled(published.digest, published.number)


def lists_of(content: Content, version: str) -> Lists:
    """Return the lists of any content, with the shipped rules that a program needs and it lacks."""
    codes = {row.rule for row in content.name_rules}
    lacking = [row for row in shipped.part("name_rules") if row["rule"] not in codes]
    needed = [RuleRow.model_validate(row) for row in lacking if is_judged(row["rule"])]
    return Lists(
        (*content.name_rules, *needed),
        content.name_allowed,
        content.name_trades,
        content.equal_trades,
        version,
    )


@lru_cache(maxsize=2)
def _compiled(digest: str, number: int) -> Lists:
    """Return the lists of the release in force; ``digest`` tells two databases' releases apart."""
    return lists_of(serving().content, text("names.version", number=number, digest=digest[:6]))


def check(
    district: str,
    candidates: Sequence[Candidate],
    subject: Subject | None = None,
    investors: Sequence[str] = (),
) -> Checked:
    """Check candidates today, see `miniprogram_api.names.check.check`."""
    return checking.check(
        district,
        candidates,
        subject,
        investors,
        lists=lists(),
        today=clock.today(),
        register=library,
    )


def entries(district: str, checked: Checked, investors: Sequence[str]) -> list[tuple[Entry, ...]]:
    """Return for each checked name what the register holds of its collisions, for staff alone."""
    if checked.not_compared:
        return [() for _ in checked.candidates]
    scope = library.scope_of(divisions.seat_of(district))
    return [
        library.entries(
            name.parts, lists=lists(), scope=scope, investors=investors, today=clock.today()
        )
        for name in checked.candidates
    ]


def cut(name: str, district: str | None = None) -> Cut:
    """Cut a full name; raises Refused INVALID_INPUT for an empty name or an unknown district."""
    return cutting.cut_typed(name, district, lists())


def search(query: str) -> tuple[Industry, ...]:
    """Return the trades that fit a query."""
    return industries.search(query, lists())
