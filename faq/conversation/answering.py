"""A question in, one message's worth of answer out, and everything of it kept.

Nothing of the question is repeated in the answer, so nothing of it needs escaping.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from faq.content import markup
from faq.content.entries import Entry, distinct, without
from faq.content.window_lookup import Places, finder, with_windows
from faq.conversation import conversations, messages
from faq.conversation.conversations import CONVERSATION_ID as CONVERSATION_ID
from faq.conversation.conversations import Conversation
from faq.conversation.turns import dialogue
from faq.conversation.turns.turn import Kind, Said, Turn
from faq.diagnosis.asker import Asker
from faq.language.text import LONGEST_QUESTION
from faq.release.publishing import serving
from miniprogram_api import clock
from miniprogram_api.accounts import accounts
from miniprogram_api.services import Services
from models.faq.messages import NEW, NewMessage

# What a customer-service message of WeChat holds.
MOST_BYTES = 2048
MOST_ACTIONS = 5

_CONFIDENCE_DIGITS = 4


class Answer(NamedTuple):
    """What the bot says, field by field as the HTTP contract has it.

    `case`, `slug`, `title`: the entry of an `answer`, else None; no `title` either where the entry
    is out of date. `confidence`: 0-1. `diagnosis`: what holds for this asker. `options`: what a
    `clarify` lets the asker choose from. `version`: the number of the release that answered.
    `answer_html`, `steps_html`: the same as `answer` and `steps` (see `markup`). `images`:
    addresses; `image_texts` says what each of them shows.
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

    def as_text(self) -> str:
        """The whole as plain text, cut between lines to what one message of WeChat holds."""
        lines = [finding["message"] for finding in self.diagnosis]
        lines.append(self.answer)
        titles = [option["title"] for option in self.options]
        lines += [f"{number}. {line}" for number, line in enumerate([*self.steps, *titles], 1)]
        return "\n".join(_first_that_fit(lines, MOST_BYTES + 1))


def ask(
    services: Services,
    question: str,
    conversation_id: str | None,
    asker: Asker,
    address: str = "",
) -> Answer:
    """Answer `question` from the release in force; its first 500 characters are read.

    `conversation_id`: the conversation that goes on; without one a new one begins. `address`: where
    the call comes from. Raises Refused: NOT_FOUND for a conversation that is not the asker's,
    SERVICE_UNAVAILABLE when nothing was ever published.
    """
    if conversation_id is None:
        conversation = conversations.begin(asker)
    else:
        conversation = conversations.resume(conversation_id, asker)
    return _answer(services, question, conversation, asker, address)


def ask_in_chat(services: Services, question: str, openid: str) -> Answer:
    """Answer what a WeChat user wrote in the chat; the conversation is his openid.

    Raises Refused: SERVICE_UNAVAILABLE when nothing was ever published.
    """
    asker = Asker(openid, accounts.bound_to(openid))
    conversation = conversations.in_chat(asker, openid)
    return _answer(services, question, conversation, asker, address="")


def _answer(
    services: Services, question: str, conversation: Conversation, asker: Asker, address: str
) -> Answer:
    published = serving()
    message_id = conversations.new_id()
    question = question[:LONGEST_QUESTION]
    said = dialogue.take(
        Turn(services, published, conversation, asker, question, message_id, address)
    )
    find = finder(openid=asker.openid, account_id=asker.account_id, text=question)
    answer = answer_of(said, conversation.id, message_id, published.number, find)
    _keep(conversation, asker, question, said, answer)
    return answer


def answer_of(
    said: Said,
    conversation_id: str,
    message_id: str,
    version: int,
    find: Callable[[], Places],
) -> Answer:
    """What was said, in the form that clients get; ``find`` is ``ways.finder`` for the asker."""
    entry = said.entry
    diagnosis: list[dict[str, Any]] = []
    if entry is not None and _is_whole(said, entry):
        shown = entry.form
    else:
        shown, diagnosis = _cut(said)
    return Answer(
        conversation_id=conversation_id,
        message_id=message_id,
        kind=said.kind,
        case=None if entry is None else entry.case,
        slug=None if entry is None else entry.slug,
        # A title that is out of date would contradict what is said below it.
        title=None if entry is None or said.found.instead else entry.title,
        confidence=round(said.confidence, _CONFIDENCE_DIGITS),
        diagnosis=diagnosis,
        actions=with_windows(_actions(said), find),
        related=[{"slug": related.slug, "title": related.title} for related in said.related],
        options=[
            {"slug": option.slug, "case": option.case, "title": option.title}
            for option in said.options
        ],
        version=version,
        **shown,
    )


