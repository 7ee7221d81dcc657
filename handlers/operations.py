"""Endpoints for operators (health, readiness, metrics) and the OpenAPI document."""

import gzip
import hmac
import ipaddress
from functools import cache

from flask import Blueprint, Response, current_app, request

from config import Settings
from faq.matching import encoder
from handlers import envelope
from handlers.auth import bearer_token, client_address
from handlers.metrics import render
from handlers.openapi import VERSION, document
from miniprogram_api.health import gauges, readiness, status
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import sessions as staff_sessions
from miniprogram_api.texts import text

blueprint = Blueprint("operations", __name__)


@blueprint.get("/livez")
@blueprint.get("/healthz")
def alive() -> Response:
    """Answer 200 while this process runs; no database, no Redis, no vendor is asked."""
    return envelope.success(200, {"alive": True}, text("api.alive"))


@blueprint.get("/readyz")
def ready() -> Response:
    """Check whether people can be served; 503 names the parts that fail.

    Without Redis it is 200 and ``degraded`` names it. The ages of the ledger's last seal and anchor
    are figures and never fail.
    """
    services: Services = current_app.extensions["services"]
    parts = readiness.parts(services)
    failing = [part.name for part in parts if part.fails]
    states = {part.name: part.state for part in parts} | {"encoder": encoder.state()}
    if failing:
        refused = Refused(Reason.SERVICE_UNAVAILABLE, failing=failing, parts=states)
        return envelope.refusal(refused)
    figures = ledger_anchors.status(services.settings).figures()
    degraded = [part.name for part in parts if not part.works]
    answer = {"parts": states, "degraded": degraded, "ledger": figures}
    return envelope.success(200, answer, text("api.ready"))


@blueprint.get("/status")
def show_status() -> Response:
    """Answer every part with its figures, to callers with METRICS_TOKEN and to staff."""
    services: Services = current_app.extensions["services"]
    token = bearer_token(request)
    if not _may_read_figures(services.settings) and not (
        token and staff_sessions.find_session(services, token)
    ):
        raise Refused(Reason.UNAUTHENTICATED)
    answer = {"release": VERSION, **status.read(services)}
    return envelope.success(200, answer, text("api.status"))


@blueprint.get("/metrics")
def metrics() -> Response:
    """Answer Prometheus metrics; see `_may_read_figures`."""
    services: Services = current_app.extensions["services"]
    settings = services.settings
    if not _may_read_figures(settings):
        raise Refused(Reason.UNAUTHENTICATED)
    release = gauges.Labelled(("version",), {(VERSION,): 1})
    body, content_type = render(gauges.read(services) | {"release": release})
    return Response(body, content_type=content_type)


def _may_read_figures(settings: Settings) -> bool:
    """Return whether the caller has METRICS_TOKEN or, in the sandbox profile, is this machine.

    Elsewhere a proxy on this machine that forgets X-Forwarded-For would open it to all.
    """
    token = settings.metrics_token.get_secret_value()
    # A proxy on this machine is a loopback peer, but its callers are not.
    is_proxied = "X-Forwarded-For" in request.headers
    address = ipaddress.ip_address(client_address(request, settings))
    is_loopback = settings.profile == "sandbox" and not is_proxied and address.is_loopback
    has_token = bool(token) and hmac.compare_digest(bearer_token(request).encode(), token.encode())
    return is_loopback or has_token


@cache
def _openapi() -> bytes:
    return envelope.dumps(document()).encode()


@cache
def _openapi_compressed() -> bytes:
    return gzip.compress(_openapi(), mtime=0)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Answer the OpenAPI document, compressed for clients that accept gzip."""
    takes_gzip = request.accept_encodings.quality("gzip") > 0
    response = Response(
        _openapi_compressed() if takes_gzip else _openapi(), content_type=envelope.JSON
    )
    response.vary.add("Accept-Encoding")
    if takes_gzip:
        response.content_encoding = "gzip"
    return response
