"""``/wechat/push``: messages and events of the WeChat chat.

Answers have WeChat's form, not the envelope's: the check's text, ``success``, or the message that
transfers a user to customer service. A refusal is one line of text.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Flask, Response, current_app, g, request

from config import Settings
from faq.conversation.answering import asks_for_people
from handlers import envelope
from handlers.request_body import read_body
from handlers.wechat.messages import Fields, read, text_of
from miniprogram_api import clock
from miniprogram_api.clients import wechat_pushes
from miniprogram_api.clients.wechat_pushes import Form, PushCrypto, PushKeys, UnreadablePush
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.messaging.chat_inbox import Push, Receipt
from miniprogram_api.operations.maintenance import DatabaseUnavailable
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts.sentences import sentence

PATH = "/wechat/push"
BODY_LIMIT = 64 * 1024
MAX_SKEW = timedelta(seconds=300)
TEXT = "text/plain; charset=utf-8"

# The bot handles longer messages; it detects a call for a human, too.
_LONGEST_HUMAN_CALL = 60

blueprint = Blueprint("wechat", __name__)


@dataclass(frozen=True)
class _Opened:
    """A verified push; ``crypto`` encrypts the answer, None for a plain answer."""

    form: Form
    fields: Fields
    crypto: PushCrypto | None


def register(app: Flask, settings: Settings) -> None:
    """Register the blueprint and its keys."""
    app.extensions["wechat_push_keys"] = PushKeys(settings)
    app.register_blueprint(blueprint)


@blueprint.get(PATH)
def check() -> Response:
    """Echo the check of WeChat's console; its timestamp may be old."""
    query = request.args
    signed = (query.get("timestamp", ""), query.get("nonce", ""))
    _require_signed(query.get("signature", ""), *signed)
    return _answer(query.get("echostr", ""))


@blueprint.post(PATH)
def receive() -> Response:
    """Store one message or event for the worker; answer only a call for a human here."""
    settings: Settings = current_app.extensions["services"].settings
    query = request.args
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    _require_recent(timestamp)
    opened = _open(settings, timestamp, nonce)
    push = read(opened.fields, f"{timestamp} {nonce}")
    receipt = chat_inbox.accept(push, for_humans=_asks_for_human(push))
    if receipt is Receipt.REPLAYED:
        raise Refused(Reason.REPLAYED)
    return _hand_over(opened) if receipt is Receipt.TO_HUMANS else _answer("success")


def _require_recent(timestamp: str) -> None:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 11):
        raise Refused(Reason.SIGNATURE_INVALID)
    if abs(clock.now().timestamp() - int(timestamp)) > MAX_SKEW.total_seconds():
        raise Refused(Reason.SIGNATURE_INVALID, cause="time")


def _open(settings: Settings, timestamp: str, nonce: str) -> _Opened:
    """Verify and decrypt the push as WECHAT_PUSH_MODE says.

    In compatible mode a push has a plain and an encrypted part; the encrypted one is used.
    Raises Refused: BODY_TOO_LARGE, SIGNATURE_INVALID; UnreadablePush.
    """
    query, mode = request.args, settings.wechat_push_mode
    text = wechat_pushes.decode(read_body(BODY_LIMIT))
    form = wechat_pushes.form_of(text)
    encrypted = None if mode == "plain" else wechat_pushes.encrypted_part(text)
    if encrypted is None:
        if mode == "secure":
            raise UnreadablePush("clear")
        _require_signed(query.get("signature", ""), timestamp, nonce)
        return _Opened(form, wechat_pushes.parse(text), None)
    _require_signed(query.get("msg_signature", ""), timestamp, nonce, encrypted)
    message, crypto = _keys().decrypt(encrypted)
    return _Opened(form, wechat_pushes.parse(message), crypto if mode == "secure" else None)


def _require_signed(signature: str, *parts: str) -> None:
    if not _keys().is_signed(signature, *parts):
        raise Refused(Reason.SIGNATURE_INVALID)


def _asks_for_human(push: Push) -> bool:
    text = push.content.get("Content", "") if push.kind == "text" else ""
    if not 0 < len(text) <= _LONGEST_HUMAN_CALL:
        return False
    return asks_for_people(text)


def _hand_over(opened: _Opened) -> Response:
    now = int(clock.now().timestamp())
    ours, theirs = (text_of(opened.fields, name) for name in ("ToUserName", "FromUserName"))
    answer = wechat_pushes.transfer(opened.form, ours, theirs, now)
    if opened.crypto is not None:
        answer = _keys().encrypt(opened.form, answer, opened.crypto, now)
    return _answer(answer, media_type=opened.form.value)


def _answer(text: str, status: int = 200, media_type: str = TEXT) -> Response:
    return envelope.uncached(text.encode("utf-8", "replace"), status, media_type)


@blueprint.errorhandler(Refused)
def _refuse(refused: Refused) -> Response:
    g.refused = refused
    line = f"{refused.reason.name} {sentence(refused.reason, refused.details)}"
    return _answer(line, refused.reason.status)


@blueprint.errorhandler(UnreadablePush)
def _unreadable(error: UnreadablePush) -> Response:
    return _refuse(Refused(Reason.PUSH_UNREADABLE, cause=error.cause))


def _unavailable(error: Exception) -> Response:
    """Answer 503, so that WeChat pushes again."""
    g.failure = error
    return _refuse(Refused(Reason.SERVICE_UNAVAILABLE))


for _kind in DatabaseUnavailable:
    blueprint.register_error_handler(_kind, _unavailable)


def _keys() -> PushKeys:
    keys: PushKeys = current_app.extensions["wechat_push_keys"]
    return keys
