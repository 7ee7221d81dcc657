"""The front end's sources: texts, colours and addresses have one place each."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path("miniprogram/src")
TEXTS: dict[str, str] = json.loads((ROOT / "locale/zh_CN.json").read_text(encoding="utf-8"))
SOURCES = {
    path: path.read_text(encoding="utf-8")
    for path in sorted(ROOT.rglob("*"))
    if path.suffix in {".vue", ".ts", ".css"} and path.name != "schema.d.ts"
}
CHINESE = re.compile("[\u3400-\u9fff]")
COMMENT = re.compile(r"<!--.*?-->|/\*.*?\*/|^\s*//.*$|\s// .*$", re.DOTALL | re.MULTILINE)


def without_comments(text: str) -> str:
    """Return a source without what only its readers see."""
    return COMMENT.sub("", text)


def test_texts_lie_in_the_locale_file() -> None:
    found = {str(p): CHINESE.findall(without_comments(text)) for p, text in SOURCES.items()}
    assert {path: marks for path, marks in found.items() if marks} == {}


def test_every_text_is_shown_somewhere() -> None:
    code = "\n".join(text for path, text in SOURCES.items() if path.suffix != ".css")
    # label('room', value) and t(`room.${value}`) show texts that the service names.
    rooms = re.findall(r"label\(\s*['`]([\w.]+)", code) + re.findall(r"t\(`([\w.]+)\.\$\{", code)
    unused = [
        key
        for key in TEXTS
        if f"'{key}'" not in code and not key.startswith(tuple(f"{room}." for room in rooms))
    ]
    assert unused == []


def test_builds_know_every_variable_that_the_sources_read() -> None:
    build = Path("miniprogram/scripts/build.py").read_text(encoding="utf-8")
    read = {name for text in SOURCES.values() for name in re.findall(r"env\.(VITE_\w+)", text)}
    assert {name for name in read if f'"{name}"' not in build} == set()


def test_colours_lie_in_the_tokens() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![\w-])(?=[;\s'\"),])")
    found = {
        str(path): colour.findall(without_comments(text))
        for path, text in SOURCES.items()
        if path.name != "tokens.css"
    }
    assert {path: colours for path, colours in found.items() if colours} == {}


def test_no_address_of_another_site_is_named() -> None:
    foreign = {
        str(path): re.findall(
            r"https?://[\w.-]+", without_comments(text).replace("http://www.w3.org", "")
        )
        for path, text in SOURCES.items()
    }
    assert {path: sites for path, sites in foreign.items() if sites} == {}


def test_files_stay_small() -> None:
    assert {str(p): n for p, text in SOURCES.items() if (n := text.count("\n")) > 400} == {}


def test_program_has_the_version_of_the_service() -> None:
    service = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    package = json.loads(Path("miniprogram/package.json").read_text(encoding="utf-8"))["version"]
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))["versionName"]
    assert package == manifest == service
