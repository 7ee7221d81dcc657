"""The Flask application: blueprints, what runs around every request, and errors as answers."""

import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect

from handlers import (
    admin,
    envelope,
    metrics,
    mini_program,
    operations,
    pages,
    registrar,
    sms_receipts,
    unavailable,
)
from handlers.api import routes
from handlers.wechat import push
from miniprogram_api.accounts import processor
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.operations import figure_counters
from miniprogram_api.operations.maintenance import DatabaseUnavailable, release
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services

log = structlog.get_logger("http")

# Above the largest accepted body, an image of 10 MiB.
MOST_DISCARDED = 12 * 1024 * 1024


# Below these no address is a page, or the pages have their own answer.
_FOR_PROGRAMS = ("/api/", "/admin/", "/registrar/", "/wechat/", "/sms/")


def create(services: Services) -> Flask:
    """Build the application around the services of the composition root."""
    app = Flask("service", static_folder=None, template_folder=None)
    app.extensions["services"] = services
    # Flask would log the path of a failed request, which may hold a token.
    app.logger.disabled = True
    # No redirect to a single slash: a client would send its token and body again.
    app.url_map.merge_slashes = False
    app.before_request(_begin)
    app.after_request(_finish)
    if services.settings.profile != "sandbox":
        app.after_request(_require_https)
    app.teardown_request(lambda _error: release())
    app.register_error_handler(Refused, _refuse)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(ParseException, _broken_body)
    app.register_error_handler(Exception, _unexpected)
    routes.register(app)
    app.register_blueprint(operations.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(mini_program.blueprint)
    registrar.register(app)
    push.register(app, services.settings)
    app.register_blueprint(sms_receipts.blueprint)
    admin.register(app)
    app.jinja_env.globals["operator"] = processor.of(services.settings)
    return app


def _begin() -> None:
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=envelope.request_id())


def _finish(response: Response) -> Response:
    """Discard the rest of the body, add the common headers, count and log the request.

    Path, query string and body are not logged: they can hold personal data.
    """
    _discard_body()
    response.headers["X-Request-ID"] = envelope.request_id()
    response.headers["X-Content-Type-Options"] = "nosniff"
    if isinstance(request.routing_exception, RequestRedirect):
        # Behind a proxy the application knows neither scheme nor host.
        response.location = urlsplit(request.routing_exception.new_url).path
    refused: Refused | None = g.get("refused")
    code = refused.reason.name if refused else "OK"
    seconds = time.perf_counter() - g.began
    route = None if request.url_rule is None else request.url_rule.rule
    metrics.observe(route or "none", request.method, response.status_code, code, seconds)
    if refused and refused.reason.status == 503:
        unavailable.note(refused, g.get("failure"))
    if refused and request.blueprint in routes.BLUEPRINTS:
        figure_counters.count_refusal(request.blueprint, code)
    log.info(
        "request",
        method=request.method,
        route=route,
        status=response.status_code,
        code=code,
        milliseconds=round(seconds * 1000, 1),
    )
    return response


def _require_https(response: Response) -> Response:
    """Tell browsers to use HTTPS alone for a year; behind the proxy it is the only way in."""
    response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _discard_body() -> None:
    """Read the rest of the body; else gunicorn closes the connection and may lose the answer."""
    if "wsgi.input_terminated" in request.environ:
        body, left = request.environ["wsgi.input"], MOST_DISCARDED
        with suppress(OSError, ParseException):
            while left > 0 and (chunk := body.read(65_536)):
                left -= len(chunk)


def _refuse(refused: Refused) -> Response:
    """Answer a refusal as a page below /admin, elsewhere as JSON."""
    is_page = request.path == "/admin" or request.path.startswith("/admin/")
    return admin.refusal_page(refused) if is_page else envelope.refusal(refused)


def _http_error(error: HTTPException) -> Any:
    if isinstance(error, MethodNotAllowed):
        response = _refuse(Refused(Reason.METHOD_NOT_ALLOWED))
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response
    if isinstance(error, RequestEntityTooLarge):
        return _refuse(Refused(Reason.BODY_TOO_LARGE))
    if error.code == 404:
        return _not_found()
    if error.code == 415:
        return _refuse(Refused(Reason.UNSUPPORTED_MEDIA_TYPE))
    if error.code is not None and error.code < 500:
        return _refuse(Refused(Reason.MALFORMED_JSON))
    return _unexpected(getattr(error, "original_exception", None) or error)


def _not_found() -> Response:
    """Answer as a page to a browser that follows an address; to calls as JSON."""
    refused = Refused(Reason.NOT_FOUND)
    if request.method not in ("GET", "HEAD") or request.path.startswith(_FOR_PROGRAMS):
        return _refuse(refused)
    kinds = request.accept_mimetypes
    if kinds.best_match(("application/json", "text/html")) != "text/html":
        return _refuse(refused)
    g.refused = refused
    return pages.not_found()


def _broken_body(_error: ParseException) -> Response:
    """Answer 400 to a chunked body that gunicorn could not read."""
    return _refuse(Refused(Reason.MALFORMED_JSON))


def _unexpected(error: Exception) -> Response:
    """Answer 503 when the database or Redis is down; log anything else and answer 500."""
    if isinstance(error, (*DatabaseUnavailable, StoreUnavailable)):
        g.failure = error
        return _refuse(Refused(Reason.SERVICE_UNAVAILABLE))
    log.error("unexpected error", exc_info=error)
    return _refuse(Refused(Reason.INTERNAL_ERROR))
