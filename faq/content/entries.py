"""Define the content of the FAQ as typed, immutable, validated values.

`Content` is one complete state; releases store its JSON form.
"""

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from faq.content import markup, shipped
from faq.content.catalogue import Catalogue, Code, Item, items_of
from faq.content.points import LEAST_WORDINGS as LEAST_WORDINGS
from faq.content.points import LONGEST_POINT as LONGEST_POINT
from faq.content.points import MOST_POINTS as MOST_POINTS
from faq.content.points import Point as Point
from faq.content.points import general_point
from faq.content.replies import Remarks
from faq.content.talk import Distress, Family, Intent, QuestionBack, ShortTexts
from faq.content.values import LONGEST_ENTRY, Line, Slug, Text, Value
from faq.content.values import Action as Action
from faq.content.values import ActionType as ActionType
from faq.content.values import distinct as distinct
from faq.content.values import without as without
from faq.content.vocabulary import OutOfScope, SmallTalk, Synonym
from faq.language import grammar
from miniprogram_api.names.lists import Allowed, EqualTrades, Rules, Trades
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text

# A Reason of the API, or a state of `faq.diagnosis.asker_states`.
Explained = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{1,49}$")]
# See `faq.content.images`.
IMAGE_NAME = r"^[0-9a-f]{32}\.(png|jpg)$"
# Path of pictures, in every version of the API.
IMAGES = "/api/v1/faq/images/"
MOST_IMAGES = 8


class AttachedProbe(Value):
    """Attach a check of the asker's record to an entry.

    `probe`: its name in the registry of `faq.diagnosis`. `explanation`: an editor's sentence next
    to the finding.
    """

    probe: Slug
    explanation: Line | None = None


class EntryImage(Value):
    """Define a picture next to an answer; `text`: its description for screen readers."""

    image: Annotated[str, StringConstraints(pattern=IMAGE_NAME)]
    text: Line

    @property
    def address(self) -> str:
        """Return its path on this service."""
        return f"{IMAGES}{self.image}"


class Variant(Value):
    """Define what an entry says in one state; `{时间}` and the like are filled in."""

    answer: Text
    steps: tuple[Line, ...] = Field((), max_length=8)


