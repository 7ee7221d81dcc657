"""How long a phone on a slow network waits for the program in a browser.

``python -m benchmarks.page_speed [--rounds N] [--baseline COMMIT]`` prints medians. Each program is
built and served in a clone of its own; the rounds alternate between them. The network is emulated
by Chromium (latency of each answer, shared rate).
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import requests
from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.stage import end_group, free_port
from tests.support.chromium import chromium
from tests.support.chromium import stop as stop_chromium
from tests.support.service.sandbox import REPOSITORY

START_SECONDS = 180
RATE = 50_000
READING_SECONDS = 15
PATIENCE_SECONDS = 60
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "locale": "zh-CN",
}
HOME, REGISTER = "", "#/pages/register/index"


class Network(NamedTuple):
    """A network by the latency of an answer in ms; its rate is ``RATE`` bytes/s."""

    name: str
    latency: int


class Limit(NamedTuple):
    """The unit of a figure, and the most that is wanted, by the name of a network."""

    unit: str
    most: dict[str, float]


MOBILE = Network("400 ms, 50 KB/s", 400)
SLOW = Network("Slow 3G: 2 s, 50 KB/s", 2000)
FIGURES = {
    "home: LCP": Limit("s", {MOBILE.name: 2.0}),
    "home: 注册 works": Limit("s", {MOBILE.name: 3.0}),
    "注册 pressed when seen, until typing": Limit("s", {}),
    "home: CLS": Limit("", {MOBILE.name: 0.05, SLOW.name: 0.05}),
    "home: requests": Limit("", {}),
    "home: received": Limit("KB", {}),
    "register by its address: usable": Limit("s", {SLOW.name: 9.0}),
    "register by its address: CLS": Limit("", {MOBILE.name: 0.05, SLOW.name: 0.05}),
    "warm visit: LCP": Limit("s", {MOBILE.name: 1.0}),
    "warm visit: 注册 works": Limit("s", {MOBILE.name: 1.0}),
    "warm visit: received": Limit("KB", {}),
}
# Notes paints and shifts from the first moment, and when the program itself shows 注册 and a field.
# What the page shows before the program runs lies outside <uni-page>.
_WATCH = """() => {
    const seen = window.seen = {lcp: 0, cls: 0, works: 0, field: 0};
    const register = "pages/register/index";
    new PerformanceObserver((list) => {
        for (const {startTime} of list.getEntries()) seen.lcp = startTime;
    }).observe({type: "largest-contentful-paint", buffered: true});
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (!entry.hadRecentInput) seen.cls += entry.value;
        }
    }).observe({type: "layout-shift", buffered: true});
    const isShown = (part) => part.getClientRects().length > 0;
    const find = (selector, text) => [...document.querySelectorAll(selector)]
        .find((part) => isShown(part) && part.textContent.includes(text));
    window.findRegister = (within) => find(`${within} main button, ${within} main a`, "注册");
    const look = () => {
        const now = performance.now();
        if (!seen.works && window.findRegister("uni-page")) seen.works = now;
        const fields = document.querySelectorAll(`uni-page[data-page="${register}"] input`);
        if (!seen.field && [...fields].some(isShown)) seen.field = now;
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
_PRESS_WHEN_SEEN = """() => {
    let last = -Infinity;
    const press = () => {
        const button = window.findRegister("body");
        // Again after a while, as people do.
        if (button && performance.now() - last > 3000) {
            last = performance.now();
            button.click();
        }
        if (!window.seen.field) requestAnimationFrame(press);
    };
    requestAnimationFrame(press);
}"""


class Program:
    """A built and served program; ``name`` is its column in the table."""

    def __init__(self, name: str, clone: Path, url: str) -> None:
        self.name, self.clone, self.url = name, clone, url
        self.figures: dict[tuple[str, str], list[float]] = {}

    def note(self, network: Network, **figures: float) -> None:
        """Keep figures of one round, named as in ``FIGURES``."""
        for name, value in figures.items():
            self.figures.setdefault((network.name, name), []).append(value)

    def median(self, network: Network, name: str) -> float | None:
        """Return the median of the rounds."""
        values = self.figures.get((network.name, name))
        return statistics.median(values) if values else None


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each median")
    parser.add_argument("--baseline", metavar="COMMIT", help="measure this commit beside")
    arguments = parser.parse_args()
    commits = [*([arguments.baseline] if arguments.baseline else []), "HEAD"]
    with ExitStack() as exits:
        exits.callback(stop_chromium)
        programs = [exits.enter_context(_served(commit)) for commit in commits]
        browser = exits.enter_context(chromium())
        loads = [os.getloadavg()[0]]
        for _ in range(arguments.rounds):
            for network in (MOBILE, SLOW):
                for program in programs:
                    _measure(browser, program, network)
            loads.append(os.getloadavg()[0])
        _print(programs, arguments.rounds, loads)
    return 0


@contextmanager
def _served(commit: str) -> Iterator[Program]:
    """Build and serve a commit in a clone of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        clone = Path(directory) / "clone"
        _run("git", "clone", "--quiet", str(REPOSITORY), str(clone))
        _run("git", "-C", str(clone), "checkout", "--quiet", _revision(commit))
        modules = clone / "miniprogram" / "node_modules"
        modules.symlink_to(REPOSITORY / "miniprogram" / "node_modules")
        _run(sys.executable, str(clone / "miniprogram" / "scripts" / "build.py"), "h5")
        port = free_port()
        environment = {
            **os.environ,
            "PROFILE": "sandbox",
            "VAR_DIR": str(Path(directory) / "var"),
            "PORT": str(port),
            "SANDBOX_PORT": str(free_port()),
            "FAQ_ENCODER": "off",
        }
        with (Path(directory) / "serve.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--parent", str(os.getpid())],
                cwd=clone,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
            try:
                program = Program(commit, clone, f"http://127.0.0.1:{port}/m/")
                _wait_for(program)
                yield program
            finally:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    end_group(process)


def _revision(commit: str) -> str:
    return subprocess.run(
        ["git", "rev-parse", commit], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout.strip()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _wait_for(program: Program) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if requests.get(program.url, timeout=30).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError(f"{program.name} did not start within {START_SECONDS} s.")


def _measure(browser: Browser, program: Program, network: Network) -> None:
    """Visit home twice, press 注册, and open its address, each visit on a new phone."""
    with _phone(browser) as context:
        home = _Visit(context, program, network)
        home.wait("works")
        home.settle()
        program.note(
            network,
            **{
                "home: LCP": home.seen["lcp"] / 1000,
                "home: 注册 works": home.seen["works"] / 1000,
                "home: CLS": home.seen["cls"],
                "home: requests": home.requests,
                "home: received": home.received / 1024,
            },
        )
        # Long enough for the phone to keep the program.
        home.page.wait_for_timeout(READING_SECONDS * 1000)
        home.page.close()
        warm = _Visit(context, program, network)
        warm.wait("works")
        warm.settle()
        program.note(
            network,
            **{
                "warm visit: LCP": warm.seen["lcp"] / 1000,
                "warm visit: 注册 works": warm.seen["works"] / 1000,
                "warm visit: received": warm.received / 1024,
            },
        )
    with _phone(browser) as context:
        pressed = _Visit(context, program, network, press=True)
        pressed.wait("field")
        name = "注册 pressed when seen, until typing"
        program.note(network, **{name: pressed.seen["field"] / 1000})
    with _phone(browser) as context:
        register = _Visit(context, program, network, REGISTER)
        register.wait("field")
        register.settle()
        program.note(
            network,
            **{
                "register by its address: usable": register.seen["field"] / 1000,
                "register by its address: CLS": register.seen["cls"],
            },
        )


@contextmanager
def _phone(browser: Browser) -> Iterator[BrowserContext]:
    """Take a new phone with an empty cache."""
    context = browser.new_context(**PHONE)
    try:
        yield context
    finally:
        context.close()


class _Visit:
    """A page that opens an address of the program on a slow network."""

    def __init__(
        self,
        context: BrowserContext,
        program: Program,
        network: Network,
        address: str = HOME,
        *,
        press: bool = False,
    ) -> None:
        self.requests = self.received = 0
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_SECONDS * 1000)
        devtools = context.new_cdp_session(self.page)
        devtools.send("Network.enable")
        conditions = {
            "offline": False,
            "latency": network.latency,
            "downloadThroughput": RATE,
            "uploadThroughput": RATE,
        }
        devtools.send("Network.emulateNetworkConditions", conditions)
        devtools.on("Network.loadingFinished", self._note)
        self.page.add_init_script(f"({_WATCH})()")
        if press:
            self.page.add_init_script(f"({_PRESS_WHEN_SEEN})()")
        self.page.goto(program.url + address, wait_until="commit")

    def _note(self, event: dict[str, Any]) -> None:
        self.requests += 1
        self.received += event["encodedDataLength"]

    @property
    def seen(self) -> dict[str, Any]:
        """Return what the page noted so far; times in ms since the visit began."""
        return self.page.evaluate("seen")

    def wait(self, figure: str) -> None:
        """Wait until a figure of ``seen`` is there. Raises RuntimeError."""
        # The page's own policy forbids wait_for_function, which evaluates text.
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self.seen[figure]:
                return
            self.page.wait_for_timeout(50)
        raise RuntimeError(f"No {figure} within {PATIENCE_SECONDS} s.")

    def settle(self) -> None:
        """Wait until nothing is loaded any more."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(500)


def _print(programs: list[Program], rounds: int, loads: list[float]) -> None:
    cores = os.cpu_count()
    print(
        f"Medians of {rounds} rounds in turn; {cores} cores, load {min(loads):.1f}-{max(loads):.1f}"
    )
    for network in (MOBILE, SLOW):
        print(f"\n{network.name:40}" + "".join(f"{program.name[:9]:>12}" for program in programs))
        for name, (unit, most) in FIGURES.items():
            medians = [program.median(network, name) for program in programs]
            cells = "".join(f"{'-' if value is None else f'{value:.2f}':>12}" for value in medians)
            wanted = f"  (at most {most[network.name]:g})" if network.name in most else ""
            print(f"{name:40}{cells} {unit:2}{wanted}")


if __name__ == "__main__":
    sys.exit(main())
