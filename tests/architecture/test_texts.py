"""The locale files: used and defined keys agree, and so do placeholders."""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from miniprogram_api import texts
from miniprogram_api.identity.documents.findings import Kind
from miniprogram_api.ledger.faults import FaultKind
from miniprogram_api.reasons import Reason
from miniprogram_api.staff.members import ROLES
from miniprogram_api.texts.sentences import ASIDE, sentence
from miniprogram_api.tickets.tickets import KINDS
from tests.architecture import source
from tests.architecture.test_house import LONGEST_FILE
from tests.architecture.test_reasons import details_of

ROOMS = ("handlers", "faq", "miniprogram_api")
IN_TEMPLATE = re.compile(r"""\b(text|words?)\(\s*["']([\w.]+)["']""")
KEYS = set(texts._TEXTS)
GROUPS = set(texts._GROUPS)


def strings() -> Iterator[ast.expr]:
    """Return every string in the product's code."""
    for file in source.sources(*ROOMS):
        for node in ast.walk(file.tree):
            if isinstance(node, ast.JoinedStr) or (
                isinstance(node, ast.Constant) and isinstance(node.value, str)
            ):
                yield node


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Return every call of a function of ``texts`` with a literal key."""
    for file in source.sources(*ROOMS):
        for node in ast.walk(file.tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = ast.unparse(node.func).removeprefix("texts.")
            key = node.args[0]
            is_key = isinstance(key, ast.Constant) and "." in str(key.value)
            if name in ("text", "template", "has", "word", "words", "invalid") and is_key:
                yield name, node


def in_templates() -> set[tuple[str, str]]:
    """Return function and key of every call in a template."""
    files = [path for room in ROOMS for path in Path(room).rglob("*.html")]
    return {found for path in files for found in IN_TEMPLATE.findall(path.read_text())}


def pattern_of(node: ast.JoinedStr) -> str:
    """Return the keys that an f-string can be, as a pattern."""
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w:]+"
        for part in node.values
    )


def test_every_used_key_is_defined() -> None:
    used = {(name, call.args[0].value) for name, call in calls()}  # type: ignore[attr-defined]
    assert len(used) > 50
    groups = {key for name, key in used | in_templates() if name in ("word", "words")}
    assert groups <= GROUPS, groups - GROUPS
    keys = {key for name, key in used | in_templates() if name in ("text", "template", "has")}
    keys |= {f"invalid.{key}" for name, key in used if name == "invalid"}
    assert keys <= KEYS, keys - KEYS


def test_every_key_is_used() -> None:
    found = list(strings())
    named = {str(node.value) for node in found if isinstance(node, ast.Constant)}
    named |= {key for _, key in in_templates()}
    named |= {f"invalid.{key}" for key in named}
    patterns = {
        pattern
        for node in found
        if isinstance(node, ast.JoinedStr) and re.match(r"\w+\\?\.", pattern := pattern_of(node))
    }
    some = re.compile("|".join(patterns))
    unused = {
        key
        for group, names in texts._GROUPS.items()
        for key in (f"{group}.{name}" for name in names)
        if not named & {group, key} and not some.fullmatch(key)
    }
    assert len(KEYS) > 500
    assert unused == set()


def test_placeholders_equal_the_arguments_of_the_call() -> None:
    judged = 0
    for name, call in calls():
        if name in ("text", "invalid") and all(word.arg for word in call.keywords):
            key = call.args[0].value  # type: ignore[attr-defined]
            key = f"invalid.{key}" if name == "invalid" else key
            given = {word.arg for word in call.keywords}
            judged += 1
            assert texts.placeholders(texts.template(key)) <= given, key
    assert judged > 150


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  REPLAYED:\n", "  REPLAYED_TODAY:\n", "no sentence for REPLAYED"),
        ("有{count}处", "有{counts}处", "unknown placeholders"),
        ("有{count}处", "有{}处", "plain names"),
        ("    sentence: 请先登录您的账号", "    sentence:\n    other: 请", "no text"),
        ("    sentence: 请先登录您的账号", "    sentence: 请\n    sentence: 请", "stands twice"),
        ("reasons:\n", "truth:\n  'yes': 是\nreasons:\n", "stands twice: truth.yes"),
    ],
)
def test_invalid_locale_files_are_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    folder = shutil.copytree(texts.FOLDER, tmp_path / "zz_ZZ")
    file = folder / "reasons.yaml"
    written = file.read_text(encoding="utf-8")
    assert old in written
    file.write_text(written.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        texts.read(folder)


def test_empty_locale_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").touch()
    with pytest.raises(ValueError, match=r"empty\.yaml: no texts"):
        texts.read(tmp_path)


def test_files_are_short() -> None:
    lines = {
        file.name: file.read_text(encoding="utf-8").count("\n")
        for file in texts.FOLDER.glob("*.yaml")
    }
    assert len(lines) > 30
    assert {name for name, count in lines.items() if count > LONGEST_FILE} == set()


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("findings", {kind.code for kind in Kind}),
        ("ledger.faults", {kind.name.lower() for kind in FaultKind}),
        ("tickets.kinds", set(KINDS)),
        ("tickets.resolved", set(KINDS)),
        ("staff.roles", set(ROLES)),
        ("staff.role_texts", set(ROLES)),
    ],
)
def test_group_has_exactly_its_keys(group: str, names: set[str]) -> None:
    assert set(texts.words(group)) == names


def test_both_sentences_of_a_fault_have_the_same_placeholders() -> None:
    assert len(FaultKind) > 30
    for kind in FaultKind:
        chinese = texts.template(f"ledger.faults.{kind.name.lower()}")
        assert texts.placeholders(chinese) == texts.placeholders(kind.value), kind


def test_reasons_of_the_file_equal_those_of_the_code() -> None:
    assert {group.split(".")[1] for group in GROUPS if group.startswith("reasons.")} == set(
        Reason.__members__
    )


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.name)
def test_every_variant_of_a_sentence_is_used(
    reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = set()

    def spy(key: str, /, **values: object) -> str:
        said.add(key.rpartition(".")[2])
        return texts.text(key, **values)

    monkeypatch.setattr("miniprogram_api.texts.sentences.text", spy)
    for details in details_of(reason):
        sentence(reason, details)
    variants = set(texts.words(f"reasons.{reason.name}")) - set(ASIDE)
    assert variants <= said, variants - said
