"""Call WeChat's server API: wechatpy's client over our connections and one shared access token.

wechatpy's own client fetches a token in every worker (which invalidates the other tokens), without
a time-out, repeats refused calls without end, and its exceptions contain the app secret.
"""

import json
import re
import threading
import time
from collections.abc import Mapping
from secrets import token_urlsafe
from types import SimpleNamespace
from typing import Any

from wechatpy import WeChatClient, WeChatClientException
from wechatpy.session import SessionStorage

from config import Settings
from miniprogram_api import clock
from miniprogram_api.clients.redis_server import RedisServer, StoreUnavailable
from miniprogram_api.clients.upstream import (
    NoResponse,
    Reply,
    Upstream,
    UpstreamError,
    json_object,
    require_no_server_error,
    told_by_body,
)
from miniprogram_api.clients.watching.answers import OK, Told, VendorAnswers

# The token is not the latest, invalid or expired.
STALE_TOKEN = frozenset({40001, 40014, 42001})
# What only the operator can mend: appid, secret, the list of addresses, rights, arguments.
OPERATORS_FAULTS = frozenset(
    {40013, 40097, 40125, 40164, 41002, 41004, 48001, 48004, 50002, 61004, 61007, 89503}
)

_OFFICIAL_BASE = "https://api.weixin.qq.com"
# Stop using a token this long before it expires.
_RESERVE_SECONDS = 120
_POLL_SECONDS = 0.05


class WeChatError(Exception):
    """Report an ``errcode`` other than 0."""

    def __init__(self, errcode: int) -> None:
        self.errcode = errcode
        super().__init__(errcode)


class TokenUnavailable(UpstreamError):
    """Report that Redis is unavailable or that no worker could fetch a token."""


