"""Every question is kept for 180 days, with its answer and without what is known as personal.

In the request a message goes into a spool on the disk. The worker writes the spool into the
database, many messages at a time; a message counts as handed on after the commit, and the database
knows it by its id, so it is written exactly once whoever is killed meanwhile.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic_core import from_json, to_json

from faq import spool
from faq.asker import Asker
from faq.recent import Recent
from faq.spool import Entry, Spool
from miniprogram_api import clock, masking
from miniprogram_api.services import Services
from models import faq_messages as table
from models.database import DatabaseUnavailable, transaction
from models.faq_messages import FaqMessage, LastTurn, NewMessage
from models.fields import DecryptionFailed

KEPT = timedelta(days=180)
BATCH = 500
MOST_OF_TRANSCRIPT = 100

_QUESTION, _ANSWER = NewMessage._fields.index("question"), NewMessage._fields.index("answer")

log = structlog.get_logger("faq")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which entry was picked after a clarifying message."""

    message_id: str
    slug: str


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of a conversation as editors and clerks see it; personal data is masked."""

    message_id: str
    asked_at: datetime
    question: str
    answer: str
    kind: str
    slug: str | None
    helpful: bool | None


def masked(question: str, asker: Asker) -> str:
    """The question without personal data, as far as it can be recognised.

    The asker's own name is known from his account; other names by the words before them.
    """
    # An unpaired surrogate cannot be stored anywhere.
    text = question.encode("utf-8", "replace").decode()
    if not _is_plain(text):
        text = masking.free_text(text)
    name = None if asker.account is None else asker.account.name
    return text.replace(name, masking.MASK) if name and len(name) > 1 else text


# Most people write the same few words, in which nothing is to be masked.
_is_plain = Recent(lambda text: masking.free_text(text) == text)


def keep(
    services: Services,
    message: NewMessage,
    choice: Choice | None = None,
    *,
    is_public: bool = False,
) -> None:
    """Keep a message; never fails. `choice`: what its question picked.

    `is_public`: the answer is one that everybody can read, so it need not wait encrypted. Without
    room on the disk the message is written into the database at once.
    """
    entry = Entry(
        (message.conversation_id, message.message_id),
        message.asked_at,
        _as_line(message, choice, is_public=is_public),
    )
    try:
        many_wait = _spool(services).append(entry)
    except OSError as error:
        log.error("spool not written", error=type(error).__name__)
        _write_at_once(message, choice)
    else:
        if many_wait:
            # No worker is at work; whoever begins a segment empties one.
            _help(services)


def write_waiting(services: Services) -> int:
    """Write the messages that wait, at most a batch; returns how many there were.

    Any number of processes may do so at once. Raises what the database raises.
    """
    try:
        return _spool(services).hand_on(_write, BATCH)
    except OSError as error:
        # They stay where they are until the disk can be read again.
        log.error("spool not read", error=type(error).__name__)
        return 0


def find(services: Services, message_id: str) -> FaqMessage | None:
    """A kept message; one that still waits is written first."""
    found: FaqMessage | None = FaqMessage.get_or_none(FaqMessage.message_id == message_id)
    if found is None:
        waiting = _spool(services).latest(message_id)
        if waiting is not None:
            _write([waiting])
        found = FaqMessage.get_or_none(FaqMessage.message_id == message_id)
    return found


def last_turn(services: Services, conversation_id: str) -> LastTurn | None:
    """What the latest message of a conversation says about it, written or waiting."""
    waiting = _spool(services).latest(conversation_id)
    kept = table.last_turn(conversation_id)
    read = None if waiting is None else _read(waiting)
    if read is None or (kept is not None and kept.asked_at > read[0].asked_at):
        return kept
    message = read[0]
    return LastTurn(message.openid, message.account_id, message.asked_at, message.memory)


def transcript(conversation_id: str) -> list[Line]:
    """The last messages of a conversation, the oldest first, at most 100."""
    rows = (
        FaqMessage.select()
        .where(FaqMessage.conversation_id == conversation_id)
        .order_by(FaqMessage.asked_at.desc(), FaqMessage.id.desc())
        .limit(MOST_OF_TRANSCRIPT)
    )
    return [line_of(row) for row in reversed(rows)]


def line_of(row: FaqMessage) -> Line:
    """A kept message as people see it."""
    return Line(
        row.message_id, row.asked_at, row.question, row.answer, row.kind, row.slug, row.helpful
    )


def remove_old() -> int:
    """Delete the messages that are older than 180 days; returns how many."""
    return int(FaqMessage.delete().where(FaqMessage.asked_at < clock.now() - KEPT).execute())


def _spool(services: Services) -> Spool:
    return spool.under(services.settings.var_dir)


def _as_line(message: NewMessage, choice: Choice | None, *, is_public: bool) -> bytes:
    """The message in the form that waits: as the table keeps it, which the worker need not mend.

    A sealed text stands in a list of its own, and so is told from one that everybody can read.
    """
    waiting: list[Any] = list(message)
    waiting[_QUESTION] = [b64encode(table.sealed_question(waiting[_QUESTION]))]
    if not is_public:
        waiting[_ANSWER] = [b64encode(table.sealed_answer(waiting[_ANSWER]))]
    return to_json([waiting, None if choice is None else [choice.message_id, choice.slug]])


def _read(entry: Entry) -> tuple[NewMessage, Choice | None] | None:
    """What waits in an entry; None when nobody can read it."""
    try:
        fields, choice = from_json(entry.content)
        for place in (_QUESTION, _ANSWER):
            if not isinstance(fields[place], str):
                fields[place] = b64decode(fields[place][0], validate=True)
        message = table.renewed(NewMessage(*fields))
        return message, None if choice is None else Choice(*choice)
    except (DecryptionFailed, ValueError, TypeError, LookupError) as error:
        # Its key is gone, or other code wrote it: it must not hold up the others.
        log.error("message not readable", message=entry.keys[1], error=type(error).__name__)
        return None


def _write(entries: Sequence[Entry]) -> None:
    read = [pair for entry in entries if (pair := _read(entry)) is not None]
    with transaction():
        _insert([message for message, _ in read], [c for _, c in read if c is not None])


def _insert(messages: Sequence[NewMessage], choices: Sequence[Choice]) -> None:
    table.add_all(messages)
    for choice in choices:
        # Who found his entry among the options is no longer a concern of editors; he may correct
        # himself.
        FaqMessage.update(chosen=choice.slug, concern=None, state=None).where(
            (FaqMessage.message_id == choice.message_id)
            & (FaqMessage.kind == "clarify")
            & ((FaqMessage.state == table.NEW) | FaqMessage.chosen.is_null(False))
            & FaqMessage.helpful.is_null()
        ).execute()


def _write_at_once(message: NewMessage, choice: Choice | None) -> None:
    try:
        with transaction():
            _insert([message], [] if choice is None else [choice])
    except DatabaseUnavailable as error:
        # The asker gets his answer all the same.
        log.error("question not kept", error=type(error).__name__)


def _help(services: Services) -> None:
    try:
        write_waiting(services)
    except DatabaseUnavailable as error:
        log.error("spool not emptied", error=type(error).__name__)
