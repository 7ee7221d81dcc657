"""Packages: each pinned with its hashes, and the same versions in tests and production."""

import re
import tomllib

import pytest

from tests.architecture.source import REPOSITORY

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)( ; .+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def pinned(name: str) -> dict[str, set[str]]:
    """Return package (normalised) → its versions."""
    return read_pins((REPOSITORY / name).read_text())


def read_pins(lock: str) -> dict[str, set[str]]:
    """Return package (normalised) → its versions; each must be a pin that a hash follows."""
    pins: dict[str, set[str]] = {}
    lines = [line for line in lock.splitlines() if line.strip()]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if HASH.match(line) or line.lstrip().startswith("#"):
            continue
        match = PIN.match(line)
        assert match, f"This line is no pin with hashes: {line}"
        assert HASH.match(following), f"This pin has no hash: {line}"
        pins.setdefault(_normalised(match["name"]), set()).add(match["version"])
    return pins


def wanted(*, dev: bool) -> list[str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    named: list[str] = [*project["dependencies"], *extras["photo"]]
    return named + extras["dev"] if dev else named


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_dependency_is_pinned(name: str) -> None:
    pins = pinned(name)
    for requirement in wanted(dev="dev" in name):
        package, _, version = re.sub(r"\[.*?\]", "", requirement).partition("==")
        package = re.split(r"[<>=!~]", package)[0]
        assert _normalised(package) in pins, f"{requirement} is not pinned in {name}"
        if version:
            assert pins[_normalised(package)] == {version}


def test_tests_use_the_versions_of_production() -> None:
    served, tested = pinned("requirements.txt"), pinned("requirements-dev.txt")
    assert len(served) > 30

    assert {name: tested.get(name) for name in served} == served


@pytest.mark.parametrize(
    "planted", ["six==1.17.0", "six>=1 \\\n    --hash=sha256:" + "0" * 64, "six==1 \\\n    # via x"]
)
def test_planted_lines_are_found(planted: str) -> None:
    with pytest.raises(AssertionError, match=r"This (line|pin)"):
        read_pins(planted)


def test_make_installs_only_what_has_a_hash() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    installs = re.findall(r"pip install .*", makefile)
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
