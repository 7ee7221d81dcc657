"""The command faq evaluate: measurements, output and refusals."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import Settings
from faq.content.entries import Content
from faq.conversation.turns import reader
from faq.release import publishing
from handlers import commands
from tests.faq.conftest import small as small
from tests.support.service.rules import Rules

REPOSITORY = Path(__file__).parents[4]
# One example of each case of the small content, and two out of scope.
QUESTIONS = "question,case\n借书证丢了怎么办,101\n超期罚款多少,102\n今天天气怎么样,0\n你好,0\n"


@pytest.fixture
def file(tables: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Write a file of questions beside a migrated, empty database."""
    monkeypatch.setenv("VAR_DIR", str(tables.var_dir))
    monkeypatch.setenv("DATABASE_URL", tables.database_address)
    path = tmp_path / "questions.csv"
    path.write_text(QUESTIONS, "utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[str]]:
    """Return the exit status and the printed lines."""
    status = commands.main(["faq", "evaluate", *map(str, words)])
    printed = capsys.readouterr()
    return status, (printed.out + printed.err).splitlines()


def test_current_release_is_measured(
    capsys: pytest.CaptureFixture[str], file: Path, small: Content
) -> None:
    first = publishing.publish(small, after=None)
    only_late = small.model_copy(
        update={"entries": (small.entries[1].model_copy(update={"related": ()}),)}
    )
    publishing.publish(only_late, after=first)
    predictions = file.with_name("out.csv")

    status, lines = run(capsys, file, "--release", 1, "--predictions", predictions)

    assert status == 0
    assert lines[0].startswith("Release 1 on questions.csv (encoder: ")
    assert lines[1:3] == ["2 questions of a case", "  top-1 1.000  top-3 1.000"]
    assert lines[4:6] == [
        "2 questions out of scope",
        "  falsely answered with a case 0.000  clarified 0.000",
    ]
    with predictions.open(encoding="utf-8", newline="") as written:
        rows = list(csv.DictReader(written))
    assert [(row["question"], row["case"], row["kind"]) for row in rows] == [
        ("借书证丢了怎么办", "101", "answer"),
        ("超期罚款多少", "102", "answer"),
        ("今天天气怎么样", "0", "fallback"),
        ("你好", "0", "smalltalk"),
    ]
    assert rows[0]["top3"].startswith("101")
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows)

    file.write_text("question,case,set\n借书证丢了怎么办,101,a\n超期罚款多少,102,b\n", "utf-8")
    chosen = run(capsys, file, "--release", 1, "--set", "a")[1]
    assert chosen[1] == "1 questions of a case"

    # By default the current release is measured, which has no case 101.
    assert run(capsys, file) == (1, [f"{file}：没有编号为101的情形。"])
    file.write_text("question,case\n书还晚了,102\n", "utf-8")
    assert run(capsys, file)[1][0].startswith("Release 2, in force, on questions.csv ")
    assert publishing.current().number == 2


def test_reader_is_measured(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    file: Path,
    small: Content,
    rules: Rules,
) -> None:
    publishing.publish(small, after=None)
    monkeypatch.delenv("FAQ_READER_URL", raising=False)
    assert run(capsys, file, "--reader") == (1, ["--reader needs FAQ_READER_URL."])
    monkeypatch.setenv("FAQ_READER_URL", f"{rules.sandbox.url}/v1")
    monkeypatch.setenv("FAQ_READER_MODEL", "qwen-test")
    assert run(capsys, "--acts", "--reader") == (1, ["--reader is for a FILE."])
    file.write_text("question,case\n借书证丢了怎么办 sandbox-2,101\n我叫张三,101\n", "utf-8")
    monkeypatch.setattr(reader, "ASKS_BELOW", 1.1)
    predictions = file.with_name("out.csv")

    def case(*words: str) -> str:
        assert run(capsys, file, "--predictions", predictions, *words)[0] == 0
        with predictions.open(encoding="utf-8", newline="") as written:
            return next(csv.DictReader(written))["case"]

    assert case() != case("--reader")
    rules.sandbox.clear()
    lines = run(capsys, file, "--reader")[1]
    assert "asked the reader 1 of 2 questions" in lines
    assert len(rules.sandbox.calls("chat/completions")) == 1


def test_unreadable_file_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], file: Path, small: Content
) -> None:
    publishing.publish(small, after=None)

    status, lines = run(capsys, file, "--release", 9)
    assert (status, lines) == (1, ["There is no release 9."])

    status, lines = run(capsys, file.with_name("none.csv"))
    assert status == 1
    assert len(lines) == 1
    assert "none.csv" in lines[0]

    status, lines = run(capsys, file, "--predictions", file.with_name("no") / "out.csv")
    assert status == 1
    assert "out.csv" in lines[0]

    file.write_text("question,case\n借书证丢了,x\n", "utf-8")
    assert run(capsys, file) == (
        1,
        [f"{file}：第2行的情形“x”应为编号，多个用“|”隔开，都不是填0。"],
    )


@pytest.mark.parametrize(
    "database", ["", "postgresql://nobody@127.0.0.1:1/none"], ids=["fresh", "unreachable"]
)
def test_fresh_clone_measures_the_shipped_content(tmp_path: Path, database: str) -> None:
    file = tmp_path / "questions.csv"
    file.write_bytes("question,case\n收不到验证码怎么办,1\n公积金怎么提取,0\n".encode("gb18030"))

    done = subprocess.run(
        [sys.executable, "manage.py", "faq", "evaluate", str(file)],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "VAR_DIR": str(tmp_path / "var"),
            "DATABASE_URL": database,
            # Encoding all examples takes half a minute and changes no answer here.
            "FAQ_ENCODER": "off",
        },
        capture_output=True,
        text=True,
        check=True,
    )

    lines = done.stdout.splitlines()
    assert lines[0] == "The shipped content on questions.csv (encoder: off)"
    assert lines[2] == "  top-1 1.000  top-3 1.000"
    assert lines[5] == "  falsely answered with a case 0.000  clarified 0.000"
    assert done.stderr == ""
