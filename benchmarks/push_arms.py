"""Echo applications of two libraries, and the pushes for all arms.

Both verify, decrypt and parse a push and answer its own text, encrypted. Neither detects
duplicates; WeRoBot stores a session per user, its default.
"""

import itertools
import os

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from benchmarks.calls import Call
from config import Settings
from miniprogram_api.operations import profiles
from tests.support.api.pushes import PUSH_PATH, Partner, text_message

PEOPLE = 500
TEXT = "收不到验证码怎么办，试了好几次都不行"


def partner_of(settings: Settings) -> Partner:
    """Return a WeChat with the secrets of the settings; XML, the only form that both read."""
    return Partner(
        settings.wechat_token.get_secret_value(),
        settings.wechat_encoding_aes_key.get_secret_value(),
        settings.wechat_appid,
        "xml",
    )


class PushCalls:
    """Encrypted texts of many users, all of them new messages."""

    def __init__(self, settings: Settings) -> None:
        self._partner = partner_of(settings)
        self._numbers = itertools.count()

    def make(self, count: int) -> list[Call]:
        """Build ``count`` further calls, valid for five minutes."""
        calls = []
        for number in itertools.islice(self._numbers, count):
            message = text_message(f"o-{number % PEOPLE:024}", TEXT)
            path, body = self._partner.encrypted(message)
            calls.append(Call("POST", path, body=body.decode()))
        return calls


def wechatpy_echo() -> Flask:
    """Create the echo of wechatpy's own documentation (secure mode)."""
    from wechatpy import parse_message
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.replies import create_reply
    from wechatpy.utils import check_signature

    settings = profiles.load_settings()
    token = settings.wechat_token.get_secret_value()
    key = settings.wechat_encoding_aes_key.get_secret_value()
    crypto = WeChatCrypto(token, key, settings.wechat_appid)
    app = _app("wechatpy_echo")

    @app.post(PUSH_PATH)
    def echo() -> ResponseReturnValue:
        query = request.args
        timestamp, nonce = query["timestamp"], query["nonce"]
        check_signature(token, query["signature"], timestamp, nonce)
        decrypted = crypto.decrypt_message(request.data, query["msg_signature"], timestamp, nonce)
        message = parse_message(decrypted)
        answer = create_reply(message.content, message).render()
        return Response(crypto.encrypt_message(answer, nonce, timestamp), mimetype="text/xml")

    return app


def werobot_echo() -> Flask:
    """Create WeRoBot with its defaults in Flask, with its SQLite file in this server's VAR_DIR."""
    from werobot import WeRoBot
    from werobot.contrib.flask import make_view

    settings = profiles.load_settings()
    os.makedirs(settings.var_dir, exist_ok=True)
    os.chdir(settings.var_dir)
    robot = WeRoBot(
        token=settings.wechat_token.get_secret_value(),
        app_id=settings.wechat_appid,
        encoding_aes_key=settings.wechat_encoding_aes_key.get_secret_value(),
    )

    @robot.text
    def echo(message):  # type: ignore[no-untyped-def]
        return message.content

    app = _app("werobot_echo")
    app.add_url_rule(PUSH_PATH, "push", make_view(robot), methods=["GET", "POST"])
    return app


def _app(name: str) -> Flask:
    app = Flask(name)

    @app.get("/healthz")
    def alive() -> ResponseReturnValue:
        return jsonify(code="OK")

    return app
