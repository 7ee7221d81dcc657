"""The offline bundle: its sums, and that a damaged one is not installed."""

import subprocess
from pathlib import Path

from tools import bundle

REPOSITORY = Path(__file__).parents[2]


def install(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "deploy/install-offline"],
        env={"PATH": "/usr/bin:/bin", "PYTHON": "/bin/false"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_damaged_bundle_is_not_installed(tmp_path: Path) -> None:
    script = tmp_path / "deploy/install-offline"
    script.parent.mkdir()
    script.write_bytes((REPOSITORY / "deploy/install-offline").read_bytes())
    script.chmod(0o755)
    wheel = tmp_path / "wheels/one-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.write_bytes(b"wheel")
    bundle.write_sums(tmp_path)
    # Whole, it goes on to Python, which is too old here.
    assert "Python 3.11 or newer" in install(tmp_path).stderr
    wheel.write_bytes(b"other")
    damaged = install(tmp_path)
    assert damaged.returncode == 1
    assert "The bundle is damaged" in damaged.stderr
    assert not (tmp_path / ".venv").exists()


def test_wheels_of_both_architectures_are_asked_for() -> None:
    assert bundle.ARCHITECTURES == ("x86_64", "aarch64")
    lock = (REPOSITORY / "requirements.txt").read_text()
    pins = [line for line in lock.splitlines() if "==" in line and not line.startswith(" ")]
    assert len(pins) > 50
    assert lock.count("--hash=sha256:") > len(pins)
