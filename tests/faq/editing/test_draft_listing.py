"""Listing of a draft: changes, order and titles."""

import pytest

from config import Settings
from faq.content.entries import Content
from faq.editing import draft_batches, draft_listing, drafts
from faq.release import publishing
from faq.release.parts import Key


@pytest.fixture
def _begun(tables: Settings, small: Content) -> None:
    publishing.publish(small, after=None)


@pytest.mark.usefixtures("_begun")
def test_changes_since_the_release_are_listed() -> None:
    assert draft_listing.changes() == []
    draft = drafts.entry("lost_card")
    drafts.save(
        draft.key, {**draft.content, "title": "证丢了"}, based_on=draft.revision, editor="ada"
    )
    replies = drafts.part(Key("replies"))
    content = {**replies.content, "unknown": "还不会答。"}
    drafts.save(replies.key, content, based_on=replies.revision, editor="bo")
    late = drafts.entry("late_return")
    drafts.retire("late_return", based_on=late.revision, editor="ada")
    drafts.open_entry("没写完", ["什么"], editor="ada")
    found = draft_listing.changes()
    assert [(c.name, c.state) for c in found if c.held] == [("没写完", "new")]
    changes = [c for c in found if not c.held]
    assert {(c.key.kind, c.name, c.state) for c in changes} == {
        ("entry", "证丢了", "changed"),
        ("entry", late.content["title"], "retired"),
        ("replies", "固定答复", "changed"),
    }
    assert {c.key for c in changes} == {part.key for part in drafts.changed()}


@pytest.mark.usefixtures("_begun")
def test_changed_order_is_detected_and_changes_the_fingerprint() -> None:
    before = drafts.fingerprint()
    assert not draft_listing.is_reordered()
    draft_batches.place("lost_card", before=None, editor="ada")
    assert draft_listing.is_reordered()
    assert draft_listing.changes() == []
    assert drafts.fingerprint() != before


@pytest.mark.usefixtures("_begun")
def test_titles_cover_entries_and_courtesies(small: Content) -> None:
    titles = draft_listing.titles()
    assert titles["lost_card"] == "借书证丢了"
    assert {topic.topic for topic in small.smalltalk} < set(titles)
