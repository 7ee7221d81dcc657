"""Check, publish, override and roll back."""

from collections.abc import Callable
from typing import Any

import pytest

from config import Settings
from faq.content.entries import Content
from faq.editing import draft_batches, drafts, question_sets, workflow
from faq.editing.question_sets import Labelled
from faq.release import publishing
from faq.release.parts import Key
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.desks.audit import AuditEntry
from models.faq.releases import FaqRelease
from tests.support.service.rules import at_once

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def services(tables: Settings, small: Content) -> Services:
    """Publish the small content and create one question set."""
    publishing.publish(small, after=None)
    (shipped,) = question_sets.sets()
    question_sets.archive(shipped.id, True, editor="editor:1")
    mine = question_sets.create("读者的问题", editor="editor:1")
    question_sets.put(
        mine.id,
        [
            Labelled("我的借书证找不到了", ("lost_card",)),
            Labelled("书晚还了几天要罚多少", ("late_return",)),
            Labelled("附近有没有饭店", (question_sets.OUT_OF_SCOPE,)),
        ],
        editor="editor:1",
    )
    # Publishing asks the outside nothing.
    return Services(tables, None)  # type: ignore[arg-type]


def refusal(act: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value


def change(slug: str, **fields: Any) -> None:
    draft = drafts.entry(slug)
    drafts.save(draft.key, {**draft.content, **fields}, based_on=draft.revision, editor="editor:1")


def worse() -> None:
    """Remove the usual questions from the entry about lost cards."""
    change("lost_card", title="挂失", questions=["挂失手续"])


@both
def test_check_lists_gains_and_losses_per_entry(services: Services) -> None:
    worse()
    drafts.create(
        "deposit",
        {
            "kind": "guide",
            "title": "押金",
            "category": "借书证",
            "answer": "退证时退。",
            "questions": ["押金什么时候退", "押金多少钱"],
        },
        editor="editor:1",
    )
    result = workflow.check().result
    assert result.release == 1
    by_answer = {figures.answer: figures for figures in result.figures}
    lost = {change.question for change in by_answer["lost_card"].lost}
    assert "我的借书证找不到了" in lost
    gained = {change.question: change for change in by_answer["deposit"].gained}
    assert set(gained) == {"押金什么时候退", "押金多少钱"}
    assert gained["押金多少钱"].is_example
    assert by_answer["late_return"].before[2] == by_answer["late_return"].questions
    assert result.lost == len(result.losses())
    assert result.gained == sum(len(figures.gained) for figures in result.figures)
    # Three questions of the set, and three examples that the draft no longer has.
    assert result.examples == result.questions - 6


def test_unchanged_draft_is_not_checked_again(services: Services) -> None:
    worse()
    first = workflow.check()
    assert workflow.check() == first
    mine = question_sets.find("读者的问题")
    assert mine is not None
    question_sets.put(mine.id, [Labelled("挂失", ("lost_card",))], editor="editor:1")
    assert workflow.check().id != first.id


@both
def test_publication_with_losses_needs_a_reason(services: Services) -> None:
    worse()
    refused = refusal(lambda: workflow.publish(services, actor="editor:1"))
    assert refused.reason is Reason.PUBLICATION_LOSES_QUESTIONS
    assert refused.details["count"] == len(refused.details["lost"]) > 0
    assert publishing.current().number == 1
    published = workflow.publish(services, actor="editor:1", note="改版", override="另写了一条")
    assert (published.number, publishing.current().number) == (2, 2)
    release = workflow.releases()[0]
    assert (release.author, release.note, release.override) == ("editor:1", "改版", "另写了一条")
    assert release.check_id is not None
    assert workflow.result_of(release.check_id) == published.result
    assert [(line.tag, line.actor) for line in AuditEntry.select().order_by(AuditEntry.id)][
        -2:
    ] == [
        ("faq:release:published", "editor:1"),
        ("faq:release:overridden", "editor:1"),
    ]
    assert drafts.changed() == []


@both
def test_publication_without_losses_needs_no_reason(services: Services) -> None:
    change("lost_card", answer="来补。")
    checked = workflow.check()
    assert checked.result.lost == 0
    workflow.publish(services, actor="editor:1", override="不需要", digest=checked.digest)
    assert publishing.current().content.by_slug["lost_card"].answer == "来补。"
    assert workflow.releases()[0].override == ""
    assert refusal(lambda: workflow.publish(services, actor="e")).reason is (
        Reason.NOTHING_TO_PUBLISH
    )


def test_draft_changed_after_its_check_is_not_published(services: Services) -> None:
    change("lost_card", answer="来补。")
    checked = workflow.check()
    change("lost_card", answer="别来。")
    refused = refusal(lambda: workflow.publish(services, actor="e", digest=checked.digest))
    assert refused.reason is Reason.PUBLICATION_OUTDATED
    assert publishing.current().number == 1


def test_invalid_draft_is_not_published(services: Services) -> None:
    change("lost_card", answer="")
    refused = refusal(lambda: workflow.publish(services, actor="editor:1"))
    assert refused.reason is Reason.INVALID_INPUT
    assert refused.details["fields"][0]["field"] == "entry.lost_card.answer"


def test_changed_order_alone_can_be_published(services: Services) -> None:
    draft_batches.place("late_return", before="lost_card", editor="editor:1")
    assert workflow.check().result.remarks == ("条目的顺序有变化。",)
    workflow.publish(services, actor="editor:1")
    assert [entry.slug for entry in publishing.current().entries] == ["late_return", "lost_card"]


def test_removed_right_answer_is_named_by_its_title(services: Services) -> None:
    mine = next(one for one in question_sets.sets() if not one.archived)
    begun = drafts.create("invoice_test", {"title": "开发票"}, editor="editor:1")
    question_sets.put(mine.id, [Labelled("怎么开发票", ("invoice_test",))], editor="editor:1")
    drafts.retire("invoice_test", based_on=begun.revision, editor="editor:1")
    [remark] = workflow.check().result.remarks
    assert "正确答案是“开发票”（invoice_test），而草稿里没有这个条目" in remark


@both
def test_one_of_two_simultaneous_publications_wins(services: Services) -> None:
    change("lost_card", answer="来补。")
    workflow.check()

    def publish() -> str:
        try:
            return str(workflow.publish(services, actor="editor:1").number)
        except Refused as refused:
            return refused.reason.name

    results = sorted(at_once([publish] * 4))
    assert results[0] == "2"
    assert set(results[1:]) <= {"PUBLICATION_OUTDATED", "NOTHING_TO_PUBLISH"}
    assert FaqRelease.select().count() == 2


@both
def test_rollback_publishes_an_earlier_release_again(services: Services, small: Content) -> None:
    change("lost_card", answer="来补。")
    workflow.publish(services, actor="editor:1")
    back = workflow.roll_back(1, actor="chief:1", reason="写错了")
    assert back.number == 3
    assert (publishing.current().number, publishing.current().content) == (3, small)
    release = workflow.releases()[0]
    assert (release.restores, release.note, release.author) == (1, "写错了", "chief:1")
    assert AuditEntry.select().order_by(AuditEntry.id.desc()).get().tag == (
        "faq:release:rolled_back"
    )
    # The editors' work is still there, and differs from what is in force again.
    assert [draft.key for draft in drafts.changed()] == [Key("entry", "lost_card")]
    for number, reason, why in (
        (1, Reason.NOTHING_TO_PUBLISH, "再退"),
        (9, Reason.NOT_FOUND, "再退"),
        (2, Reason.INVALID_INPUT, " "),
        (2, Reason.INVALID_INPUT, "长" * 201),
    ):
        found = refusal(
            lambda number=number, why=why: workflow.roll_back(number, actor="c", reason=why)
        )
        assert found.reason is reason
    assert [known.number for known in workflow.releases(limit=2, before=3)] == [2, 1]


def test_required_review_prevents_direct_publication(services: Services) -> None:
    settings = services.settings.model_copy(update={"publish_needs_review": True})
    change("lost_card", answer="来补。")
    refused = refusal(lambda: workflow.publish(Services(settings, services.clients), actor="e"))
    assert refused.reason is Reason.REVIEW_REQUIRED
