"""The content of the FAQ as typed, immutable values; loading checks everything an editor can break.

`Content` is one whole state of it: the entries, what is answered without an entry, and the words
that the matcher needs. Its JSON form is what a release keeps.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256
from itertools import chain
from typing import Annotated, Any, Literal
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from faq.content import markup
from faq.language.wording import compact

# See `faq.content.images`.
IMAGE_NAME = r"^[0-9a-f]{32}\.(png|jpg)$"
# One line of text without control characters, so that it can go into any message as it is.
_NO_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_NO_CONTROLS),
]
# The answer may have several lines.
_ONLY_LINE_FEEDS = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]*$"
Text = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=400, pattern=_ONLY_LINE_FEEDS
    ),
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,49}$")]
# Where pictures are fetched, in every version of the API.
IMAGES = "/api/v1/faq/images/"
ActionType = Literal["page", "ticket", "retry", "call", "copy"]

# A customer-service message of WeChat holds 2048 bytes, that is 682 Han characters.
LONGEST_ENTRY = 600


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Action(_Value):
    """A button beside the answer.

    `type` names what it does, and the field of the same name says with what: the mini program's
    page, the kind of ticket, the step to retry, the number to call, the text to copy.
    """

    type: ActionType
    label: Line
    page: Line | None = None
    ticket: Line | None = None
    retry: Line | None = None
    call: Line | None = None
    copy_text: Line | None = Field(None, alias="copy")

    @model_validator(mode="after")
    def _has_exactly_its_own_target(self) -> "Action":
        targets = {
            "page": self.page,
            "ticket": self.ticket,
            "retry": self.retry,
            "call": self.call,
            "copy": self.copy_text,
        }
        given = [name for name, value in targets.items() if value is not None]
        if given != [self.type]:
            raise ValueError(f"按钮“{self.label}”应当填写 {self.type} 这一项，也只填这一项")
        return self

    def as_json(self) -> dict[str, str]:
        """`{"type", "label", TYPE: target}`, the form in which clients get it."""
        return dict(self._form)

    @cached_property
    def _form(self) -> dict[str, str]:
        """Every answer has actions, and making their form costs more than finding them."""
        return self.model_dump(by_alias=True, exclude_none=True)


def distinct(*groups: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Buttons in the form that clients get, without those that do what one before them does."""
    buttons: dict[tuple[str, str], dict[str, str]] = {}
    for button in chain.from_iterable(groups):
        kind = button["type"]
        buttons.setdefault((kind, button[kind]), button)
    return list(buttons.values())


def without(
    buttons: Iterable[dict[str, str]], closed: Iterable[dict[str, str]]
) -> list[dict[str, str]]:
    """The buttons that do something else than any of the `closed` ones, whatever their labels."""
    shut = {(button["type"], button[button["type"]]) for button in closed}
    return [button for button in buttons if (button["type"], button[button["type"]]) not in shut]


class AttachedProbe(_Value):
    """A look at the asker's own record that belongs to an entry.

    `probe`: its name in the registry of `faq.diagnosis`. `explanation`: what the editor wants said
    beside what the probe finds; None says nothing more.
    """

    probe: Slug
    explanation: Line | None = None


class EntryImage(_Value):
    """A picture beside an answer.

    `image`: its name (see `images`). `text`: what is to be seen on it, for those who cannot.
    """

    image: Annotated[str, StringConstraints(pattern=IMAGE_NAME)]
    text: Line

    @property
    def address(self) -> str:
        """Where clients get it, below the service's own address."""
        return f"{IMAGES}{self.image}"


class Entry(_Value):
    """One answer, with the example questions by which it is found.

    `kind`: `case` for a problem case, which alone has a number; `guide` for how-to's of the
    service itself; `service` for a business service that the entry only points to. `questions`
    mean this entry, `negatives` look like it and do not; `synonyms`: words under which it is known
    too; `tags`: for editors to find it; `probes`: the looks at the asker's record that decide.
    `answer` and `steps` are written in the little Markdown of `markup`; readers get the forms
    below.
    """

    slug: Slug
    case: int | None = Field(None, ge=1)
    kind: Literal["case", "guide", "service"] = "case"
    title: Line
    category: Line
    answer: Text
    steps: tuple[Line, ...] = Field((), max_length=8)
    images: tuple[EntryImage, ...] = Field((), max_length=8)
    actions: tuple[Action, ...] = Field((), max_length=5)
    related: tuple[Slug, ...] = Field((), max_length=5)
    questions: tuple[Line, ...] = Field(min_length=1)
    negatives: tuple[Line, ...] = ()
    synonyms: tuple[Line, ...] = ()
    tags: tuple[Line, ...] = Field((), max_length=12)
    probes: tuple[AttachedProbe, ...] = Field((), max_length=8)

    @model_validator(mode="after")
    def _is_whole(self) -> "Entry":
        if (self.kind == "case") != (self.case is not None):
            raise ValueError("只有问题情形（类型 case）有编号，并且必须有")
        if len(self.title) + len(self.answer) + sum(map(len, self.steps)) > LONGEST_ENTRY:
            raise ValueError(f"标题、答案和步骤合计不能超过{LONGEST_ENTRY}字")
        return self

    @cached_property
    def plain_answer(self) -> str:
        """The answer without markup."""
        return markup.plain(self.answer)

    @cached_property
    def plain_steps(self) -> tuple[str, ...]:
        """The steps without markup."""
        return tuple(map(markup.plain_line, self.steps))

    @cached_property
    def html(self) -> dict[str, str]:
        """`plain_answer` and each of `plain_steps` → the same as HTML."""
        return {
            **{p: markup.html_line(s) for p, s in zip(self.plain_steps, self.steps, strict=True)},
            self.plain_answer: markup.html(self.answer),
        }

    @cached_property
    def message(self) -> str:
        """Answer and steps as plain text."""
        steps = (f"{number}. {step}" for number, step in enumerate(self.plain_steps, 1))
        return "\n".join((self.plain_answer, *steps))

    @cached_property
    def size(self) -> int:
        """Bytes of `message`."""
        return len(self.message.encode())

    @cached_property
    def form(self) -> dict[str, Any]:
        """The whole answer as clients get it; the same object every time, not to be changed."""
        return {
            "answer": self.plain_answer,
            "steps": list(self.plain_steps),
            "answer_html": self.html[self.plain_answer],
            "steps_html": [self.html[step] for step in self.plain_steps],
            **self.pictures,
        }

    @cached_property
    def buttons(self) -> list[dict[str, str]]:
        """The actions as clients get them; the same object every time, not to be changed."""
        return distinct([action.as_json() for action in self.actions])

    @cached_property
    def pictures(self) -> dict[str, list[str]]:
        """`images` (addresses) and `image_texts` (what is on each), the form that clients get."""
        return {
            "images": [image.address for image in self.images],
            "image_texts": [image.text for image in self.images],
        }


