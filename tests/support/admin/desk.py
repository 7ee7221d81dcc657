"""A member of staff at the admin pages over HTTP, and the list of all pages."""

import re
import time
from typing import Any

import requests
from flask import Flask
from requests.cookies import RequestsCookieJar
from werkzeug.routing import Map

from handlers import admin
from handlers.admin.frame.access import COOKIE, PAGES
from tests.support.service.service import Service

ANY = {"int": "1", "path": "x", "default": "x", "any": "reviews"}


def url_map() -> Map:
    """Return the URL map of the admin pages and their files."""
    app = Flask("pages")
    admin.register(app)
    return app.url_map


def addresses() -> list[tuple[str, str, str]]:
    """Return (endpoint, method, path below /admin with made-up values) of every page."""
    found = []
    for rule in url_map().iter_rules():
        if rule.endpoint in PAGES:
            path = re.sub(r"<(?:(\w+)[^:>]*:)?\w+>", lambda m: ANY[m[1] or "default"], rule.rule)
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found += [(rule.endpoint, method, path.removeprefix("/admin")) for method in methods]
    return sorted(found)


class Desk:
    """Request admin pages as one visitor; redirects are not followed."""

    def __init__(self, service: Service, token: str | None = None) -> None:
        self._base = f"{service.url}/admin"
        self._session = requests.Session()
        self._session.trust_env = False
        if token is not None:
            self._session.cookies.set(COOKIE, token, path="/admin")

    def get(self, path: str, **options: Any) -> requests.Response:
        return self._request("GET", path, **options)

    def post(self, path: str, data: Any = None, *, page: str | None = None, **options: Any) -> Any:
        """Send a form with the CSRF token of the page at ``page`` (by default ``path``)."""
        form = dict(data or {})
        proof = self.csrf(page or path)
        if proof:
            form["csrf"] = proof
        return self._request("POST", path, data=form, **options)

    def post_bare(self, path: str, data: Any = None, **options: Any) -> requests.Response:
        """Send a form without a CSRF token."""
        return self.send_bare("POST", path, data=data, **options)

    def send_bare(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request of any method without a CSRF token."""
        return self._request(method, path, **options)

    def csrf(self, page: str = "/") -> str:
        """Return the CSRF token of this page's forms; empty without one."""
        found = re.search(r'name="csrf" value="(\w+)"', self.get(page).text)
        return "" if found is None else found[1]

    @property
    def cookie(self) -> str | None:
        """Return the session token of the cookie."""
        return self._session.cookies.get(COOKIE)

    @property
    def cookies(self) -> RequestsCookieJar:
        """Return all cookies of the browser."""
        return self._session.cookies

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", 30)
        return self._session.request(method, self._base + path, allow_redirects=False, **options)


def when_done(desk: Desk, path: str, seconds: float = 300) -> requests.Response:
    """Wait for the task that the page shows and return the page."""
    deadline = time.monotonic() + seconds
    while 'hx-trigger="load delay' in (answer := desk.get(path)).text:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    return answer