class TokenStorage(SessionStorage):
    """Share the access token of all workers in Redis, as wechatpy's session storage."""

    def __init__(self, server: RedisServer, key: str, lease_seconds: float) -> None:
        """Store the token at ``key``; a worker may take ``lease_seconds`` to fetch a new one."""
        self.key = key
        self._server = server
        self._lease_seconds = lease_seconds
        self._name = token_urlsafe(12)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the token, or ``default`` when this thread must fetch a new one.

        Waits while another worker fetches.
        """
        if key != self.key:
            return default
        deadline = time.monotonic() + 2 * self._lease_seconds
        while time.monotonic() < deadline:
            answer = self.run("get", self._caller(), int(self._lease_seconds * 1000))
            if isinstance(answer, bytes):
                return answer.decode()
            if answer == 1:
                return default
            time.sleep(_POLL_SECONDS)
        raise TokenUnavailable()

    def set(self, _key: str, value: Any, ttl: float | None = None) -> None:
        """Store a new token for ``ttl`` seconds and release the lease."""
        self.run("keep", value, int((ttl or 0) * 1000))

    def delete(self, _key: str) -> None:
        """Release the lease so that another worker may fetch."""
        self.run("give_up", self._caller())

    def discard(self, token: str) -> None:
        """Delete the stored token if it is still ``token``."""
        self.run("discard", token)

    def run(self, mode: str, *arguments: str | int) -> Any:
        """Run the script ``access_token``. Raises TokenUnavailable."""
        now_ms = clock.milliseconds(clock.now())
        try:
            return self._server.run("access_token", [self.key], [mode, now_ms, *arguments])
        except StoreUnavailable:
            raise TokenUnavailable() from None

    def _caller(self) -> str:
        return f"{self._name}-{threading.get_ident()}"


class WeChatApi(WeChatClient):
    """Call one mini program's API. Every call raises UpstreamError and WeChatError."""

    API_BASE_URL = f"{_OFFICIAL_BASE}/cgi-bin/"

    def __init__(self, settings: Settings, server: RedisServer, answers: VendorAnswers) -> None:
        key = f"wechat:access-token:{settings.wechat_appid}"
        # The lease lasts as long as the call for a token may take.
        storage = TokenStorage(server, key, settings.upstream_timeout + 1)
        secret = settings.wechat_secret.get_secret_value()
        super().__init__(settings.wechat_appid, secret, session=storage, auto_retry=False)
        self._upstream = Upstream(
            answers.of("wechat", told),
            settings.wechat_api_base,
            timeout=settings.upstream_timeout,
            connections=settings.web_threads,
            production=settings.profile == "production",
        )
        # Replaces a session of requests, which has no time-out over a whole call.
        self._http = SimpleNamespace(request=self._send)

    @property
    def access_token_key(self) -> str:
        """Return the key under which wechatpy asks the session storage for the token."""
        return str(self.session.key)

    def code_to_session(self, code: str) -> dict[str, Any]:
        """Call jscode2session, which takes the app secret and no access token."""
        query = {
            "appid": self.appid,
            "secret": self.secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        return self._call("get", "/sns/jscode2session", params=tuple(query.items()))

    def fetch_access_token(self) -> None:
        """Fetch a token from stable_token and store it; called by wechatpy."""
        body = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": False,
        }
        try:
            answer = self._call("post", "/cgi-bin/stable_token", params=(), data=_encoded(body))
            token, seconds = answer.get("access_token"), answer.get("expires_in")
            if not (isinstance(token, str) and token and isinstance(seconds, int) and seconds > 0):
                raise TokenUnavailable()
        except (UpstreamError, WeChatError):
            self.session.delete(self.access_token_key)
            raise
        reserve = min(_RESERVE_SECONDS, seconds // 2)
        self.session.set(self.access_token_key, token, seconds - reserve)

    def _request(self, method: str, url_or_endpoint: str, **options: Any) -> dict[str, Any]:
        """Send a call with the shared token; replace a refused token and repeat the call once."""
        if isinstance(options.get("data"), dict):
            options["data"] = _encoded(options["data"])
        token = self.access_token
        try:
            return self._call(method, url_or_endpoint, params={"access_token": token}, **options)
        except WeChatError as error:
            if error.errcode not in STALE_TOKEN:
                raise
        self.session.discard(token)
        params = {"access_token": self.access_token}
        return self._call(method, url_or_endpoint, params=params, **options)

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Send a call once; a tuple of parameters stops wechatpy from adding an access token.

        Nothing raised here is chained to wechatpy's exceptions, which carry the app secret.
        """
        url = f"{_OFFICIAL_BASE}{path}" if path.startswith("/") else path
        try:
            answer: dict[str, Any] = super()._request(method, url, **options)
        except WeChatClientException as error:
            errcode = error.errcode
        else:
            return answer
        raise WeChatError(errcode)

    def _send(self, method: str, url: str, *, timeout: None, **options: Any) -> Any:  # noqa: ARG002
        """Send a prepared call and return what wechatpy reads. Raises UpstreamError."""
        path = url.removeprefix(_OFFICIAL_BASE)
        if "data" in options:
            options.setdefault("headers", {"Content-Type": "application/json"})
        reply = self._upstream.send(method.upper(), path, **options)
        require_no_server_error(reply)
        # The body of a 4xx contains the reason.
        return SimpleNamespace(content=reply.content, request=None, raise_for_status=int)

    def _decode_result(self, response: Any) -> dict[str, Any]:
        answer = json_object(response)
        try:
            # A success may have no errcode.
            answer["errcode"] = int(answer.get("errcode") or 0)
        except (TypeError, ValueError):
            raise NoResponse() from None
        return answer


def _encoded(body: Mapping[str, Any]) -> bytes:
    # WeChat shows \\u escapes literally; a lone surrogate has no UTF-8.
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


# At the end of errmsg: "invalid code, rid: 5f0d2d0a-5a2d8b6e-1c1a2b3c".
_RID = re.compile(r"\brid: ([\w-]{1,100})", re.ASCII)
_FACE_PASSED = 10000


def told(reply: Reply) -> Told:
    """Read errcode, or the verify_ret of a face check, and the rid of an error."""

    def read(body: dict[str, Any]) -> Told:
        code = body.get("errcode") or body.get("verify_ret") or _FACE_PASSED
        rid = _RID.search(str(body.get("errmsg")))
        return Told(OK if code in (0, _FACE_PASSED) else str(code), rid and rid[1])

    return told_by_body(reply, read)
