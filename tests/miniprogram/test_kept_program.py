"""The service worker: what it keeps on the phone, and how it follows a release."""

import gzip
import hashlib
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from handlers import mini_program
from tests.support.app import PROGRAM, Phone
from tests.support.people.persons import person
from tests.support.service.waiting import eventually

SOMEONE = person("赵秀兰", number=7302, birth=date(1961, 2, 8))
BUILT = PROGRAM / "dist" / "build" / "h5"
# Addresses of all that is kept, by cache.
KEPT = """async () => {
    const kept = {};
    for (const name of await caches.keys()) {
        const requests = await (await caches.open(name)).keys();
        kept[name] = requests.map(({url}) => new URL(url).pathname);
    }
    return kept;
}"""
# The release that answers, when it is stored whole and no other waits.
CURRENT = """async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    if (registration?.active?.state !== "activated") return "";
    if (registration.installing || registration.waiting) return "";
    return (await caches.keys()).pop() ?? "";
}"""
TITLE, CHANGED = "</title>", "（新）</title>"


def release_kept(page: Page, *, other_than: str = "") -> str:
    """Wait until a release is kept and return its name."""
    for _ in range(1200):
        if (name := page.evaluate(CURRENT)) and name != other_than:
            return str(name)
        page.wait_for_timeout(50)
    raise AssertionError("nothing is kept")


def test_only_built_files_are_kept(make_phone: Callable[..., Phone]) -> None:
    """Neither an answer of the service nor a page's address with what it says of a person."""
    phone = make_phone(service_workers="allow")
    phone.sign_in(SOMEONE, level=4)
    page = phone.open()
    release_kept(page)
    phone.page.reload()
    assert page.evaluate("Boolean(navigator.serviceWorker.controller)")
    for address in ("pages/account/index", "pages/account/receipts", "pages/tickets/index"):
        phone.open(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    (files,) = page.evaluate(KEPT).values()
    built = {f"/m/{path.relative_to(BUILT)}" for path in (BUILT / "assets").iterdir()}
    assert set(files) == {"/m/", *(path for path in built if not path.endswith((".gz", ".br")))}
    assert len(files) > 30


def test_program_opens_without_a_network(make_phone: Callable[..., Phone]) -> None:
    phone = make_phone(service_workers="allow")
    page = phone.open()
    release_kept(page)
    phone.context.set_offline(True)
    page.goto(f"{phone.service.url}/m/#/pages/register/index")
    page.reload()
    expect(page.get_by_label("姓名")).to_be_visible()
    # The browser tells a new document late, or never, that it emulates a lost network.
    phone.context.set_offline(False)
    phone.context.set_offline(True)
    expect(page.get_by_text("手机现在没有网络。")).to_be_visible()


class Site:
    """Serve a copy of the built program, whose release can change."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, f"{url}/m/"

    def release(self) -> None:
        """Change the start page; the other files stay."""
        page = self.folder / "index.html"
        before = hashlib.sha256(page.read_bytes()).hexdigest()
        page.write_text(page.read_text().replace(TITLE, CHANGED))
        after = hashlib.sha256(page.read_bytes()).hexdigest()
        worker = self.folder / "worker.js"
        text = worker.read_text().replace(before, after)
        worker.write_text(re.sub(r'"version":"\w+"', f'"version":"{after[:12]}"', text))


@pytest.fixture
def site(built_app: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    folder = shutil.copytree(BUILT, tmp_path / "h5")
    for name in ("index.html", "worker.js"):
        for variant in folder.glob(f"{name}.*"):
            variant.unlink()
    monkeypatch.setattr(mini_program, "BUILT", folder)
    application = Flask(__name__)
    application.register_blueprint(mini_program.blueprint)
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(folder, f"http://127.0.0.1:{server.port}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN")
    yield context.new_page()
    context.close()


def test_new_release_shows_at_the_second_visit_and_at_once_after_a_reload(
    site: Site, visitor: Page
) -> None:
    visitor.goto(site.url)
    first = release_kept(visitor)
    site.release()
    # Kept pages come at once, and meanwhile the new release is fetched.
    answer = visitor.goto(site.url)
    assert answer is not None
    assert CHANGED not in answer.text()
    second = release_kept(visitor, other_than=first)
    answer = visitor.goto(site.url)
    assert answer is not None
    assert CHANGED in answer.text()
    # Pages that run the first one still find its files.
    assert list(visitor.evaluate(KEPT)) == [first, second]


def test_reload_shows_the_newest_release(site: Site, visitor: Page) -> None:
    visitor.goto(site.url)
    release_kept(visitor)
    site.release()
    answer = visitor.reload()
    assert answer is not None
    assert CHANGED in answer.text()


def test_release_in_the_middle_of_its_change_is_not_kept(site: Site, visitor: Page) -> None:
    """The worker of one release must not keep the start page of another."""
    page = site.folder / "index.html"
    page.write_text(page.read_text().replace(TITLE, CHANGED))
    visitor.goto(site.url)
    visitor.wait_for_timeout(5000)
    assert visitor.evaluate(CURRENT) == ""
    assert visitor.evaluate(KEPT) in ({}, {name: [] for name in visitor.evaluate(KEPT)})


def test_old_releases_are_forgotten(site: Site, visitor: Page) -> None:
    visitor.goto(site.url)
    names = [release_kept(visitor)]
    for _ in range(2):
        site.release()
        visitor.goto(site.url)
        names.append(release_kept(visitor, other_than=names[-1]))
    # The worker forgets after it has taken over.
    assert eventually(lambda: list(visitor.evaluate(KEPT)) == names[-2:], 10)


def test_kept_files_are_compressed_on_the_way(site: Site) -> None:
    files = [path for path in (site.folder / "assets").iterdir() if path.suffix == ".js"]
    assert len(files) > 30
    for path in files:
        assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == path.read_bytes()
        assert path.with_name(f"{path.name}.br").is_file()
