"""Packages: every one pinned, and the same versions in tests and production."""

import re
import tomllib

import pytest

from tests.architecture.source import REPOSITORY

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==[^\s;]+( ; .+)?$")


def pinned(name: str) -> dict[str, str]:
    """Return package (normalised) → its line."""
    lines = (REPOSITORY / name).read_text().splitlines()
    pins = {}
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            match = PIN.match(line)
            assert match, f"{name} has a line that is no pin: {line}"
            pins[_normalised(match["name"])] = line
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
            assert f"=={version}" in pins[_normalised(package)]


def test_tests_use_the_versions_of_production() -> None:
    served, tested = pinned("requirements.txt"), pinned("requirements-dev.txt")
    assert len(served) > 30

    assert {name: tested.get(name) for name in served} == served


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
