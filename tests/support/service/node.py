"""Node packages for tests, installed once into ``.npm/`` beside the virtual environment."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.support.service.sandbox import REPOSITORY

SCRIPTS = REPOSITORY / "tests" / "wechat_partner"
AXE = REPOSITORY / "tests" / "accessibility"
CACHE = REPOSITORY / ".npm"


def axe() -> str:
    """Return the script of axe-core, which finds accessibility faults."""
    return (packages(AXE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def packages(needed: Path = SCRIPTS) -> Path:
    """Return the ``node_modules`` of the folder's lock file, installed if missing.

    Raises RuntimeError with one line when that fails.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise RuntimeError("The tests need Node. On Debian: sudo apt-get install nodejs npm")
    lock = (needed / "package-lock.json").read_bytes()
    directory = CACHE / hashlib.sha256(lock).hexdigest()[:12]
    found = directory / "node_modules"
    CACHE.mkdir(exist_ok=True)
    # One test process installs, the others wait.
    with open(CACHE / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not found.exists():
            _install(directory, needed)
    return found


def _install(directory: Path, needed: Path) -> None:
    """Install into a temporary folder and rename it when complete."""
    unfinished = directory.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(needed / name, unfinished)
    ended = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=unfinished,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
    )
    if ended.returncode != 0:
        raise RuntimeError(f"npm could not install what the tests need: {ended.stderr}")
    unfinished.rename(directory)


class NodePartner:
    """Run ``tests/wechat_partner/partner.js`` as WeChat; see there for the commands."""

    def __init__(self, **always: Any) -> None:
        """Start it; ``always`` are parts of every command, such as url, token, key, appid, path."""
        self._always = always

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["node", "--no-deprecation", str(SCRIPTS / "partner.js")],
            env={**os.environ, "NODE_PATH": str(packages())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # It ends with its input.
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=10)

    def push(self, fields: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Push a message and return status, body and, of an encrypted answer, its fields."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        command = {**self._always, "fields": dict(fields), **more}
        self._process.stdin.write(json.dumps(command, ensure_ascii=False) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer
