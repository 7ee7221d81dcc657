"""The mini program's own tests and builds, run by Node, and the size of what phones load."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.app import PROGRAM, Phone, build, npm_run

BUILDS = PROGRAM / "dist" / "build"
# Bytes sent of each file of the program, compressed.
SIZES = """() => [
    ...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")
].filter(({name}) => name.includes("/m/")).map(({encodedBodySize}) => encodedBodySize)"""
MOST_FIRST_BYTES = 150 * 1024
WECHAT = BUILDS / "mp-weixin"
# WeChat's own limits are 2 MB for a package, also for those that one page preloads together, and
# 20 MB for all; far below them phones open quickly.
MOST_PACKAGE_BYTES = 1024 * 1024
MOST_PRELOADED_BYTES = 1536 * 1024
MOST_WECHAT_BYTES = 1536 * 1024


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_program_is_built_once(built_app: None) -> None:
    assert build("h5") == "The mini program is up to date.\n"


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        ({"PATH": "", "VITE_API_ORIGIN": "https://id.example"}, "sudo apt-get install nodejs npm"),
        ({"VITE_API_ORIGIN": ""}, "VITE_API_ORIGIN=https://HOST"),
    ],
)
def test_missing_requirement_is_one_line(environment: dict[str, str], problem: str) -> None:
    with pytest.raises(RuntimeError) as caught:
        build("mp-weixin", WECHAT_APPID="wx5a4db0c0ffee0001", **environment)
    assert str(caught.value).endswith(f"{problem}\n")
    assert str(caught.value).count("\n") == 1


def test_unit_tests_pass() -> None:
    build("packages")
    npm_run("test:unit")


def test_program_for_wechat_passes_in_the_simulator() -> None:
    build("mp-weixin")
    npm_run("test:simulator")
    # WeChat reads out what has changed by this attribute, not by a role.
    assert "aria-live=" in (WECHAT / "ui" / "AppNotice.wxml").read_text()


def test_packages_for_wechat_stay_below_its_limits() -> None:
    build("mp-weixin")
    declared = json.loads((WECHAT / "app.json").read_text())
    roots = [package["root"] for package in declared["subPackages"]]
    sizes = {root: size_of(WECHAT / root) for root in roots}
    main = size_of(WECHAT) - sum(sizes.values())
    assert len(sizes) == 8
    assert all(0 < size <= MOST_PACKAGE_BYTES for size in [main, *sizes.values()]), (main, sizes)
    assert main + sum(sizes.values()) <= MOST_WECHAT_BYTES
    # What WeChat fetches while home is read counts together, too.
    (rule,) = declared["preloadRule"].values()
    assert sum(sizes[root] for root in rule["packages"]) <= MOST_PRELOADED_BYTES


def test_first_visit_loads_little(phone: Phone) -> None:
    page = phone.open()
    expect(page.locator("main")).to_be_visible()
    sizes = page.evaluate(SIZES)
    assert len(sizes) > 3
    assert 0 not in sizes
    assert sum(sizes) <= MOST_FIRST_BYTES
