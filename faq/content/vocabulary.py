"""Define what the bot knows beside the entries: courtesies, services of others, synonyms."""

from functools import cached_property
from zlib import crc32

from pydantic import Field

from faq.content import shipped
from faq.content.values import Line, Slug, Value
from faq.language.grammar import compact


class SmallTalk(Value):
    """Define a courtesy: its example questions and a short answer."""

    topic: Slug
    answer: Line
    questions: tuple[Line, ...] = Field(min_length=1)


class OtherService(Value):
    """Name a service of others, with its spellings."""

    name: Line
    words: tuple[Line, ...] = Field(min_length=1)


class OutOfScope(Value):
    """Define out-of-scope questions; `{service}` stands for any of the other services.

    `this_service`: words for this service, beside which another one is no other subject.
    """

    other_services: tuple[OtherService, ...]
    questions: tuple[Line, ...]
    # Releases of earlier versions lack them.
    this_service: tuple[Line, ...] = Field(
        default_factory=lambda: shipped.part("out_of_scope")["this_service"], validate_default=True
    )

    @cached_property
    def compact(self) -> frozenset[str]:
        """Return the questions as `grammar.compact` reads a message."""
        return frozenset(map(compact, self.questions))

    def with_service_names(self) -> tuple[str, ...]:
        """Return the questions with `{service}` replaced by the name of a service.

        The choice depends only on the question's wording and the list of services.
        """
        words = [word for service in self.other_services for word in service.words]
        # A Latin name next to Latin letters or digits would not be recognised.
        names = [word for word in words if not word.isascii()] or words or [""]
        return tuple(
            question.replace("{service}", names[crc32(question.encode()) % len(names)])
            for question in self.questions
        )


class Synonym(Value):
    """Define a word and the spellings that are replaced by it."""

    word: Line
    spellings: tuple[Line, ...] = Field(min_length=1)