class SmallTalk(_Value):
    """A courtesy: what people say, and the short answer that leads back to the matter."""

    topic: Slug
    answer: Line
    questions: tuple[Line, ...] = Field(min_length=1)


class OtherService(_Value):
    """A service that is not ours: its name, and how people write it."""

    name: Line
    words: tuple[Line, ...] = Field(min_length=1)


class OutOfScope(_Value):
    """What is not ours. `{service}` in a question stands for any of the other services."""

    other_services: tuple[OtherService, ...]
    questions: tuple[Line, ...]

    @cached_property
    def compact(self) -> frozenset[str]:
        """The questions without gaps, as `wording.compact` reads a message."""
        return frozenset(map(compact, self.questions))

    def with_service_names(self) -> tuple[str, ...]:
        """The questions, each with one or another service's name where it leaves a place for it.

        Which one depends on the question's wording alone, as long as the services stay the same.
        """
        words = [word for service in self.other_services for word in service.words]
        # Beside letters or digits, a name of such would not be seen as one.
        names = [word for word in words if not word.isascii()] or words or [""]
        return tuple(
            question.replace("{service}", names[crc32(question.encode()) % len(names)])
            for question in self.questions
        )


class Replies(_Value):
    """What is said when no entry is the answer; `other_service` names the service in `{service}`.

    `not_ours`: to a question that editors listed as none of ours. `actions`: the way to a human,
    offered when the bot does not know.
    """

    clarify: Line
    other_service: Line
    unknown: Line
    # Younger than the others: releases from before do not have it.
    not_ours: Line = (
        "这件事看来不归登记注册身份验证办理，请向负责它的单位咨询。"
        "我能解答注册、收验证码、登录、激活和身份核验的问题；要是我听错了，请换个说法再问。"
    )
    unreadable: Line
    actions: tuple[Action, ...] = Field((), max_length=5)

    @model_validator(mode="after")
    def _names_the_service(self) -> "Replies":
        if set(re.findall(r"\{[^}]*\}?", self.other_service)) != {"{service}"}:
            raise ValueError("其他服务的答复里要有 {service}，也只能有 {service}")
        return self

    def about_other(self, service: str) -> str:
        return self.other_service.replace("{service}", service)


class Synonym(_Value):
    """A word, and spellings that the matcher takes for it."""

    word: Line
    spellings: tuple[Line, ...] = Field(min_length=1)


class Content(_Value):
    """One whole state of the FAQ."""

    entries: tuple[Entry, ...] = Field(min_length=1)
    smalltalk: tuple[SmallTalk, ...] = ()
    replies: Replies
    out_of_scope: OutOfScope
    synonyms: tuple[Synonym, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> "Content":
        slugs = [entry.slug for entry in self.entries]
        names = slugs + [topic.topic for topic in self.smalltalk]
        cases = [entry.case for entry in self.entries if entry.case is not None]
        _refuse_repeats("名称", names)
        _refuse_repeats("情形编号", cases)
        known = set(slugs)
        for entry in self.entries:
            unknown = set(entry.related) - known
            if unknown:
                raise ValueError(f"条目 {entry.slug} 引用了不存在的条目：{sorted(unknown)}")
        return self

    @cached_property
    def by_slug(self) -> dict[str, Entry]:
        return {entry.slug: entry for entry in self.entries}

    @cached_property
    def by_case(self) -> dict[int, Entry]:
        return {entry.case: entry for entry in self.entries if entry.case is not None}

    def as_json(self) -> str:
        return self.model_dump_json(by_alias=True, exclude_none=True)

    @property
    def digest(self) -> str:
        """SHA-256 of the JSON text in hexadecimal digits: equal for equal content."""
        return sha256(self.as_json().encode()).hexdigest()


def _refuse_repeats(what: str, values: Iterable[Any]) -> None:
    repeated = sorted(value for value, count in Counter(values).items() if count > 1)
    if repeated:
        raise ValueError(f"{what}重复：{repeated}")
