"""Imports are previewed and written as a whole."""

from typing import Any

import pytest

from config import Settings
from faq.content import images, seed
from faq.content.entries import Content
from faq.editing import draft_batches, drafts, question_sets
from faq.editing.question_sets import Labelled
from faq.interchange import exports, imports, question_table
from faq.interchange.imports import Preview
from faq.release import publishing
from faq.release.parts import LISTS, Key
from miniprogram_api.reasons import Reason, Refused
from models.desks.audit import AuditEntry

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)

CSV = """标识,标题,分类,答案,示例问题,类型,情形编号
lost_card,挂失,借书证,来挂失。,"怎么挂失
补办借书证",情形,101
deposit,押金,借书证,退证时退。,押金什么时候退,指南,
Bad Slug,坏的,借书证,没用。,问题,指南,
other,同号,借书证,没用。,问题,情形,102
"""


@pytest.fixture
def draft(tables: Settings, small: Content) -> None:
    publishing.publish(small, after=None)


def shown(data: str | bytes, name: str, **options: Any) -> Preview:
    raw = (
        data if isinstance(data, bytes) else data.encode("gb18030" if name == "a.csv" else "utf-8")
    )
    return imports.preview(imports.parse(raw, name), **options)


@both
def test_shipped_content_replaces_unedited_parts(tables: Settings, shipped: Content) -> None:
    slug, other = (entry.slug for entry in shipped.entries[:2])
    old = shipped.model_dump(mode="json", by_alias=True)
    for entry in old["entries"]:
        entry |= {"texts": {}, "variants": {}, "explains": [], "catalogue": None}
    images.add_existing(seed.pictures().items())
    publishing.publish(Content.model_validate(old), after=None)
    mine = {**drafts.entry(slug).content, "title": "改过的标题"}
    drafts.save(Key("entry", slug), mine, based_on=1, editor="editor:1")
    planned = imports.preview(imports.shipped())
    assert planned.problems == ()
    assert {step.act for step in planned.steps} == {"changed"}
    imports.carry_out(planned, editor=drafts.SHIPPED)
    assert drafts.content().by_slug[other] == shipped.by_slug[other]
    assert drafts.entry(slug).content == mine
    assert imports.preview(imports.shipped()).steps == ()


@both
def test_import_of_an_export_restores_the_draft(
    draft: None, shipped: Content, small: Content
) -> None:
    images.add_existing(seed.pictures().items())
    planned = shown(exports.content_file(shipped, "yaml"), "all.yaml", replace=True)
    assert (planned.count("new"), planned.count("retired"), planned.problems) == (
        len(shipped.entries),
        2,
        (),
    )
    imports.carry_out(planned, editor="editor:1")
    assert drafts.content() == shipped
    # The same again changes nothing; and the small content comes back where it was.
    again = shown(exports.content_file(shipped, "yaml"), "all.yaml", replace=True)
    assert (again.steps, again.order, again.unchanged) == (
        (),
        None,
        len(shipped.entries) + len(LISTS),
    )
    back = shown(exports.content_file(small, "yaml"), "small.yml", replace=True)
    assert back.count("restored") == 2
    imports.carry_out(back, editor="editor:1")
    assert drafts.content() == small
    assert drafts.changed() == []


def test_held_entries_survive_the_import_of_their_export(draft: None, small: Content) -> None:
    lost = drafts.part(Key("entry", "lost_card"))
    drafts.save(
        lost.key, {**lost.content, "answer": "写了一半"}, based_on=lost.revision, editor="e:1"
    )
    drafts.hold("lost_card", True, based_on=lost.revision + 1, editor="e:1")
    begun = drafts.open_entry("押金", ["押金什么时候退"], editor="e:1")
    file = exports.content_file(drafts.content(), "yaml")

    same = shown(file, "draft.yaml", replace=True)
    assert (same.steps, same.order, same.problems) == ((), None, ())

    changed = file.decode().replace("还书晚了", "还书迟了").encode()
    planned = shown(changed, "draft.yaml", replace=True)
    assert [(step.key.name, step.act) for step in planned.steps] == [("late_return", "changed")]
    imports.carry_out(planned, editor="e:1")
    assert drafts.part(lost.key).content["answer"] == "写了一半"
    assert not drafts.part(begun.key).is_retired


