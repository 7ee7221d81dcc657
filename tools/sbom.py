"""Write the bills of materials (CycloneDX) and the licences of what is delivered.

``python -m tools.sbom [FOLDER]`` writes ``service.cdx.json``, ``miniprogram.cdx.json`` and
``licences.csv`` into ``var/sbom``. Packages that only develop and test are left out.
"""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
PROGRAM = REPOSITORY / "miniprogram"
LOCK = REPOSITORY / "requirements.txt"
FOLDER = REPOSITORY / "var" / "sbom"
UNKNOWN = "unknown"
CLASSIFIER = "License :: "

Bill = dict[str, Any]


def main(arguments: list[str]) -> None:
    """Write the three files. Raises SystemExit with the error of the tool that failed."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    bills = {
        "service": only(locked(LOCK.read_text()), bill_of_service()),
        "miniprogram": bill_of_program(),
    }
    for name, bill in bills.items():
        (folder / f"{name}.cdx.json").write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n")
    with open(folder / "licences.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["part", "package", "version", "licence"])
        for name, bill in bills.items():
            writer.writerows([name, *row] for row in licences(bill))
    shown = folder.relative_to(REPOSITORY) if folder.is_relative_to(REPOSITORY) else folder
    print(f"{shown}: " + ", ".join(f"{len(b['components'])} of {n}" for n, b in bills.items()))


def bill_of_service() -> Bill:
    """Return the bill of all Python packages of this environment."""
    return _run(
        [
            *[sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"],
            *["--mc-type=application", "--pyproject=pyproject.toml", sys.executable],
        ],
        REPOSITORY,
    )


def bill_of_program() -> Bill:
    """Return the bill of the Node packages that the mini program is built from.

    npm takes a dependency for a development one if a development package requires it, too.
    """
    bill = _run(
        [
            *["npm", "sbom", "--sbom-format=cyclonedx", "--sbom-type=application"],
            *["--omit=dev", "--package-lock-only"],
        ],
        PROGRAM,
    )
    packages = json.loads((PROGRAM / "package-lock.json").read_text())["packages"]
    known = {part["name"] for part in bill["components"]}
    left_out = [
        _component(name, packages[f"node_modules/{name}"])
        for name in packages[""]["dependencies"]
        if name not in known
    ]
    return {**bill, "components": [*bill["components"], *left_out]}


def _component(name: str, package: dict[str, Any]) -> dict[str, Any]:
    version = package["version"]
    reference = f"{name}@{version}"
    return {
        "bom-ref": reference,
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:npm/{reference.replace('@', '%40', 1) if name[0] == '@' else reference}",
        "licenses": [{"license": {"id": package.get("license", UNKNOWN)}}],
    }


def locked(lock: str) -> set[str]:
    """Return the normalised names of the pins of a lock file."""
    return {normalised(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)}


def normalised(name: str) -> str:
    """Return the name of a package as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def only(names: set[str], bill: Bill) -> Bill:
    """Return the bill with the components of these names and the dependencies among them."""
    components = [part for part in bill["components"] if normalised(part["name"]) in names]
    references = {part["bom-ref"] for part in components}
    references.add(bill["metadata"]["component"]["bom-ref"])
    dependencies = [
        {**row, "dependsOn": [name for name in row.get("dependsOn", ()) if name in references]}
        for row in bill["dependencies"]
        if row["ref"] in references
    ]
    return {**bill, "components": components, "dependencies": dependencies}


def licences(bill: Bill) -> list[tuple[str, str, str]]:
    """Return name, version and licence of each component, sorted."""
    return sorted((part["name"], part["version"], licence_of(part)) for part in bill["components"])


def licence_of(component: dict[str, Any]) -> str:
    """Return the licence that a component declares, of its classifiers only where no other."""
    declared = {
        row.get("expression") or row["license"].get("id") or row["license"]["name"]
        for row in component.get("licenses", ())
    }
    identifiers = {text for text in declared if not text.startswith(CLASSIFIER)}
    classified = {text.rpartition(" :: ")[2] for text in declared - identifiers}
    return " AND ".join(sorted(identifiers or classified)) or UNKNOWN


def _run(command: list[str], folder: Path) -> Bill:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if ended.returncode != 0:
        raise SystemExit(f"{ended.stderr.strip()}\n{' '.join(command)} failed.")
    bill: Bill = json.loads(ended.stdout)
    return bill


if __name__ == "__main__":
    main(sys.argv[1:])
