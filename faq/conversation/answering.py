"""Answer a question in one message and store both."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from faq.content import markup
from faq.content.entries import Content, Entry, Point, distinct, without
from faq.content.window_lookup import Places, finder, with_windows
from faq.conversation import conversations, messages
from faq.conversation.conversations import CONVERSATION_ID as CONVERSATION_ID
from faq.conversation.conversations import Conversation
from faq.conversation.turns import deciding, people
from faq.conversation.turns.turn import Kind, Option, Response, Turn
from faq.diagnosis import findings
from faq.diagnosis.asker import Asker
from faq.language.text import LONGEST_QUESTION
from faq.release.publishing import Published, serving
from miniprogram_api import clock
from miniprogram_api.access import visitors
from miniprogram_api.accounts import accounts
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services
from models.faq.messages import NEW, NewMessage

# Limit of a customer-service message of WeChat.
MOST_BYTES = 2048
MOST_ACTIONS = 5

_CONFIDENCE_DIGITS = 4


class Answer(NamedTuple):
    """An answer with the fields of the HTTP contract.

    `case`, `slug`, `title`: the entry of an `answer`, else None; `title` also None where the entry
    is outdated. `confidence`: 0-1. `options`: choices of a `clarify`, or the
    other question of an answer. `point`: the point that is told. `version`: number of the
    release. `answer_html`, `steps_html`: see `markup`. `images`: URLs, described by `image_texts`.
    """

    conversation_id: str
    message_id: str
    kind: Kind
    case: int | None
    slug: str | None
    title: str | None
    answer: str
    steps: list[str]
    confidence: float
    diagnosis: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    related: list[dict[str, str]]
    options: list[dict[str, Any]]
    version: int
    answer_html: str = ""
    steps_html: Sequence[str] = ()
    images: Sequence[str] = ()
    image_texts: Sequence[str] = ()
    point: dict[str, str] | None = None

    def as_text(self, options: Sequence[Option] = ()) -> str:
        """Return the answer as plain text, whole lines up to the limit of a WeChat message.

        ``options``: those that get a number; a question names its replies itself.
        """
        lines = [finding["message"] for finding in self.diagnosis]
        lines.append(self.answer)
        titles = [option.title for option in options]
        lines += [f"{number}. {line}" for number, line in enumerate([*self.steps, *titles], 1)]
        return "\n".join(_first_that_fit(lines, MOST_BYTES + 1))


def ask(
    services: Services,
    question: str,
    conversation_id: str | None,
    asker: Asker,
    address: str = "",
) -> Answer:
    """Answer the first 500 characters of `question` from the current release.

    `conversation_id`: None begins a conversation. `address`: the caller's IP address. Raises
    Refused: TOO_MANY_ATTEMPTS for the questions of visitors of one address, NOT_FOUND for a
    conversation of another asker, SERVICE_UNAVAILABLE without a release.
    """
    visitors.count(services, "questions", asker, address)
    if conversation_id is None:
        conversation = conversations.begin(asker)
    else:
        conversation = conversations.resume(conversation_id, asker)
    return _answer(services, question, conversation, asker, address)


def ask_in_chat(services: Services, question: str, openid: str) -> Answer:
    """Answer a WeChat chat message, as `ask`; the openid identifies the conversation."""
    asker = Asker(openid, accounts.bound_to(openid))
    conversation = conversations.in_chat(asker, openid)
    return _answer(services, question, conversation, asker, address="")


def asks_for_people(question: str) -> bool:
    """Return whether a message asks for a human; False without a release.

    Messages of distress are left to the bot, which answers at once and hands over itself.
    """
    try:
        return people.is_call(serving(), question)
    except Refused:
        return False


def _answer(
    services: Services, question: str, conversation: Conversation, asker: Asker, address: str
) -> Answer:
    published = serving()
    message_id = conversations.new_id()
    question = question[:LONGEST_QUESTION]
    response = deciding.respond(
        Turn(services, published, conversation, asker, question, message_id, address)
    )
    find = finder(openid=asker.openid, account_id=asker.account_id, text=question)
    answer = answer_of(response, conversation.id, message_id, published, find)
    _store(conversation, asker, question, response, answer)
    return answer


def answer_of(
    response: Response,
    conversation_id: str,
    message_id: str,
    published: Published,
    find: Callable[[], Places],
) -> Answer:
    """Return a response in the form of the API; `find`: `window_lookup.finder` for the asker."""
    response = _with_replies(response, published.content)
    entry = response.entry
    diagnosis: list[dict[str, Any]] = []
    if entry is not None and _is_verbatim(response, entry):
        shown = entry.form
    else:
        shown, diagnosis = _fit_message(response)
    return Answer(
        conversation_id=conversation_id,
        message_id=message_id,
        kind=response.kind,
        case=None if entry is None else entry.case,
        slug=None if entry is None else entry.slug,
        title=None if entry is None or response.diagnosis.instead is not None else entry.title,
        confidence=round(response.confidence, _CONFIDENCE_DIGITS),
        diagnosis=diagnosis,
        actions=with_windows(_actions(response), find),
        related=[{"slug": related.slug, "title": related.title} for related in response.related],
        options=[_option(option) for option in response.options],
        version=published.number,
        point=_point(response.point),
        **shown,
    )


def _with_replies(response: Response, content: Content) -> Response:
    """Offer the replies to a question of the bot, 是 and 不是, as options."""
    asked = response.diagnosis.question_back or content.question(response.asks or "")
    if asked is None or response.options:
        return response
    replies = [(content.by_slug.get(reply.entry), reply.label) for reply in asked.replies]
    options = tuple(Option(entry, label=label) for entry, label in replies if entry is not None)
    return replace(response, options=options)


def _option(option: Option) -> dict[str, Any]:
    entry = option.entry
    return {
        "slug": entry.slug,
        "case": entry.case,
        "title": option.title,
        "point": _point(option.point),
    }


def _point(point: Point | None) -> dict[str, str] | None:
    return None if point is None else {"id": point.id, "question": point.question}


def _store(
    conversation: Conversation,
    asker: Asker,
    question: str,
    response: Response,
    answer: Answer,
) -> None:
    # An unchanged entry has its text precomputed.
    entry = response.entry
    whole = entry.message if entry is not None and _is_verbatim(response, entry) else None
    message = NewMessage(
        message_id=answer.message_id,
        conversation_id=conversation.id,
        openid=asker.openid,
        account_id=asker.account_id,
        asked_at=clock.now(),
        question=messages.masked(question, asker),
        answer=whole or answer.as_text(response.options),
        kind=answer.kind,
        slug=answer.slug,
        case=answer.case,
        confidence=answer.confidence,
        version=answer.version,
        memory=conversations.dump_memory(response.memory),
        concern=response.concern,
        state=None if response.concern is None else NEW,
        missing=response.missing,
        findings=findings.dump(response.diagnosis),
    )
    messages.store(message, response.choice)


def _is_verbatim(response: Response, entry: Entry) -> bool:
    """Return whether the response is the unchanged entry alone."""
    diagnosis = response.diagnosis
    return (
        response.steps is entry.plain_steps
        and response.text is entry.plain_answer
        and diagnosis.question_back is None
        and not diagnosis.findings
        and not response.options
        and entry.size <= MOST_BYTES
    )


def _fit_message(response: Response) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the content and findings that fit in one message, dropping the last steps first."""
    asked = response.diagnosis.question_back
    text = response.text if asked is None else f"{response.text}\n{asked.text}"
    seen = [finding.as_json() for finding in response.diagnosis.findings]
    titles = [f"{number}. {option.title}" for number, option in enumerate(response.options, 1)]
    room = MOST_BYTES + 1 - _size([text, *titles])
    messages = _first_that_fit([finding["message"] for finding in seen], room)
    steps = [f"{number}. {step}" for number, step in enumerate(response.steps, 1)]
    fitting = _first_that_fit(steps, room - _size(messages))
    shown = _with_markup(response, text, list(response.steps[: len(fitting)]))
    return shown, seen[: len(messages)]


