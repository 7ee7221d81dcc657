"""Make the bundle that is installed without a network, by ``make bundle`` with one.

``python -m tools.bundle [FOLDER] [--python ARCHIVE …]`` writes ``identity-VERSION.tar`` with the
program of the present commit, the built front end, the wheels of both architectures, the bills of
materials and SHA256SUMS into ``var/bundle``. ``ARCHIVE``: a Python for machines whose own is older
than 3.11, as python-build-standalone publishes it; its name tells the architecture.
``deploy/install-offline`` installs it.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

from tools import sbom

REPOSITORY = Path(__file__).resolve().parents[1]
FRONT_END = Path("miniprogram/dist/build/h5")
SUMS = "SHA256SUMS"
LEFT_OUT = (":(exclude)tests", ":(exclude)benchmarks", ":(exclude)miniprogram/tests")
ARCHITECTURES = ("x86_64", "aarch64")
# The oldest glibc first; 麒麟 V10 and 欧拉 22.03 have 2.28 and 2.34.
PLATFORMS = (
    "manylinux2014",
    "manylinux_2_17",
    "manylinux_2_24",
    "manylinux_2_27",
    "manylinux_2_28",
)


def main(arguments: list[str]) -> None:
    """Write the bundle and print its path. Raises SystemExit with what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=REPOSITORY / "var" / "bundle")
    parser.add_argument("--python", nargs="*", type=Path, default=[])
    parser.add_argument("--for", dest="versions", nargs="*", default=["3.11", "3.13"])
    given = parser.parse_args(arguments)
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    content = given.folder / f"identity-{version}"
    shutil.rmtree(content, ignore_errors=True)
    content.mkdir(parents=True)
    _program(content)
    for architecture in ARCHITECTURES:
        for python in given.versions:
            wheels(REPOSITORY / "requirements.txt", content / "wheels", architecture, python)
    for archive in given.python:
        [architecture] = [name for name in ARCHITECTURES if name in archive.name]
        unpacked = content / "python" / architecture
        unpacked.mkdir(parents=True)
        with tarfile.open(archive) as file:
            file.extractall(unpacked, filter="tar")
    sbom.main([str(content / "sbom")])
    write_sums(content)
    with tarfile.open(given.folder / f"{content.name}.tar", "w") as file:
        file.add(content, content.name)
    print(given.folder / f"{content.name}.tar")


def _program(content: Path) -> None:
    """Copy the files of the present commit and the built front end."""
    if not (REPOSITORY / FRONT_END / "index.html").exists():
        raise SystemExit("The front end is not built: make app.")
    archive = content / "program.tar"
    _run(["git", "archive", f"--output={archive}", "HEAD", ".", *LEFT_OUT])
    with tarfile.open(archive) as file:
        file.extractall(content, filter="data")
    archive.unlink()
    shutil.copytree(REPOSITORY / FRONT_END, content / FRONT_END)


def wheels(lock: Path, folder: Path, architecture: str, python: str) -> None:
    """Download the wheels of a lock file for one architecture and version of Python.

    Each must have a hash of the lock. Raises SystemExit when one has no wheel.
    """
    _run(
        [
            *[sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"],
            *["--disable-pip-version-check", "--only-binary=:all:", f"--python-version={python}"],
            *[f"--platform={platform}_{architecture}" for platform in PLATFORMS],
            *["--platform=any", "--implementation=cp", f"--dest={folder}", f"--requirement={lock}"],
        ]
    )


def write_sums(content: Path) -> None:
    """Write the SHA-256 of every file, as ``sha256sum --check`` reads them."""
    files = sorted(path for path in content.rglob("*") if path.is_file() and path.name != SUMS)
    lines = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(content)}\n"
        for path in files
    )
    (content / SUMS).write_text("".join(lines))


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if ended.returncode != 0:
        raise SystemExit(f"{ended.stderr.strip()}\n{' '.join(command[:4])} … failed.")


if __name__ == "__main__":
    main(sys.argv[1:])
