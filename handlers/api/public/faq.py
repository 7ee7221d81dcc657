"""The FAQ: entries, questions to the bot, feedback and handover."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from faq.content import images
from faq.content.entries import Action, Entry
from faq.content.window_lookup import Places, finder, with_windows
from faq.conversation import answering, feedback, handover
from faq.conversation.conversations import CONVERSATION_ID
from faq.conversation.feedback import LONGEST_COMMENT
from faq.diagnosis.asker import ANONYMOUS, Asker
from faq.release.publishing import current, serving
from handlers.api.actions import ActionAnswer
from handlers.api.endpoint import Answer, Body, Call, File, Resource
from handlers.api.fields import NoControls, RawText
from handlers.auth import Auth
from miniprogram_api.access import visitors
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.tickets.tickets import Ticket

resource = Resource("faq")


_HTML = "The same as safe HTML (p, br, strong, code, ul, ol, li, a)."
_IMAGES = "Addresses of pictures; `image_texts` describes each of them."


class EntryAnswer(Answer):
    """A published entry."""

    slug: str
    case: Annotated[int, Field(ge=1)] | None
    title: str
    answer: str
    steps: list[str]
    answer_html: str = Field(description=_HTML)
    steps_html: list[str]
    images: list[str] = Field(description=_IMAGES)
    image_texts: list[str]
    actions: list[ActionAnswer]
    category: str


class EntriesAnswer(Answer):
    """The entries of release ``version``."""

    version: int
    entries: list[EntryAnswer]


class EntriesQuery(Body):
    """The category to list; all when missing."""

    category: RawText | None = None


class SuggestionsQuery(Body):
    """What was typed so far."""

    q: RawText = Field("", description="Only the first 50 characters are read.")


class SuggestionAnswer(Answer):
    """A title or example question, and its entry."""

    text: str
    slug: str


class SuggestionsAnswer(Answer):
    """The best suggestions, at most six."""

    version: int
    suggestions: list[SuggestionAnswer]


class RelatedAnswer(Answer):
    """A related entry."""

    slug: str
    title: str


class PointAnswer(Answer):
    """A point of an entry: a question of detail with a short answer."""

    id: str
    question: str


class OptionAnswer(Answer):
    """An entry, or a point of it, that the bot asks back about or that was asked, too."""

    slug: str
    case: Annotated[int, Field(ge=1)] | None
    title: str
    point: PointAnswer | None


class FindingAnswer(Answer):
    """A finding about the asker's own state."""

    code: str
    message: str
    severity: Literal["info", "warn", "block"]
    data: dict[str, Any]


class AskBody(Body):
    """A question to the bot."""

    question: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)] = Field(
        description="Only the first 500 characters are read."
    )
    conversation_id: Annotated[str, StringConstraints(pattern=CONVERSATION_ID)] | None = None


class AskAnswer(Answer):
    """The answer of the bot."""

    conversation_id: str
    message_id: str
    kind: Literal["answer", "clarify", "fallback", "smalltalk"]
    case: Annotated[int, Field(ge=1)] | None
    slug: str | None
    title: str | None
    answer: str
    steps: list[str]
    answer_html: str = Field(description=_HTML)
    steps_html: list[str]
    images: list[str] = Field(description=_IMAGES)
    image_texts: list[str]
    confidence: Annotated[float, Field(ge=0, le=1)]
    diagnosis: list[FindingAnswer]
    actions: list[ActionAnswer]
    related: list[RelatedAnswer]
    options: list[OptionAnswer]
    point: PointAnswer | None
    version: int


class FeedbackBody(Body):
    """A rating of an answer."""

    helpful: bool
    comment: (
        Annotated[
            str, StringConstraints(max_length=LONGEST_COMMENT, strip_whitespace=True), NoControls
        ]
        | None
    ) = Field(None, description="Why; personal data is masked.")


class HandoverBody(Body):
    """A request for a human."""

    contact: RawText | None = Field(None, description="A mobile number; required without a token.")
    district: RawText | None = Field(
        None, description="One of the windows'; by default that of the last ticket."
    )


