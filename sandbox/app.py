"""The WSGI application of the sandbox."""

from collections.abc import Mapping

from flask import Flask, Response, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from sandbox import cards, chat, control, ctid, face, model, registrar, tencent, wechat
from sandbox.calls import json_response
from sandbox.memory import Memory
from sandbox.products import account, aliyun, carriers
from sandbox.pushes import Console

REQUIRED_CREDENTIAL = "TENCENTCLOUD_SECRET_KEY"
CREDENTIALS = (
    "WECHAT_APPID",
    "WECHAT_SECRET",
    "TENCENTCLOUD_SECRET_ID",
    REQUIRED_CREDENTIAL,
)
# Lifetime of an access token in seconds; WeChat's is 7200.
TOKEN_LIFETIME = "SANDBOX_TOKEN_SECONDS"  # noqa: S105 - the name of a setting
_DEFAULT_TOKEN_LIFETIME = 7200
# Tencent Cloud takes requests of up to 10 MB.
_LARGEST_BODY = 10 * 1024 * 1024


class MissingCredential(Exception):
    """The environment lacks the key that signatures are checked with."""


def create_app(environment: Mapping[str, str]) -> Flask:
    """Create the WSGI application with its own state.

    ``environment`` has the credentials that callers must use. Raises MissingCredential without
    TENCENTCLOUD_SECRET_KEY, ValueError when SANDBOX_TOKEN_SECONDS is no positive integer.
    """
    app = Flask("sandbox", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    for name in CREDENTIALS:
        app.config[name] = environment.get(name, "")
    if not app.config[REQUIRED_CREDENTIAL]:
        raise MissingCredential(f"{REQUIRED_CREDENTIAL} is not set")
    lifetime = int(environment.get(TOKEN_LIFETIME) or _DEFAULT_TOKEN_LIFETIME)
    if lifetime < 1:
        raise ValueError(f"{TOKEN_LIFETIME} is not a positive number of seconds")
    app.extensions["sandbox.memory"] = Memory()
    app.extensions["sandbox.access_token"] = wechat.AccessToken(lifetime)
    app.extensions["sandbox.console"] = Console(
        url=environment.get("WECHAT_PUSH_URL", ""),
        token=environment.get("WECHAT_TOKEN", ""),
        aes_key=environment.get("WECHAT_ENCODING_AES_KEY", ""),
        appid=environment.get("WECHAT_APPID", ""),
        mode=environment.get("WECHAT_PUSH_MODE") or "secure",
        form=environment.get("WECHAT_PUSH_FORMAT") or "json",
    )
    app.config[registrar.SERVICE_URL] = environment.get(registrar.SERVICE_URL, "")
    for name, variable in registrar.KEY.items():
        if environment.get(variable):
            app.extensions["sandbox.memory"].system.put(name, environment[variable])
    for part in (account, wechat, face, cards, tencent, aliyun, ctid, model, control, chat):
        app.register_blueprint(part.blueprint)
    for group in (registrar.blueprint, registrar.pages, carriers.blueprint):
        app.register_blueprint(group)
    app.after_request(_mark)
    app.register_error_handler(HTTPException, _http_error)
    app.add_url_rule("/", "start", _start)
    app.add_url_rule("/sandbox/", "start_page", _start)
    return app


def _start() -> WerkzeugResponse:
    return redirect(url_for("control.inbox"))


def _mark(response: Response) -> Response:
    # By this header a client in production detects the sandbox.
    response.headers["X-Sandbox"] = "1"
    return response


def _http_error(error: HTTPException) -> Response:
    message = f"{request.method} {request.path}: {error.name}"
    return json_response({"error": message}, error.code or 500)
