"""A member of staff at the admin pages, over HTTP without a browser."""

import re
from typing import Any

import requests

from handlers.admin.access import COOKIE
from tests.support.service import Service


class Desk:
    """Pages of a service as one visitor sees them; redirects are not followed."""

    def __init__(self, service: Service, token: str | None = None) -> None:
        self._base = f"{service.url}/admin"
        self._session = requests.Session()
        self._session.trust_env = False
        if token is not None:
            self._session.cookies.set(COOKIE, token, path="/admin")

    def get(self, path: str, **options: Any) -> requests.Response:
        return self._request("GET", path, **options)

    def post(self, path: str, data: Any = None, *, page: str | None = None, **options: Any) -> Any:
        """Send a form with the proof that the page at ``page`` (by default ``path``) carries."""
        form = dict(data or {})
        found = re.search(r'name="csrf" value="(\w+)"', self.get(page or path).text)
        if found is not None:
            form["csrf"] = found[1]
        return self._request("POST", path, data=form, **options)

    def post_bare(self, path: str, data: Any = None, **options: Any) -> requests.Response:
        """Send a form without any proof."""
        return self._request("POST", path, data=data, **options)

    @property
    def cookie(self) -> str | None:
        """The session's token as the browser keeps it."""
        return self._session.cookies.get(COOKIE)

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", 30)
        return self._session.request(method, self._base + path, allow_redirects=False, **options)