class Entry(Value):
    """Define an answer with the example questions that lead to it.

    `kind`: `case` for a problem case, the only kind with a number; `guide` for instructions about
    this service; `service` for a business service that the entry points to. `questions` mean this
    entry, `negatives` look similar and do not; `synonyms`: other names of it; `tags`: for editors'
    searches; `probes`: the checks of the asker's record that decide. `answer` and `steps` use the
    Markdown of `markup`.

    `points`: short answers to questions of detail. `variants`:
    what replaces answer and steps in a state of the asker or of the tables
    (`faq.diagnosis.asker_states`). `explains`: the Reasons (UPPER_CASE) and the states (lower_case)
    that this entry is shown for. `catalogue`: the code of the item that a service is about.
    """

    slug: Slug
    case: int | None = Field(None, ge=1)
    kind: Literal["case", "guide", "service"] = "case"
    title: Line
    category: Line
    answer: Text
    steps: tuple[Line, ...] = Field((), max_length=8)
    images: tuple[EntryImage, ...] = Field((), max_length=MOST_IMAGES)
    actions: tuple[Action, ...] = Field((), max_length=5)
    related: tuple[Slug, ...] = Field((), max_length=5)
    questions: tuple[Line, ...] = Field(min_length=1)
    negatives: tuple[Line, ...] = ()
    synonyms: tuple[Line, ...] = ()
    tags: tuple[Line, ...] = Field((), max_length=12)
    probes: tuple[AttachedProbe, ...] = Field((), max_length=8)
    variants: dict[Slug, Variant] = Field({}, max_length=20)
    explains: tuple[Explained, ...] = Field((), max_length=12)
    catalogue: Code | None = None
    points: tuple[Point, ...] = Field((), max_length=MOST_POINTS)

    @model_validator(mode="before")
    @classmethod
    def _with_points(cls, values: Any) -> Any:
        """Turn the short texts of releases before 0.8.0 into points."""
        if not isinstance(values, dict) or "texts" not in values:
            return values
        rest = {name: value for name, value in values.items() if name != "texts"}
        own = rest.get("points") or ()
        asked = {point.get("asks") if isinstance(point, dict) else point.asks for point in own}
        texts = values["texts"]
        answers = texts.model_dump() if isinstance(texts, ShortTexts) else dict(texts or {})
        converted = [
            general_point(name, answer)
            for name, answer in answers.items()
            if answer and name not in asked
        ]
        return {**rest, "points": [*own, *converted]}

    @model_validator(mode="after")
    def _is_consistent(self) -> "Entry":
        if (self.kind == "case") != (self.case is not None):
            raise ValueError(text("content.values.case"))
        if len(self.title) + len(self.answer) + sum(map(len, self.steps)) > LONGEST_ENTRY:
            raise ValueError(text("content.values.too_long", most=LONGEST_ENTRY))
        _reject_duplicates("content.values.repeated_points", [point.id for point in self.points])
        return self

    def is_about(self, reason: Reason) -> bool:
        """Return whether the entry explains a Reason by name, by its case, or as its guide."""
        is_its_case = self.case is not None and self.case == reason.case
        return is_its_case or reason.name in self.explains or reason.guide == self.slug

    def attaches(self, probe: str) -> bool:
        """Return whether a check of this name is attached."""
        return any(attached.probe == probe for attached in self.probes)

    @cached_property
    def asked(self) -> frozenset[str]:
        """Return title and example questions as `faq.language.grammar` reads messages."""
        return frozenset(map(grammar.compact, (self.title, *self.questions)))

    @cached_property
    def plain_answer(self) -> str:
        """Return the answer without markup."""
        return markup.plain(self.answer)

    @cached_property
    def plain_steps(self) -> tuple[str, ...]:
        """Return the steps without markup."""
        return tuple(map(markup.plain_line, self.steps))

    @cached_property
    def html(self) -> dict[str, str]:
        """Map `plain_answer` and each of `plain_steps` to HTML."""
        return {
            **{p: markup.html_line(s) for p, s in zip(self.plain_steps, self.steps, strict=True)},
            self.plain_answer: markup.html(self.answer),
        }

    @cached_property
    def message(self) -> str:
        """Return answer and steps as plain text."""
        steps = (f"{number}. {step}" for number, step in enumerate(self.plain_steps, 1))
        return "\n".join((self.plain_answer, *steps))

    @cached_property
    def size(self) -> int:
        """Return the bytes of `message`."""
        return len(self.message.encode())

    @cached_property
    def form(self) -> dict[str, Any]:
        """Return the whole answer for clients; shared, do not change."""
        return {
            "answer": self.plain_answer,
            "steps": list(self.plain_steps),
            "answer_html": self.html[self.plain_answer],
            "steps_html": [self.html[step] for step in self.plain_steps],
            **self.pictures,
        }

    @cached_property
    def buttons(self) -> list[dict[str, str]]:
        """Return the actions for clients; shared, do not change."""
        return distinct([action.as_json() for action in self.actions])

    @cached_property
    def pictures(self) -> dict[str, list[str]]:
        """Return `images` (addresses) and `image_texts` for clients."""
        return {
            "images": [image.address for image in self.images],
            "image_texts": [image.text for image in self.images],
        }


class Replies(Remarks):
    """Define the replies when no entry is the answer.

    `other_service` contains `{service}`. `not_ours`: for questions that editors listed as out of
    scope. `actions`: ways to reach staff, offered when the bot does not know.
    """

    clarify: Line
    other_service: Line
    unknown: Line
    # Older releases do not have it.
    not_ours: Line = Field(default_factory=lambda: shipped.part("replies")["not_ours"])
    unreadable: Line
    actions: tuple[Action, ...] = Field((), max_length=5)

    def about_other(self, service: str) -> str:
        """Return `other_service` with the name of the service."""
        return self.other_service.replace("{service}", service)


# Releases before 0.4.0 lack these.
NEW_PARTS = (
    "acts",
    "persons",
    "distress",
    "families",
    "questions_back",
    "general",
    "catalogue",
    "name_rules",
    "name_allowed",
    "name_trades",
    "equal_trades",
)