def _keep(
    conversation: Conversation,
    asker: Asker,
    question: str,
    said: Said,
    answer: Answer,
) -> None:
    # The text of an entry that is said as it is was put together once.
    whole = said.entry.message if said.entry is not None and _is_whole(said, said.entry) else None
    message = NewMessage(
        message_id=answer.message_id,
        conversation_id=conversation.id,
        openid=asker.openid,
        account_id=asker.account_id,
        asked_at=clock.now(),
        question=messages.masked(question, asker),
        answer=whole or answer.as_text(),
        kind=answer.kind,
        slug=answer.slug,
        case=answer.case,
        confidence=answer.confidence,
        version=answer.version,
        memory=conversations.written(said.memory),
        concern=said.concern,
        state=None if said.concern is None else NEW,
    )
    messages.keep(message, said.choice)


def _is_whole(said: Said, entry: Entry) -> bool:
    """Whether the entry is said as it is, with nothing of the asker's beside it."""
    found = said.found
    return (
        said.steps is entry.plain_steps
        and said.text is entry.plain_answer
        and found.question_back is None
        and not found.findings
        and not said.options
        and entry.size <= MOST_BYTES
    )


def _cut(said: Said) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What is shown, and the findings, that together are one message: the last steps give way."""
    asked = said.found.question_back
    text = said.text if asked is None else f"{said.text}\n{asked.text}"
    findings = [finding.as_json() for finding in said.found.findings]
    titles = [f"{number}. {option.title}" for number, option in enumerate(said.options, 1)]
    room = MOST_BYTES + 1 - _size([text, *titles])
    told = _first_that_fit([finding["message"] for finding in findings], room)
    steps = [f"{number}. {step}" for number, step in enumerate(said.steps, 1)]
    fitting = _first_that_fit(steps, room - _size(told))
    shown = _rich(said, text, list(said.steps[: len(fitting)]))
    return shown, findings[: len(told)]


def _rich(said: Said, text: str, steps: list[str]) -> dict[str, Any]:
    """Text and steps, their HTML, and the pictures of an answer's first message."""
    entry = said.entry
    if entry is None:
        none: list[str] = []
        return {
            "answer": text,
            "steps": steps,
            "answer_html": markup.escaped(text),
            "steps_html": [],
            "images": none,
            "image_texts": none,
        }
    html = entry.html
    # Behind the entry's own answer a question of the bot's may follow.
    rest = text.removeprefix(said.text)
    answer = html.get(said.text) or markup.escaped(said.text)
    is_whole = said.text == entry.plain_answer
    return {
        "answer": text,
        "steps": steps,
        "answer_html": answer + markup.escaped(rest),
        "steps_html": [html.get(step) or markup.escaped(step) for step in steps],
        "images": entry.pictures["images"] if is_whole else [],
        "image_texts": entry.pictures["image_texts"] if is_whole else [],
    }


def _first_that_fit(lines: list[str], room: int) -> list[str]:
    """As many of the lines, with an end each, as `room` bytes hold."""
    while lines and _size(lines) > room:
        lines = lines[:-1]
    return lines


def _size(lines: list[str]) -> int:
    """Bytes of the lines, each with its end."""
    return len("\n".join(lines).encode()) + 1 if lines else 0


def _actions(said: Said) -> list[dict[str, str]]:
    """What the record advises, then what the entry does and the API would not refuse him now.

    Nothing twice, five at most.
    """
    entry, advised, closed = said.entry, said.found.actions, said.found.closed
    if entry is None or said.actions is not entry.actions:
        own = [action.as_json() for action in said.actions]
    elif not advised and not closed:
        return entry.buttons
    else:
        own = entry.buttons
    return distinct(advised, without(own, closed))[:MOST_ACTIONS]
