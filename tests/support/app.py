"""The mini program in a browser: a phone in Chromium that shows ``/m/`` of a running service."""

import itertools
import json
import os
import secrets
import subprocess
import sys
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

from models.accounts.accounts import Account
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.persons import Person, make_phone
from tests.support.people.registrations import PASSWORD
from tests.support.service.node import axe
from tests.support.service.sandbox import REPOSITORY
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

PROGRAM = REPOSITORY / "miniprogram"
HOME = "pages/home/index"
_numbers = itertools.count(30_000)

_LOOK = """async () => (await axe.run(document, {
    resultTypes: ["violations"], preload: false,
})).violations
    .map(({id, nodes}) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(" ")}`)
"""
ELDER = "(is) => document.querySelector('.page').classList.toggle('elder', is)"
_WIDE = """() => [...document.querySelectorAll(".page *")]
    .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
    .filter((part) => !part.closest(".unseen"))
    .map((part) => part.outerHTML.slice(0, 100)).slice(0, 3)
"""


def build(*wanted: str, **environment: str) -> str:
    """Build these programs, or install the ``packages``, if they are not up to date.

    Returns what is said. Raises RuntimeError with what is wrong.
    """
    ended = subprocess.run(
        [sys.executable, str(PROGRAM / "scripts" / "build.py"), *wanted],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    if ended.returncode != 0:
        raise RuntimeError(ended.stderr)
    return ended.stdout


def npm_run(script: str, **environment: str) -> str:
    """Run a script of package.json; return its output or fail the test with it."""
    ended = subprocess.run(
        ["npm", "run", "--silent", script],
        cwd=PROGRAM,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if ended.returncode != 0:
        pytest.fail(ended.stdout, pytrace=False)
    return ended.stdout


class Phone:
    """Show the program of a service on one phone, and collect what must not happen.

    ``complaints`` are errors and warnings of the console, broken scripts, breaches of the content
    security policy, answers with status 500 and requests to other origins. Refusals and lost
    connections of the API are none: the program must show them.
    """

    def __init__(self, service: Service, browser: Browser, **options: Any) -> None:
        """Open an empty page; ``options`` are those of a playwright context, as color_scheme."""
        self.service = service
        self.complaints: list[str] = []
        self.context = browser.new_context(
            **{
                "viewport": {"width": 390, "height": 844},
                "has_touch": True,
                "locale": "zh-CN",
                # Kept files would answer in place of the running service.
                "service_workers": "block",
                **options,
            }
        )
        self.page: Page = self.context.new_page()
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note_request)
        self.page.on("response", self._note_response)

    def open(self, address: str = HOME, **query: str) -> Page:
        """Open a page of the program, as after a tap on a link to it."""
        parameters = f"?{urlencode(query)}" if query else ""
        self.page.goto(f"{self.service.url}/m/#/{address}{parameters}")
        return self.page

    def close(self) -> None:
        """Close it; fail if there was a complaint."""
        self.context.close()
        assert not self.complaints, self.complaints

    def fresh_phone(self) -> str:
        """Return a mobile number that no test used before."""
        return make_phone(next(_numbers))

    def code_for(self, phone: str) -> str:
        """Wait for an SMS to this number and return its code."""
        assert eventually(lambda: self.service.sandbox.inbox(phone)), "no SMS"
        return self.service.sandbox.last_code(phone)

    def sign_in(self, someone: Person, **columns: Any) -> str:
        """Create an account (``columns`` change it, as level=4) and sign this phone in.

        Returns the token. The next ``open`` shows the account.
        """
        with tables_of(self.service):
            account_of(someone, **columns)
        device = {"device": secrets.token_urlsafe(16)}
        visitor = data_of(self.service.post("/web/login", json=device))["token"]
        content = {"login": someone.id_number, "password": PASSWORD}
        token = str(data_of(self.service.post("/sessions", json=content, token=visitor))["token"])
        self.store("token", token)
        self.page.evaluate("localStorage.removeItem('visitor')")
        return token

    def account(self, someone: Person) -> Account:
        """Read the account of a person."""
        with tables_of(self.service):
            return Account.get(Account.identity_index.matches(someone.id_number))

    def store(self, key: str, value: Any) -> None:
        """Store a value where the program reads it with ``uni.getStorageSync``."""
        # A page of the same origin without scripts.
        self.page.goto(f"{self.service.url}/verify")
        kind = "string" if isinstance(value, str) else "object"
        stored = json.dumps({"type": kind, "data": value}, ensure_ascii=False)
        self.page.evaluate("([key, stored]) => localStorage.setItem(key, stored)", [key, stored])

    def faults(self) -> list[str]:
        """Return what is hard to use on the page in front.

        By axe in light colours and, in elder mode on the narrowest phone, in dark ones; and what is
        wider than that phone.
        """
        page, found = self.page, []
        size = page.viewport_size
        page.evaluate(axe())
        found += [f"light: {fault}" for fault in page.evaluate(_LOOK)]
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 320, "height": 640})
        page.evaluate(ELDER, True)
        found += [f"dark, elder: {fault}" for fault in page.evaluate(_LOOK)]
        found += [f"wide: {part}" for part in page.evaluate(_WIDE)]
        page.evaluate(ELDER, False)
        page.emulate_media(color_scheme="light")
        if size is not None:
            page.set_viewport_size(size)
        return found

    def _note_message(self, message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        is_answer = address.startswith(f"{self.service.url}/api/")
        # A test that takes the network away gets such messages for the icon of the page, too.
        is_offline = "ERR_INTERNET_DISCONNECTED" in message.text
        is_blocked = message.text == "Service Worker registration blocked by Playwright"
        if message.type in ("error", "warning") and not (is_answer or is_offline or is_blocked):
            self.complaints.append(f"{message.text} ({address})")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.service.url}/", "data:", "blob:")):
            self.complaints.append(f"request to {request.url}")

    def _note_response(self, response: Response) -> None:
        if response.status == 500:
            self.complaints.append(f"500 from {response.url}")
