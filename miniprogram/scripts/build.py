"""Install the Node packages and build the mini program, each only when its sources changed.

``build.py [h5] [mp-weixin]`` builds these, without arguments both; ``build.py packages``
only installs. Several may run at a time: one builds, the others wait.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKFILE = ROOT / "package-lock.json"
PACKAGES = ROOT / "node_modules"
BUILDS = ROOT / "dist" / "build"
PROGRAMS = ("h5", "mp-weixin")
# Read by the builds of mini programs alone; in a browser the service has the page's origin.
VARIABLES = (
    "WECHAT_APPID",
    "VITE_API_ORIGIN",
    "VITE_STAGING",
    "VITE_CTID_APPID",
    "VITE_CTID_PATH",
    "VITE_SPEECH_PLUGIN",
)
NO_SOURCES = {"node_modules", "dist", "tests"}
# Made from this list by every build.
MADE = {ROOT / "src" / "pages.json", ROOT / "src" / "locale" / "titles.json"}
LIST = ROOT.parent / "miniprogram_api" / "texts" / "pages.yaml"
ORIGIN_NEEDED = (
    "A mini program for WECHAT_APPID needs the service's address: VITE_API_ORIGIN=https://HOST"
)
NODE_NEEDED = (
    "The mini program needs Node 18 or newer and npm. On Debian: sudo apt-get install nodejs npm"
)


def main(wanted: list[str]) -> None:
    """Bring what is wanted up to date. Raises SystemExit with one line, or npm's output."""
    if wanted == ["packages"]:
        with locked():
            install()
        return
    built = [refresh(name) for name in PROGRAMS if not wanted or name in wanted]
    if not any(built):
        print("The mini program is up to date.")


@contextmanager
def locked() -> Iterator[None]:
    """Keep others from installing and building meanwhile."""
    BUILDS.mkdir(parents=True, exist_ok=True)
    with open(BUILDS.parent / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def refresh(name: str) -> bool:
    """Build a program if its sources changed, and return whether they did."""
    with locked():
        state = state_of(name)
        if read(BUILDS / f".{name}") == state:
            return False
        is_for_upload = name == "mp-weixin" and os.environ.get("WECHAT_APPID")
        if is_for_upload and not os.environ.get("VITE_API_ORIGIN"):
            raise SystemExit(ORIGIN_NEEDED)
        install()
        build(name, state)
        return True


def state_of(name: str) -> str:
    """Return the hash of what the program is built from."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(set(folders) - NO_SOURCES)
        for path in sorted(Path(folder, file) for file in files):
            if path not in MADE:
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    digest.update(LIST.read_bytes())
    for variable in VARIABLES if name != "h5" else ():
        digest.update(f"{variable}={os.environ.get(variable, '')}\0".encode())
    return digest.hexdigest()


def install() -> None:
    """Install the packages of the lockfile, unless they are there; a linked folder stays."""
    if not has_node():
        raise SystemExit(NODE_NEEDED)
    state, stamp = hashlib.sha256(LOCKFILE.read_bytes()).hexdigest(), PACKAGES / ".installed"
    if PACKAGES.is_symlink() or read(stamp) == state:
        return
    print("Installing the Node packages of the mini program …", flush=True)
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(state)


def build(name: str, state: str) -> None:
    """Build one program."""
    stamp = BUILDS / f".{name}"
    stamp.unlink(missing_ok=True)
    print(f"Building {(BUILDS / name).relative_to(ROOT.parent)} …", flush=True)
    npm("run", f"build:{name}", without=VARIABLES if name == "h5" else ())
    stamp.write_text(state)


def npm(*arguments: str, without: tuple[str, ...] = ()) -> None:
    """Run npm without these environment variables, and show its output only when it fails."""
    ended = subprocess.run(
        ["npm", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in without},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if ended.returncode != 0:
        raise SystemExit(f"{ended.stdout}\nnpm {' '.join(arguments)} failed.")


def has_node() -> bool:
    """Return whether npm and Node 18 or newer are on the path."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    number = re.match(r"v(\d+)\.", version)
    return number is not None and int(number[1]) >= 18


def read(stamp: Path) -> str:
    """Return the text of a stamp, or an empty one."""
    return stamp.read_text() if stamp.exists() else ""


if __name__ == "__main__":
    main(sys.argv[1:])