def test_preview_reports_invalid_rows_and_writes_nothing(draft: None, small: Content) -> None:
    planned = shown(CSV, "a.csv")
    assert [(p.line, p.name, p.message) for p in planned.problems] == [
        (
            4,
            "Bad Slug",
            "条目“坏的”（Bad Slug）的标识只能用小写字母、数字和下划线，以字母开头，2至50个字符。",
        ),
        (5, "other", "条目“同号”（other）的情形编号102不止一条在用。"),
    ]
    changed = {step.key.name: step for step in planned.steps}
    assert (changed["lost_card"].act, changed["deposit"].act) == ("changed", "new")
    # What the file does not speak of stays: the related entry, the button, the steps.
    assert changed["lost_card"].value["related"] == ["late_return"]
    assert {d.field for d in changed["lost_card"].differences} == {"title", "answer", "questions"}
    assert drafts.content() == small
    with pytest.raises(Refused) as refused:
        imports.carry_out(planned, editor="editor:1")
    assert [f["message"][:4] for f in refused.value.details["fields"]] == ["第4行：", "第5行："]
    assert drafts.content() == small


@both
def test_invalid_rows_can_be_skipped(draft: None) -> None:
    imports.carry_out(shown(CSV, "a.csv"), editor="editor:1", skip_bad=True)
    content = drafts.content()
    assert list(content.by_slug) == ["lost_card", "late_return", "deposit"]
    assert content.by_slug["lost_card"].questions == ("怎么挂失", "补办借书证")
    assert AuditEntry.select().where(AuditEntry.tag == "faq:draft:imported").count() == 1


@both
def test_change_since_the_preview_is_not_overwritten(draft: None, small: Content) -> None:
    planned = shown(CSV, "a.csv")
    drafts.add_examples("lost_card", ["卡没了"], editor="editor:2")
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            imports.carry_out(planned, editor="editor:1", skip_bad=True)
        assert refused.value.reason is Reason.DRAFT_CONFLICT
    assert [part.key for part in drafts.changed()] == [Key("entry", "lost_card")]
    drafts.discard(Key("entry", "lost_card"), based_on=2, editor="editor:2")
    imports.carry_out(shown(CSV, "a.csv"), editor="editor:1", skip_bad=True)
    with pytest.raises(Refused) as refused:
        imports.carry_out(planned, editor="editor:1", skip_bad=True)
    assert refused.value.reason is Reason.DRAFT_CONFLICT


def test_inconsistent_list_is_an_invalid_row(draft: None, small: Content) -> None:
    text = "replies:\n  clarify: 哪个？\nsynonyms:\n- {word: 卡, spellings: [证]}\n"
    planned = shown(text, "a.yaml")
    assert {(p.line, p.name) for p in planned.problems} == {(2, "replies")}
    imports.carry_out(planned, editor="editor:1", skip_bad=True)
    assert drafts.content().synonyms[0].word == "卡"
    assert drafts.content().replies == small.replies


@pytest.mark.parametrize(
    ("data", "name"), [(b"x", "a.exe"), (b"\xff\xfe\xff", "a.yaml"), (b" " * 21_000_000, "a.yml")]
)
def test_unsupported_files_are_refused(draft: None, data: bytes, name: str) -> None:
    with pytest.raises(Refused) as refused:
        imports.parse(data, name)
    assert refused.value.reason is Reason.INVALID_INPUT


@both
def test_question_set_round_trips(draft: None) -> None:
    mine = question_sets.create("我的", editor="editor:1")
    rows = [Labelled("卡丢了", ("lost_card",)), Labelled("下雨", (question_sets.OUT_OF_SCOPE,))]
    question_sets.put(mine.id, rows, editor="editor:1")
    cases = exports.case_numbers()
    for form in ("csv", "xlsx"):
        data = exports.question_file(mine.id, form)
        parsed = question_table.parse(data, cases, question_sets.known_answers())
        imports.put_questions(mine.id, parsed, editor="editor:2", replace=True)
        assert [row.labelled for row in question_sets.questions(mine.id)] == rows
    bad = "question,case\n卡丢了,102\n坏的,9\n".encode()
    parsed = question_table.parse(bad, cases, question_sets.known_answers())
    with pytest.raises(Refused) as refused:
        imports.put_questions(mine.id, parsed, editor="editor:2")
    assert refused.value.details["fields"][0]["message"] == "第3行：没有编号为9的情形。"
    imports.put_questions(mine.id, parsed, editor="editor:2", replace=True, skip_bad=True)
    (row,) = question_sets.questions(mine.id)
    assert (row.labelled, row.editor) == (Labelled("卡丢了", ("late_return",)), "editor:2")
    with pytest.raises(Refused):
        exports.question_file(mine.id, "pdf")