def _with_markup(response: Response, text: str, steps: list[str]) -> dict[str, Any]:
    """Return text and steps with their HTML, and the pictures of a complete answer."""
    entry = response.entry
    html = {} if entry is None else entry.html
    # A question of the diagnosis may follow the entry's answer.
    rest = text.removeprefix(response.text)
    answer = html.get(response.text) or markup.escaped(response.text)
    pictures: dict[str, list[str]] = {"images": [], "image_texts": []}
    if entry is not None and response.text == entry.plain_answer:
        pictures = entry.pictures
    return {
        "answer": text,
        "steps": steps,
        "answer_html": answer + markup.escaped(rest),
        "steps_html": [html.get(step) or markup.escaped(step) for step in steps],
        **pictures,
    }


def _first_that_fit(lines: list[str], room: int) -> list[str]:
    """Return as many lines as fit in `room` bytes, line ends included."""
    while lines and _size(lines) > room:
        lines = lines[:-1]
    return lines


def _size(lines: list[str]) -> int:
    return len("\n".join(lines).encode()) + 1 if lines else 0


def _actions(response: Response) -> list[dict[str, str]]:
    """Return up to five distinct buttons: of the diagnosis, then of the entry unless hidden."""
    entry, advised, hidden = response.entry, response.diagnosis.actions, response.diagnosis.hidden
    if entry is None or response.actions is not entry.actions:
        own = [action.as_json() for action in response.actions]
    elif not advised and not hidden:
        return entry.buttons
    else:
        own = entry.buttons
    return distinct(advised, without(own, hidden))[:MOST_ACTIONS]
