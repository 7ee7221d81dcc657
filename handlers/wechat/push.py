"""``/wechat/push``: what people do in the chat, as WeChat tells it.

The answer is WeChat's, not the envelope: the check's text, ``success``, or the message that hands a
person over to a human. Whoever is refused is not WeChat; he gets one line of text.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import structlog
from flask import Blueprint, Flask, Response, current_app
from werkzeug.exceptions import RequestEntityTooLarge

from config import Settings
from faq.calls import calls_in
from handlers import envelope
from handlers.exchange import JsonResponse, present_request
from handlers.wechat import messages
from handlers.wechat.messages import Fields, Form
from handlers.wechat.seal import MessageCipher, Seal
from miniprogram_api import chat_inbox, clock
from miniprogram_api.chat_inbox import Push, Receipt
from miniprogram_api.maintenance import DatabaseUnavailable
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts.sentences import sentence

PATH = "/wechat/push"
BODY_LIMIT = 64 * 1024
MOST_OFF = timedelta(seconds=300)
"""How far the time of a push may be from ours."""
TEXT = "text/plain; charset=utf-8"

# A longer message is left to the bot, which hears a call for a human in it, too.
_LONGEST_WISH = 60

blueprint = Blueprint("wechat", __name__)
log = structlog.get_logger("http")


@dataclass(frozen=True)
class _Opened:
    """A verified push; ``cipher`` is what an answer must be encrypted with, if at all."""

    form: Form
    fields: Fields
    cipher: MessageCipher | None


def register(app: Flask, settings: Settings) -> None:
    """Register the door; the keys are made ready once."""
    app.extensions["wechat_seal"] = Seal(settings)
    app.register_blueprint(blueprint)


@blueprint.get(PATH)
def check() -> Response:
    """WeChat's console asks whether this address is ours: it gets its own text back.

    However old: the signature covers nothing that could be done again.
    """
    query = present_request().args
    signed = (query.get("timestamp", ""), query.get("nonce", ""))
    if not _seal().is_signed(query.get("signature", ""), *signed):
        raise Refused(Reason.SIGNATURE_INVALID)
    return _answer(query.get("echostr", ""))


@blueprint.post(PATH)
def receive() -> Response:
    """One message or event: kept, and answered by the worker; only humans are called at once."""
    settings = _services().settings
    query = present_request().args
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    _require_present(timestamp)
    opened = _open(settings, timestamp, nonce)
    push = messages.read(opened.fields, f"{timestamp} {nonce}")
    receipt = chat_inbox.accept(push, for_humans=_asks_for_human(push))
    if receipt is Receipt.REPLAYED:
        raise Refused(Reason.REPLAYED)
    return _hand_over(opened) if receipt is Receipt.TO_HUMANS else _answer("success")


def _require_present(timestamp: str) -> None:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 11):
        raise Refused(Reason.SIGNATURE_INVALID)
    if abs(clock.now().timestamp() - int(timestamp)) > MOST_OFF.total_seconds():
        raise Refused(Reason.SIGNATURE_INVALID, cause="time")


def _open(settings: Settings, timestamp: str, nonce: str) -> _Opened:
    """Verify the push and decrypt it, as WECHAT_PUSH_MODE says.

    The compatible mode brings everything twice; then the encrypted part decides.
    Raises Refused: BODY_TOO_LARGE, PUSH_UNREADABLE, SIGNATURE_INVALID.
    """
    query, mode = present_request().args, settings.wechat_push_mode
    form, fields = messages.parse(_body())
    encrypted = fields.get("Encrypt")
    if mode == "plain" or encrypted is None:
        if mode == "secure":
            raise messages.unreadable("clear")
        if not _seal().is_signed(query.get("signature", ""), timestamp, nonce):
            raise Refused(Reason.SIGNATURE_INVALID)
        return _Opened(form, fields, None)
    if not isinstance(encrypted, str):
        raise messages.unreadable()
    if not _seal().is_signed(query.get("msg_signature", ""), timestamp, nonce, encrypted):
        raise Refused(Reason.SIGNATURE_INVALID)
    opened = _seal().open(encrypted)
    if opened is None:
        raise messages.unreadable("key")
    message, cipher = opened
    _form, fields = messages.parse(message)
    return _Opened(form, fields, cipher if mode == "secure" else None)


def _body() -> bytes:
    try:
        return present_request().read_body(BODY_LIMIT)
    except RequestEntityTooLarge:
        raise Refused(Reason.BODY_TOO_LARGE, limit_bytes=BODY_LIMIT) from None


def _asks_for_human(push: Push) -> bool:
    text = push.content.get("Content", "") if push.kind == "text" else ""
    if not 0 < len(text) <= _LONGEST_WISH:
        return False
    calls = calls_in(text)
    # Whoever speaks of dying is answered at once, and people are called by that.
    return calls.wants_human and not calls.is_distress


def _hand_over(opened: _Opened) -> Response:
    now = int(clock.now().timestamp())
    answer = messages.transfer(opened.form, opened.fields, now)
    if opened.cipher is not None:
        encrypted = opened.cipher.encrypt(answer.encode())
        nonce = secrets.token_hex(8)
        sealed: dict[str, str | int] = {
            "Encrypt": encrypted,
            "MsgSignature": _seal().sign(str(now), nonce, encrypted),
            "TimeStamp": now,
            "Nonce": nonce,
        }
        answer = messages.render(opened.form, sealed)
    return _answer(answer, media_type=opened.form.value)


def _answer(text: str, status: int = 200, media_type: str = TEXT) -> Response:
    headers = envelope.headers_of(media_type, envelope.request_id())
    return JsonResponse(text.encode("utf-8", "replace"), status, headers)


@blueprint.errorhandler(Refused)
def _refuse(refused: Refused) -> Response:
    present_request().refused = refused
    said = f"{refused.reason.name} {sentence(refused.reason, refused.details)}"
    return _answer(said, refused.reason.status)


def _unavailable(error: Exception) -> Response:
    """WeChat pushes it again: nothing was kept."""
    identifier = envelope.request_id()
    log.error("store unavailable", error=type(error).__name__, request_id=identifier)
    return _refuse(Refused(Reason.SERVICE_UNAVAILABLE))


for _kind in DatabaseUnavailable:
    blueprint.register_error_handler(_kind, _unavailable)


def _services() -> Services:
    services: Services = current_app.extensions["services"]
    return services


def _seal() -> Seal:
    seal: Seal = current_app.extensions["wechat_seal"]
    return seal
