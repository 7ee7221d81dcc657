"""WeChat's privacy guide names what the built program calls, and the note invented people."""

import re
import shutil
from pathlib import Path

import pytest

from sandbox.people import is_id_number
from tests.support.app import PROGRAM, build
from tools import privacy_guide

BUILT = PROGRAM / "dist/build/mp-weixin"
NOTES = privacy_guide.REVIEW / "notes.md"


@pytest.fixture(scope="module")
def program() -> Path:
    """Return the built program for WeChat."""
    build("mp-weixin")
    return BUILT


def test_each_call_of_the_build_has_its_line_and_each_line_its_call(program: Path) -> None:
    assert privacy_guide.calls_of(program) == set(privacy_guide.table()["calls"])


@pytest.mark.parametrize("name", ["getLocation", "getClipboardData", "getRecorderManager"])
def test_planted_call_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "page.js").write_text(f"o.{name}({{}})")
    (tmp_path / "common").mkdir()
    (tmp_path / "common/vendor.js").write_text("chooseVideo")
    assert privacy_guide.calls_of(tmp_path) == {name}


def test_call_that_left_the_build_is_found(program: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(program, tmp_path / "program")
    for path in copy.rglob("*.js"):
        path.write_text(path.read_text().replace("chooseMedia", "none"))
    missing = set(privacy_guide.table()["calls"]) - privacy_guide.calls_of(copy)
    assert missing == {"chooseMedia"}


def test_guide_is_fresh_and_names_every_period() -> None:
    guide = privacy_guide.guide()
    assert privacy_guide.GUIDE.read_text(encoding="utf-8") == guide
    kept = privacy_guide.privacy.personal_data()
    assert len(kept) > 30
    assert all(row.what in guide and row.period in guide for row in kept)


def test_reviewers_people_are_invented() -> None:
    numbers = re.findall(r"\d{17}[\dX]", NOTES.read_text(encoding="utf-8"))
    assert len(numbers) == 3
    assert all(is_id_number(number) and int(number[14:17]) >= 990 for number in numbers)
