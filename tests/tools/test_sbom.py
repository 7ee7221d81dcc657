"""Bills of materials hold what is delivered, with its licences."""

import csv
import json
from pathlib import Path

import pytest

from tools import sbom

CLASSIFIED = {"license": {"name": "License :: OSI Approved :: MIT License"}}


def test_bills_and_licences_of_what_is_delivered(tmp_path: Path) -> None:
    sbom.main([str(tmp_path)])

    service = json.loads((tmp_path / "service.cdx.json").read_text())
    program = json.loads((tmp_path / "miniprogram.cdx.json").read_text())
    for bill in (service, program):
        assert bill["bomFormat"] == "CycloneDX"
        assert bill["metadata"]["component"]["version"]
    names = {sbom.normalised(part["name"]) for part in service["components"]}
    assert {"flask", "peewee", "cryptography"} <= names
    assert not {"pytest", "ruff", "pip-audit"} & names
    assert names <= sbom.locked(sbom.LOCK.read_text())
    assert "vue" in {part["name"] for part in program["components"]}
    assert "vitest" not in {part["name"] for part in program["components"]}
    references = {part["bom-ref"] for part in service["components"]}
    for row in service["dependencies"]:
        assert set(row["dependsOn"]) <= references

    with open(tmp_path / "licences.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(service["components"]) + len(program["components"]) > 100
    licences = {row["package"]: row["licence"] for row in rows}
    assert licences["Flask"] == "BSD-3-Clause"
    assert licences["vue"] == "MIT"


@pytest.mark.parametrize(
    ("declared", "licence"),
    [
        ([{"license": {"id": "MIT"}}], "MIT"),
        ([{"expression": "MIT OR Apache-2.0"}], "MIT OR Apache-2.0"),
        ([CLASSIFIED], "MIT License"),
        ([CLASSIFIED, {"license": {"id": "MIT"}}], "MIT"),
        ([], "unknown"),
    ],
)
def test_licence_of_a_component(declared: list[dict[str, object]], licence: str) -> None:
    assert sbom.licence_of({"licenses": declared}) == licence
