"""The shipped model matches the shipped content and is trained again when stale."""

from pathlib import Path

import pytest

from config import Settings
from faq.content import seed
from faq.content.entries import Content
from faq.matching.learnt import model
from faq.matching.matcher import Matcher, compile_matcher
from faq.release import publishing
from handlers import commands


def test_shipped_model_has_the_current_content_and_format(shipped: Content) -> None:
    found = publishing.shipped_matcher(shipped)
    assert found is not None, "run `manage.py faq learn-shipped` and commit learnt.npz"
    assert seed.LEARNT.stat().st_size <= 15_000_000


def test_shipped_content_needs_no_training(
    tables: Settings, shipped: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "compile_matcher", None)
    monkeypatch.setattr(publishing, "_kept", {})
    assert publishing.prepare(shipped).matcher.match("姓名中间的点怎么打出来").kind == "answer"


@pytest.mark.parametrize("stale", ["examples", "form", "missing", "damaged"])
def test_stale_model_is_trained_again(
    tables: Settings, small: Content, stale: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "learnt.npz"
    data = compile_matcher(small).to_bytes()
    if stale != "missing":
        file.write_bytes(data[:-100] if stale == "damaged" else data)
    if stale == "examples":
        first = small.entries[0].model_copy(update={"questions": ("补办借书证", "证丢了")})
        small = small.model_copy(update={"entries": (first, *small.entries[1:])})
    if stale == "form":
        monkeypatch.setattr(model, "FORM", "matcher-next")
    learnt: list[Content] = []

    def counted(content: Content) -> Matcher:
        learnt.append(content)
        return compile_matcher(content)

    monkeypatch.setattr(seed, "LEARNT", file)
    monkeypatch.setattr(publishing, "compile_matcher", counted)
    monkeypatch.setattr(publishing, "_kept", {})
    assert publishing.shipped_matcher(small) is None
    assert publishing.prepare(small).matcher.match("补办借书证").entry == small.entries[0]
    assert learnt == [small]


def test_edited_texts_need_no_training(
    tables: Settings, small: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "learnt.npz"
    file.write_bytes(compile_matcher(small).to_bytes())
    first = small.entries[0].model_copy(update={"answer": "请到一楼补办。", "steps": ()})
    edited = small.model_copy(update={"entries": (first, *small.entries[1:])})
    monkeypatch.setattr(seed, "LEARNT", file)
    found = publishing.shipped_matcher(edited)
    assert found is not None
    assert found.match("补办借书证").entry == first


@pytest.fixture
def own_file(
    tables: Settings, small: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Redirect the model file and shrink the content."""
    monkeypatch.setenv("VAR_DIR", str(tables.var_dir))
    monkeypatch.setenv("DATABASE_URL", tables.database_address)
    monkeypatch.setattr(seed, "LEARNT", tmp_path / "learnt.npz")
    monkeypatch.setattr(seed, "load", lambda: small)
    return tmp_path / "learnt.npz"


@pytest.mark.parametrize(("is_on", "status"), [("on", 0), ("off", 1)])
def test_command_writes_the_model(
    small: Content,
    own_file: Path,
    is_on: str,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FAQ_ENCODER", is_on)
    assert commands.main(["faq", "learn-shipped"]) == status
    assert own_file.exists() == (status == 0)
    assert (publishing.shipped_matcher(small) is not None) == (status == 0)
