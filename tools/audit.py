"""Compare the locked packages of Python and Node with the published vulnerabilities.

Exit status: 0 without a known vulnerability, 1 with one, 2 where a package was not compared because
the source of advisories did not answer for it.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
LOCK = REPOSITORY / "requirements-dev.txt"
PROGRAM = REPOSITORY / "miniprogram"
# A pin and the lines of its hashes.
PIN = re.compile(r"^[A-Za-z0-9._-]+==.*(?:\n {4}--hash=.*)*", re.MULTILINE)


@dataclass
class Audit:
    """What one source said: how many packages it compared, and its advisories."""

    source: str
    compared: int = 0
    advisories: list[str] = field(default_factory=list)
    missed: str = ""
    """Why not all packages were compared, else an empty string."""


def main(arguments: list[str]) -> int:
    """Print the audits and return the exit status."""
    parser = argparse.ArgumentParser(prog="tools.audit", description=__doc__)
    parser.add_argument("--lock", type=Path, default=LOCK, help="the lock file of Python")
    parser.add_argument("--osv-url", help="a mirror of OSV that answers queries for Python")
    given = parser.parse_args(arguments)
    audits = [audit_python(given.lock.read_text(), given.osv_url), audit_node(PROGRAM)]
    for audit in audits:
        print(report(audit))
    if any(audit.advisories for audit in audits):
        return 1
    return 2 if any(audit.missed for audit in audits) else 0


def report(audit: Audit) -> str:
    """Return the lines of one source."""
    lines = [f"{audit.source}: {len(audit.advisories)} advisories for {audit.compared} packages"]
    lines += [f"  {advisory}" for advisory in audit.advisories]
    if audit.missed:
        lines.append(f"  NOT AUDITED: {audit.missed}")
    return "\n".join(lines)


def audit_python(lock: str, osv_url: str | None = None) -> Audit:
    """Audit the pins of a lock file; ask for one first, because a mirror may answer for none."""
    pins = PIN.findall(lock)
    audit = read_pip_audit(*run_pip_audit(pins[:1], osv_url))
    if audit.missed or len(pins) == 1:
        return audit
    return read_pip_audit(*run_pip_audit(pins, osv_url))


def run_pip_audit(pins: list[str], osv_url: str | None) -> tuple[str, str]:
    """Return the standard output and the errors of pip-audit."""
    service = [] if osv_url is None else ["--vulnerability-service=osv", f"--osv-url={osv_url}"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(pins) + "\n")
        file.flush()
        return _run(
            [
                *[sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off"],
                *["--require-hashes", "--disable-pip", f"--requirement={file.name}"],
                *service,
            ]
        )


def read_pip_audit(output: str, errors: str) -> Audit:
    """Read the JSON report of pip-audit."""
    audit = Audit("Python")
    listed = _json(output).get("dependencies")
    if listed is None:
        audit.missed = _last_line(errors)
        return audit
    skipped = [package for package in listed if "skip_reason" in package]
    audit.compared = len(listed) - len(skipped)
    audit.advisories = sorted(
        f"{package['name']} {package['version']}: {vulnerability['id']}, mended in "
        f"{', '.join(vulnerability['fix_versions']) or 'no version'}"
        for package in listed
        for vulnerability in package.get("vulns", ())
    )
    if skipped:
        audit.missed = f"{len(skipped)} packages: {skipped[0]['skip_reason']}"
    return audit


def audit_node(program: Path) -> Audit:
    """Audit the lock file of the mini program."""
    return read_npm_audit(*_run(["npm", "audit", "--json", f"--prefix={program}"]))


def read_npm_audit(output: str, errors: str) -> Audit:
    """Read the JSON report of npm."""
    audit, answer = Audit("Node"), _json(output)
    if "vulnerabilities" not in answer:
        audit.missed = answer.get("message") or _last_line(errors)
        return audit
    audit.compared = answer["metadata"]["dependencies"]["total"]
    audit.advisories = sorted(
        f"{package['name']} {cause['range']}: {cause['title']} ({cause['severity']})"
        for package in answer["vulnerabilities"].values()
        for cause in package["via"]
        if isinstance(cause, dict)
    )
    return audit


def _run(command: list[str]) -> tuple[str, str]:
    try:
        ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    except FileNotFoundError:
        return "", f"{command[0]} is not installed."
    return ended.stdout, ended.stderr


def _json(text: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(text)
    except ValueError:
        return {}
    return answer


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "the source of advisories gave no answer"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
