"""A blind user confirms a matter by keyboard and accessibility tree, with a typed name."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from miniprogram_api.accounts import consents
from models.matters.decisions import Decision
from tests.support.app import Phone
from tests.support.matters.systems import made, person_body, system_of
from tests.support.people.accounts import tables_of
from tests.support.people.persons import person
from tests.support.service.service import Service
from tests.support.walks import Walk

SOMEONE = person("张听见", number=6281)
# So many stops of the Tab key a page has at most.
MOST_STOPS = 80

# What a screen reader says of the element with the focus.
_FOCUSED = """() => {
    const part = document.activeElement
    const label = part.labels?.[0]?.innerText ?? ''
    return [part.getAttribute('role') ?? part.type ?? part.tagName.toLowerCase(),
            (part.ariaLabel ?? (label || part.innerText)).trim()]
}"""


@pytest.fixture(scope="module")
def optional_signature(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run a service where a signature may be left out."""
    directory = tmp_path_factory.mktemp("optional")
    with Service(directory, matter_signature="optional") as running:
        # Signatures from before the start are refused; they are dated in whole seconds.
        time.sleep(1.1)
        yield running


@pytest.fixture
def phone(built_app: None, optional_signature: Service, browser: Browser) -> Iterator[Phone]:
    phone = Phone(optional_signature, browser)
    yield phone
    phone.close()


class Keyboard:
    """Reach parts of a page with the Tab key alone, as a screen reader names them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.heard: list[tuple[str, str]] = []

    def focused(self) -> tuple[str, str]:
        kind, name = self.page.evaluate(_FOCUSED)
        return str(kind), str(name)

    def reach(self, name: str) -> None:
        """Go on to the part that is named so. Fails when no stop has this name."""
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            self.heard.append(self.focused())
            if self.heard[-1][0] != "body" and name in self.heard[-1][1]:
                return
        raise AssertionError(f"The Tab key does not reach {name}: {self.heard[-MOST_STOPS:]}")

    def press(self, name: str, key: str = "Enter") -> None:
        self.reach(name)
        self.page.keyboard.press(key)

    def type(self, name: str, text: str) -> None:
        self.reach(name)
        self.page.keyboard.type(text)


def tree(page: Page) -> Any:
    """Return the page as assistive technology gets it."""
    return page.locator("main").filter(visible=True).first.aria_snapshot()


def test_matter_is_confirmed_without_seeing_or_drawing(
    phone: Phone, optional_signature: Service
) -> None:
    made(system_of(optional_signature), person_body(SOMEONE))
    phone.sign_in(SOMEONE, level=4, verified_by="face")
    with tables_of(optional_signature):
        consents.record(phone.account(SOMEONE).id, ["identity", "face"])
    page, walk = phone.page, Walk(phone)
    keys = Keyboard(page)
    phone.open()
    expect(page.get_by_role("heading", name="有业务等您确认")).to_be_visible()
    keys.press("去看看")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    keys.press("去确认")
    expect(page.get_by_role("heading", name="业务内容")).to_be_visible()
    # What is confirmed can be heard: content, post, statement.
    for said in ("示例科技有限公司", "股东", "本人已看过以上内容"):
        assert said in tree(page)
    keys.press("本人已看过以上内容", "Space")
    keys.press("单独同意处理业务确认的信息", "Space")
    keys.press("不方便手写，改为打字")
    keys.type("打字写全姓名", SOMEONE.name)
    keys.press("用网证核验")
    keys.type("网证凭证", f"ctid-ok-{SOMEONE.id_number}")
    keys.press("提交网证")
    expect(page.get_by_text("全部人已确认")).to_be_visible()
    assert walk.taps == 0
    assert phone.faults() == []
    with tables_of(optional_signature):
        decision = Decision.get()
    assert (decision.typed_name, decision.way) == (True, "ctid")
