"""WeChat's server API: calls with and without the access token that all workers share.

Tokens come from stable_token, one fetch for all workers; without that a cold start of many workers
fetches hundreds of them, each making the others' invalid.
"""

import json
import time
from collections.abc import Callable, Mapping
from secrets import token_urlsafe
from typing import Any

from config import Settings
from miniprogram_api import clock
from miniprogram_api.clients.redis_server import RedisServer, StoreUnavailable
from miniprogram_api.clients.upstream import (
    Upstream,
    UpstreamError,
    json_object,
    log,
    require_no_server_error,
)

# The token is not the latest, is invalid, has expired.
STALE_TOKEN = frozenset({40001, 40014, 42001})

# A token is not used in its last moments, so that it does not end on its way to WeChat.
_RESERVE_SECONDS = 120
_POLL_SECONDS = 0.05


class WeChatError(Exception):
    """WeChat answered with an ``errcode`` other than 0."""

    def __init__(self, errcode: int) -> None:
        self.errcode = errcode
        super().__init__(errcode)


class TokenUnavailable(UpstreamError):
    """The access token is kept in Redis, and Redis does not answer; or nobody could fetch one."""


class WeChatApi:
    """One mini program at WECHAT_API_BASE. All methods raise UpstreamError and WeChatError."""

    def __init__(self, settings: Settings, server: RedisServer) -> None:
        self._appid = settings.wechat_appid
        self._secret = settings.wechat_secret
        self._server = server
        self._key = f"wechat:access-token:{settings.wechat_appid}"
        # Somebody who fetches holds the others back for as long as his call may take.
        self._lease_seconds = settings.upstream_timeout + 1
        self._upstream = Upstream(
            "wechat",
            settings.wechat_api_base,
            timeout=settings.upstream_timeout,
            connections=settings.web_threads,
            production=settings.profile == "production",
        )

    def code_to_session(self, code: str) -> dict[str, Any]:
        """The answer of jscode2session, which takes the app secret and no access token."""
        return self._call(
            "GET",
            "/sns/jscode2session",
            params={
                "appid": self._appid,
                "secret": self._secret.get_secret_value(),
                "js_code": code,
                "grant_type": "authorization_code",
            },
        )

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        before_body: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        """The answer to a call that takes the access token.

        When WeChat refuses the token, that one is thrown away and the call repeated once.
        ``before_body`` is called before each of the two, as in ``Upstream.send``.
        """
        token = self._token()
        try:
            return self._post(path, token, body, before_body)
        except WeChatError as error:
            if error.errcode not in STALE_TOKEN:
                raise
        self._tell("discard", token)
        return self._post(path, self._token(), body, before_body)

    def _post(
        self,
        path: str,
        token: str,
        body: Mapping[str, Any],
        before_body: Callable[[], None] | None,
    ) -> dict[str, Any]:
        # WeChat shows a message's \\u escapes as they stand, so the text goes out as it is. Half a
        # surrogate pair has no UTF-8.
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return self._call(
            "POST",
            path,
            params={"access_token": token},
            data=text.encode("utf-8", "replace"),
            headers={"Content-Type": "application/json"},
            before_body=before_body,
        )

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        response = self._upstream.send(method, path, **arguments)
        require_no_server_error(response)
        answer = json_object(response)
        # A success may come without errcode.
        errcode = answer.get("errcode") or 0
        if errcode != 0:
            raise WeChatError(int(errcode) if str(errcode).lstrip("-").isdecimal() else -1)
        return answer

    def _token(self) -> str:
        caller = token_urlsafe(12)
        deadline = time.monotonic() + 2 * self._lease_seconds
        while time.monotonic() < deadline:
            answer = self._tell("get", caller, int(self._lease_seconds * 1000))
            if isinstance(answer, bytes):
                return answer.decode()
            if answer == 1:
                try:
                    return self._fetch()
                except (UpstreamError, WeChatError):
                    self._tell("give_up", caller)
                    raise
            time.sleep(_POLL_SECONDS)
        raise TokenUnavailable()

    def _fetch(self) -> str:
        answer = self._call(
            "POST",
            "/cgi-bin/stable_token",
            json={
                "grant_type": "client_credential",
                "appid": self._appid,
                "secret": self._secret.get_secret_value(),
                "force_refresh": False,
            },
        )
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not (isinstance(token, str) and token and isinstance(seconds, int) and seconds > 0):
            log.error("vendor_error", upstream="wechat", code="stable_token")
            raise TokenUnavailable()
        reserve = min(_RESERVE_SECONDS, seconds // 2)
        self._tell("keep", token, (seconds - reserve) * 1000)
        return token

    def _tell(self, mode: str, *arguments: str | int) -> Any:
        now_ms = clock.milliseconds(clock.now())
        try:
            return self._server.run("access_token", [self._key], [mode, now_ms, *arguments])
        except StoreUnavailable:
            raise TokenUnavailable() from None
