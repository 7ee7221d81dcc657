"""Endpoints for operators (health, readiness, metrics) and the OpenAPI document."""

import gzip
import hmac
import ipaddress
from contextlib import suppress
from dataclasses import asdict
from functools import cache

from flask import Blueprint, Response, current_app, request

from config import Settings
from faq.matching import encoder
from handlers import envelope
from handlers.auth import bearer_token, client_address
from handlers.metrics import render
from handlers.openapi import document
from miniprogram_api.delivery import backlog
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.matters import acceptance
from miniprogram_api.operations import maintenance, readiness
from miniprogram_api.phones import sms_code_totals
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services, StoreUnavailable
from miniprogram_api.texts import text

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """Answer 200 while this process runs."""
    return envelope.success(200, {"alive": True}, text("api.alive"))


@blueprint.get("/readyz")
def ready() -> Response:
    """Check database, migrations, Redis and disk; 503 names the parts that fail.

    The ages of the ledger's last seal and anchor are figures and never fail.
    """
    services: Services = current_app.extensions["services"]
    parts = readiness.parts(services)
    failing = [part.name for part in parts if not part.is_ready]
    states = {part.name: part.state for part in parts} | {"encoder": encoder.state()}
    if failing:
        refused = Refused(Reason.SERVICE_UNAVAILABLE, failing=failing, parts=states)
        return envelope.refusal(refused)
    figures = ledger_anchors.status(services.settings).figures()
    return envelope.success(200, {"parts": states, "ledger": figures}, text("api.ready"))


@blueprint.get("/metrics")
def metrics() -> Response:
    """Answer Prometheus metrics to callers with METRICS_TOKEN, outside production to this machine.

    In production a proxy on this machine that forgets X-Forwarded-For would open it to all.
    """
    services: Services = current_app.extensions["services"]
    settings = services.settings
    token = settings.metrics_token.get_secret_value()
    # A proxy on this machine is a loopback peer, but its callers are not.
    is_proxied = "X-Forwarded-For" in request.headers
    address = ipaddress.ip_address(client_address(request, settings))
    is_loopback = settings.profile != "production" and not is_proxied and address.is_loopback
    has_token = bool(token) and hmac.compare_digest(bearer_token(request).encode(), token.encode())
    if not (is_loopback or has_token):
        raise Refused(Reason.UNAUTHENTICATED)
    gauges: dict[str, float] = {"sms_codes_hour_limit": settings.sms_per_hour}
    gauges |= _database_gauges(settings)
    with suppress(StoreUnavailable):
        gauges["sms_codes_hour"] = sms_code_totals.used(services)
    body, content_type = render(gauges)
    return Response(body, content_type=content_type)


def _database_gauges(settings: Settings) -> dict[str, int]:
    try:
        figures = ledger_anchors.status(settings).figures()
        evidence = acceptance.evidence_tickets()
        deliveries = backlog.by_channel()
    except maintenance.DatabaseUnavailable:
        return {}
    ledger = {f"ledger_{name}": value for name, value in figures.items() if value is not None}
    sent = {
        f"delivery_{channel}_{name}": value
        for channel, counts in deliveries.items()
        for name, value in asdict(counts).items()
    }
    return {**ledger, **sent, "matter_evidence_missing": evidence}


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