class Content(Value):
    """Hold one complete state of the FAQ."""

    entries: tuple[Entry, ...] = Field(min_length=1)
    smalltalk: tuple[SmallTalk, ...] = ()
    replies: Replies
    out_of_scope: OutOfScope
    synonyms: tuple[Synonym, ...] = ()
    # Releases, drafts and files call them acts.
    intents: tuple[Intent, ...] = Field(alias="acts")
    persons: tuple[Line, ...]
    distress: Distress
    families: tuple[Family, ...]
    questions_back: tuple[QuestionBack, ...]
    general: ShortTexts
    catalogue: Catalogue
    name_rules: Rules
    name_allowed: Allowed
    name_trades: Trades
    equal_trades: EqualTrades

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, values: Any) -> Any:
        """Give releases of earlier versions the shipped parts that they lack."""
        if not isinstance(values, dict) or not isinstance(values.get("entries"), list | tuple):
            return values
        lacking = [name for name in NEW_PARTS if name not in values]
        entries = [dict(entry) for entry in values["entries"] if isinstance(entry, dict | Entry)]
        slugs = {str(entry.get("slug")) for entry in entries}
        return {**{name: shipped.fitting(name, slugs) for name in lacking}, **values}

    @model_validator(mode="after")
    def _fits_together(self) -> "Content":
        slugs = [entry.slug for entry in self.entries]
        names = slugs + [topic.topic for topic in self.smalltalk]
        cases = [entry.case for entry in self.entries if entry.case is not None]
        _reject_duplicates("content.values.repeated_names", names)
        _reject_duplicates("content.values.repeated_cases", cases)
        codes = [item.code for item in items_of(self.catalogue)]
        _reject_duplicates("content.values.repeated_codes", codes)
        slugs_of_entries = set(slugs)
        for entry in self.entries:
            unknown = set(entry.related) - slugs_of_entries
            if unknown:
                values = "、".join(sorted(unknown))
                message = text("content.values.unknown_related", slug=entry.slug, values=values)
                raise ValueError(message)
        return self

    @cached_property
    def by_slug(self) -> dict[str, Entry]:
        """Index the entries by slug."""
        return {entry.slug: entry for entry in self.entries}

    @cached_property
    def catalogue_items(self) -> dict[str, Item]:
        """Index the groups and items of the catalogue by code, in order."""
        return {item.code: item for item in items_of(self.catalogue)}

    @cached_property
    def catalogue_list(self) -> list[dict[str, Any]]:
        """Return the groups with their items for clients; shared, do not change."""
        return [{**group.summary, "items": group.form["items"]} for group in self.catalogue]

    @cached_property
    def by_case(self) -> dict[int, Entry]:
        """Index the problem cases by number."""
        return {entry.case: entry for entry in self.entries if entry.case is not None}

    def question(self, name: str) -> QuestionBack | None:
        """Return the question back of this id."""
        return next((asked for asked in self.questions_back if asked.id == name), None)

    @cached_property
    def _explaining(self) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for entry in self.entries:
            for name in entry.explains:
                entries.setdefault(name, entry)
        return entries

    def explaining(self, cause: str | Refused) -> Entry | None:
        """Return the entry that is shown for a Reason, a state or a refusal.

        The first that lists the name, else for a Reason its case, else its guide. A refusal with a
        case of its own names that; one without its Reason's case is explained by the guide.
        """
        if isinstance(cause, Refused):
            if cause.case is None and cause.reason.case is not None:
                return self.by_slug.get(cause.reason.guide or "")
            if cause.case not in (None, cause.reason.case):
                return self.by_case.get(cause.case)
            cause = cause.reason.name
        reason = Reason.__members__.get(cause)
        entry = self._explaining.get(cause)
        if entry is not None or reason is None:
            return entry
        return self.by_case.get(reason.case or 0) or self.by_slug.get(reason.guide or "")

    def as_json(self) -> str:
        """Return the form that releases store."""
        return self.model_dump_json(by_alias=True, exclude_none=True)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the JSON form (hexadecimal)."""
        return sha256(self.as_json().encode()).hexdigest()


def _reject_duplicates(key: str, values: Iterable[Any]) -> None:
    repeated = sorted(value for value, count in Counter(values).items() if count > 1)
    if repeated:
        raise ValueError(text(key, values="、".join(map(str, repeated))))