def test_a_category_is_renamed_in_all_its_entries(draft: None) -> None:
    assert draft_batches.rename_category("借还", "借书还书", editor="editor:1") == 1
    assert drafts.content().by_slug["late_return"].category == "借书还书"
    with pytest.raises(Refused):
        draft_batches.rename_category("借还", " ", editor="editor:1")


def test_preview_uses_labels_and_titles(draft: None) -> None:
    file = (
        "标识,标题,分类,答案,示例问题,类型,相关条目\n"
        "deposit,押金,借书证,退证时退。,押金什么时候退,指南,lost_card\n"
        "other,其他,借书证,没用。,问题,说明,\n"
    )
    planned = shown(file, "a.csv")
    [problem] = planned.problems
    assert "只能是“情形”（case）、“使用说明”（guide）、“业务指引”（service）之一" in problem.message
    [step] = planned.steps
    told = {d.label: [item.after for item in d.items] for d in step.differences}
    title = drafts.entry("lost_card").content["title"]
    assert (told["类型"], told["相关条目"]) == (["使用说明"], [f"{title}（lost_card）"])


@both
def test_kinds_are_read_by_their_present_and_former_names(draft: None) -> None:
    names = ("使用说明", "指南", "业务指引", "业务", "guide")
    rows = [f"entry_{n},{name},标题,分类,答案,问题{n}" for n, name in enumerate(names)]
    file = "\n".join(["标识,类型,标题,分类,答案,示例问题", *rows]).encode()
    planned = shown(file, "a.csv")
    kinds = [step.value["kind"] for step in planned.steps]
    assert kinds == ["guide", "guide", "service", "service", "guide"]
    # The page and the export call them by the same names.
    imports.carry_out(planned, editor="e:1")
    exported = exports.content_file(drafts.content(), "csv").decode("utf-8-sig")
    assert "entry_1,,使用说明" in exported


@both
@pytest.mark.parametrize("form", ["csv", "yaml"])
def test_first_row_of_a_repeated_slug_is_kept(draft: None, form: str) -> None:
    rows = "park,指南,停车,出行,有车位,哪里停车\npark,指南,别的,出行,没有,停哪"
    csv = f"标识,类型,标题,分类,答案,示例问题\n{rows}"
    one = "  kind: guide\n  category: 出行\n  answer: 有\n  questions: [停车]\n"
    yaml = f"entries:\n- slug: park\n  title: 停车\n{one}- slug: park\n  title: 别的\n{one}"
    planned = shown((csv if form == "csv" else yaml).encode(), f"a.{form}")
    first, second = (2, 3) if form == "csv" else (2, 8)
    (problem,) = planned.problems
    assert problem.line == second
    assert problem.message == (f"标识park在第{first}行已经有了，以第{first}行为准，这一行不导入。")
    imports.carry_out(planned, editor="e:1", skip_bad=True)
    assert drafts.entry("park").content["title"] == "停车"


@both
def test_unknown_picture_is_told_once_and_truly(draft: None) -> None:
    name = "0" * 32 + ".png"
    rows = [f"aa,指南,甲,出行,有,问甲,{name} | 图", "bb,指南,乙,出行,有,问乙,门口.jpg | 图"]
    file = "\n".join(["标识,类型,标题,分类,答案,示例问题,图片", *rows]).encode()
    told = [(problem.line, problem.message) for problem in shown(file, "a.csv").problems]
    assert sorted(told) == [
        (2, f"没有图片{name}：请连同图片导入，或先在页面上传。"),
        (
            3,
            "条目“乙”（bb）的图片第1条的图片文件不是已有图片的名称，"
            "请先在条目的页面上传，再照导出文件里的名称填写。",
        ),
    ]
