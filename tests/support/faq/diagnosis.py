"""Diagnosis of a test user, by the rules and without a matcher."""

from collections.abc import Callable
from typing import Any

from faq.content.entries import Content, Entry
from faq.diagnosis.asker import Asker
from faq.diagnosis.diagnosing import diagnose
from faq.diagnosis.findings import Diagnosis
from faq.matching.match import Match, Option
from miniprogram_api.access import refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services


def asker_of(session: SessionInfo) -> Asker:
    return Asker(session.openid, session.account_id, address=session.address)


def match_of(content: Content, *slugs: str, vague: bool = False, confidence: float = 1.0) -> Match:
    """Return the match of a wording that means the first entry, or possibly another."""
    entries = [content.by_slug[slug] for slug in slugs]
    rest = (1 - confidence) / max(1, len(entries) - 1)
    candidates = tuple(
        Option(entry, rest if number else confidence) for number, entry in enumerate(entries)
    )
    return Match(
        "answer",
        confidence,
        entries[0],
        nearest=tuple(entries),
        candidates=candidates,
        vague=vague,
    )


def with_entry(content: Content, slug: str, **changes: Any) -> Content:
    """Return the content with an edited entry, or with a new one: a copy of the first."""
    entries = {e.slug: e.model_dump(by_alias=True, exclude_none=True) for e in content.entries}
    old = entries.get(slug, entries[content.entries[0].slug])
    entries[slug] = {**old, "slug": slug, **changes}
    changed = [Entry.model_validate(entry) for entry in entries.values()]
    return Content.model_construct(**{**dict(content), "entries": tuple(changed)})


class Bot:
    """Ask about one matter as one user."""

    def __init__(self, services: Services, content: Content, session: SessionInfo | None) -> None:
        self.services, self.content = services, content
        self.session = session

    @property
    def asker(self) -> Asker:
        """Build the asker anew for each question, as for every message."""
        return Asker(None, None) if self.session is None else asker_of(self.session)

    def look(self, *slugs: str, question: str = "怎么办", **options: Any) -> Diagnosis:
        return self.diagnose(match_of(self.content, *slugs, **options), question)

    def diagnose(self, match: Match, question: str = "怎么办") -> Diagnosis:
        return diagnose(self.services, self.asker, match, question, self.content)

    def case(self, *slugs: str, **options: Any) -> int | None:
        """Return the case that the record decides on for a vague wording."""
        decided = self.look(*slugs, vague=True, **options).decided
        return None if decided is None else decided.case

    def codes(self, *slugs: str, **options: Any) -> list[str]:
        """Return the codes of the findings."""
        return [finding.code for finding in self.look(*slugs, **options).findings]

    def message(self, *slugs: str, **options: Any) -> str:
        """Return the first finding's message."""
        return self.look(*slugs, **options).findings[0].message


def noted(session: SessionInfo, call: Callable[[], object], phone: str = "") -> Refused:
    """Make a call that is refused, record the refusal as the endpoint does, and return it."""
    try:
        call()
    except Refused as no:
        refusals.note(session, no, phone)
        return no
    raise AssertionError("Nothing was refused.")
