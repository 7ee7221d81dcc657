"""What a stranger meets first names things that exist."""

import re
from typing import Any

import yaml

from tests.architecture.source import REPOSITORY

CHANGELOG = REPOSITORY / "CHANGELOG.md"
OWNERS = REPOSITORY / ".github" / "CODEOWNERS"
WORKFLOW = REPOSITORY / ".github" / "workflows" / "ci.yml"
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)

UPDATE_FIRST = re.compile(r"[^#]*### To update\n\n(1\. |Nothing)")


def versions_without_update(changelog: str) -> list[str]:
    """Return the versions whose first section does not tell operators how to update."""
    versions = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    return [version.partition("\n")[0] for version in versions if not UPDATE_FIRST.match(version)]


def test_each_version_begins_with_what_operators_must_do() -> None:
    changelog = CHANGELOG.read_text(encoding="utf-8")
    assert changelog.count("\n## ") >= 8
    assert versions_without_update(changelog) == []


def test_version_without_update_is_found() -> None:
    planted = "\n## 9.0\n\nIn short.\n\n### For users\n\n- x\n\n### To update\n\n1. x\n"
    assert versions_without_update(planted) == ["9.0"]


def test_owned_paths_exist_and_owners_are_teams() -> None:
    lines = [line.split() for line in OWNERS.read_text().splitlines() if line]
    rows = [line for line in lines if line[0] != "#"]
    assert len(rows) > 30
    assert rows[0][0] == "*"
    for path, *teams in rows:
        assert path == "*" or (REPOSITORY / path.removeprefix("/")).exists(), path
        assert teams
        assert all(re.fullmatch(r"@registration-identity/[a-z-]+", team) for team in teams)


def jobs() -> dict[str, Any]:
    workflow: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    return workflow


def test_jobs_run_targets_of_the_makefile() -> None:
    assert {"lint", "types", "unit", "browser", "slow"} <= jobs().keys()
    targets = {*TARGET.findall((REPOSITORY / "Makefile").read_text())}
    for name, job in jobs().items():
        commands = " ".join(step.get("run", "") for step in job["steps"])
        called = re.findall(
            r"\bmake ([a-z][a-z-]+)", commands.replace("make nodejs", "").replace("make nginx", "")
        )
        assert called, name
        assert {*called} <= targets


def test_actions_are_pinned() -> None:
    used = [step["uses"] for job in jobs().values() for step in job["steps"] if "uses" in step]
    assert len(used) > 10
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in used)


def test_every_local_link_of_the_first_pages_exists() -> None:
    links = []
    for name in ("README.md", "CONTRIBUTING.md"):
        found = re.findall(r"\]\(([^)#:]+)\)", (REPOSITORY / name).read_text(encoding="utf-8"))
        links += [REPOSITORY / link for link in found]
    assert len(links) > 10
    assert [link for link in links if not link.exists()] == []
