import time
from collections.abc import Callable
from typing import Any

import peewee
import pytest

from config import Settings
from faq.content import seed
from faq.content.entries import Content
from faq.matching.matcher import Matcher, compile_matcher
from faq.release import publishing
from faq.release.publishing import Published, current, publish, seed_if_empty
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from models.faq.releases import FaqCompiled, FaqPointer, FaqRelease, content_of, current_number
from models.storage.database import IntegrityError, database
from tests.support.service.rules import at_once

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@both
def test_shipped_content_is_seeded_once(tables: Settings) -> None:
    before = clock.now()
    assert seed_if_empty()
    assert not seed_if_empty()
    assert FaqRelease.select().count() == FaqPointer.select().count() == 1
    assert current().number == 1
    assert current().content == seed.load()
    assert before <= FaqRelease.get_by_id(1).created_at <= clock.now()


@both
def test_simultaneous_processes_seed_once(tables: Settings) -> None:
    results = at_once([seed_if_empty] * 6)
    assert sorted(results, key=str) == [False] * 5 + [True]
    assert FaqRelease.select().count() == 1


@both
def test_seed_does_not_overwrite_published_content(tables: Settings, small: Content) -> None:
    publish(small, after=None)
    assert not seed_if_empty()
    assert current().content == small


@both
def test_publication_is_effective_for_the_next_question(
    published: Published, small: Content
) -> None:
    assert current() is published
    assert publish(small, after=1) == 2
    assert current().number == 2
    assert current().content == small
    assert current().matcher.match("补办借书证").entry == small.entries[0]
    # What was published before stays as it was.
    assert Content.model_validate_json(content_of(1)) == published.content


@both
def test_outdated_publication_is_refused(published: Published, small: Content) -> None:
    publish(small, after=1)
    with pytest.raises(IntegrityError):
        publish(published.content, after=1)
    assert current().content == small


def test_rolled_back_publication_is_not_loaded(published: Published, small: Content) -> None:
    with database.atomic() as outer:
        publish(small, after=1)
        outer.rollback()
    assert current_number() == 1
    assert current() is published


def test_another_database_has_releases_of_its_own(published: Published, small: Content) -> None:
    bound = database.obj
    other = peewee.SqliteDatabase(":memory:")
    database.initialize(other)
    try:
        other.create_tables([FaqRelease, FaqPointer])
        publish(small, after=None)
        assert (current().number, current().content) == (1, small)
    finally:
        other.close()
        database.initialize(bound)
    assert current().content == published.content


def test_missing_release_is_refused_as_unavailable(tables: Settings) -> None:
    with pytest.raises(Refused) as refused:
        current()
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE


@both
def test_concurrent_threads_load_a_new_release_once(
    published: Published, small: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[Content] = []

    def counted(content: Content, **options: Any) -> Matcher:
        compiled.append(content)
        time.sleep(0.05)
        return compile_matcher(content, **options)

    monkeypatch.setattr(publishing, "compile_matcher", counted)
    monkeypatch.setattr(publishing, "_kept", {})
    publish(small, after=1)

    def ask() -> tuple[int, int]:
        found = current()
        return found.number, id(found.matcher)

    answers = at_once([ask] * 8)
    assert len(compiled) == 1
    assert {number for number, _ in answers} == {2}
    assert len({matcher for _, matcher in answers}) == 1


def test_release_is_immutable_and_names_its_publisher(published: Published, small: Content) -> None:
    publish(small, after=1, author="editor:1", note="新的")
    first, second = FaqRelease.select().order_by(FaqRelease.number)
    assert (first.author, second.author, second.note) == ("product", "editor:1", "新的")
    assert first.digest == published.digest == published.content.digest
    assert publishing.release(1).content == published.content
    with pytest.raises(Refused):
        publishing.release(3)


@pytest.fixture
def another_process(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Content]]:
    """Clear the caches; return the contents trained since then."""

    def forget() -> list[Content]:
        learnt: list[Content] = []

        def counted(content: Content, **options: Any) -> Matcher:
            learnt.append(content)
            return compile_matcher(content, **options)

        monkeypatch.setattr(publishing, "compile_matcher", counted)
        monkeypatch.setattr(publishing, "_kept", {})
        monkeypatch.setattr(publishing, "_held", None)
        return learnt

    return forget


@both
def test_trained_model_is_shared_between_processes(
    tables: Settings, small: Content, another_process: Callable[[], list[Content]]
) -> None:
    learnt = another_process()
    publish(small, after=None)
    publishing.warm_up()
    publishing.warm_up()
    assert learnt == [small]
    said = current().matcher.match("补办借书证")
    learnt = another_process()
    publishing.warm_up()
    assert current().matcher.match("补办借书证") == said
    # Going back is a new number for the same content, so nothing is learnt for it either.
    publish(small.model_copy(update={"synonyms": ()}), after=1)
    publish(small, after=2)
    assert current().number == 3
    assert current().matcher.match("补办借书证") == said
    assert learnt == []


def test_unreadable_model_is_trained_again(
    tables: Settings, small: Content, another_process: Callable[[], list[Content]]
) -> None:
    publish(small, after=None)
    publishing.warm_up()
    for damage in (b"", FaqCompiled.get().data[:-100], b"x" * 1000):
        FaqCompiled.update(data=damage).execute()
        learnt = another_process()
        assert current().matcher.match("补办借书证").kind == "answer"
        assert learnt == [small]


def test_only_the_latest_and_the_current_model_are_kept(tables: Settings, small: Content) -> None:
    publish(small, after=None)
    publishing.warm_up()
    for number in range(8):
        entry = small.entries[0].model_copy(update={"questions": (f"第{number}种",)})
        draft = small.model_copy(update={"entries": (entry, small.entries[1])})
        publishing.prepare(draft).keep()
    kept = {row.digest for row in FaqCompiled.select()}
    assert len(kept) == 6
    assert current().learnt_from in kept
