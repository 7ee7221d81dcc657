"""A question in, one message's worth of answer out.

Nothing of the question is repeated in the answer, so nothing of it needs escaping.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from faq.asker import Asker
from faq.entries import Action, Entry
from faq.matching import Match
from faq.publishing import Published, current
from miniprogram_api.services import Services

CONVERSATION_ID = r"^[A-Za-z0-9_-]{22}$"
"""The form of the ids of conversations and messages: 128 random bits."""

_ID_BYTES = 16
_CONFIDENCE_DIGITS = 4


@dataclass(frozen=True)
class Answer:
    """What the bot says, field by field as the HTTP contract has it.

    `case`, `slug`, `title`: the entry of an `answer`, else None. `confidence`: 0-1. `diagnosis`:
    what holds for this asker. `options`: what a `clarify` lets the asker choose from. `version`:
    the number of the release that answered.
    """

    conversation_id: str
    message_id: str
    kind: Literal["answer", "clarify", "fallback", "smalltalk"]
    case: int | None
    slug: str | None
    title: str | None
    answer: str
    steps: list[str]
    confidence: float
    diagnosis: list[dict[str, Any]]
    actions: list[dict[str, str]]
    related: list[dict[str, str]]
    options: list[dict[str, Any]]
    version: int


def ask(_services: Services, question: str, conversation_id: str | None, _asker: Asker) -> Answer:
    """Answer `question` from the release in force; its first 500 characters are read.

    `conversation_id`: the conversation that goes on; without one, or with one of another form than
    `CONVERSATION_ID`, a new one begins. Raises Refused: SERVICE_UNAVAILABLE when nothing was
    ever published.
    """
    return _answer(question, _conversation(conversation_id))


def ask_in_chat(_services: Services, question: str, openid: str) -> Answer:
    """Answer what a WeChat user wrote in the chat; the conversation is his openid."""
    return _answer(question, openid)


def _answer(question: str, conversation_id: str) -> Answer:
    published = current()
    match = published.matcher.match(question)
    said = _said(published, match)
    return Answer(
        conversation_id=conversation_id,
        message_id=_new_id(),
        kind=match.kind,
        case=match.entry.case if match.entry else None,
        slug=match.entry.slug if match.entry else None,
        title=match.entry.title if match.entry else None,
        answer=said.text,
        steps=list(match.entry.steps) if match.entry else [],
        confidence=round(match.confidence, _CONFIDENCE_DIGITS),
        diagnosis=[],
        actions=[action.as_json() for action in said.actions],
        related=[{"slug": entry.slug, "title": entry.title} for entry in said.related],
        options=[
            {"slug": entry.slug, "case": entry.case, "title": entry.title}
            for entry in match.options
        ],
        version=published.number,
    )


@dataclass(frozen=True)
class _Said:
    text: str
    actions: Iterable[Action] = ()
    related: Iterable[Entry] = ()


def _said(published: Published, match: Match) -> _Said:
    content = published.content
    replies = content.replies
    if match.entry is not None:
        related = [content.by_slug[slug] for slug in match.entry.related]
        return _Said(match.entry.answer, match.entry.actions, related)
    if match.topic is not None:
        return _Said(match.topic.answer)
    if match.kind == "clarify":
        return _Said(replies.clarify)
    if not match.readable:
        return _Said(replies.unreadable)
    if match.service is not None:
        return _Said(replies.about_other(match.service), related=match.nearest)
    return _Said(replies.unknown, replies.actions, match.nearest)


def _conversation(given: str | None) -> str:
    if given is not None and re.fullmatch(CONVERSATION_ID, given):
        return given
    return _new_id()


def _new_id() -> str:
    return secrets.token_urlsafe(_ID_BYTES)
