"""The front end's sources: texts, colours and addresses have one place each."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path("miniprogram/src")
TEXT_FILES: dict[str, dict[str, str]] = {
    str(path.relative_to(ROOT / "locale/zh_CN")): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "locale/zh_CN").rglob("*.json"))
}
TEXTS = {key: text for texts in TEXT_FILES.values() for key, text in texts.items()}
SOURCES = {
    str(path): path.read_text(encoding="utf-8")
    for path in sorted(ROOT.rglob("*"))
    if path.suffix in {".vue", ".ts", ".css"} and path.name != "schema.d.ts"
}
CHINESE = re.compile("[\u3400-\u9fff]")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![\w-])(?=[;\s'\"),])")
ADDRESS = re.compile(r"https?://(?!www\.w3\.org)[\w.-]+")
# A line's comment ends with the line, the others may run over many.
COMMENT = re.compile(r"<!--(?s:.*?)-->|/\*(?s:.*?)\*/|(?:^|\s)//.*$", re.MULTILINE)
LONGEST_FILE = 400
MOST_MODULES = 16
# Each may import those further right.
ROOMS = [
    "pages",
    "phone",
    "person-check",
    "next-step",
    "enrolment",
    "windows",
    "messages",
    "bot",
    "frame",
    "fields",
    "refusal",
    "session",
    "navigation",
    "ui",
    "api",
    "design",
    "locale",
]


def without_comments(text: str) -> str:
    """Return a source without what only its readers see."""
    return COMMENT.sub("", text)


def found_in(sources: dict[str, str], pattern: re.Pattern[str]) -> dict[str, list[str]]:
    """Return what a pattern matches outside comments, by file."""
    found = {name: pattern.findall(without_comments(text)) for name, text in sources.items()}
    return {name: matches for name, matches in found.items() if matches}


def unused_keys(texts: dict[str, str], sources: dict[str, str]) -> list[str]:
    """Return the keys that no code shows."""
    code = "\n".join(text for name, text in sources.items() if not name.endswith(".css"))
    # label('room', value) and t(`room.${value}`) show texts that the service names.
    rooms = re.findall(r"label\(\s*['`]([\w.]+)", code) + re.findall(r"t\(`([\w.]+)\.\$\{", code)
    return [
        key
        for key in texts
        if f"'{key}'" not in code and not key.startswith(tuple(f"{room}." for room in rooms))
    ]


def test_nearly_all_code_is_judged() -> None:
    assert len(SOURCES) > 150
    code = sum(len(text) for text in SOURCES.values())
    judged = sum(len(without_comments(text)) for text in SOURCES.values())
    assert judged > 0.8 * code


def test_texts_lie_in_the_locale_file() -> None:
    assert found_in(SOURCES, CHINESE) == {}


def groups_in_two_files(files: dict[str, dict[str, str]]) -> set[str]:
    """Return the groups of texts, the first parts of keys, that two files have."""
    groups = [group for texts in files.values() for group in {key.split(".")[0] for key in texts}]
    return {group for group in groups if groups.count(group) > 1}


def test_texts_have_one_file_a_room() -> None:
    assert len(TEXT_FILES) > 25
    assert groups_in_two_files(TEXT_FILES) == set()
    # A file belongs to a folder of src, and the one place that joins them has them all.
    assert [name for name in TEXT_FILES if not (ROOT / name.removesuffix(".json")).is_dir()] == []
    joined = re.findall(r"'\./zh_CN/(.+)'", SOURCES[f"{ROOT}/locale/index.ts"])
    assert sorted(joined) == sorted(TEXT_FILES)


def rooms_against_the_order(sources: dict[str, str]) -> list[tuple[str, str]]:
    """Return the imports that do not run from left to right in ROOMS: file and room."""
    return [
        (name, imported)
        for name, text in sources.items()
        if (room := name.removeprefix(f"{ROOT}/").partition("/")[0]) in ROOMS
        for imported in re.findall(r"(?:from|import)\(? ?'@/([\w-]+)", text)
        if ROOMS.index(imported) < ROOMS.index(room)
    ]


def test_rooms_import_in_one_direction() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"static"}
    assert folders == set(ROOMS)
    assert rooms_against_the_order(SOURCES) == []


def test_rooms_stay_small() -> None:
    folders = [str(Path(name).parent) for name in SOURCES]
    assert {folder for folder in folders if folders.count(folder) > MOST_MODULES} == set()


def test_every_text_is_shown_somewhere() -> None:
    assert len(TEXTS) > 500
    assert unused_keys(TEXTS, SOURCES) == []


def variables_read(sources: dict[str, str]) -> set[str]:
    return {name for text in sources.values() for name in re.findall(r"env\.(VITE_\w+)", text)}


def test_builds_know_every_variable_that_the_sources_read() -> None:
    build = Path("miniprogram/scripts/build.py").read_text(encoding="utf-8")
    read = variables_read(SOURCES)
    assert read
    assert {name for name in read if f'"{name}"' not in build} == set()


def colours(sources: dict[str, str]) -> dict[str, list[str]]:
    return {
        name: found
        for name, found in found_in(sources, COLOUR).items()
        if not name.startswith(f"{ROOT}/design/")
    }


def test_colours_lie_in_the_tokens() -> None:
    assert len(found_in(SOURCES, COLOUR)[f"{ROOT}/design/tokens.css"]) > 30
    assert colours(SOURCES) == {}


def test_colours_of_attributes_equal_the_tokens() -> None:
    """Attributes and canvases take no CSS variable."""
    tokens = SOURCES[f"{ROOT}/design/tokens.css"].partition("@media")[0]
    attributes = re.findall(r"'?([\w-]+)'?: '(#\w+)'", SOURCES[f"{ROOT}/design/colours.ts"])
    assert len(attributes) > 1
    assert [pair for pair in attributes if f"--{pair[0]}: {pair[1]};" not in tokens] == []


def test_no_address_of_another_site_is_named() -> None:
    assert found_in(SOURCES, ADDRESS) == {}


def too_long(sources: dict[str, str]) -> dict[str, int]:
    return {n: lines for n, t in sources.items() if (lines := t.count("\n")) > LONGEST_FILE}


def test_files_stay_small() -> None:
    assert too_long(SOURCES) == {}


@pytest.mark.parametrize(
    "text",
    [
        # A comment of a line before code, one of many lines, one behind code.
        "// what it shows\nconst shown = '{}'\n",
        "/* what\n it shows */\nconst shown = '{}'\n",
        "<!-- a\n note -->\n<p title='{}'></p>\n",
        "const other = 1 // why\nconst shown = '{}'\n",
    ],
)
def test_planted_breaches_are_found(text: str) -> None:
    planted = {
        what: {"src/planted.vue": text.format(what)}
        for what in ("登录", "#0d5c63", "https://example.org/x")
    }
    assert found_in(planted["登录"], CHINESE)
    assert colours(planted["#0d5c63"])
    assert found_in(planted["https://example.org/x"], ADDRESS)


def test_planted_group_and_import_are_found() -> None:
    assert groups_in_two_files({"a.json": {"planted.a": ""}, "b.json": {"planted.b": ""}}) == {
        "planted"
    }
    planted = {f"{ROOT}/ui/planted.ts": "import { useAction } from '@/refusal/use-action'"}
    assert rooms_against_the_order(planted) == [(f"{ROOT}/ui/planted.ts", "refusal")]


def test_planted_text_variable_and_length_are_found() -> None:
    assert unused_keys({"planted.text": "文"}, SOURCES) == ["planted.text"]
    assert variables_read({"a.ts": "import.meta.env.VITE_PLANTED"}) == {"VITE_PLANTED"}
    assert too_long({"a.ts": "\n" * 401}) == {"a.ts": 401}


@pytest.mark.parametrize(
    "text", ["// 登录\n", "/* 登录\n 登录 */", "<!-- 登录 -->", "const a = 1 // 登录\n"]
)
def test_comments_are_left_out(text: str) -> None:
    assert found_in({"src/planted.ts": text}, CHINESE) == {}


def test_program_has_the_version_of_the_service() -> None:
    service = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    package = json.loads(Path("miniprogram/package.json").read_text(encoding="utf-8"))["version"]
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))["versionName"]
    assert package == manifest == service
