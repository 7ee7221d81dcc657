"""The command faq: export, import, check, publish and refusals."""

from functools import partial
from pathlib import Path

import pytest

from faq.content.entries import Content
from faq.editing import drafts, workflow
from faq.interchange import yaml_form
from faq.release import publishing
from faq.release.faults import build
from faq.release.parts import Key
from models.faq.drafts import FaqRevision
from tests.support.service.command_line import outcome

CARD = Key("entry", "lost_card")


@pytest.fixture
def content(operator: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Content:
    """Publish two entries; commands run in an empty directory."""
    monkeypatch.chdir(tmp_path)
    parsed = yaml_form.parse(
        """
entries:
- slug: lost_card
  case: 101
  title: 借书证丢了
  category: 借书证
  answer: 请带身份证来补办。
  questions: [借书证丢了怎么办, 补办借书证, 借书卡找不到了]
- slug: late_return
  case: 102
  title: 还书晚了
  category: 借还
  answer: 每天一角。
  questions: [还书逾期怎么办, 超期罚款多少, 书还晚了]
smalltalk: []
replies:
  clarify: 哪一种？
  other_service: 这是“{service}”的事。
  unknown: 不知道。
  unreadable: 没看懂。
out_of_scope: {other_services: [], questions: [今天天气怎么样, 附近有饭店吗]}
synonyms: []
acts:
- {act: thanks, questions: [谢谢, 多谢了, 知道了]}
- {act: people, questions: [人工, 转人工, 找人工客服]}
persons: []
"""
    )
    assert parsed.problems == []
    found = build({part.key: part.value for part in parsed.parts})
    publishing.publish(found, after=None)
    return found


run = partial(outcome, "faq")
"""Runs the command: its exit status and everything printed."""


def edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_text("utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new), "utf-8")


def test_exported_text_is_edited_imported_and_published(
    content: Content, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "export", "all.yaml") == (0, "all.yaml: the draft (2 entries).\n")
    assert run(capsys, "publish")[1].startswith("NOTHING_TO_PUBLISH: ")
    edit("all.yaml", "每天一角。", "每天两角。")
    status, printed = run(capsys, "import", "all.yaml", "--dry-run")
    assert (status, printed.splitlines()) == (
        0,
        [
            "  changed  条目“还书晚了”（late_return）: 答案",
            "1 changes, 16 unchanged.",
            "Nothing was written.",
        ],
    )
    assert FaqRevision.select().where(FaqRevision.number > 1).count() == 0
    assert run(capsys, "import", "all.yaml", "--replace")[0] == 0
    status, printed = run(capsys, "check")
    assert (status, printed.splitlines()[0]) == (0, " changed  条目“还书晚了”（late_return）")
    status, printed = run(capsys, "publish", "--note", "涨价")
    assert (status, printed.splitlines()[-1]) == (0, "Release 2 is in force.")
    assert publishing.current().content.by_slug["late_return"].answer == "每天两角。"
    assert run(capsys, "rollback", "1", "--reason", "没到日子")[0] == 0
    assert publishing.current().content == content
    lines = run(capsys, "releases")[1].splitlines()
    assert [line.split()[0] for line in lines] == ["3", "2", "1"]
    assert "content of release 1  没到日子" in lines[0]
    assert lines[1].endswith("涨价")
    assert run(capsys, "export", "in_force.yaml", "--in-force")[0] == 0
    assert Path("in_force.yaml").read_text("utf-8") == yaml_form.dump(content)
    status, printed = run(capsys, "export", "in_force.yaml", "--release", "2")
    assert (status, printed) == (1, "in_force.yaml: File exists.\n")


def test_bad_rows_are_named_and_stop_the_import(
    content: Content, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "export", "entries.csv", "--encoding", "gb18030")
    text = Path("entries.csv").read_bytes().decode("gb18030")
    bad = "bad,103,情形,,借还,没用。,,,,,问题,,,,\r\n" + "late return,,,标题,,,,,,,,,,,\r\n"
    Path("entries.csv").write_bytes((text + bad).encode("gb18030"))
    status, printed = run(capsys, "import", "entries.csv")
    assert status == 1
    assert "row 4: bad: 条目bad的标题没有填写。" in printed
    assert "row 5: late return: 条目“标题”（late return）的标识只能用" in printed
    assert "Nothing was written" in printed
    assert drafts.changed() == []
    status, printed = run(capsys, "import", "entries.csv", "--skip-bad")
    assert (status, printed.splitlines()[1]) == (0, "The draft has all of it already.")
    assert run(capsys, "import", "nowhere.csv") == (1, "nowhere.csv: No such file or directory.\n")
    Path("x.pdf").write_bytes(b"")
    assert run(capsys, "import", "x.pdf")[1].splitlines()[1] == (
        "- 只能导入 .yaml、.csv 或 .xlsx 文件。"
    )


def test_publication_with_losses_needs_a_reason(
    content: Content, capsys: pytest.CaptureFixture[str]
) -> None:
    drafts.retire("late_return", based_on=1, editor="editor:1")
    status, printed = run(capsys, "check")
    assert status == 1
    assert " retired  条目“还书晚了”（late_return）" in printed
    assert "  超期罚款多少  [late_return → " in printed
    status, printed = run(capsys, "publish")
    assert status == 1
    assert '--override "REASON"' in printed
    assert publishing.current().number == 1
    assert run(capsys, "publish", "--override", "不再罚款")[0] == 0
    assert workflow.releases()[0].override == "不再罚款"
    assert "lost questions: 不再罚款" in run(capsys, "releases")[1]


def test_unfinished_draft_is_reported_by_entry(
    content: Content, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = drafts.entry("lost_card")
    drafts.save(CARD, {**draft.content, "answer": ""}, based_on=1, editor="editor:1")
    for act in (("check",), ("publish",), ("export", "x.yaml")):
        status, printed = run(capsys, *act)
        assert status == 1
        assert printed.splitlines()[1] == "- 条目“借书证丢了”（lost_card）的答案没有填写。"


def test_question_sets_are_imported_and_exported(
    content: Content, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("q.csv").write_text("question,case\n卡没了,101\n下雨吗,0\n坏,9\n", "utf-8")
    status, printed = run(capsys, "import", "q.csv", "--questions", "我的")
    assert status == 1
    assert "row 4: 坏: 没有编号为9的情形。" in printed
    words = ("import", "q.csv", "--questions", "我的", "--skip-bad")
    assert run(capsys, *words, "--dry-run")[0] == 0
    assert run(capsys, "export", "out.csv", "--questions", "我的")[0] == 1
    assert run(capsys, *words)[1].splitlines()[1] == "我的 has 2 questions now."
    assert run(capsys, "export", "out.csv", "--questions", "我的")[0] == 0
    assert Path("out.csv").read_text("utf-8-sig").splitlines() == [
        "question,case,entry,note",
        "卡没了,101,,",
        "下雨吗,0,,",
    ]
    # Measuring reads the same file.
    assert run(capsys, "evaluate", "out.csv")[0] == 0


def test_command_does_not_publish_when_reviews_are_required(
    content: Content, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH_NEEDS_REVIEW", "true")
    drafts.add_examples("lost_card", ["卡没了"], editor="editor:1")
    status, printed = run(capsys, "publish")
    assert (status, printed[:17]) == (1, "REVIEW_REQUIRED: ")
    assert publishing.current().number == 1
