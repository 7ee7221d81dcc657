"""Reviews: author, reviewer and publisher are different people."""

from collections.abc import Callable
from typing import Any

import pytest

from config import Settings
from faq.content.entries import Content
from faq.editing import drafts, question_sets, workflow
from faq.editing.publication import review
from faq.release import publishing
from miniprogram_api.reasons import Reason, Refused
from models.desks.audit import AuditEntry

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def changed(tables: Settings, small: Content) -> None:
    """Begin a draft: ada changed one entry, bo another one and its position."""
    publishing.publish(small, after=None)
    save("lost_card", "ada", answer="来补。")
    save("late_return", "bo", answer="一天两角。")
    save("late_return", "cleo", answer="一天三角。")


def save(slug: str, editor: str, **fields: Any) -> None:
    draft = drafts.entry(slug)
    drafts.save(draft.key, {**draft.content, **fields}, based_on=draft.revision, editor=editor)


def refusal(act: Callable[[], Any]) -> Reason:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.reason


@both
def test_author_reviewer_and_publisher_are_recorded(changed: None) -> None:
    handed_in = review.submit(actor="ada", note="改两处")
    assert handed_in.authors == ("ada", "cleo", "bo")
    # What editors do meanwhile is not part of it.
    save("lost_card", "ada", answer="后来又改。")
    assert refusal(lambda: review.publish(handed_in.id, actor="eve")) is Reason.REVIEW_REQUIRED
    for author in handed_in.authors:
        assert (
            refusal(lambda a=author: review.decide(handed_in.id, approve=True, actor=a))
            is Reason.ANOTHER_PERSON_REQUIRED
        )
    approved = review.decide(handed_in.id, approve=True, actor="dan", comment="可以")
    assert approved.state == "approved"
    for person in ("ada", "bo", "dan"):
        assert (
            refusal(lambda person=person: review.publish(handed_in.id, actor=person))
            is Reason.ANOTHER_PERSON_REQUIRED
        )
    published = review.publish(handed_in.id, actor="eve")
    assert publishing.current().number == published.number == 2
    assert publishing.current().content.by_slug["lost_card"].answer == "来补。"
    assert [(s.step, s.actor, s.comment) for s in review.get(handed_in.id).steps] == [
        ("submitted", "ada", "改两处"),
        ("approved", "dan", "可以"),
        ("published", "eve", ""),
    ]
    assert workflow.releases()[0].note == "改两处"
    tags = [line.tag for line in AuditEntry.select().order_by(AuditEntry.id)]
    assert tags == [
        "faq:submission:submitted",
        "faq:submission:approved",
        "faq:submission:published",
        "faq:release:published",
    ]
    assert refusal(lambda: review.publish(handed_in.id, actor="eve")) is (
        Reason.PUBLICATION_OUTDATED
    )


def test_release_names_its_review(changed: None) -> None:
    numbers = {}
    for answer in ("来补。", "来补办。"):
        save("lost_card", "ada", answer=answer)
        handed_in = review.submit(actor="ada")
        review.decide(handed_in.id, approve=True, actor="dan")
        numbers[review.publish(handed_in.id, actor="eve").number] = handed_in.id
        # What goes back needs no review, and has none.
        workflow.roll_back(1, actor="eve", reason="写错了")
    every = [release.number for release in workflow.releases()]
    assert len(every) == 5
    found = review.published_as(every)
    assert {number: one.id for number, one in found.items()} == numbers
    assert {one.approvers for one in found.values()} == {("dan",)}
    assert review.published_as([1, 3]) == {}


def test_rejected_or_withdrawn_review_is_not_published(changed: None) -> None:
    first = review.submit(actor="ada")
    assert review.decide(first.id, approve=False, actor="dan", comment="数字不对").state == (
        "rejected"
    )
    second = review.submit(actor="ada")
    assert review.withdraw(second.id, actor="ada").state == "withdrawn"
    for gone in (first, second):
        assert refusal(lambda gone=gone: review.decide(gone.id, approve=True, actor="dan")) is (
            Reason.PUBLICATION_OUTDATED
        )
        assert refusal(lambda gone=gone: review.publish(gone.id, actor="eve")) is (
            Reason.PUBLICATION_OUTDATED
        )
    assert publishing.current().number == 1
    assert refusal(lambda: review.get(99)) is Reason.NOT_FOUND


def test_resubmission_replaces_the_first_review(changed: None) -> None:
    first = review.submit(actor="ada")
    review.decide(first.id, approve=True, actor="dan")
    save("lost_card", "ada", answer="再改一次。")
    second = review.submit(actor="ada")
    assert [(s.id, s.state) for s in review.submissions()] == [
        (second.id, "submitted"),
        (first.id, "replaced"),
    ]
    assert review.content_of(second.id).by_slug["lost_card"].answer == "再改一次。"


@both
def test_review_is_outdated_after_another_publication(changed: None) -> None:
    content = drafts.content()
    handed_in = review.submit(actor="ada")
    review.decide(handed_in.id, approve=True, actor="dan")
    publishing.publish(content, after=1)
    assert refusal(lambda: review.publish(handed_in.id, actor="eve")) is (
        Reason.PUBLICATION_OUTDATED
    )
    found = review.get(handed_in.id)
    assert found.state == "outdated"
    assert [step.step for step in found.steps] == ["submitted", "approved"]


def test_retiring_an_entry_makes_the_editor_an_author(tables: Settings, small: Content) -> None:
    publishing.publish(small, after=None)
    save("lost_card", "ada", related=[])
    drafts.retire("late_return", based_on=1, editor="bo")
    for known in question_sets.sets():
        question_sets.archive(known.id, True, editor="ada")
    assert refusal(lambda: review.submit(actor="zoe")) is Reason.PUBLICATION_LOSES_QUESTIONS
    assert review.submit(actor="zoe", override="不再罚款").authors == ("zoe", "ada", "bo")