@resource.get(
    "/faq/entries",
    auth=Auth.OPTIONAL,
    query=EntriesQuery,
    answer=EntriesAnswer,
    reasons=(Reason.TOO_MANY_ATTEMPTS,),
)
def list_faq_entries(call: Call, query: EntriesQuery) -> EntriesAnswer:
    """List the published entries, all or those of one category."""
    visitors.count(call.services, "entries", call.session, call.address)
    published, find = current(), finder()
    return EntriesAnswer(
        version=published.number,
        entries=[
            _entry(entry, find)
            for entry in published.entries
            if query.category is None or entry.category == query.category
        ],
    )


@resource.get(
    "/faq/entries/<slug>",
    auth=Auth.OPTIONAL,
    answer=EntryAnswer,
    reasons=(Reason.TOO_MANY_ATTEMPTS,),
)
def get_faq_entry(call: Call, slug: str) -> EntryAnswer:
    """Show a published entry."""
    visitors.count(call.services, "entries", call.session, call.address)
    entry = current().content.by_slug.get(slug)
    if entry is None:
        raise Refused(Reason.NOT_FOUND)
    return _entry(entry, finder())


@resource.get(
    "/faq/suggestions",
    auth=Auth.OPTIONAL,
    query=SuggestionsQuery,
    answer=SuggestionsAnswer,
    reasons=(Reason.TOO_MANY_ATTEMPTS,),
)
def suggest_faq_questions(call: Call, query: SuggestionsQuery) -> SuggestionsAnswer:
    """Suggest titles and example questions that fit what was typed, also in pinyin."""
    visitors.count(call.services, "suggestions", call.session, call.address)
    published = serving()
    return SuggestionsAnswer(
        version=published.number,
        suggestions=[
            SuggestionAnswer(text=one.text, slug=one.slug)
            for one in published.suggestions.find(query.q)
        ],
    )


@resource.get("/faq/images/<name>", auth=Auth.NONE, files=images.MEDIA_TYPES)
def get_faq_image(_call: Call, name: str) -> File:
    """Show a picture of an entry; it never changes."""
    return File(*images.find(name))


@resource.post(
    "/faq/ask",
    auth=Auth.OPTIONAL,
    body=AskBody,
    answer=AskAnswer,
    reasons=(Reason.NOT_FOUND, Reason.TOO_MANY_ATTEMPTS),
)
def ask_faq(call: Call, body: AskBody) -> dict[str, Any]:
    """Ask the bot: it answers, asks back with up to three options, declines or makes small talk."""
    answer = answering.ask(
        call.services, body.question, body.conversation_id, asker_of(call), call.address
    )
    # A dict, because validation by AskAnswer would slow down every question.
    return answer._asdict()


@resource.post(
    "/faq/messages/<message_id>/feedback",
    auth=Auth.OPTIONAL,
    body=FeedbackBody,
    reasons=(Reason.NOT_FOUND,),
)
def rate_faq_message(call: Call, message_id: str, body: FeedbackBody) -> None:
    """Rate whether an answer helped; a second rating replaces the first."""
    feedback.rate(call.services, message_id, asker_of(call), body.helpful, body.comment)


@resource.post(
    "/faq/conversations/<conversation_id>/handover",
    auth=Auth.OPTIONAL,
    body=HandoverBody,
    answer=Ticket,
    status=201,
    reasons=(Reason.NOT_FOUND, Reason.TOO_MANY_ATTEMPTS),
)
def hand_over_faq_conversation(call: Call, conversation_id: str, body: HandoverBody) -> Ticket:
    """Open a ticket with the conversation attached, or return the one that is open already."""
    return handover.request(
        call.services, conversation_id, asker_of(call), body.contact, call.address, body.district
    )


def asker_of(call: Call) -> Asker:
    """Return the caller as the bot knows them."""
    session = call.session
    if session is None:
        return ANONYMOUS
    return Asker(session.openid, session.account_id, session.account, session.address)


def _entry(entry: Entry, find: Callable[[], Places]) -> EntryAnswer:
    return EntryAnswer.model_validate(
        {
            "slug": entry.slug,
            "case": entry.case,
            "title": entry.title,
            "answer": entry.plain_answer,
            "steps": entry.plain_steps,
            "answer_html": entry.html[entry.plain_answer],
            "steps_html": [entry.html[step] for step in entry.plain_steps],
            **entry.pictures,
            "actions": with_windows(map(Action.as_json, entry.actions), find),
            "category": entry.category,
        }
    )
