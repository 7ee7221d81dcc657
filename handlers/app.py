"""The Flask application: blueprints, what surrounds every request, and errors as answers."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from flask import Flask, Response
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from handlers import api, envelope, logs, metrics, operations, pages, registrar
from handlers.api.endpoint import VIEWS
from handlers.exchange import JsonResponse, Service, present_request
from handlers.wechat import push
from miniprogram_api import figure_counters
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.maintenance import DatabaseUnavailable, release_connection
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services

log = structlog.get_logger("http")

# How an application answers a refusal: as JSON, or as a page.
SayNo = Callable[[Refused], Response]


def create(services: Services) -> Service:
    """Build the application around what the composition root made."""
    app = _surrounded("service", services, envelope.refusal)
    api.register(app)
    app.register_blueprint(operations.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(registrar.blueprint)
    push.register(app, services.settings)
    app.mount("/admin", lambda: _admin_pages(app.extensions["services"]))
    app.let_pass({name: partial(view, app) for name, view in VIEWS.items()})
    return app


def _admin_pages(services: Services) -> Flask:
    """The pages for staff, an application of their own, because nobody else waits for their code.

    They take a third of the time that all imports take together.
    """
    from handlers import admin

    app = _surrounded("admin", services, admin.refusal_page)
    # What all pages share: style sheet, icon, the way home.
    app.register_blueprint(pages.blueprint)
    admin.register(app)
    return app


def _surrounded(name: str, services: Services, say_no: SayNo) -> Service:
    """An application with what surrounds every request and with errors as answers of ``say_no``."""
    app = Service(name, static_folder=None, template_folder=None)
    app.extensions["services"] = services
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = True
    # No redirect: a client would send its token and body again to wherever it points.
    app.url_map.merge_slashes = False
    app.after_request(_log)
    app.teardown_request(_release)
    app.register_error_handler(Refused, say_no)
    app.register_error_handler(HTTPException, partial(_http_error, say_no))
    app.register_error_handler(ParseException, partial(_broken_body, say_no))
    app.register_error_handler(Exception, partial(_unexpected, say_no))
    return app


def _release(_error: BaseException | None) -> None:
    release_connection()


def _log(response: Response) -> Response:
    # The route, never the path: a path can hold a token; never a query string or a body.
    request = present_request()
    code = request.refused.reason.name if request.refused else "OK"
    seconds = time.perf_counter() - request.began
    rule = request.url_rule
    route = None if rule is None else rule.rule
    metrics.observe(route or "none", request.method, response.status_code, code, seconds)
    if request.refused and request.blueprint in api.RESOURCES:
        figure_counters.refused(request.blueprint, code)
    logs.log_request(request.method, route, response.status_code, code, seconds, request.identifier)
    if not isinstance(response, JsonResponse):
        envelope.mark(response.headers, request.identifier)
    return response


def _http_error(say_no: SayNo, error: HTTPException) -> Any:
    if isinstance(error, MethodNotAllowed):
        response = say_no(Refused(Reason.METHOD_NOT_ALLOWED))
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response
    if isinstance(error, RequestEntityTooLarge):
        return say_no(Refused(Reason.BODY_TOO_LARGE))
    if error.code is not None and 300 <= error.code < 400:
        return error
    if error.code == 404:
        return say_no(Refused(Reason.NOT_FOUND))
    if error.code == 415:
        return say_no(Refused(Reason.UNSUPPORTED_MEDIA_TYPE))
    if error.code is not None and error.code < 500:
        return say_no(Refused(Reason.MALFORMED_JSON))
    return _unexpected(say_no, error)


def _broken_body(say_no: SayNo, _error: ParseException) -> Response:
    """The server noticed while a chunked body was read that it is none."""
    return say_no(Refused(Reason.MALFORMED_JSON))


def _unexpected(say_no: SayNo, error: Exception) -> Response:
    """Own store down: 503. Anything else is a defect of ours: logged whole, answered 500."""
    identifier = envelope.request_id()
    if isinstance(error, (*DatabaseUnavailable, StoreUnavailable)):
        log.error("store unavailable", error=type(error).__name__, request_id=identifier)
        return say_no(Refused(Reason.SERVICE_UNAVAILABLE))
    log.error("unexpected error", exc_info=error, request_id=identifier)
    return say_no(Refused(Reason.INTERNAL_ERROR))
