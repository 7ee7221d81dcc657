"""What WeChat does with words: messages to its users, and a look at what they write."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, Protocol, get_args

from config import Settings
from miniprogram_api.clients.upstream import TimedOut, UpstreamError, log
from miniprogram_api.clients.wechat import WeChatUnavailable
from miniprogram_api.clients.wechat_api import STALE_TOKEN, WeChatApi, WeChatError

Suggestion = Literal["pass", "review", "risky"]

LONGEST_CHECKED_TEXT = 2500
"""Characters that WeChat looks at in one call."""

# -1 busy, 45009 and 45011 too many calls, and a token that is refused twice: the message is as good
# as before, and later it may go out.
_NOT_NOW = STALE_TOKEN | {-1, 45009, 45011}


class SendOutcome(Enum):
    """What became of one message."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    """It did not reach anybody; it may be sent again later."""
    REFUSED = "refused"
    """WeChat said no to this message; sending it again helps nobody."""
    UNCERTAIN = "uncertain"
    """No answer came in time; the message may have arrived."""


@dataclass(frozen=True)
class SendResult:
    """An outcome, and WeChat's errcode where it gave one."""

    outcome: SendOutcome
    errcode: int = 0


class WeChatMessages(Protocol):
    """Sends one message in one call and never tries a second time."""

    def send_chat(
        self, openid: str, content: Mapping[str, Any], before_body: Callable[[], None]
    ) -> SendResult:
        """A customer-service message: ``content`` is WeChat's ``msgtype`` with its own object.

        ``before_body`` is called in the last moment in which WeChat cannot have the message.
        """

    def set_typing(self, openid: str, is_typing: bool) -> None:
        """Show or hide in the chat that somebody writes; what goes wrong is of no importance."""

    def send_subscribed(
        self, openid: str, template_id: str, page: str, values: Mapping[str, str]
    ) -> SendResult:
        """A subscription message; ``values``: the template's keys and what stands there."""

    def judge_text(self, text: str, openid: str, scene: int) -> Suggestion:
        """What msg_sec_check says of at most 2,500 characters. Raises WeChatUnavailable."""


class WeChatMessagesClient:
    """custom/send, typing, subscribe/send and msg_sec_check."""

    def __init__(self, settings: Settings, api: WeChatApi) -> None:
        self._api = api
        self._typing_path = settings.wechat_typing_path
        # The mini program's version that a subscription message opens.
        self._state = "formal" if settings.profile == "production" else "developer"

    def send_chat(
        self, openid: str, content: Mapping[str, Any], before_body: Callable[[], None]
    ) -> SendResult:
        """A customer-service message; see the protocol."""
        body = {"touser": openid, **content}
        return self._send("/cgi-bin/message/custom/send", body, before_body)

    def set_typing(self, openid: str, is_typing: bool) -> None:
        """Show or hide in the chat that somebody writes."""
        command = "Typing" if is_typing else "CancelTyping"
        self._send(self._typing_path, {"touser": openid, "command": command})

    def send_subscribed(
        self, openid: str, template_id: str, page: str, values: Mapping[str, str]
    ) -> SendResult:
        """A subscription message; see the protocol."""
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
        """What msg_sec_check says of a text. Raises WeChatUnavailable."""
        body = {"content": text, "version": 2, "scene": scene, "openid": openid}
        try:
            answer = self._api.post("/wxa/msg_sec_check", data=body)
            suggestion = answer["result"]["suggest"]
        except WeChatError as error:
            log.error("vendor_error", upstream="wechat", code=error.errcode)
        except (UpstreamError, LookupError, TypeError):
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
            self._api.post(path, data=dict(body), before_body=note)
        except WeChatError as error:
            log.warning("message_not_sent", path=path, code=error.errcode)
            outcome = SendOutcome.NOT_SENT if error.errcode in _NOT_NOW else SendOutcome.REFUSED
            return SendResult(outcome, error.errcode)
        except TimedOut:
            # It may have been the access token that did not come in time.
            return SendResult(SendOutcome.UNCERTAIN if is_handed_over else SendOutcome.NOT_SENT)
        except UpstreamError:
            # A connection that breaks before any answer was mostly closed while it idled, and what
            # broke off was not worked on; so this counts as not sent.
            return SendResult(SendOutcome.NOT_SENT)
        return SendResult(SendOutcome.SENT)
