"""Send WeChat messages and check texts with WeChat's content security."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, Protocol, get_args

from config import Settings
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.upstream import TimedOut, UpstreamError
from miniprogram_api.clients.wechat import WeChatUnavailable
from miniprogram_api.clients.wechat_api import STALE_TOKEN, WeChatApi, WeChatError

Suggestion = Literal["pass", "review", "risky"]

LONGEST_CHECKED_TEXT = 2500
"""Characters that WeChat checks in one call."""

# -1 busy, 45009 and 45011 too many calls, or a token refused twice: a retry may succeed.
_NOT_NOW = STALE_TOKEN | {-1, 45009, 45011}


class SendOutcome(Enum):
    """Classify the result of sending one message."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    """It was not delivered; a retry may succeed."""
    REFUSED = "refused"
    """WeChat refused the message; a retry is useless."""
    UNCERTAIN = "uncertain"
    """No answer in time; the message may have arrived."""


@dataclass(frozen=True)
class SendResult:
    """Hold an outcome and WeChat's errcode, if any."""

    outcome: SendOutcome
    errcode: int = 0


class WeChatMessages(Protocol):
    """Send each message once, without retries."""

    def send_chat(
        self, openid: str, content: Mapping[str, Any], before_body: Callable[[], None]
    ) -> SendResult:
        """Send a customer-service message: WeChat's ``msgtype`` and its object as ``content``.

        ``before_body`` is called at the last moment at which WeChat cannot have the message.
        """

    def set_typing(self, openid: str, is_typing: bool) -> None:
        """Show or hide the typing indicator; failures are ignored."""

    def send_subscribed(
        self, openid: str, template_id: str, page: str, values: Mapping[str, str]
    ) -> SendResult:
        """Send a subscription message; ``values`` maps the template's keys to texts."""

    def judge_text(self, text: str, openid: str, scene: int) -> Suggestion:
        """Check up to 2,500 characters with msg_sec_check. Raises WeChatUnavailable."""


class WeChatMessagesClient:
    """Call custom/send, typing, subscribe/send and msg_sec_check behind guards."""

    def __init__(self, settings: Settings, api: WeChatApi, guards: Guards) -> None:
        self._api = api
        self._messages = guards.of("wechat", "wechat-messages")
        self._texts = guards.of("wechat", "wechat-texts")
        self._typing_path = settings.wechat_typing_path
        self._state = settings.wechat_program_state

    def send_chat(
        self, openid: str, content: Mapping[str, Any], before_body: Callable[[], None]
    ) -> SendResult:
        """Send a customer-service message; see the protocol."""
        body = {"touser": openid, **content}
        return self._send("/cgi-bin/message/custom/send", body, before_body)

    def set_typing(self, openid: str, is_typing: bool) -> None:
        """Show or hide the typing indicator; failures are ignored."""
        command = "Typing" if is_typing else "CancelTyping"
        self._send(self._typing_path, {"touser": openid, "command": command})

    def send_subscribed(
        self, openid: str, template_id: str, page: str, values: Mapping[str, str]
    ) -> SendResult:
        """Send a subscription message; see the protocol."""
        body = {
            "touser": openid,
            "template_id": template_id,
            "page": page,
            "data": {key: {"value": value} for key, value in values.items()},
            "miniprogram_state": self._state,
            "lang": "zh_CN",
        }
        return self._send("/cgi-bin/message/subscribe/send", body)

    def judge_text(self, text: str, openid: str, scene: int) -> Suggestion:
        """Check a text with msg_sec_check. Raises WeChatUnavailable."""
        body = {"content": text, "version": 2, "scene": scene, "openid": openid}
        try:
            answer = self._texts.call(lambda: self._api.post("/wxa/msg_sec_check", data=body))
            suggestion = answer["result"]["suggest"]
        except (UpstreamError, WeChatError, LookupError, TypeError):
            pass
        else:
            if suggestion in get_args(Suggestion):
                return suggestion
        raise WeChatUnavailable

    def _send(
        self,
        path: str,
        body: Mapping[str, Any],
        before_body: Callable[[], None] = lambda: None,
    ) -> SendResult:
        is_handed_over = False

        def note() -> None:
            nonlocal is_handed_over
            before_body()
            is_handed_over = True

        try:
            self._messages.call(lambda: self._api.post(path, data=dict(body), before_body=note))
        except WeChatError as error:
            outcome = SendOutcome.NOT_SENT if error.errcode in _NOT_NOW else SendOutcome.REFUSED
            return SendResult(outcome, error.errcode)
        except TimedOut:
            # The time-out may concern the access token, before the message was sent.
            return SendResult(SendOutcome.UNCERTAIN if is_handed_over else SendOutcome.NOT_SENT)
        except UpstreamError:
            # WeChat usually closed an idle connection without processing the request, so count this
            # as not sent.
            return SendResult(SendOutcome.NOT_SENT)
        return SendResult(SendOutcome.SENT)
