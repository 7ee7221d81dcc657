"""Drafts: copy of the release, saved part by part without overwriting."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from config import Settings
from faq.content import seed
from faq.content.entries import NEW_PARTS, Content
from faq.editing import draft_batches, draft_listing, drafts, history
from faq.release import publishing
from faq.release.faults import assemble
from faq.release.parts import LISTS, Key, split
from faq.release.publishing import Published
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from models.faq.drafts import FaqDraft, FaqRevision
from tests.support.service.rules import at_once

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
LOST_CARD = Key("entry", "lost_card")


@pytest.fixture
def draft(tables: Settings, small: Content) -> None:
    """Begin an unchanged draft of the small content."""
    publishing.publish(small, after=None)


def text(**changes: Any) -> dict[str, Any]:
    return {**drafts.entry("lost_card").content, **changes}


def refusal(act: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value


@both
def test_draft_begins_as_a_copy_of_the_release(published: Published) -> None:
    assert drafts.content() == published.content
    assert drafts.changed() == []
    assert {draft.state for draft in drafts.parts()} == {"published"}


@both
def test_simultaneous_processes_begin_one_draft(draft: None) -> None:
    at_once([drafts.parts] * 6)
    assert FaqDraft.select().count() == 2 + len(LISTS)


@both
def test_draft_of_an_earlier_version_gets_the_new_lists(draft: None) -> None:
    drafts.save(LOST_CARD, text(title="借书卡丢了"), based_on=1, editor="editor:1")
    FaqDraft.delete().where(FaqDraft.kind.in_(NEW_PARTS)).execute()
    FaqRevision.delete().where(FaqRevision.kind.in_(NEW_PARTS)).execute()
    assert {part.state for part in drafts.parts() if part.key.kind in NEW_PARTS} == {"published"}
    assert FaqDraft.select().count() == 2 + len(LISTS)
    assert drafts.content().by_slug["lost_card"].title == "借书卡丢了"
    assert drafts.part(Key("acts")).editor == drafts.SHIPPED


def test_release_of_an_earlier_version_gets_the_shipped_lists(small: Content) -> None:
    stored = small.model_dump(mode="json", by_alias=True)
    values = {name: value for name, value in stored.items() if name not in NEW_PARTS}
    found = Content.model_validate(values)
    assert found.intents == seed.load().intents
    # The shipped families and questions back are about other entries.
    assert (found.families, found.questions_back) == ((), ())
    assert assemble(split(found)) == found


@both
def test_saved_text_is_in_the_draft_and_not_published(draft: None, small: Content) -> None:
    saved = drafts.save(LOST_CARD, text(title="借书卡丢了"), based_on=1, editor="editor:1")
    assert (saved.revision, saved.state, saved.editor) == (2, "changed", "editor:1")
    assert drafts.content().by_slug["lost_card"].title == "借书卡丢了"
    assert [changed.key for changed in drafts.changed()] == [LOST_CARD]
    assert publishing.current().content == small
    # Going back by hand is no change any more.
    back = drafts.save(LOST_CARD, text(title="借书证丢了"), based_on=2, editor="editor:1")
    assert (back.revision, back.state) == (3, "published")


def test_saving_unchanged_text_makes_no_version(draft: None) -> None:
    # A field that has its default says nothing.
    same = drafts.save(LOST_CARD, text(tags=[], kind="case"), based_on=1, editor="editor:1")
    assert (same.revision, same.editor) == (1, "product")


@both
def test_conflicting_save_is_refused_with_both_texts(draft: None) -> None:
    first, second = text(answer="带身份证来。"), text(answer="不用来了。")
    drafts.save(LOST_CARD, first, based_on=1, editor="editor:1")
    refused = refusal(lambda: drafts.save(LOST_CARD, second, based_on=1, editor="editor:2"))
    assert refused.reason is Reason.DRAFT_CONFLICT
    details = refused.details
    assert (details["theirs"], details["yours"]) == (first, second)
    assert (details["revision"], details["editor"]) == (2, "editor:1")
    assert drafts.entry("lost_card").content == first
    # Having merged the two he saves on top of the other's.
    drafts.save(LOST_CARD, second, based_on=details["revision"], editor="editor:2")
    assert [version.content["answer"] for version in history.versions(LOST_CARD)] == [
        "不用来了。",
        "带身份证来。",
        "请带身份证到服务台补办。",
    ]


@both
def test_one_of_many_simultaneous_saves_wins(draft: None) -> None:
    drafts.parts()
    base = text()

    def save(number: int) -> str:
        try:
            changed = {**base, "answer": f"第{number}种说法"}
            drafts.save(LOST_CARD, changed, based_on=1, editor=f"editor:{number}")
        except Refused as refused:
            return refused.reason.name
        return "saved"

    results = at_once([lambda number=number: save(number) for number in range(6)])
    assert sorted(results) == ["DRAFT_CONFLICT"] * 5 + ["saved"]
    assert drafts.entry("lost_card").revision == 2


@both
def test_simultaneous_examples_are_all_saved(draft: None) -> None:
    drafts.parts()
    questions = [f"借书证第{number}次丢了" for number in range(6)]
    at_once(
        [
            lambda question=question: drafts.add_examples(
                "lost_card", [question], editor="editor:1"
            )
            for question in questions
        ]
    )
    assert set(questions) < set(drafts.entry("lost_card").content["questions"])
    assert drafts.entry("lost_card").revision == 7


def test_example_is_one_line_and_unique(draft: None) -> None:
    asked = ("卡\n丢了\x00！ ", "卡 丢了 ！", "补办借书证")
    assert drafts.add_examples("lost_card", asked, editor="editor:1") == 1
    assert drafts.add_examples("lost_card", asked, editor="editor:1") == 0
    assert drafts.entry("lost_card").content["questions"][3:] == ["卡 丢了 ！"]
    assert len(drafts.as_example("长" * 500)) == 200
    assert refusal(lambda: drafts.as_example("\n\x00 ")).reason is Reason.INVALID_INPUT
    assert refusal(lambda: drafts.add_examples("nowhere", ["？"], editor="e")).reason is (
        Reason.NOT_FOUND
    )


def test_question_is_marked_as_out_of_scope(draft: None) -> None:
    drafts.add_out_of_scope(["今天下雨吗"], editor="editor:1")
    assert drafts.content().out_of_scope.questions[-1] == "今天下雨吗"


def test_continuous_autosaves_make_one_version(draft: None) -> None:
    now = clock.now()
    saves = [(0, "e:1", True), (10, "e:1", True), (20, "e:1", False), (25, "e:1", True)]
    for number, (minute, editor, typing) in enumerate(saves, start=1):
        with clock.replaced(lambda minute=minute: now + timedelta(minutes=minute)):
            drafts.save(
                LOST_CARD,
                text(answer=f"写到第{number}版"),
                based_on=number,
                editor=editor,
                autosave=typing,
            )
    # The numbers go on, so that saving over a deleted text is a conflict.
    assert [(v.number, v.autosaved) for v in history.versions(LOST_CARD)] == [
        (5, True),
        (4, False),
        (1, False),
    ]
    with clock.replaced(lambda: now + timedelta(minutes=26)):
        drafts.save(LOST_CARD, text(answer="别人"), based_on=5, editor="e:2", autosave=True)
    with clock.replaced(lambda: now + timedelta(minutes=99)):
        drafts.save(LOST_CARD, text(answer="很久以后"), based_on=6, editor="e:2")
    assert [v.number for v in history.versions(LOST_CARD)] == [7, 6, 5, 4, 1]


def test_faults_of_a_draft_name_their_entries(draft: None) -> None:
    drafts.save(LOST_CARD, text(answer="", steps=["一\n二"]), based_on=1, editor="e:1")
    late = {**drafts.entry("late_return").content, "related": ["gone"], "colour": "red"}
    drafts.save(Key("entry", "late_return"), late, based_on=1, editor="e:1")
    refused = refusal(drafts.content)
    assert refused.reason is Reason.INVALID_INPUT
    assert [(fault["field"], fault["message"]) for fault in refused.details["fields"]] == [
        ("entry.lost_card.answer", "条目“借书证丢了”（lost_card）的答案没有填写。"),
        (
            "entry.lost_card.steps.0",
            "条目“借书证丢了”（lost_card）的步骤第1条含有换行或其他控制字符，请写成一行。",
        ),
        (
            "entry.late_return.colour",
            "条目“还书晚了”（late_return）的“colour”是不认识的一项，请删去或改正名称。",
        ),
    ]


@both
def test_held_entry_keeps_its_released_text(draft: None, small: Content) -> None:
    drafts.save(LOST_CARD, text(answer=""), based_on=1, editor="e:1")
    drafts.hold("lost_card", True, based_on=2, editor="e:1")
    opened = drafts.open_entry("押金", ["押金什么时候退"], editor="e:1")
    assert (opened.state, opened.held) == ("new", True)
    assert drafts.open_entry("押金", ["押金多少"], editor="e:1").key != opened.key
    assert drafts.content() == small
    assert drafts.changed() == []
    drafts.hold("lost_card", False, based_on=3, editor="e:1")
    assert refusal(drafts.content).details["fields"][0]["field"] == "entry.lost_card.answer"


def test_retired_entry_is_removed_and_can_be_restored(draft: None, small: Content) -> None:
    assert drafts.retire("late_return", based_on=1, editor="e:1").state == "retired"
    field = refusal(drafts.content).details["fields"][0]
    assert field["message"].endswith("引用了不存在或已下架的条目：late_return。")
    drafts.save(LOST_CARD, text(related=[]), based_on=1, editor="e:1")
    assert list(drafts.content().by_slug) == ["lost_card"]
    assert refusal(lambda: drafts.add_examples("late_return", ["？"], editor="e:1")).reason is (
        Reason.NOT_FOUND
    )
    assert refusal(lambda: drafts.restore("late_return", based_on=1, editor="e:2")).reason is (
        Reason.DRAFT_CONFLICT
    )
    drafts.restore("late_return", based_on=2, editor="e:1")
    drafts.discard(LOST_CARD, based_on=2, editor="e:1")
    assert drafts.content() == small


def test_a_new_entry_has_a_slug_of_its_own(draft: None) -> None:
    drafts.create("deposit", {"title": "押金"}, editor="e:1")
    for slug, code in (("deposit", "taken"), ("lost_card", "taken"), ("押金", "wrong_form")):
        refused = refusal(lambda slug=slug: drafts.create(slug, {}, editor="e:1"))
        assert refused.details["fields"][0]["code"] == code
    drafts.retire("deposit", based_on=1, editor="e:1")
    drafts.save(LOST_CARD, text(slug="another"), based_on=1, editor="e:1")
    (field,) = refusal(drafts.content).details["fields"]
    assert (field["field"], field["code"]) == ("entry.lost_card.slug", "changed")


def test_entries_are_reordered(draft: None, small: Content) -> None:
    draft_batches.place("late_return", before="lost_card", editor="e:1")
    assert [entry.slug for entry in drafts.content().entries] == ["late_return", "lost_card"]
    draft_batches.place("late_return", before=None, editor="e:1")
    assert drafts.content() == small
    assert refusal(lambda: draft_batches.place("nowhere", before=None, editor="e:1")).reason is (
        Reason.NOT_FOUND
    )


@both
def test_entry_is_restored_to_an_earlier_version(draft: None) -> None:
    drafts.save(LOST_CARD, text(title="二"), based_on=1, editor="e:1", note="改标题")
    drafts.save(LOST_CARD, text(title="三"), based_on=2, editor="e:2")
    back = history.roll_back(LOST_CARD, 2, based_on=3, editor="e:3")
    assert (back.content["title"], back.revision) == ("二", 4)
    told = [(v.number, v.act, v.note, v.editor) for v in history.versions(LOST_CARD)]
    assert told == [
        (4, "rolled_back", "回到修改2", "e:3"),
        (3, "edited", "", "e:2"),
        (2, "edited", "改标题", "e:1"),
        (1, "created", "", "product"),
    ]
    (difference,) = history.compare(LOST_CARD, 1, 2)
    assert (difference.label, difference.items[0].before) == ("标题", "借书证丢了")
    assert history.compare(LOST_CARD, 2, 4) == []
    for act in (
        lambda: history.roll_back(LOST_CARD, 9, based_on=4, editor="e:1"),
        lambda: history.versions(Key("entry", "nowhere")),
        lambda: history.compare(LOST_CARD, 1, 9),
    ):
        assert refusal(act).reason is Reason.NOT_FOUND
    assert FaqRevision.select().count() == 2 + len(LISTS) + 3


@both
def test_entries_are_listed_by_page_text_category_and_state(draft: None) -> None:
    drafts.save(LOST_CARD, text(answer="找服务台的\ud800人\x00。"), based_on=1, editor="e:1")
    opened = drafts.open_entry("押金", ["押金什么时候退"], editor="e:2").key.name
    drafts.retire("late_return", based_on=1, editor="e:3")

    def slugs(**options: Any) -> list[str]:
        return [found.slug for found in draft_listing.entries(**options)]

    assert slugs() == ["lost_card", "late_return", opened]
    assert slugs(limit=1) == ["lost_card"]
    first = draft_listing.entries(limit=1)[0]
    assert (first.title, first.category, first.state) == ("借书证丢了", "借书证", "changed")
    assert (first.revision, first.editor, first.held) == (2, "e:1", False)
    assert slugs(after=first.position, limit=1) == ["late_return"]
    assert slugs(text="服务台的") == ["lost_card"]
    assert slugs(text='"questions"') == slugs(text="%") == slugs(text="\\") == []
    assert slugs(category="借还") == ["late_return"]
    assert slugs(states=["new", "changed"]) == ["lost_card", opened]
    assert slugs(states=["retired"], category="借书证") == []
    assert draft_listing.categories() == [("借书证", 1), ("待分类", 1)]
